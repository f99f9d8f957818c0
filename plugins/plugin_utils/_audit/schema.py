# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Whether a value is as schema.json says: what a host answers is checked key by key before it gets into a document.

schema.json is the JSON Schema of the audit's documents (docs/audit_schema.json is the same file). This reads the words of JSON Schema that it uses.
"""

from __future__ import annotations

import functools
import json
import os
import re
from typing import Any

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
    node = _resolve(node)
    if "anyOf" in node:
        return _first_that_fits(value, node["anyOf"], where)
    if "allOf" in node:
        joined: dict[str, Any] = {}
        for part in node["allOf"]:
            joined.update(fit(value, part, where))
        return joined
    _check_plain(value, node, where)
    if isinstance(value, dict):
        return _fit_mapping(value, node, where)
    if isinstance(value, (list, tuple)):
        return [fit(item, node.get("items", {}), "%s[%d]" % (where, index)) for index, item in enumerate(value)]
    return value


def _resolve(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema()["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _first_that_fits(value: Any, nodes: list[dict[str, Any]], where: str) -> Any:
    for node in nodes[:-1]:
        try:
            return fit(value, node, where)
        except Misfit:
            continue
    return fit(value, nodes[-1], where)


def _check_plain(value: Any, node: dict[str, Any], where: str) -> None:
    allowed = node.get("type")
    if allowed is not None:
        names = [allowed] if isinstance(allowed, str) else allowed
        if not any(
            isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names
        ):
            raise Misfit("%s is %s, and must be %s" % (where, _kind(value), " or ".join(names)))
    choices = [node["const"]] if "const" in node else node.get("enum")
    if choices is not None and not any(
        value is choice or not isinstance(choice, bool) and isinstance(value, type(choice)) and value == choice
        for choice in choices
    ):
        raise Misfit(
            "%s is %s, and must be one of %s"
            % (where, _shown(value), ", ".join(json.dumps(choice) for choice in choices))
        )
    if isinstance(value, str) and not re.search(node.get("pattern", ""), value):
        raise Misfit("%s is %s, which has not the form that it must have" % (where, _shown(value)))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MOST:
        raise Misfit("%s is a number out of all bounds" % where)


def _fit_mapping(value: dict, node: dict[str, Any], where: str) -> dict[str, Any]:
    missing = [name for name in node.get("required", ()) if name not in value]
    if missing:
        raise Misfit("%s has no %s" % (where, ", ".join(missing)))
    if "if" in node:
        branch = (
            node["then"]
            if all(value.get(name) is inner["const"] for name, inner in node["if"]["properties"].items())
            else node["else"]
        )
        _fit_mapping(value, branch, where)
        if len(value) > branch.get("maxProperties", len(value)):
            raise Misfit("%s has keys that it must not have" % where)
    made = {
        name: fit(value[name], inner, "%s.%s" % (where, name))
        for name, inner in node.get("properties", {}).items()
        if name in value
    }
    if "additionalProperties" in node:
        names = node["propertyNames"]["enum"]
        made.update(
            {
                name: fit(value[name], node["additionalProperties"], "%s.%s" % (where, name))
                for name in names
                if name in value
            }
        )
    return made


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
