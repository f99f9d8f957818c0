# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Sets of addresses as ranges on one line: IPv4 first, then the address nobody knows, then IPv6.

A set is a tuple of an even number of positions ``(start, end, start, end, ...)``, half open, in order, no two touching.
"""

from bisect import bisect_right
from typing import Iterable, List, Optional, Tuple

from ..addresses import canonical_ipv4, format_ipv4, format_ipv6, ipv6

Ranges = Tuple[int, ...]

IPV4_END = 1 << 32
#: The position of a client without an address.
UNKNOWN = IPV4_END
IPV6_START = UNKNOWN + 1
END = IPV6_START + (1 << 128)
MAPPED_START = IPV6_START + (0xFFFF << 32)
MAPPED_END = MAPPED_START + IPV4_END
#: ``::a.b.c.d``, which inet_ntop(3) writes with dots too.
COMPAT_END = IPV6_START + IPV4_END

NOTHING: Ranges = ()
EVERYTHING: Ranges = (0, END)
ALL_IPV4: Ranges = (0, IPV4_END)
ALL_IPV6: Ranges = (IPV6_START, END)


def union(pieces: Iterable[Tuple[int, int]]) -> Ranges:
    """The set of any ranges in any order."""
    flat: List[int] = []
    for start, end in sorted(pieces):
        if flat and start <= flat[-1]:
            if end > flat[-1]:
                flat[-1] = end
        elif start < end:
            flat += (start, end)
    return tuple(flat)


def pairs(ranges: Ranges) -> List[Tuple[int, int]]:
    """The ranges one by one."""
    return list(zip(ranges[::2], ranges[1::2]))


def join(one: Ranges, other: Ranges) -> Ranges:
    """What is in either."""
    if not one or not other:
        return one or other
    return union(pairs(one) + pairs(other))


def meet(one: Ranges, other: Ranges) -> Ranges:
    """What is in both."""
    if one == EVERYTHING or not other:
        return other
    if other == EVERYTHING or not one:
        return one
    if len(one) > len(other):
        one, other = other, one
    flat: List[int] = []
    for index in range(0, len(one), 2):
        low, high = one[index], one[index + 1]
        position = bisect_right(other, low) // 2 * 2
        while position < len(other) and other[position] < high:
            start, end = max(low, other[position]), min(high, other[position + 1])
            if start < end:
                flat += (start, end)
            position += 2
    return tuple(flat)


def invert(ranges: Ranges) -> Ranges:
    """What is not in it."""
    flat = list(ranges)
    flat = flat[1:] if flat[:1] == [0] else [0] + flat
    flat = flat[:-1] if flat[-1:] == [END] else flat + [END]
    return tuple(flat)


def subtract(one: Ranges, other: Ranges) -> Ranges:
    """What is in the first and not in the second."""
    return meet(one, invert(other)) if one and other else one


def contains(ranges: Ranges, position: int) -> bool:
    """Whether the position is in the set."""
    return bool(bisect_right(ranges, position) & 1)


def position_of(address: Optional[str]) -> Optional[int]:
    """Where an address lies on the line; None for what is no address. A scope such as ``%eth0`` is left out."""
    if not address or address == "unknown":
        return UNKNOWN
    raw = address.encode("utf-8", "surrogateescape")
    value = canonical_ipv4(raw)
    if value is not None:
        return value
    value = ipv6(raw.partition(b"%")[0])
    return None if value is None else IPV6_START + value


def address_at(position: int) -> Optional[str]:
    """The address at a position, as inet_ntop(3) writes it; None is the unknown one."""
    if position == UNKNOWN:
        return None
    if position < IPV4_END:
        return format_ipv4(position)
    value = position - IPV6_START
    if value >> 32 == 0xFFFF:
        return "::ffff:" + format_ipv4(value & 0xFFFFFFFF)
    if value >> 32 == 0 and value >> 16:
        return "::" + format_ipv4(value)
    return format_ipv6(value)
