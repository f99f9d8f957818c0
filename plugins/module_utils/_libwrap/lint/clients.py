# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on one word of a client list: users, names, parts of addresses, netgroups (facts of patterns)."""

import re
from typing import List

from ..dialects import Dialect
from .finding import CLOSES, ERROR, FEWER, INFO, MORE, NONE, OPENS, WARNING, Trap, quote, trap
from .brackets import bracket_traps
from .client_lists import range_traps
from .networks import network_traps, octal_part
from ..lookups import Lookups, Unreadable, answers
from ..pattern_files import MAX_BYTES, MAX_FILES, MAX_WORDS, read_host_file
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

_NUMERIC = re.compile(rb"[0-9.]+\Z")
_HOST_ODD = re.compile(rb"[^A-Za-z0-9._:*?%+-]")
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
        return [
            trap(
                "bad-at-sign",
                FEWER,
                "%s names no host behind the @, so it never matches" % quote(token),
                "Write %s@ALL." % pattern.user.token.decode("utf-8", "backslashreplace"),
            )
        ]
    return host_traps(pattern.host.token, pattern.host, dialect, lookups, False) + _user_traps(
        pattern.user, token, dialect
    )


def _user_traps(user: StringPattern, token: bytes, dialect: Dialect) -> List[Trap]:
    if user.token[:1] == b"@" or user.token.lower() in HOSTS_ONLY:
        return [
            trap(
                "bad-at-sign",
                FEWER,
                "%s compares the user with the text %s: netgroups and LOCAL are for hosts only"
                % (quote(token), quote(user.token)),
                "Write the user's name, ALL, KNOWN or UNKNOWN before the @.",
            )
        ]
    found = wild_traps(user, token, dialect) or length_traps(user, token)
    if user.kind == ALL:
        return found + [
            trap(
                "user-lookup",
                NONE,
                "%s makes libwrap ask the client's ident service, whatever it answers" % quote(token),
                "Write the host alone.",
                INFO,
            )
        ]
    return found + [
        trap(
            "user-lookup",
            OPENS,
            "%s believes the user name that the client's own ident service gives" % quote(token),
            "Write the host alone; no user name over ident proves anything.",
        )
    ]


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
        return [
            trap(
                "lookup-state",
                FEWER if kind == KNOWN else NONE,
                "%s depends on whether the client's name can be looked up at that moment" % quote(token),
                "Expect the answer to change with the name service, or name addresses.",
            )
        ]
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
    found = range_traps(token, dialect)
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
            return [
                trap(
                    "name-prefix-unsupported",
                    FEWER,
                    "this libwrap knows no names by their beginning, so %s never matches" % quote(token),
                    "Write the name in full or its domain with a leading dot.",
                )
            ]
        if string.kind != GLOB:
            return [
                trap(
                    "name-prefix",
                    OPENS,
                    "%s matches every host whose name begins so, in any domain; it is not a full name with the root's dot"
                    % quote(token),
                    "Write the name without the last dot, or its domain with a leading dot.",
                )
            ]
    if string.kind == GLOB and not _LETTER.search(token):
        return []
    return [_name_trap(token)]


def _name_trap(token: bytes) -> Trap:
    return trap(
        "name-lookup",
        FEWER,
        "%s matches by the client's name, so it fails when the look-up fails" % quote(token),
        "Name addresses or networks.",
    )


def odd_trap(token: bytes, odd: bytes, whose: str) -> Trap:
    remedy = "Separate the patterns by blanks or commas." if odd == b";" else "Write the name without it."
    return trap(
        "impossible-character",
        FEWER,
        "%s holds %s, which no %s's name has, so it never matches" % (quote(token), quote(odd), whose),
        remedy,
    )


def wild_traps(string: StringPattern, token: bytes, dialect: Dialect) -> List[Trap]:
    if b"*" not in string.token and b"?" not in string.token:
        return []
    if dialect.wildcards == "literal":
        return [
            trap(
                "wildcard-unsupported",
                FEWER,
                "this libwrap knows no * and ? and compares %s as it stands, so it never matches" % quote(token),
                "Write a prefix such as 10.1. or a suffix such as .example.com.",
            )
        ]
    if dialect.wildcards == "case" and _UPPER.search(string.token):
        return [
            trap(
                "wildcard-case",
                FEWER,
                "this libwrap compares %s letter by letter, and names are mostly in lower case" % quote(token),
                "Write patterns with * and ? in lower case.",
            )
        ]
    return []


def length_traps(string: StringPattern, token: bytes) -> List[Trap]:
    if len(string.token) < STRING_LENGTH or string.kind == GLOB:
        return []
    if len(string.token) > STRING_LENGTH:
        return [
            trap(
                "name-too-long",
                FEWER,
                "%s has %d characters, but libwrap cuts names at %d, so it never matches"
                % (quote(token), len(string.token), STRING_LENGTH),
                "Write a domain with a leading dot, an address or a network.",
            )
        ]
    return [
        trap(
            "name-too-long",
            MORE,
            "%s has %d characters, where libwrap cuts every name, so it matches longer names too"
            % (quote(token), STRING_LENGTH),
            "Write a domain with a leading dot, an address or a network.",
            WARNING,
        )
    ]


