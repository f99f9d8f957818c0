# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Sets of clients' addresses as networks in text: IPv4 with the IPv4-mapped ones, and IPv6 without these."""

from typing import Iterator, Tuple

from ..addresses import format_ipv4, format_ipv6
from .ranges import ALL_IPV4, ALL_IPV6, IPV6_START, MAPPED_END, MAPPED_START, Ranges, join, meet, subtract

#: (IPv4, IPv6): networks such as ``10.0.0.0/8`` and ``2001:db8::1/128``, always with a length and without host bits, in
#: order.
Networks = Tuple[Tuple[str, ...], Tuple[str, ...]]

#: All addresses that a client can have: IPv4, and IPv6 without the mapped ones.
CLIENTS: Ranges = join(ALL_IPV4, subtract(ALL_IPV6, (MAPPED_START, MAPPED_END)))


def networks_of(ranges: Ranges, among: Ranges = CLIENTS) -> Networks:
    """The fewest networks that are the part of a set `among` some addresses; the unknown address is in none.
    IPv4-mapped ones are left out by default.
    """
    ranges = meet(ranges, among)
    return (
        tuple(_texts(meet(ranges, ALL_IPV4), 0, 32)),
        tuple(_texts(meet(ranges, ALL_IPV6), IPV6_START, 128)),
    )


def _texts(ranges: Ranges, base: int, bits: int) -> Iterator[str]:
    """A family's networks one by one: a set may be a million of them."""
    form = format_ipv4 if bits == 32 else format_ipv6
    for index in range(0, len(ranges), 2):
        start, end = ranges[index] - base, ranges[index + 1] - base
        while start < end:
            size = (start & -start).bit_length() - 1 if start else bits
            while 1 << size > end - start:
                size -= 1
            yield "%s/%d" % (form(start), bits - size)
            start += 1 << size
