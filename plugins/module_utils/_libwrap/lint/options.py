# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on the third field: options (hosts_options(5)) or a shell command (facts of options)."""

import re
from typing import List, Optional

from ..dialects import Dialect
from ..expand import known_letter
from ..finding import CLOSES, ERROR, NONE, OPENS, WARNING, quote
from .commands import missing_traps, replaceable_traps
from .traps import Trap, trap
from ..lookups import Lookups
from ..options import EXPANDED, NAMES, Option, check_value, split_options

_SPACE = b" \t\n\x0b\x0c\r"
_NAME_END = re.compile(rb"[= \t\r\n]")
#: Letters whose value the client's own name server or ident service chooses.
_CLIENTS = b"chnu"
_COMMENT = re.compile(rb"(?:^|[ \t])(#)")
_LETTER = re.compile(rb"%(.)", re.DOTALL)
#: The longest that a letter can become: user@host for %c and %s, else one name.
_LONGEST = 127
_COMMANDS = (b"spawn", b"twist", b"aclexec")
_LISTED = {
    b"aclexec": "aclexec COMMAND",
    b"severity": "severity [FACILITY.]LEVEL",
    b"setenv": "setenv NAME VALUE",
    b"umask": "umask 022",
    b"linger": "linger 10",
    b"rfc931": "rfc931 10",
    b"nice": "nice 10",
    b"user": "user NAME",
    b"group": "group NAME",
    b"banners": "banners /DIRECTORY",
    b"spawn": "spawn COMMAND",
    b"twist": "twist COMMAND",
}


def option_words(field: bytes) -> List[bytes]:
    """The names of all options of a field, in lower case, those behind an error too."""
    return [_NAME_END.split(text.strip(_SPACE), 1)[0].lower() for text in split_options(field)]


def grants(field: bytes, default: bool) -> bool:
    """Whether the rule is meant to grant: by its last allow, deny or twist, else as its table does."""
    for word in reversed(option_words(field)):
        if word in (b"deny", b"twist"):
            return False
        if word == b"allow":
            return True
    return default


