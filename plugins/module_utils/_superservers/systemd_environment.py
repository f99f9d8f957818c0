# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The environment that a unit gives its commands, and the variables of a command line. systemd.exec(5),
systemd.service(5).
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .sources import Sources
from .systemd_specifiers import MAX_ADDED, specified
from .systemd_syntax import Setting, listed, raw_words, unquoted
from .text import decode

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_IN_WORD = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATTERN = re.compile(r"[*?\[%]")
_BLANK = re.compile(r"\s*")
_HEAD = re.compile(r"[^=\n]*")
_ODD = re.compile(
    rb"[\0-\x08\x0b-\x1f\x7f]"
)  # a carriage return ends an assignment, too; a variable may stand behind one
_MAX_FILES = 128 * 1024  # bytes of all files of one unit; execve(2) takes 2 MiB of all words and variables


class Environment(NamedTuple):
    """What is set, None for a value that cannot be told; `unknown` names a setting that may set anything else, and is
    empty where none does.
    """

    values: Dict[str, Optional[str]]
    unknown: str = ""

    def value(self, name: str) -> Optional[str]:
        """What a variable stands for, nothing where it is not set; None: it cannot be told."""
        return None if self.unknown else self.values.get(name, "")


def environment(settings: Sequence[Setting], sources: Sources, unit: str = "") -> Environment:
    """What [Service] sets: files after Environment=, the last value counts."""
    found: Dict[str, Optional[str]] = dict.fromkeys(_words(settings, "PassEnvironment"))
    unknown = ""
    for word in _words(settings, "Environment"):
        name, equals, value = word.partition("=")
        if equals and _NAME.match(name):
            text, told = specified(value, unit) if unit else (value, "%" not in value)
            found[name] = text if told else None
    left = _MAX_FILES
    for written in _last_of_each([one.value for one in listed(list(settings), "Service", "EnvironmentFile")]):
        path = written.lstrip("-")
        # the file may belong to the user of the service: whatever that makes of it is unknown of this unit alone
        data = None if _PATTERN.search(path) else sources.part(path)
        left -= len(data or b"")
        if data is not None and left >= 0 and not _ODD.search(data):
            found.update(file_values(decode(data)))
        elif data is not None or not _is_missing(sources, path):
            unknown = "EnvironmentFile=%s" % written
            break  # nothing is known with it
    for word in _words(settings, "UnsetEnvironment"):
        name, equals, value = word.partition("=")
        if not equals or found.get(name) == value:
            found.pop(name, None)
    return Environment(found, unknown)


def _words(settings: Sequence[Setting], key: str) -> List[str]:
    return [unquoted(word) for setting in listed(list(settings), "Service", key) for word in raw_words(setting.value)]


def _last_of_each(values: Sequence[str]) -> List[str]:
    """A file that is named twice counts where it is named last."""
    found: Dict[str, str] = {}
    for value in values:
        found.pop(value.lstrip("-"), None)
        found[value.lstrip("-")] = value
    return list(found.values())


def _is_missing(sources: Sources, path: str) -> bool:
    """Whether nothing stands there: a service starts without such a file (`-`), or not at all."""
    return path.startswith("/") and not _PATTERN.search(path) and sources.is_missing(path)


def file_values(text: str) -> Dict[str, str]:
    """The variables of a file of EnvironmentFile=: quotes as in a shell, and a value may go on after a backslash."""
    found: Dict[str, str] = {}
    place = _after_blanks(text, 0)
    while place < len(text):
        if text[place] in "#;":
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
        else:
            name, value, place = _first(text, place)
            if _NAME.match(name.strip()) and value is not None:
                found[name.strip()] = value
        place = _after_blanks(text, place)
    return found


def _after_blanks(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return match.end() if match else place


def _first(text: str, begin: int) -> Tuple[str, Optional[str], int]:
    """The name and value of the assignment that begins at a place, and where the next may; the value is None where there
    is none. Behind a quoted part blanks are dropped, and behind an unquoted one quotes are letters.
    """
    head = _HEAD.match(text, begin)
    end = head.end() if head else begin
    if text[end : end + 1] != "=":
        return text[begin:end], None, end + 1
    value: List[str] = []
    quote, bare, kept, place = "", False, 0, end + 1  # kept: up to where blanks at the end belong to the value
    while place < len(text):
        char = text[place]
        place += 1
        if char == "\\" and quote != "'" and place < len(text):
            if text[place] != "\n":
                escaped = not quote or text[place] in '"\\`$'
                value.append(text[place] if escaped else "\\" + text[place])
                kept = len(value)
            bare = bare or not quote
            place += 1
        elif char == quote or (not quote and not bare and char in "\"'"):
            quote, kept = "" if quote else char, len(value)
        elif char == "\n" and not quote:
            break
        elif quote or bare or char not in " \t":
            value.append(char)
            bare = bare or not quote
            kept = len(value) if quote or char not in " \t" else kept
    return text[begin:end], "".join(value[:kept]), place


def filled(words: Sequence[str], known: Environment) -> Tuple[str, ...]:
    """The words of a command with its variables: `$NAME` as a word becomes its words, `${NAME}` in a word its text. What
    cannot be told stays as written, and all of them where they would get longer by more than MAX_ADDED.
    """

    def text(match: "re.Match[str]") -> str:
        value = known.value(match.group(1)) if match.group(1) else "$"
        return match.group() if value is None else value

    result: List[str] = []
    split: Dict[str, List[str]] = {}
    left = MAX_ADDED
    for word in words:
        value = known.value(word[1:]) if word[:1] == "$" and word[1:2] not in ("$", "{") else None
        if value is None:
            left -= sum(max(0, len(text(match)) - len(match.group())) for match in _IN_WORD.finditer(word))
        else:
            left -= max(0, len(value) - len(word))
        if left < 0:
            return tuple(words)
        if value is None:
            result.append(_IN_WORD.sub(text, word))
        else:
            if word not in split:
                split[word] = [unquoted(one) for one in raw_words(value)]
            result += split[word]
    return tuple(result)
