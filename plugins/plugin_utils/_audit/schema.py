# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Whether a value is as schema.json says: what a host answers is checked key by key before it gets into a document.

schema.json is the JSON Schema of the audit's documents (docs/audit_schema.json is the same file). This reads the words
of JSON Schema that it uses. A text longer than its maxLength is cut, for its host may be honest; a list with more than
its maxItems is none that a module returns.
"""

from __future__ import annotations

import functools
import json
import os
import re
from typing import Any

from .._host_words import shortened

_TYPES = {"object": dict, "array": (list, tuple), "string": str, "integer": int, "boolean": bool, "null": type(None)}
# No number that a module returns is greater, and some readers of JSON know no greater ones.
_MOST = 2**53


class Misfit(ValueError):
    """A value is not as the schema says; the message says where and why."""


@functools.lru_cache(maxsize=None)
def schema() -> dict[str, Any]:
    """The whole schema."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.json"), encoding="utf-8") as stream:
        return json.load(stream)


def shape(*path: str) -> dict[str, Any]:
    """A part of the schema's definitions: ``shape("host", "services")`` is that of a host's key ``services``."""
    node = schema()["$defs"][path[0]]
    for name in path[1:]:
        node = _resolve(node)["properties"][name]
    return node


def fit(value: Any, node: dict[str, Any], where: str) -> Any:
    """The value without keys that the schema does not name.

    :param where: how to call the value in a message.
    :raises Misfit: it is of another type, or something that must be there is not.
    """
    try:
        return _ready(node).fit(value)
    except _Wrong as wrong:
        raise Misfit(where + wrong.place() + wrong.text) from None


class _Wrong(Exception):
    """What is wrong with an inner value; the way to it is told as the calls return, so that nobody pays for it where
    all is well.
    """

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text
        self.way: list[str] = []

    def place(self) -> str:
        """The way to the value, such as ``.rules[0]``."""
        return "".join(reversed(self.way))


class _Ready:
    """A part of the schema, prepared once for the many values that are held against it."""

    def __init__(self, node: dict[str, Any]):
        self.node = node  # kept, for parts are known by their identity
        self._any, self._all = node.get("anyOf"), node.get("allOf")
        allowed = node.get("type")
        self._names = [allowed] if isinstance(allowed, str) else allowed
        self._plain = {
            kind
            for name in self._names or ()
            for kind in (_TYPES[name] if isinstance(_TYPES[name], tuple) else (_TYPES[name],))
        }
        self._choices = [node["const"]] if "const" in node else node.get("enum")
        self._longest, self._most = node.get("maxLength"), node.get("maxItems")
        self._pattern = re.compile(node["pattern"]) if "pattern" in node else None
        self._required = tuple(node.get("required", ()))
        self._keys = {name: _resolve(inner) for name, inner in node.get("properties", {}).items()}
        if "additionalProperties" in node:
            self._keys.update(dict.fromkeys(node["propertyNames"]["enum"], _resolve(node["additionalProperties"])))
        self._items = _resolve(node["items"]) if "items" in node else {}

    def fit(self, value: Any) -> Any:
        """The value without keys that this part does not name, and without the end of a text that is too long."""
        if self._any:
            return self._first_that_fits(value)
        if self._all:
            joined: dict[str, Any] = {}
            for part in self._all:
                joined.update(_ready(part).fit(value))
            return joined
        self._check(value)
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, (list, tuple)):
            return self._list(value)
        if self._longest is not None and isinstance(value, str):
            return shortened(value, self._longest)
        return value

    def _first_that_fits(self, value: Any) -> Any:
        for node in self._any[:-1]:
            try:
                return _ready(node).fit(value)
            except _Wrong:
                continue
        return _ready(self._any[-1]).fit(value)

    def _check(self, value: Any) -> None:
        # most values are exactly of a type that is allowed; the others are asked one by one
        if self._names is not None and type(value) not in self._plain and not self._is_allowed(value):
            raise _Wrong(" is %s, and must be %s" % (_kind(value), " or ".join(self._names)))
        if self._choices is not None and not self._is_chosen(value):
            told = ", ".join(json.dumps(choice) for choice in self._choices)
            raise _Wrong(" is %s, and must be one of %s" % (_shown(value), told))
        if self._pattern is not None and isinstance(value, str) and not self._pattern.search(value):
            raise _Wrong(" is %s, which has not the form that it must have" % _shown(value))
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MOST:
            raise _Wrong(" is a number out of all bounds")

    def _is_allowed(self, value: Any) -> bool:
        return any(
            isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
            for name in self._names or ()
        )

    def _is_chosen(self, value: Any) -> bool:
        return any(
            value is choice or not isinstance(choice, bool) and isinstance(value, type(choice)) and value == choice
            for choice in self._choices
        )

    def _list(self, value: Any) -> list:
        if self._most is not None and len(value) > self._most:
            raise _Wrong(" has %d items, and must have %d at most" % (len(value), self._most))
        ready, made = _ready(self._items), []
        for item in value:
            try:
                made.append(ready.fit(item))
            except _Wrong as wrong:
                wrong.way.append("[%d]" % len(made))
                raise
        return made

    def _mapping(self, value: dict) -> dict[str, Any]:
        missing = [name for name in self._required if name not in value]
        if missing:
            raise _Wrong(" has no %s" % ", ".join(missing))
        if "if" in self.node:
            self._branch(value)
        made = {}
        for name, inner in self._keys.items():
            if name in value:
                try:
                    made[name] = _ready(inner).fit(value[name])
                except _Wrong as wrong:
                    wrong.way.append("." + name)
                    raise
        return made

    def _branch(self, value: dict) -> None:
        node = self.node
        asked = node["if"]["properties"].items()
        branch = node["then"] if all(value.get(name) is inner["const"] for name, inner in asked) else node["else"]
        _ready(branch)._mapping(value)
        if len(value) > branch.get("maxProperties", len(value)):
            raise _Wrong(" has keys that it must not have")


_KNOWN: dict[int, _Ready] = {}


def _ready(node: dict[str, Any]) -> _Ready:
    """A part of the schema as it was prepared, known by its identity."""
    known = _KNOWN.get(id(node))
    if known is None or known.node is not node:
        resolved = _resolve(node)
        known = _Ready(resolved) if resolved is node else _ready(resolved)
        if resolved is node:
            _KNOWN[id(node)] = known
    return known


def _resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _kind(value: Any) -> str:
    return next(
        (
            name
            for name, types in _TYPES.items()
            if isinstance(value, types) and (name == "boolean" or not isinstance(value, bool))
        ),
        "a number",
    )


def _shown(value: Any) -> str:
    return ascii(str(value)[:60]) if isinstance(value, str) else _kind(value)
