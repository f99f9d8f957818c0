# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a policy says of one service, as sets of addresses: the form that every backend renders and reads back.

`Networks` is a pair (IPv4, IPv6) of tuples of text such as `10.0.0.0/8` and `2001:db8::1/128`: always with a length, without host
bits. IPv4-mapped addresses stand among the IPv4 ones and nowhere else.
"""

import re
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from .._libwrap.addresses import canonical_ipv4, ipv6
from .._libwrap.analysis.networks_list import CLIENTS, Networks, networks_of
from .._libwrap.analysis.ranges import (
    ALL_IPV4,
    ALL_IPV6,
    IPV6_START,
    MAPPED_END,
    MAPPED_START,
    Ranges,
    address_at,
    contains,
    join,
    meet,
    subtract,
    union,
)
from .errors import BackendError

NO_NETWORKS: Networks = ((), ())
PROTOCOLS = ("tcp", "udp")
COMPANION, REPLACE = "companion", "replace"
MODES = (COMPANION, REPLACE)


#: Daemon names that can stand in the text of every backend.
_LENGTH = re.compile(r"[0-9]{1,3}\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}\Z")


class AccessList(NamedTuple):
    """Who may reach one service.

    `granted` and `denied` are what the policy answers whatever name or user the client has; an address in neither depends on one.
    `mode` companion refuses `denied` alone, beside a daemon that asks libwrap; replace lets in `granted` alone.
    """

    daemon: str
    ports: Tuple[int, ...]
    protocol: str
    granted: Networks
    denied: Networks
    mode: str


class Enforced(NamedTuple):
    """What a program refuses for some ports, as it is read back. `ports` () stands for all that the daemon listens on."""

    daemon: str
    ports: Tuple[int, ...]
    protocol: str
    refused: Ranges


class Drift(NamedTuple):
    """One address that a program treats otherwise than the access list says: a counterexample."""

    daemon: str
    port: int
    protocol: str
    address: str
    refused: bool  # by the program; the list says the opposite


def drifts(wanted: Sequence[AccessList], enforced: Sequence[Enforced]) -> List[Drift]:
    """Where a program does not do what the lists say: the lowest such address for each port; [] where all addresses agree."""
    found = []
    for access in wanted:
        for port in access.ports:
            there: Ranges = ()
            for part in enforced:
                if part.protocol == access.protocol and (port in part.ports or not part.ports):
                    there = join(there, part.refused)
            drift = _drift(access, port, there)
            if drift is not None:
                found.append(drift)
    ours = {(access.protocol, port) for access in wanted for port in access.ports}
    for part in enforced:
        strange = [port for port in part.ports if (part.protocol, port) not in ours]
        if strange and meet(part.refused, CLIENTS):
            first = address_at(meet(part.refused, CLIENTS)[0])
            found += [Drift(part.daemon, port, part.protocol, str(first), True) for port in strange]
    return found


def _drift(access: AccessList, port: int, there: Ranges) -> Optional[Drift]:
    right = refused_ranges(access)
    there = meet(there, CLIENTS)
    too_much, too_little = subtract(there, right), subtract(right, there)
    if not too_much and not too_little:
        return None
    place = min(part[0] for part in (too_much, too_little) if part)
    return Drift(access.daemon, port, access.protocol, str(address_at(place)), place in too_much[:1])


def boundaries(ranges: Ranges) -> List[str]:
    """The addresses on both sides of each edge of a set: where a translation that is wrong is most likely to show."""
    places = {place for edge in ranges for place in (edge - 1, edge)}
    return [str(address_at(place)) for place in sorted(places) if contains(CLIENTS, place)]


def refused_ranges(access: AccessList) -> Ranges:
    """The addresses that a backend has to refuse."""
    if access.mode == COMPANION:
        return meet(ranges_of(access.denied), CLIENTS)
    return subtract(CLIENTS, ranges_of(access.granted))


def refused_networks(access: AccessList) -> Networks:
    """The addresses that a backend has to refuse, in the fewest networks."""
    return networks_of(refused_ranges(access))


def compact_networks(ranges: Ranges) -> Networks:
    """Networks of addresses to refuse, with the mapped ones too where both their neighbours are refused."""
    if contains(ranges, MAPPED_START - 1) and contains(ranges, MAPPED_END):
        ranges = join(ranges, (MAPPED_START, MAPPED_END))
    # no client has a mapped address, and `::/0` is shorter than all else
    return networks_of(ranges, join(ALL_IPV4, ALL_IPV6))


def ranges_of(nets: Networks) -> Ranges:
    """Networks as ranges on the line of all addresses (`_libwrap/analysis/ranges.py`); BackendError for what is no network."""
    found = [_ipv4_range(text) for text in nets[0]] + [_ipv6_range(text) for text in nets[1]]
    return union(found)


def check(access_lists: Iterable[AccessList]) -> None:
    """BackendError unless every list can be rendered, and no port has two lists of different sets."""
    seen: Dict[Tuple[str, int], AccessList] = {}
    for access in access_lists:
        _check_one(access)
        for port in access.ports:
            key = (access.protocol, port)
            other = seen.setdefault(key, access)
            if other is not access and refused_ranges(other) != refused_ranges(access):
                raise BackendError(
                    "port %d/%s belongs to %s and to %s, which have different clients: a filter knows ports only, so give "
                    "one of them another port, or leave it out of services"
                    % (port, access.protocol, other.daemon, access.daemon)
                )


def is_plain_name(daemon: str) -> bool:
    """Whether a filter can have a daemon of this name."""
    return _PLAIN_NAME.match(daemon) is not None


def _check_one(access: AccessList) -> None:
    if not is_plain_name(access.daemon):
        raise BackendError(
            "a daemon called %r cannot be written into a filter: only letters, digits, '.', '_', '+' and '-', at most 64"
            % access.daemon
        )
    if access.protocol not in PROTOCOLS:
        raise BackendError("%s: protocol is %r, and must be tcp or udp" % (access.daemon, access.protocol))
    if access.mode not in MODES:
        raise BackendError("%s: mode is %r, and must be companion or replace" % (access.daemon, access.mode))
    if not access.ports:
        raise BackendError("%s: no port is named, and a filter knows nothing else: name its ports" % access.daemon)
    for port in access.ports:
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
            raise BackendError("%s: %r is no port: it must be a number from 1 to 65535" % (access.daemon, port))


def _ipv4_range(text: str) -> Tuple[int, int]:
    address, slash, length = text.partition("/")
    value = canonical_ipv4(address.encode("utf-8", "surrogateescape"))
    return _range(text, value, length if slash else "32", 32, 0)


def _ipv6_range(text: str) -> Tuple[int, int]:
    address, slash, length = text.partition("/")
    value = ipv6(address.encode("utf-8", "surrogateescape"))
    return _range(text, value, length if slash else "128", 128, IPV6_START)


def _range(text: str, value: object, length: str, width: int, base: int) -> Tuple[int, int]:
    if not isinstance(value, int) or not _LENGTH.match(length) or int(length) > width:
        raise BackendError("%r is no IPv%d network" % (text, 4 if width == 32 else 6))
    size = 1 << (width - int(length))
    if value % size:
        raise BackendError("%r has bits set behind its length" % text)
    return base + value, base + value + size
