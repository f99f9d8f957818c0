# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A host's words as they come in, made harmless before Ansible parses them: printable text and plain JSON, without
objects of Ansible's own.

ansible-core 2.19 and later make objects of what a module marks with `__ansible_type`. A module needs that for warnings,
deprecations and exceptions only, and for those a text says the same. ansible-core shows warnings while it parses an
answer, so all this is done on the JSON text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, Optional

from ansible.errors import AnsibleError
from ansible.module_utils.json_utils import _filter_non_json_lines

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import (
    printable,
    printable_values,
)

# The most levels of lists and mappings in an answer. Modules of this collection need a dozen; Python's own limit would
# end more than the one host's task.
DEPTH = 60
# The most characters of an answer. Whole tables and their diffs are the most that modules return: 100,000 lines are some
# 5 MB. Parsing takes up to 20 bytes of memory for each.
LONGEST = 32 * 1024 * 1024
# Modules whose honest answers may be longer: hosts_access_info with all_rules takes 20 MB for 100,000 rules, and reads
# 250,000.
LONGER = {"hosts_access_info": 2 * LONGEST}
# The fewest characters for a value, of the most that an answer may have: an empty list is three characters, and takes 60
# bytes of memory. A rule of hosts_access_info has some twenty values in 250 characters.
FOR_A_VALUE = 6
# The most characters of a message or a warning, and of output that is no answer, and the most warnings: they are shown.
LONGEST_SHOWN = 64 * 1024
MOST_WARNINGS = 1000
_OBJECT = "__ansible_type"
# What may stand for something that does not print, or for a warning: an answer without any of it needs no cleaning.
_NEEDS_A_LOOK = re.compile(r'\\[bfnrtu]|__ansible_type|"(?:warnings|deprecations|exception)"')
_COLLECTION = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")


class TooDeep(ValueError):
    """An answer has more levels than any module's."""


class TooLong(ValueError):
    """A host said more than any module does."""


def shortened(text: str, most: int) -> str:
    """The text, or so many characters of it at most; one that was cut says so at its end."""
    if len(text) <= most:
        return text
    mark = " [cut: %d characters in all]" % len(text)
    return text[: max(0, most - len(mark))] + mark


