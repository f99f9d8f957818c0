# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on one word of a client list: users, names, parts of addresses, netgroups (facts of patterns)."""

import re
from typing import List

from ..dialects import Dialect
from ..finding import FEWER, NONE, quote
from .traps import Trap, trap
from .brackets import bracket_traps
from .client_lists import range_traps
from .commands import changer_of
from .networks import network_traps, octal_part
from ..lookups import Lookups, Unreadable, Unsettled, Withheld, answers, asks_netgroups
from ..pattern_files import MAX_ALL_BYTES, MAX_ALL_WORDS, MAX_BYTES, MAX_FILES, MAX_WORDS, read_host_file
from ..patterns import (
    ALL,
    EXACT,
    FILE,
    GLOB,
    KNOWN,
    LOCAL,
    NETGROUP,
    STRING,
    ClientPattern,
    HostPattern,
    StringPattern,
)
from ..request import STRING_LENGTH

#: A character outside ASCII, in UTF-8.
LETTER = rb"[\xc2-\xf4][\x80-\xbf]{1,3}"
_NUMERIC = re.compile(rb"[0-9.]+\Z")
_VARIABLE = re.compile(rb"@[A-Za-z_][A-Za-z0-9_]*@\Z")  # of configure scripts
_BACKSLASH = re.compile(rb"[0-9.]+\\[0-9.]+\Z")
_LENGTH_APART = re.compile(rb"/[0-9]{1,3}\Z|/[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_HOST_ODD = re.compile(LETTER + rb"|[^A-Za-z0-9._:*?%+-]")
_UPPER = re.compile(rb"[A-Z]")
_LETTER = re.compile(rb"[A-Za-z]")
#: Words that mean something for hosts only.
HOSTS_ONLY = (b"local", b"paranoid")
#: Words of one pattern file that are looked at.
WORDS = 1000


def client_traps(pattern: ClientPattern, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """Everything about one word of a client list."""
    token = pattern.token
    if pattern.user is None:
        return host_traps(token, pattern.host, dialect, lookups)
    if not pattern.host.token:
        if _VARIABLE.match(token):
            return [trap("impossible-character", "template", pattern=quote(token))]
        return [
            trap(
                "bad-at-sign", "host", pattern=quote(token), user=pattern.user.token.decode("utf-8", "backslashreplace")
            )
        ]
    return host_traps(pattern.host.token, pattern.host, dialect, lookups, False) + _user_traps(
        pattern.user, token, dialect
    )


def _user_traps(user: StringPattern, token: bytes, dialect: Dialect) -> List[Trap]:
    if user.token[:1] == b"@" or user.token.lower() in HOSTS_ONLY:
        return [trap("bad-at-sign", "user", pattern=quote(token), user=quote(user.token))]
    found = wild_traps(user, token, dialect) or length_traps(user, token)
    if user.kind == ALL:
        return found + [trap("user-lookup", "all", pattern=quote(token))]
    return found + [trap("user-lookup", pattern=quote(token))]


def host_traps(
    token: bytes, pattern: HostPattern, dialect: Dialect, lookups: Lookups, whole: bool = True
) -> List[Trap]:
    """Everything about one host pattern; ``whole`` as for brackets.bracket_traps."""
    kind = pattern.kind
    if kind == NETGROUP:
        return _netgroup_traps(token, lookups)
    if kind == FILE:
        return file_traps(token, dialect, lookups)
    if kind == KNOWN or token.lower() in (b"unknown", b"paranoid"):
        return [trap("lookup-state", reach=FEWER if kind == KNOWN else NONE, pattern=quote(token))]
    if kind == LOCAL:
        return [_name_trap(token)]
    if token[:1] == b"[":
        return bracket_traps(token, pattern, dialect, lookups, whole)
    if kind != STRING or pattern.string is None:
        return network_traps(token, pattern, dialect)
    return _string_traps(token, pattern.string, dialect)


def _string_traps(token: bytes, string: StringPattern, dialect: Dialect) -> List[Trap]:
    if string.kind == ALL:
        return []
    found = range_traps(_DASH.sub(b"-", token), dialect)
    if found:
        return found
    odd = _HOST_ODD.search(token)
    if odd:
        return [odd_trap(token, odd.group(0), "client")]
    found = wild_traps(string, token, dialect) or length_traps(string, token)
    if found:
        return found
    if _NUMERIC.match(token):
        return _numeric_traps(token, string, dialect)
    if token[-1:] == b".":
        if string.kind == EXACT:
            return [trap("name-prefix-unsupported", pattern=quote(token))]
        if string.kind != GLOB:
            return [trap("name-prefix", pattern=quote(token))]
    if string.kind == GLOB and not _LETTER.search(token):
        return []
    return [_name_trap(token)]


# the quotes of U+2018 to U+201F, the guillemets, and what CP1252 has for the former
_TYPOGRAPHIC = re.compile(rb"\xe2\x80[\x98-\x9f]|\xc2[\xab\xbb]|^[\x91-\x94]|[\x91-\x94]$")


# the dashes of U+2010 to U+2015, and the minus of U+2212
_DASH = re.compile(rb"\xe2\x80[\x90-\x95]|\xe2\x88\x92")


def _name_trap(token: bytes) -> Trap:
    return trap("name-lookup", pattern=quote(token))


def odd_trap(token: bytes, odd: bytes, whose: str) -> Trap:
    """A character that is in no name of this kind; ``whose``: client or daemon."""
    if _DASH.match(odd):
        return trap("impossible-character", "dash", pattern=quote(token), plain=quote(_DASH.sub(b"-", token)))
    plain = _TYPOGRAPHIC.sub(b"", token)
    if plain != token:
        return trap("impossible-character", "quotes", pattern=quote(token), plain=quote(plain))
    form = "semicolon" if odd == b";" else ""
    if token[:1] == b"!" and len(token) > 1:
        form, plain = "negation", token[1:]
    elif _BACKSLASH.match(token):
        form, plain = "backslash", token.replace(b"\\", b"/")
    return trap("impossible-character", form, pattern=quote(token), odd=quote(odd), whose=whose, plain=_bare(plain))


def _bare(token: bytes) -> str:
    """A pattern as it is to be written."""
    return token.decode("utf-8", "backslashreplace")


def wild_traps(string: StringPattern, token: bytes, dialect: Dialect) -> List[Trap]:
    if b"*" not in string.token and b"?" not in string.token:
        return []
    if dialect.wildcards == "literal":
        return [trap("wildcard-unsupported", pattern=quote(token))]
    if dialect.wildcards == "case" and _UPPER.search(string.token):
        return [trap("wildcard-case", pattern=quote(token))]
    return []


def length_traps(string: StringPattern, token: bytes) -> List[Trap]:
    if len(string.token) < STRING_LENGTH or string.kind == GLOB:
        return []
    if len(string.token) > STRING_LENGTH:
        return [trap("name-too-long", pattern=quote(token), length=len(string.token), limit=STRING_LENGTH)]
    return [trap("name-too-long", "cut", pattern=quote(token), limit=STRING_LENGTH)]


def _numeric_traps(token: bytes, string: StringPattern, dialect: Dialect) -> List[Trap]:
    """Digits and dots only: libwrap compares the text of the address."""
    if not token.strip(b"."):
        return [trap("impossible-address", "dots", pattern=quote(token))]
    if token[:1] == b".":
        return [trap("numeric-suffix", pattern=quote(token))]
    parts = token.rstrip(b".").split(b".") if token[-1:] == b"." else token.split(b".")
    if token[-1:] == b"." and len(parts) >= 4:
        return [trap("address-trailing-dot", pattern=quote(token), address=b".".join(parts[:4]).decode("latin-1"))]
    if octal_part(token):
        return [trap("octal-quad", "address", pattern=quote(token))]
    if len(parts) > 4 or any(not part or len(part) > 3 or int(part) > 255 for part in parts):
        return [trap("impossible-address", pattern=quote(token))]
    if token[-1:] != b"." and len(parts) < 4:
        return [trap("short-address", pattern=quote(token), text=token.decode("latin-1"))]
    return []


def _netgroup_traps(token: bytes, lookups: Lookups) -> List[Trap]:
    group = token[1:].decode("utf-8", "surrogateescape")
    if not group:
        return [trap("netgroup-unknown", "empty")]
    if not asks_netgroups(lookups):
        return [trap("netgroup-unknown", "never", pattern=quote(token))]
    if lookups.in_netgroup(group, "unknown") is None:
        return [trap("netgroup-unknown", pattern=quote(token))]
    return [trap("netgroup", pattern=quote(token))]


def _long_trap(path: bytes) -> Trap:
    return trap(
        "host-file-long",
        path=quote(path),
        words=MAX_WORDS,
        bytes=MAX_BYTES,
        files=MAX_FILES,
        all_words=MAX_ALL_WORDS,
        all_bytes=MAX_ALL_BYTES,
    )


def file_traps(path: bytes, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """What is wrong with a ``/file`` pattern, who changes the file, and what is wrong with the words in it as hosts."""
    who = changer_of(lookups, path)
    found = _content_traps(path, dialect, lookups)
    if who is None:
        return found
    # that a file is asked at all is said with it
    return [trap("host-file-writable", path=quote(path), who=who)] + [one for one in found if one.code != "host-file"]


def _content_traps(path: bytes, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """What is wrong with the file that a pattern names."""
    content = lookups.host_file(path.decode("utf-8", "surrogateescape"))
    asked = trap("host-file", path=quote(path))
    if content is None:
        if not answers(lookups, "host_file"):  # nobody says which files there are
            return [asked]
        return [trap("host-file-missing", "length" if _LENGTH_APART.match(path) else "", path=quote(path))]
    if isinstance(content, Unreadable):
        return [trap("host-file-unreadable", path=quote(path))]
    if isinstance(content, Withheld):
        return [trap("host-file-long", "withheld", path=quote(path))]
    if isinstance(content, Unsettled):
        return [trap("host-file-long", "unsettled", path=quote(path))]
    found: List[Trap] = []
    read = read_host_file(path, lookups)
    if read.loops:
        found.append(trap("host-file-loop", path=quote(path)))
    if read.cut:
        found.append(_long_trap(path))
    for word in sorted(set(read.words))[:WORDS]:
        if word[:1] == b"#" or b"," in word or word.upper() == b"EXCEPT" or b"@" in word[1:]:
            found.append(trap("host-file-word", word=quote(word), path=quote(path)))
        elif word[:1] != b"/":
            found += [
                one._replace(message="%s (in the file %s)" % (one.message, quote(path)))
                for one in host_traps(word, HostPattern(word, dialect), dialect, lookups, False)
            ]
    return found or [asked]
