# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The grammar of systemd's unit files and of its command lines. systemd.syntax(7), systemd.service(5)."""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from .text import lines

_BLANK = " \t\r"
_TRUE = ("1", "yes", "y", "true", "t", "on")
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "s": " ",
}

# What may stand before a command's path: `-` a failure is ignored, `@` the next word is argv[0], `:` no variables,
# `+`, `!` and `!!` privileges, `|` a login shell.
_PREFIXES = "-@:+!|"
_ENDS = re.compile(r"\r\n?|\0")  # end a line for systemd as a line feed does


class Setting(NamedTuple):
    """`key=value` in a `section`, on the line `line` of the file at `path`."""

    section: str
    key: str
    value: str
    path: str
    line: int


class Command(NamedTuple):
    """One command of an ExecStart= setting: its prefixes, path, argv[0] (where `@` gives one) and the raw text of its
    arguments.
    """

    prefixes: str
    path: str
    argv0: Optional[str]
    arguments: str
    setting: Setting

    @property
    def words(self) -> Tuple[str, ...]:
        """The arguments without their quotes; specifiers and variables as written."""
        return tuple(unquoted(word) for word in raw_words(self.arguments))


def settings(text: str, path: str) -> List[Setting]:
    """The settings of a unit file in order. Lines that systemd does not understand are ignored, as it does."""
    found: List[Setting] = []
    section = ""
    logical, first = "", 0
    for number, physical in enumerate(lines(_ENDS.sub("\n", text)), 1):
        line = physical.rstrip("\n")
        if line.lstrip(_BLANK)[:1] in ("#", ";"):
            continue
        first = first if logical else number
        continues = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        logical += line[:-1] + " " if continues else line
        if continues:
            continue
        content, logical = logical.strip(_BLANK), ""
        if content.startswith("[") and content.endswith("]"):
            section = content[1:-1]
        elif "=" in content:
            key, value = content.split("=", 1)
            found.append(Setting(section, key.rstrip(_BLANK), value.strip(_BLANK), path, first))
    return found


def last(found: List[Setting], section: str, key: str) -> Optional[str]:
    """The value that counts for a setting that takes one: the last; None where it is not set, or set to nothing."""
    values = [setting.value for setting in found if (setting.section, setting.key) == (section, key)]
    return values[-1] or None if values else None


def listed(found: List[Setting], section: str, key: str) -> List[Setting]:
    """The settings that count for one that adds up: all since it was last set to nothing."""
    kept: List[Setting] = []
    for setting in found:
        if (setting.section, setting.key) != (section, key):
            continue
        if setting.value:
            kept.append(setting)
        else:
            kept = []
    return kept


def true(value: Optional[str]) -> bool:
    """Whether systemd takes a value as yes; not set is no."""
    return value is not None and value.lower() in _TRUE


def commands(found: List[Setting], key: str = "ExecStart") -> List[Command]:
    """The commands that ExecStart=, or another setting, runs, in order; a bare `;` parts two commands of one line."""
    result = []
    for setting in listed(found, "Service", key):
        group: List[str] = []
        for word in raw_words(setting.value) + [";"]:
            if word != ";":
                group.append(word)
            elif group:
                result.append(_command(group, setting))
                group = []
    return result


def raw_words(text: str) -> List[str]:
    """The words of a command line, each as written, quotes and escapes included."""
    result: List[str] = []
    word, quote, escaped = "", "", False
    for char in text:
        if not escaped and not quote and char in " \t\n\r":
            if word:
                result.append(word)
            word = ""
            continue
        word += char
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
    return result + [word] if word else result


def unquoted(word: str) -> str:
    """A word as the command receives it, specifiers and variables aside."""
    result, quote, place = "", "", 0
    while place < len(word):
        char = word[place]
        place += 1
        if char == "\\" and place < len(word):
            text, place = _unescaped(word, place)
            result += text
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        else:
            result += char
    return result


def quoted(word: str) -> str:
    """A word written so that systemd reads it as one."""
    if word and not any(char in " \t\n\"'\\;" for char in word):
        return word
    return '"%s"' % word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _unescaped(word: str, place: int) -> Tuple[str, int]:
    char = word[place]
    for letter, digits, base in (("x", 2, 16), ("u", 4, 16), ("U", 8, 16)):
        code = word[place + 1 : place + 1 + digits]
        if char == letter and len(code) == digits and all(digit in "0123456789abcdefABCDEF" for digit in code):
            if not _is_character(int(code, base)):
                break
            return chr(int(code, base)), place + 1 + digits
    code = word[place : place + 3]
    if len(code) == 3 and all(digit in "01234567" for digit in code) and 0 < int(code, 8) < 256:
        return chr(int(code, 8)), place + 3
    return _ESCAPES.get(char, "\\" + char), place + 1


def _is_character(code: int) -> bool:
    """Whether systemd takes a code for a character: NUL, the halves of surrogate pairs and what is beyond Unicode stay
    as they are written.
    """
    return 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF


def _command(group: List[str], setting: Setting) -> Command:
    first = unquoted(group[0])
    path = first.lstrip(_PREFIXES)
    prefixes = first[: len(first) - len(path)]
    rest = group[1:]
    argv0: Optional[str] = None
    if "@" in prefixes and rest:
        argv0 = unquoted(rest[0])
        rest = rest[1:]
    return Command(prefixes, path, argv0, " ".join(rest), setting)


def transports(found: List[Setting]) -> Dict[str, List[str]]:
    """What a socket unit listens on: protocol (tcp, udp, unix, other) and addresses as written."""
    result: Dict[str, List[str]] = {}
    kinds = (
        ("ListenStream", "tcp"),
        ("ListenDatagram", "udp"),
        ("ListenSequentialPacket", "other"),
        ("ListenFIFO", "other"),
        ("ListenSpecial", "other"),
        ("ListenNetlink", "other"),
        ("ListenMessageQueue", "other"),
        ("ListenUSBFunction", "other"),
    )
    for key, protocol in kinds:
        for setting in listed(found, "Socket", key):
            address = setting.value
            kind = protocol
            path = address[:1] in "/@%" and address not in ("%i", "%I")  # of a template: the instance is the port
            if protocol in ("tcp", "udp") and (path or address.startswith("vsock")):
                kind = "other" if address.startswith("vsock") else "unix"
            result.setdefault(kind, []).append(address)
    return result