def refuse_long(stdout: str, stderr: str, most: int = LONGEST) -> None:
    """Raise TooLong where a host said more than ``most`` characters, before anything is made of them."""
    if len(stdout) + len(stderr) > most:
        raise TooLong("it is longer than %d MiB, the most that this module returns" % (most // 1024 // 1024))


def one_line(error: Any) -> str:
    """An error's text, or any text, as one printable line. Honest programs break their lines too, so a line end becomes
    a space.
    """
    return printable(" ".join(str(error).split()))


def printable_error(error: AnsibleError) -> AnsibleError:
    """An error of the same type, so that an unreachable host stays unreachable, with its message as one printable line."""
    try:
        return type(error)(one_line(error))
    except TypeError:  # a type that takes no bare message
        return AnsibleError(one_line(error))


def plain_words(res: Dict[str, Any], most: int = LONGEST) -> Dict[str, Any]:
    """stdout and stderr of a module, fit for ansible-core's _parse_returned_data.

    Where stdout has an answer, it is the answer alone, with what stood behind it said in a warning. Else it is
    printable text with its lines.
    :param most: the most characters that the module may answer.
    :raises TooLong: the answer is longer, or has more values than any module's. ``TooDeep``, ``RecursionError``: it is
        nested as no module's is.
    """
    stdout, stderr = res.get("stdout") or "", res.get("stderr") or ""
    refuse_long(stdout, stderr, most)
    clean = {"stderr": _printable_lines(stderr)}
    try:
        text, junk = _filter_non_json_lines(stdout, objects_only=True)
        _refuse_many_values(text, most // FOR_A_VALUE)
        answer = json.loads(text)
    except TooLong:
        raise
    except ValueError:
        clean["stdout"] = _printable_lines(stdout)
        return clean
    _look_for_depth(answer)
    told = answer.get("msg") if isinstance(answer, dict) else None
    is_short = not isinstance(told, str) or len(told) <= LONGEST_SHOWN
    if not junk and is_short and printable(text) is text and not _NEEDS_A_LOOK.search(text):
        return dict(clean, stdout=text)
    answer = _plain_answer(answer)
    if junk:
        _warn(
            answer,
            "this host wrote more than the module's answer: %s" % one_line(" ".join(junk).partition(":")[2])[:200],
        )
    clean["stdout"] = json.dumps(answer)
    return clean


def _printable_lines(text: str) -> str:
    """Output that is no answer: the beginning of it, with its lines."""
    return "\n".join(printable(line, "\t") for line in shortened(text, LONGEST_SHOWN).splitlines())


def _refuse_many_values(text: str, most: int) -> None:
    """Raise TooLong for JSON with more values than any module's answer has. A comma in a text counts as one."""
    if text.count(",") + text.count("[") + text.count("{") > most:
        raise TooLong("it has more than %d values, the most that this module returns" % most)


def _warn(answer: Dict[str, Any], text: str) -> None:
    """Add a warning, unless the answer has something else in the place of warnings, which is refused later."""
    known = answer.setdefault("warnings", [])
    if isinstance(known, list):
        known.append(text)


def _look_for_depth(answer: Any) -> None:
    level = [answer]
    for _depth in range(DEPTH):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise TooDeep("it has more than %d levels" % DEPTH)


def _plain_answer(answer: Dict[str, Any]) -> Dict[str, Any]:
    """The answer with every text printable, warnings and the like as texts, and without any other object."""
    told: Dict[str, Any] = {}
    for key, tell in (("warnings", _warning), ("deprecations", _deprecation)):
        given = answer.pop(key, None)
        if isinstance(given, list):
            told[key] = [one for one in (tell(item) for item in given[:MOST_WARNINGS]) if one is not None]
        elif given is not None and not _is_object(given):
            told[key] = given
    if _is_object(answer.get("exception")):
        _tell_exception(answer, answer.pop("exception"))
    told.update(_without_objects(answer) or {})
    for key in ("msg", "exception"):
        if isinstance(told.get(key), str):
            told[key] = shortened(told[key], LONGEST_SHOWN)
    return printable_values(told)


def _tell_exception(answer: Dict[str, Any], error: Dict[str, Any]) -> None:
    """Put an error's traceback, and its message where the answer has none, into the answer as texts."""
    text, event = _warning(error), error.get("event")
    traceback = event.get("formatted_traceback") if isinstance(event, dict) else None
    if isinstance(traceback, str):
        answer["exception"] = traceback
    if text:
        answer.setdefault("msg", text)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and _OBJECT in value


def _without_objects(value: Any) -> Any:
    """A value without the objects in it. One that only marks a value, such as a text with a tag, becomes this value."""
    if isinstance(value, dict):
        if _OBJECT in value:
            return _without_objects(value.get("value"))
        return {key: _without_objects(one) for key, one in value.items() if not _is_object(one) or "value" in one}
    if isinstance(value, list):
        return [_without_objects(one) for one in value if not _is_object(one) or "value" in one]
    return value


def _warning(item: Any) -> Any:
    """A warning, or an error, as a text; None for an object without one. What is neither text nor object is left for
    the check of types.
    """
    if isinstance(item, str):
        return shortened(item, LONGEST_SHOWN)
    if not _is_object(item):
        return _without_objects(item)
    event = item.get("event")
    if not isinstance(event, dict):
        return None
    said = [event.get(name) for name in ("msg", "help_text")]
    text = " ".join(text for text in said if isinstance(text, str) and text)
    return shortened(text, LONGEST_SHOWN) or None


def _deprecation(item: Any) -> Optional[Dict[str, str]]:
    """A deprecation as the mapping that every ansible-core takes; None where it says nothing."""
    if not isinstance(item, dict):
        return None
    deprecator = item.get("deprecator")
    owner = item.get("collection_name") or (deprecator.get("resolved_name") if isinstance(deprecator, dict) else None)
    text = _warning(item) if _is_object(item) else item.get("msg")
    if not isinstance(text, str) or not text:
        return None
    told = {"msg": shortened(text, LONGEST_SHOWN)}
    told.update({key: item[key] for key in ("version", "date") if isinstance(item.get(key), str)})
    owned = _COLLECTION.match(owner) if isinstance(owner, str) else None
    if owned:
        told["collection_name"] = owned.group()
    return told
