# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on words that stand in a client list and are none: options, ranges of addresses, parts of an address between
commas.
"""

import re
from typing import List, Optional, Set, Tuple

from ..dialects import Dialect
from ..finding import CLOSES, NONE, OPENS, quote
from .traps import Trap, trap
from .networks import network4, read_octets
from ..patterns import PatternList

#: Options whose names are no host's name; `nice`, `user`, `group` and `linger` may be.
OPTION_WORDS = frozenset(
    (
        b"allow",
        b"deny",
        b"aclexec",
        b"banners",
        b"keepalive",
        b"rfc931",
        b"setenv",
        b"severity",
        b"spawn",
        b"twist",
        b"umask",
    )
)
#: Networks that a remedy lists.
SHOWN = 8

_RANGE = re.compile(rb"([0-9]+\.[0-9]+\.[0-9]+\.)([0-9]+)-((?:[0-9]+\.[0-9]+\.[0-9]+\.)?[0-9]+)\Z")
_BRACKETS = re.compile(rb"([0-9]+\.[0-9]+\.[0-9]+\.)\[([0-9]+)-([0-9]+)\]\Z")
# with blanks around the dash, which may be one of U+2010 to U+2015
_SPACED = re.compile(
    rb"(?<![^\s,])([0-9]{1,3}(?:\.[0-9]{1,3}){3})[ \t]+(-|\xe2\x80[\x90-\x95])[ \t]+([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![^\s,])"
)
_COMMAS = re.compile(rb"(?<![0-9.,])[0-9]{1,3}(?:[,.][0-9]{1,3}){3}(?![0-9.,/])")


def client_list_traps(
    field: bytes, clients: PatternList, grants: bool, dialect: Dialect
) -> Tuple[List[Trap], Set[bytes]]:
    """What is wrong with a client list as a whole, and the words that need no trap of their own any more.

    ``field`` is its text; ``grants``: what the rule does when it matches.
    """
    found, explained = _option_word_traps(clients, grants)
    for match in _SPACED.finditer(field):
        found += _range_trap(match.group(0), match.group(1) + b"-" + match.group(3), "blanks", dialect)
        explained.update(match.groups())
    if b"," in field:
        commas, parts = _comma_traps(field)
        return commas + found, explained | parts
    return found, explained


def _option_word_traps(clients: PatternList, grants: bool) -> Tuple[List[Trap], Set[bytes]]:
    """An option that stands among the clients, for want of a colon before it; the words behind it are meant for its
    value.
    """
    for segment in clients:
        for place, pattern in enumerate(segment):
            word = pattern.token.lower()
            if word not in OPTION_WORDS:
                continue
            form = "decides" if place or segment is not clients[0] else ""
            verdict = "grants" if grants else "denies"
            one = trap("option-as-client", form, _reach(word, grants), word=quote(pattern.token), verdict=verdict)
            return [one], set(behind.token for behind in segment[place:])
    return [], set()


def _reach(word: bytes, grants: bool) -> str:
    if word == b"allow":
        return NONE if grants else CLOSES
    # each of the others denies, or does when it fails
    return OPENS if grants and word in (b"deny", b"aclexec", b"twist") else NONE


def range_traps(token: bytes, dialect: Dialect) -> List[Trap]:
    """``192.0.2.1-192.0.2.20`` and ``192.0.2.1-20``: libwrap knows no ranges and compares the text."""
    return _range_trap(token, token, "", dialect)


def _range_trap(text: bytes, token: bytes, form: str, dialect: Dialect) -> List[Trap]:
    ends = _ends_of_range(token)
    if ends is None:
        return []
    networks = covering_networks(ends[0], ends[1])
    shown = ", ".join(network4(net, length, dialect) for net, length in networks[:SHOWN])
    more = "" if len(networks) <= SHOWN else " and %d more networks" % (len(networks) - SHOWN)
    return [trap("address-range", form, pattern=quote(text), networks=shown, more=more)]


def _ends_of_range(token: bytes) -> Optional[Tuple[int, int]]:
    found = _RANGE.match(token) or _BRACKETS.match(token)
    if not found:
        return None
    last = found.group(3)
    first, end = (
        read_octets(found.group(1) + found.group(2)),
        read_octets(last if b"." in last else found.group(1) + last),
    )
    return (min(first, end), max(first, end)) if first is not None and end is not None else None


def covering_networks(first: int, last: int) -> List[Tuple[int, int]]:
    """The networks, as (number, length), that are the addresses from ``first`` to ``last``."""
    found = []
    while first <= last:
        size = first & -first or 1 << 32
        while size > last - first + 1:
            size >>= 1
        found.append((first, 33 - size.bit_length()))
        first += size
    return found


def _comma_traps(field: bytes) -> Tuple[List[Trap], Set[bytes]]:
    """``192,168,219.1``: a comma ends a word, so its parts are clients; the traps, and the words that they explain."""
    found: List[Trap] = []
    explained: Set[bytes] = set()
    for match in _COMMAS.finditer(field):
        text = match.group(0)
        address = text.replace(b",", b".")
        if b"," not in text or read_octets(address) is None or _all_whole(text):
            continue
        explained.update(text.split(b","))
        found.append(trap("comma-in-address", text=quote(text), address=address.decode("latin-1")))
    return found, explained


def _all_whole(text: bytes) -> bool:
    """Whether the words between the commas are addresses themselves, one after the other."""
    return all(read_octets(part) is not None for part in text.split(b","))
