# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A set of addresses in as few networks as can be, with exceptions where that is shorter: ``10.1.0.0/16 except
10.1.2.0/24``.
"""

from bisect import bisect_left, bisect_right
from typing import List, NamedTuple, Tuple

from .ranges import (
    EVERYTHING,
    IPV4_END,
    IPV6_START,
    UNKNOWN,
    Ranges,
    address_at,
    contains,
    invert,
    join,
    meet,
    pairs,
    subtract,
)

#: A network (first position, bits of it that are free) and the networks that are left out of it.
Net = Tuple[int, int]


class Term(NamedTuple):
    net: Net
    exceptions: Tuple[Net, ...]


#: How many networks are named, the terms, and the networks left out of the term around them.
class Part(NamedTuple):
    cost: int
    terms: List[Term]
    exceptions: List[Net]


#: A text, and how many networks it names.
class Said(NamedTuple):
    text: str
    terms: int


#: Sets with more edges than this are listed network by network without looking for exceptions.
EDGES = 400
#: So many networks are written out; the rest is counted.
SHOWN = 40

_UNKNOWN_TEXT = "an unknown address"


def networks_text(ranges: Ranges, universe: Ranges) -> Said:
    """Some addresses in words; ALL where they are all there are."""
    if subtract(universe, ranges) == ():
        return Said("ALL", 1)
    found, rest = _listed(ranges, universe), _listed(subtract(universe, ranges), universe)
    count, others = _count(found), _count(rest)
    if others + 1 < count and not any(term.exceptions for term in rest):
        return Said("ALL except " + _cut(rest), others + 1)
    return Said(_cut(found, "; " if any(term.exceptions for term in found) else ", "), count)


def _listed(ranges: Ranges, universe: Ranges) -> List[Term]:
    # the hole that a build leaves in IPv6 belongs to both sides, so that it cuts nothing in pieces
    ranges = _closed(ranges, universe)
    terms = _terms(meet(ranges, (0, IPV4_END)), 0, 32)
    if contains(ranges, UNKNOWN):
        terms.append(Term((UNKNOWN, 0), ()))
    return terms + _terms(meet(ranges, (IPV6_START, EVERYTHING[1])), IPV6_START, 128)


def _count(terms: List[Term]) -> int:
    return sum(1 + len(term.exceptions) for term in terms)


def _closed(ranges: Ranges, universe: Ranges) -> Ranges:
    hole = invert(universe)
    if not hole or not (contains(ranges, hole[0] - 1) and contains(ranges, hole[1])):
        return ranges
    return join(ranges, hole)


def _cut(terms: List[Term], separator: str = ", ") -> str:
    """The first terms as text; most of a long list is only counted."""
    texts = [
        net_text(term.net)
        + (" except " + ", ".join(net_text(net) for net in term.exceptions) if term.exceptions else "")
        for term in terms[:SHOWN]
    ]
    if len(terms) <= SHOWN:
        return separator.join(texts)
    return "%s and %d more networks" % (separator.join(texts), len(terms) - SHOWN)


def net_text(net: Net) -> str:
    """A network as ``10.0.0.0/8``, one address without a length."""
    place, bits = net
    if place == UNKNOWN:
        return _UNKNOWN_TEXT
    width = 32 if place < IPV4_END else 128
    address = address_at(place)
    return "%s" % address if bits == 0 else "%s/%d" % (address, width - bits)


def _terms(ranges: Ranges, base: int, bits: int) -> List[Term]:
    if not ranges:
        return []
    if len(ranges) > EDGES:
        return [Term(net, ()) for net in networks(ranges, base, bits)]
    return _best(ranges, base, bits)[0].terms


def networks(ranges: Ranges, base: int, bits: int) -> List[Net]:
    """The fewest networks that are a set."""
    found = []
    for start, end in pairs(ranges):
        while start < end:
            offset = start - base
            size = (offset & -offset).bit_length() - 1 if offset else bits
            while 1 << size > end - start:
                size -= 1
            found.append((start, size))
            start += 1 << size
    return found


def _best(ranges: Ranges, place: int, bits: int) -> Tuple[Part, Part]:
    """The fewest networks that say which addresses of one network are in a set: where it stands by itself, and inside a
    term.

    Draves et al., "Constructing Optimal IP Routing Tables" (1999), for two answers: an exception may hold a term again.
    """
    here = (place, bits)
    end = place + (1 << bits)
    first = bisect_right(ranges, place)
    if first == bisect_left(ranges, end):
        nothing, out = Part(0, [], []), Part(1, [], [here])
        return (Part(1, [Term(here, ())], []), nothing) if first & 1 else (nothing, out)
    half = 1 << (bits - 1)
    left, right = _best(ranges, place, bits - 1), _best(ranges, place + half, bits - 1)
    outside, inside = (
        Part(one.cost + two.cost, one.terms + two.terms, one.exceptions + two.exceptions)
        for one, two in zip(left, right)
    )
    if 1 + inside.cost < outside.cost:
        return Part(1 + inside.cost, [Term(here, tuple(inside.exceptions))] + inside.terms, []), inside
    if 1 + outside.cost < inside.cost:
        return outside, Part(1 + outside.cost, outside.terms, [here])
    return outside, inside