def _numeric_traps(token: bytes, string: StringPattern, dialect: Dialect) -> List[Trap]:
    """Digits and dots only: libwrap compares the text of the address."""
    if not token.strip(b"."):
        return [
            trap(
                "impossible-address",
                FEWER,
                "%s is no part of any address, so it never matches" % quote(token),
                "Write an address or a network.",
            )
        ]
    if token[:1] == b".":
        return [
            trap(
                "numeric-suffix",
                MORE,
                "%s matches every address that ends so, in all networks" % quote(token),
                "Write the address, or the network as in 10.1. or with its mask.",
            )
        ]
    parts = token.rstrip(b".").split(b".") if token[-1:] == b"." else token.split(b".")
    if token[-1:] == b"." and len(parts) >= 4:
        return [
            trap(
                "address-trailing-dot",
                FEWER,
                "%s ends in a dot, which no address does, so it never matches" % quote(token),
                "Write %s." % b".".join(parts[:4]).decode("latin-1"),
            )
        ]
    if octal_part(token):
        return [
            trap(
                "octal-quad",
                FEWER,
                "%s is compared as text, and no address is written with a leading zero, so it never matches"
                % quote(token),
                "Write the numbers without leading zeros.",
            )
        ]
    if len(parts) > 4 or any(not part or len(part) > 3 or int(part) > 255 for part in parts):
        return [
            trap(
                "impossible-address",
                FEWER,
                "%s is no part of any address, so it never matches" % quote(token),
                "Write numbers from 0 to 255.",
            )
        ]
    if token[-1:] != b"." and len(parts) < 4:
        return [
            trap(
                "short-address",
                FEWER,
                "%s is compared as a whole address, so it never matches" % quote(token),
                "Write %s. with a dot at the end for all addresses that begin so." % token.decode("latin-1"),
            )
        ]
    return []


def _netgroup_traps(token: bytes, lookups: Lookups) -> List[Trap]:
    group = token[1:].decode("utf-8", "surrogateescape")
    if not group:
        return [
            trap("netgroup-unknown", FEWER, "'@' names no netgroup, so it never matches", "Write @NETGROUP.", ERROR)
        ]
    if lookups.in_netgroup(group, "unknown") is None:
        return [
            trap(
                "netgroup-unknown",
                FEWER,
                "the netgroup %s cannot be asked here; a group that does not exist never matches" % quote(token),
                "Check with getent netgroup that the group exists in exactly this case.",
            )
        ]
    return [
        trap(
            "netgroup",
            FEWER,
            "%s asks the name service for a netgroup, in exactly this case, and for the client's name" % quote(token),
            "Keep the name service reachable, or name addresses.",
        )
    ]


def file_traps(path: bytes, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """What is wrong with a ``/file`` pattern, and with the words in the file as hosts."""
    content = lookups.host_file(path.decode("utf-8", "surrogateescape"))
    asked = trap(
        "host-file",
        NONE,
        "%s asks a file at every connection" % quote(path),
        "Keep the file in place and readable by every daemon.",
    )
    if content is None:
        if not answers(lookups, "host_file"):  # nobody says which files there are
            return [asked]
        return [
            trap(
                "host-file-missing",
                FEWER,
                "the file %s does not exist, so it never matches" % quote(path),
                "Create the file or drop the pattern.",
            )
        ]
    if isinstance(content, Unreadable):
        return [
            trap(
                "host-file-unreadable",
                FEWER,
                "the file %s cannot be read, so it never matches" % quote(path),
                "Make it a file that every daemon can read.",
            )
        ]
    found: List[Trap] = []
    read = read_host_file(path, lookups)
    if read.loops:
        found.append(
            trap(
                "host-file-loop",
                CLOSES,
                "the file %s names itself, and libwrap crashes when it reads it" % quote(path),
                "Take the file's own name out of it.",
            )
        )
    if read.cut:
        found.append(
            trap(
                "host-file-long",
                NONE,
                "the file %s, with those that it names, is longer than what is looked at here, the first %d words in %d bytes of %d files: "
                "answers that depend on its rest are not known, and libwrap reads all of it at every connection"
                % (quote(path), MAX_WORDS, MAX_BYTES, MAX_FILES),
                "Make it shorter, or refuse so many hosts by a packet filter.",
            )
        )
    for word in sorted(set(read.words))[:WORDS]:
        if word[:1] == b"#" or b"," in word or word.upper() == b"EXCEPT" or b"@" in word[1:]:
            found.append(
                trap(
                    "host-file-word",
                    FEWER,
                    "%s in the file %s is no host: such files know no comments, commas, EXCEPT or user@"
                    % (quote(word), quote(path)),
                    "Write hosts separated by white space only.",
                )
            )
        elif word[:1] != b"/":
            found += [
                one._replace(message="%s (in the file %s)" % (one.message, quote(path)))
                for one in host_traps(word, HostPattern(word, dialect), dialect, lookups, False)
            ]
    return found or [asked]
