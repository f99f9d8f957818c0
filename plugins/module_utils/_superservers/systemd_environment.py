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
from .systemd_specifiers import specified
from .systemd_syntax import Setting, listed, raw_words, unquoted
from .text import decode

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_IN_WORD = re.compile(r"\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PATTERN = re.compile(r"[*?\[%]")
_MAX_FILE = 65536


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
    for setting in listed(list(settings), "Service", "EnvironmentFile"):
        path = setting.value.lstrip("-")
        data = None if _PATTERN.search(path) else sources.read(path)
        if data is not None and len(data) <= _MAX_FILE:
            found.update(file_values(decode(data)))
        elif data is not None or not _is_missing(sources, path):
            unknown = unknown or "EnvironmentFile=%s" % setting.value
    for word in _words(settings, "UnsetEnvironment"):
        name, equals, value = word.partition("=")
        if not equals or found.get(name) == value:
            found.pop(name, None)
    return Environment(found, unknown)


def _words(settings: Sequence[Setting], key: str) -> List[str]:
    return [unquoted(word) for setting in listed(list(settings), "Service", key) for word in raw_words(setting.value)]


def _is_missing(sources: Sources, path: str) -> bool:
    """Whether nothing stands there: a service starts without such a file (`-`), or not at all."""
    folder, _slash, name = path.rpartition("/")
    return path.startswith("/") and not _PATTERN.search(path) and name not in (sources.names(folder or "/") or [])


def file_values(text: str) -> Dict[str, str]:
    """The variables of a file of EnvironmentFile=: quotes as in a shell, and a value may go on after a backslash."""
    found: Dict[str, str] = {}
    rest = text.lstrip()
    while rest:
        if rest[0] in "#;":
            rest = rest.partition("\n")[2].lstrip()
            continue
        name, value, rest = _first(rest)
        if _NAME.match(name.strip()) and value is not None:
            found[name.strip()] = value
        rest = rest.lstrip()
    return found


def _first(text: str) -> Tuple[str, Optional[str], str]:
    """The name and value of the first assignment of a text, and what follows; the value is None where there is none."""
    head = re.match(r"[^=\n]*", text)
    end = head.end() if head else 0
    if text[end : end + 1] != "=":
        return text[:end], None, text[end + 1 :]
    value: List[str] = []
    quote, kept, place = "", 0, end + 1  # kept: up to where blanks at the end belong to the value
    while place < len(text):
        char = text[place]
        place += 1
        if char == "\\" and quote != "'" and place < len(text):
            if text[place] != "\n":
                escaped = not quote or text[place] in '"\\`$'
                value.append(text[place] if escaped else "\\" + text[place])
                kept = len(value)
            place += 1
        elif char == quote or (not quote and char in "\"'"):
            quote, kept = "" if quote else char, len(value)
        elif char == "\n" and not quote:
            break
        elif quote or char not in " \t" or value:
            value.append(char)
            kept = len(value) if quote or char not in " \t" else kept
    return text[:end], "".join(value[:kept]), text[place:]


def filled(words: Sequence[str], known: Environment) -> Tuple[str, ...]:
    """The words of a command with its variables: `$NAME` as a word becomes its words, `${NAME}` in a word its text. What
    cannot be told stays as written.
    """

    def text(match: "re.Match[str]") -> str:
        value = known.value(match.group(1)) if match.group(1) else "$"
        return match.group() if value is None else value

    result: List[str] = []
    for word in words:
        value = known.value(word[1:]) if word[:1] == "$" and word[1:2] not in ("$", "{") else None
        if value is None:
            result.append(_IN_WORD.sub(text, word))
        else:
            result += [unquoted(one) for one in raw_words(value)]
    return tuple(result)