def option_traps(field: bytes, options: List[Option], meant: bool, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """What is wrong with the options of a rule that is ``meant`` to grant or not."""
    found: List[Trap] = []
    denies = CLOSES if meant else NONE
    for option in options:
        comment = _comment_trap(option, denies)
        if comment and (option.error or check_value(option, dialect, lookups)):
            return found + [comment]
        if option.error:
            return found + [_error_trap(option, field, options, denies, dialect)]
        key, value = option.name.lower(), option.value or b""
        error = check_value(option, dialect, lookups)
        if error:
            return found + [_value_trap(option, key, error, denies, dialect)]
        if key == b"setenv" and b"=" in value.split(None, 1)[0]:
            found.append(trap("setenv-equals", "value", option=quote(option.name + b" " + value)))
        if key in EXPANDED:
            found += command_traps(value, key in _COMMANDS, dialect)
        if key in _COMMANDS or key == b"banners":
            found += missing_traps(key, value, meant, lookups)
        if key in EXPANDED or key == b"banners":
            found += replaceable_traps(key, value, lookups)
        found += _effect_traps(key, value, dialect)
    return found


def _comment_trap(option: Option, denies: str) -> Optional[Trap]:
    """What a comment behind an option is to libwrap: its value, or the rest of its name."""
    text = option.name + b" " + (option.value or b"")
    found = _COMMENT.search(text)
    if not found:
        return None
    return trap(
        "trailing-comment",
        "option",
        reach=denies,
        comment=quote(text[found.start(1) :].rstrip()),
        option=quote(_NAME_END.split(text, 1)[0]),
    )


def _error_trap(option: Option, field: bytes, options: List[Option], denies: str, dialect: Dialect) -> Trap:
    """The option at which libwrap stops with an error: the rule denies."""
    key, name = option.name.lower(), quote(option.name)
    previous = options[-2].name.lower() if len(options) > 1 else b""
    if not option.name:
        if option.value is None and len(split_options(field)) == len(options):
            return trap("trailing-colon", reach=denies)
        return trap("option-missing-name", reach=denies)
    if key not in NAMES:
        if previous in EXPANDED:
            return trap("unescaped-colon", reach=denies, option=name)
        if option.name[:1] in b"/(":
            return trap("shell-command", reach=denies, option=name)
        return trap("option-unknown", reach=denies, option=name)
    if key == b"aclexec" and not dialect.aclexec:
        return trap("aclexec-unsupported", reach=denies)
    if "must be at end" in (option.error or ""):
        following = option_words(field)[len(options) :]
        if key == b"twist" and following and following[0] not in NAMES:
            return trap("unescaped-colon", "following", reach=denies, text=quote(following[0]))
        return trap("option-not-last", reach=denies, option=name, key=key.decode("ascii"))
    if option.value is None:
        return trap("option-needs-value", reach=denies, option=name, usage=_LISTED.get(key, "its value"))
    return trap("option-takes-no-value", reach=denies, option=name, value=quote(option.value), key=key.decode("ascii"))


def _value_trap(option: Option, key: bytes, error: str, denies: str, dialect: Dialect) -> Trap:
    """A value that libwrap refuses when a client comes: the rule denies."""
    text = quote(option.value or b"")
    if key == b"severity":
        return trap(
            "severity-unknown",
            reach=denies,
            option=text,
            levels=", ".join(sorted(dialect.severities)),
            facilities=", ".join(sorted(dialect.facilities)),
        )
    if key in (b"user", b"group"):
        return trap("account-unknown", reach=denies, option=text)
    if key == b"setenv":
        return trap("setenv-equals", reach=denies, option=quote(option.name + b" " + (option.value or b"")))
    return trap("bad-option-value", reach=denies, option=text, key=key.decode("ascii"), usage=_LISTED.get(key, ""))


def _effect_traps(key: bytes, value: bytes, dialect: Dialect) -> List[Trap]:
    """Options that are in order but do not do what their name says."""
    if key == b"aclexec":
        return [trap("aclexec-sticky", value=quote(value))]
    if key in (b"user", b"group") and not dialect.switches_user:
        return [trap("user-ignored", option=quote(key + b" " + value))]
    if key == b"twist":
        return [trap("twist-resident")]
    if key == b"banners":
        return [trap("banners", value=quote(value))]
    if key == b"rfc931":
        return [trap("user-lookup", "option")]
    return []


def classic_traps(field: bytes, default: bool, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """The whole third field is a shell command (upstream-classic)."""
    word = option_words(field)[:1]
    if word and word[0] in NAMES:
        last = option_words(field)[-1]
        meant = last == b"allow" or default and last not in (b"deny", b"twist")
        reach = NONE if meant == default else OPENS if default else CLOSES
        return [trap("options-unsupported", reach=reach, field=quote(field.strip(_SPACE)))]
    if not field.strip(_SPACE):
        return []
    return command_traps(field, True, dialect) + replaceable_traps(b"", field, lookups)


def command_traps(value: bytes, command: bool, dialect: Dialect) -> List[Trap]:
    """The ``%`` letters of a text, and, where a shell reads it, which of them the client may choose outside quotes."""
    found: List[Trap] = []
    if b"%" in value:
        letters = [match.group(1) for match in _LETTER.finditer(value)]
        unknown = sorted(set(letter for letter in letters if not known_letter(letter[0], dialect)))
        if unknown:
            found.append(trap("percent-unknown", letters=quote(b" ".join(b"%" + one for one in unknown))))
        bare = unquoted(value) if command else []
        if bare:
            found.append(trap("expansion-unquoted", letters=quote(b" ".join(b"%" + one for one in bare))))
        longest = len(value) + sum(2 * _LONGEST if letter in (b"c", b"s") else _LONGEST for letter in letters)
    else:
        longest = len(value)
    if longest >= dialect.buffer - 1:
        reach, what = (CLOSES, "does") if len(value) - value.count(b"%") * 2 >= dialect.buffer - 1 else (CLOSES, "may")
        found.append(
            trap(
                "expansion-too-long",
                reach=reach,
                severity=ERROR if what == "does" else WARNING,
                value=quote(value),
                what=what,
                limit=dialect.buffer,
            )
        )
    return found


def unquoted(command: bytes) -> List[bytes]:
    """The letters of client-controlled expansions that stand outside quotes of a shell command, sorted."""
    found, quoted, position = set(), 0, 0
    while position < len(command):
        byte = command[position]
        if byte == 0x5C and quoted != 0x27:
            position += 1
        elif byte in (0x22, 0x27) and quoted in (0, byte):
            quoted = 0 if quoted else byte
        elif byte == 0x25:
            position += 1
            letter = command[position : position + 1]
            if not quoted and letter and letter in _CLIENTS:
                found.add(letter)
        position += 1
    return sorted(found)
