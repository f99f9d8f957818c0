# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random policies of all kinds of patterns, most of them on addresses, and the addresses at which a translation could go wrong."""

import random
from typing import List, NamedTuple, Optional, Tuple

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    CLIENTS,
    AccessList,
    boundaries,
    ranges_of,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import (
    IPV4_END,
    IPV6_START,
    Ranges,
    address_at,
    contains,
    join,
)
from rule_files import RuleFiles

#: What a rule would match of addresses: all notations of networks, octets with holes, text, words.
_WORDS = "ALL LOCAL KNOWN UNKNOWN PARANOID .example.com @home host.example.com 10. 192.168. 172.16.3. 10.1.*".split()
_HOLES = ("10.0.1.0/255.0.255.0", "10.0.0.5/255.255.0.255", "192.168.0.0/255.253.0.0", "128.0.0.0/192.0.0.0")


class AddressRules(RuleFiles):
    """Well-formed tables whose clients are mostly networks; a part of the tables is as broken as RuleFiles makes them."""

    def network6(self) -> str:
        """An IPv6 network or address in brackets."""
        length = self.random.choice((0, 1, 16, 32, 47, 64, 96, 127, 128, self.random.randrange(129)))
        start = self.any(["2001:db8::", "2001:db8:1::", "fe80::", "::", "3000::"])
        number = int.from_bytes(_packed(start), "big") + (self.random.getrandbits(24) if self.chance(0.5) else 0)
        number = number >> (128 - length) << (128 - length)
        text = str(address_at(IPV6_START + number))
        return "[%s]/%d" % (text, length) if self.chance(0.8) else "[%s]" % text

    def host(self) -> str:
        kind = self.random.random()
        if kind < 0.4:
            return self.network()
        if kind < 0.6:
            return self.network6()
        if kind < 0.65:
            return self.any(_HOLES)
        if kind < 0.75:
            return self.quad()
        return self.any(_WORDS) if kind < 0.9 else super().host()

    def daemon(self) -> str:
        return (
            self.any(["sshd", "sshd", "ALL", "s*", "ALL EXCEPT in.ftpd", "in.ftpd"])
            if self.chance(0.9)
            else super().daemon()
        )

    def table(self) -> Optional[bytes]:
        if self.chance(0.15):
            return super().table()
        lines = [self.rule() for _number in range(self.random.choice((1, 2, 3, 5, 8)))]
        if self.chance(0.3):
            lines.append("ALL: ALL")
        return "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")


def _packed(text: str) -> bytes:
    import socket

    return socket.inet_pton(socket.AF_INET6, text)


class Case(NamedTuple):
    """One policy as sets: the text, what is granted and what is denied, and addresses to ask about."""

    tables: Tuple[Optional[bytes], Optional[bytes]]
    policy: object
    granted: Ranges
    denied: Ranges
    lists: Tuple[AccessList, AccessList]  # companion, replace
    addresses: List[str]
    edges: int  # so many of them lie at a boundary; all boundaries are there unless a set has thousands


def make_case(tables, policy, sets, ports: Tuple[int, int], chooser: random.Random, how_many: int) -> Case:
    """A policy's sets with addresses: every boundary, and random ones, half of them near the networks that are named."""
    granted, denied = ranges_of(sets.granted), ranges_of(sets.denied)
    edges = boundaries(granted) + boundaries(denied)
    if len(edges) > 4 * how_many:  # sets with holes have thousands of edges that are all alike
        edges = chooser.sample(edges, 4 * how_many)
    found = sorted(set(edges) | {_random(chooser, join(granted, denied)) for _number in range(how_many)})
    lists = tuple(
        AccessList("sshd", (port,), "tcp", sets.granted, sets.denied, mode)
        for port, mode in zip(ports, ("companion", "replace"))
    )
    return Case(tables, policy, granted, denied, lists, found, len(set(edges)))


def _random(chooser: random.Random, near: Ranges) -> str:
    while True:
        if near and chooser.random() < 0.5:
            place = chooser.choice(near) + chooser.choice((-2, -1, 0, 1, 2, chooser.getrandbits(16)))
        elif chooser.random() < 0.6:
            place = chooser.randrange(IPV4_END)
        else:
            start = chooser.choice((0x20010DB8 << 96, 0, chooser.getrandbits(128)))
            place = IPV6_START + (start + chooser.getrandbits(chooser.choice((8, 64, 90)))) % (1 << 128)
        if 0 <= place and contains(CLIENTS, place):
            return str(address_at(place))
