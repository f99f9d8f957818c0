# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a pattern on an address matches, as ranges: exact for IPv4; for IPv6 where the pattern is a network or an
address.

Follows patterns.py and facts.py; the tests hold the two together.
"""

from typing import Any, NamedTuple, Optional, Tuple

from ..addresses import ALL_ONES, canonical_ipv4, ipv6, length_from_mask
from ..dialects import Dialect
from ..networks import Network
from ..patterns import ALL, EXACT, KNOWN, NETWORK, NEVER, PREFIX, StringPattern
from .octets import FEW, MaskOctets, few_ranges, text_octets
from .ranges import (
    ALL_IPV4,
    ALL_IPV6,
    COMPAT_END,
    EVERYTHING,
    IPV6_START,
    MAPPED_END,
    MAPPED_START,
    NOTHING,
    UNKNOWN,
    Ranges,
    address_at,
    join,
    meet,
    subtract,
    union,
)
from .wildcards import Machine, marks_of


#: ``ranges`` it matches; ``octets`` an IPv4 pattern that is too many ranges; ``unsure`` the IPv6 addresses whose text
#: may match. ``within``: the addresses for which ``octets`` speaks.
class Reach(NamedTuple):
    ranges: Ranges
    octets: Optional[Any]
    unsure: Ranges
    within: Ranges


EMPTY = Reach(NOTHING, None, NOTHING, NOTHING)
_DOTTED_IPV6 = union([(MAPPED_START, MAPPED_END), (IPV6_START, COMPAT_END)])
_UNKNOWN = b"unknown"
_HEX = frozenset(b"0123456789abcdef")
_DIGITS = frozenset(b"0123456789")
_COLON, _DOT = 0x3A, 0x2E


def network_reach(network: Optional[Network], dialect: Dialect, prefix: bool = False) -> Reach:
    """What a network matches; ``prefix`` where it is compared as ``net/mask`` and not as one bracketed address."""
    if network is None:
        return EMPTY
    family, net, mask = network
    if family == 6:
        return _ipv6_reach(net, mask, dialect, prefix)
    if net & mask != net:
        return EMPTY
    length = length_from_mask(mask)
    octets: Optional[MaskOctets] = None
    if length is not None:
        ranges: Ranges = (net, net + (1 << (32 - length)))
    else:
        octets = MaskOctets(net, mask)
        # A zero bit above the lowest set one doubles the ranges.
        holes = 32 - bin(mask).count("1") - ((mask & -mask).bit_length() - 1)
        few = few_ranges(octets) if 1 << holes <= FEW else None
        ranges = few or NOTHING
        octets = octets if few is None else None
    within = ALL_IPV4
    if dialect.net4 != "netbsd":
        # inet_addr(3) cannot tell 255.255.255.255 from an error.
        within = (0, ALL_ONES)
        ranges = meet(ranges, within)
    unsure = NOTHING
    if dialect.mapped_numbers or dialect.mapped == "ipv4":
        ranges = join(ranges, tuple(MAPPED_START + place for place in ranges))
        unsure = (MAPPED_START, MAPPED_END) if octets is not None else NOTHING
    return Reach(ranges, octets, unsure, within)


def _ipv6_reach(net: int, mask: int, dialect: Dialect, prefix: bool) -> Reach:
    size = (1 << 128) - mask
    if net & mask != net:
        return EMPTY
    ranges: Ranges = (IPV6_START + net, IPV6_START + net + size)
    if dialect.mapped == "number":
        ranges = join(ranges, tuple(place - MAPPED_START for place in meet(ranges, (MAPPED_START, MAPPED_END))))
    elif dialect.mapped == "ipv4" or (prefix and dialect.net6 == "after" and dialect.mapped_numbers):
        ranges = subtract(ranges, (MAPPED_START, MAPPED_END))
    return Reach(ranges, None, NOTHING, NOTHING)


def text_reach(pattern: StringPattern, dialect: Dialect) -> Reach:
    """The addresses that a pattern on text matches."""
    kind = pattern.kind
    if kind == ALL:
        return Reach(EVERYTHING, None, NOTHING, NOTHING)
    if kind == KNOWN:
        return Reach(subtract(EVERYTHING, (UNKNOWN, UNKNOWN + 1)), None, NOTHING, NOTHING)
    if kind == NEVER:
        return EMPTY
    if kind == NETWORK or (kind == PREFIX and pattern.network is not None):
        return network_reach(pattern.network, dialect)
    unknown: Ranges = (UNKNOWN, UNKNOWN + 1) if pattern.matches(_UNKNOWN, _UNKNOWN) else NOTHING
    marks = marks_of(pattern)
    if marks is None:
        return EMPTY
    if _matches_any_address(marks):
        return Reach(join(subtract(EVERYTHING, (UNKNOWN, UNKNOWN + 1)), unknown), None, NOTHING, NOTHING)
    if kind == EXACT:
        found = _exact_reach(pattern, dialect)
    elif kind == PREFIX:
        found = Reach(_prefix_ranges(pattern.text), None, NOTHING, NOTHING)
    else:
        octets = text_octets(marks)
        few = few_ranges(octets) if octets is not None else NOTHING
        found = Reach(few or NOTHING, octets if few is None else None, _unsure_ipv6(marks), ALL_IPV4)
    if dialect.mapped == "ipv4" and (found.ranges or found.octets) and kind != EXACT:
        found = found._replace(unsure=join(found.unsure, (MAPPED_START, MAPPED_END)))
    return found._replace(ranges=join(found.ranges, unknown))


def _exact_reach(pattern: StringPattern, dialect: Dialect) -> Reach:
    value = canonical_ipv4(pattern.text)
    ranges: Ranges = NOTHING if value is None else (value, value + 1)
    if dialect.mapped == "ipv4":
        ranges = join(ranges, tuple(MAPPED_START + place for place in ranges))
    number = ipv6(pattern.text)
    if number is not None and address_at(IPV6_START + number) == pattern.text.decode("latin-1"):
        ranges = join(ranges, (IPV6_START + number, IPV6_START + number + 1))
    if pattern.network is not None:
        ranges = join(ranges, network_reach(pattern.network, dialect).ranges)
    return Reach(ranges, None, NOTHING, NOTHING)


def _prefix_ranges(text: bytes) -> Ranges:
    """``10.1.`` as the network it is."""
    parts = text.split(b".")[:-1]
    value = canonical_ipv4(b".".join((parts + [b"0"] * 3)[:4])) if len(parts) < 4 else None
    if value is None:
        return NOTHING
    return (value, value + (1 << (32 - 8 * len(parts))))


def _matches_any_address(marks: Tuple[int, ...]) -> bool:
    """``*``, ``?*`` and the like; the shortest address is ``::``."""
    return -2 in marks and max(marks) < 0 and marks.count(-1) <= 2


def _unsure_ipv6(marks: Tuple[int, ...]) -> Ranges:
    """The IPv6 addresses whose text the pattern may match."""
    if any(mark >= 0 and mark not in _HEX and mark not in (_COLON, _DOT) for mark in marks):
        return NOTHING
    machine = Machine(marks)
    # (state of the pattern, dots read, colons read up to 2)
    waiting = [(machine.start, 0, 0)]
    seen = set(waiting)
    plain = dotted = False
    while waiting:
        state, dots, colons = waiting.pop()
        if machine.accepts(state) and colons == 2:
            plain = plain or dots == 0
            dotted = dotted or dots == 3
        moves = [(byte, dots, colons) for byte in (_HEX if not dots else _DIGITS)]
        if not dots:
            moves.append((_COLON, 0, min(2, colons + 1)))
        if dots < 3 and colons == 2:
            moves.append((_DOT, dots + 1, colons))
        for byte, more_dots, more_colons in moves:
            after = (machine.step(state, byte), more_dots, more_colons)
            if after[0] and after not in seen:
                seen.add(after)
                waiting.append(after)
    if plain:
        return ALL_IPV6
    return _DOTTED_IPV6 if dotted else NOTHING
