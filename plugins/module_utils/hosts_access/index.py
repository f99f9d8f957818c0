# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The rules of both tables as an index, so that a decision costs the same with ten rules as with ten thousand.

Rules are numbered in the order in which libwrap tries them. Every rule is entered under each daemon and client of its
lists; a look-up collects the entries that one request can hit and takes the lowest. An entry is ``number * 2``, plus 1
when meeting the key is not enough (EXCEPT, ``user@``, ``daemon@host``) and the whole rule must be asked.
"""

import re
from typing import Any, Dict, List, Optional, Tuple

from .addresses import ALL_ONES, OCTETS, canonical_ipv4, mask_from_length
from .dialects import Dialect
from .facts import HostFacts, RequestFacts
from .networks import Network, read_network
from .patterns import (
    ALL, EXACT, NETWORK, NEVER, PREFIX, STRING, SUFFIX, DaemonPattern, HostPattern, World, list_matches, tokens_of,
)
from .rules import Rule

#: Higher than any entry.
NONE = 1 << 60
#: A rule of more daemon and client pairs than this is asked as a whole, so that hostile lists cannot blow the index up.
PAIRS = 1024
#: How many daemon names are remembered with the parts of the index that concern them.
REMEMBERED = 4096

# A bucket is one unconditional entry, or a list of conditional ones that may end with an unconditional one.
Bucket = Any

_ADDRESS_LIKE = re.compile(br"[0-9a-f.:%]*\Z")


def enter(buckets: Dict[Any, Bucket], key: Any, entry: int) -> None:
    """Add an entry to a bucket; entries come in rising order, and nothing is kept behind an unconditional one."""
    bucket = buckets.get(key)
    if bucket is None:
        buckets[key] = [entry] if entry & 1 else entry
    elif type(bucket) is list and bucket[-1] & 1 and bucket[-1] != entry:
        bucket.append(entry)


class ClientIndex(object):
    """The clients of the rules that name one daemon pattern."""

    __slots__ = ("first", "everyone", "address", "name", "address_prefix", "name_prefix", "address_suffix", "name_suffix",
                 "nets4", "plain4", "nets6", "others")

    def __init__(self) -> None:
        self.first = NONE
        self.everyone = {}  # type: Dict[Any, Bucket]
        self.address = {}  # type: Dict[bytes, Bucket]
        self.name = {}  # type: Dict[bytes, Bucket]
        self.address_prefix = {}  # type: Dict[bytes, Bucket]
        self.name_prefix = {}  # type: Dict[bytes, Bucket]
        self.address_suffix = {}  # type: Dict[bytes, Bucket]
        self.name_suffix = {}  # type: Dict[bytes, Bucket]
        self.nets4 = {}  # type: Dict[int, Dict[int, Bucket]]
        # What a plainly spelled IPv4 address can hit: networks, and prefixes such as "10.1." as the networks they are.
        self.plain4 = {}  # type: Dict[int, Dict[int, Bucket]]
        self.nets6 = {}  # type: Dict[int, Dict[int, Bucket]]
        self.others = {}  # type: Dict[HostPattern, Bucket]

    def add(self, host: HostPattern, entry: int) -> None:
        """Enter a rule under one host pattern."""
        if entry < self.first:
            self.first = entry
        if host.kind == NETWORK:
            if host.network is not None:
                if host.on_name:
                    enter(self.others, host, entry)
                else:
                    self.add_network(host.network, entry)
            return
        string = host.string
        if host.kind != STRING or string is None or string.network is not None or string.alias:
            if host.kind != NEVER:
                enter(self.others, host, entry)
            return
        text = string.text
        if string.kind == ALL:
            enter(self.everyone, None, entry)
        elif string.kind == EXACT:
            enter(self.address, text, entry)
            if host.on_name:
                enter(self.name, text, entry)
        elif string.kind == PREFIX:
            enter(self.address_prefix, text, entry)
            prefix = _prefix_network(text)
            if prefix is not None:
                enter(self.plain4.setdefault(prefix[1], {}), prefix[0], entry)
            if host.on_name:
                enter(self.name_prefix, text, entry)
        elif string.kind == SUFFIX:
            if _ADDRESS_LIKE.match(text) or b"unknown".endswith(text):
                enter(self.address_suffix, text, entry)
            if host.on_name:
                enter(self.name_suffix, text, entry)
        elif string.kind != NEVER:
            enter(self.others, host, entry)

    def add_network(self, network: Network, entry: int, spelled: bool = False) -> None:
        """Enter a rule under a network; ``spelled``: under one address as text, which only the same text matches."""
        if entry < self.first:
            self.first = entry
        family, net, mask = network
        if family == 6:
            enter(self.nets6.setdefault(mask, {}), net, entry)
            return
        nets = self.plain4.get(mask)
        if nets is None:
            nets = self.plain4[mask] = {}
        enter(nets, net, entry)
        if not spelled:
            enter(self.nets4.setdefault(mask, {}), net, entry)

    def add_everyone(self, entry: int) -> None:
        """Enter a rule that has to be asked as a whole."""
        if entry < self.first:
            self.first = entry
        enter(self.everyone, None, entry | 1)


class Index(object):
    """All rules of a policy.

    :param rules: the rules of both tables in order; their ``number`` is their place.
    """

    def __init__(self, rules: List[Rule], dialect: Dialect) -> None:
        self.rules = rules
        self.dialect = dialect
        self.all = ClientIndex()
        self.daemons = {}  # type: Dict[bytes, ClientIndex]
        self.ports = {}  # type: Dict[int, ClientIndex]
        self.patterns = {}  # type: Dict[bytes, Tuple[DaemonPattern, ClientIndex]]
        self._known = {}  # type: Dict[str, Tuple[ClientIndex, ...]]
        parts = {}  # type: Dict[bytes, Tuple[List[ClientIndex], int]]
        for rule in rules:
            self._enter(rule, parts)

    def _enter(self, rule: Rule, parts: Dict[bytes, Tuple[List[ClientIndex], int]]) -> None:
        known = parts.get(rule.daemon_field)
        if known is None:
            known = parts[rule.daemon_field] = self._parts(rule.daemons)
        places, conditional = known
        entry = rule.number * 2 + conditional
        field = rule.client_field
        tokens = tokens_of(field)
        if len(tokens) == 1 and self._quick(tokens[0], places, entry):
            return
        clients = rule.clients
        if len(clients) > 1:
            entry |= 1
        if len(places) * len(clients[0]) > PAIRS:
            for place in places:
                place.add_everyone(entry)
            return
        for client in clients[0]:
            if client.user is not None:
                for place in places:
                    place.add(client.host, entry | 1)
            elif not self._quick(client.token, places, entry):
                for place in places:
                    place.add(client.host, entry)

    def _quick(self, token: bytes, places: List[ClientIndex], entry: int) -> bool:
        """Enter an IPv4 address or network as most rules write it, without making a pattern of it; False: it is none."""
        if not token[:1].isdigit() or self.dialect.mapped == "number":
            return False
        value = canonical_ipv4(token)
        if value is not None and value != ALL_ONES:
            network = (4, value, ALL_ONES)  # type: Optional[Network]
        else:
            address, slash, mask = token.partition(b"/")
            if not slash or canonical_ipv4(address) is None or not mask.replace(b".", b"").isdigit():
                return False
            network = read_network(address, mask, self.dialect).network
        if network is not None:
            for place in places:
                place.add_network(network, entry, value is not None)
        return True

    def _parts(self, daemons: Any) -> Tuple[List[ClientIndex], int]:
        """The parts that a daemon list is entered in, and 1 when the list needs more than one of its names."""
        conditional = 1 if len(daemons) > 1 else 0
        places = []  # type: List[ClientIndex]
        for pattern in daemons[0]:
            if pattern.host is not None:
                conditional = 1
            place = self._place(pattern)
            if place not in places:
                places.append(place)
        return places, conditional

    def _place(self, pattern: DaemonPattern) -> ClientIndex:
        name = pattern.name
        if pattern.port is not None:
            return self.ports.setdefault(pattern.port, ClientIndex())
        if name.kind == ALL:
            return self.all
        if name.kind == EXACT and name.network is None and not name.alias:
            place = self.daemons.get(name.text)
            if place is None:
                place = self.daemons[name.text] = ClientIndex()
            return place
        return self.patterns.setdefault(name.token, (pattern, ClientIndex()))[1]

    def parts_for(self, facts: RequestFacts) -> Tuple[ClientIndex, ...]:
        """The parts whose daemon pattern this request's daemon matches, those with the earliest rules first."""
        name = facts.request.daemon
        known = self._known.get(name)
        if known is None:
            found = [self.all] if self.all.first != NONE else []
            named = self.daemons.get(facts.daemon)
            if named is not None:
                found.append(named)
            found += [part for pattern, part in self.patterns.values() if pattern.name.matches(facts.daemon_text, facts.daemon)]
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[name] = tuple(sorted(found, key=lambda part: part.first))
        if facts.port is not None and facts.port in self.ports:
            return known + (self.ports[facts.port],)
        return known

    def first_match(self, facts: RequestFacts, world: World) -> Optional[Rule]:
        """The first rule that matches, or None."""
        best = NONE
        client = facts.client
        for part in self.parts_for(facts):
            if part.first < best:
                best = self._best(part, facts, client, world, best)
        return None if best == NONE else self.rules[best >> 1]

    def _settle(self, bucket: List[int], facts: RequestFacts, world: World, best: int) -> int:
        """The lower of ``best`` and the first entry of a bucket whose rule really matches."""
        for entry in bucket:
            if entry >= best:
                break
            if not entry & 1:
                return entry
            rule = self.rules[entry >> 1]
            if list_matches(rule.daemons, facts, world) and list_matches(rule.clients, facts, world):
                return entry - 1
        return best

    def _best(self, part: ClientIndex, facts: RequestFacts, client: HostFacts, world: World, best: int) -> int:
        # Each look-up is written out: a call a look-up would double the cost of a decision.
        hits = [part.everyone.get(None), part.address.get(client.address_lower), part.name.get(client.name_lower)]
        number = client.ip4
        if number is not None:
            for mask, nets in (part.plain4 if client.plain else part.nets4).items():
                hits.append(nets.get(number & mask))
        number = client.ip6_net
        if number is not None:
            for mask, nets in part.nets6.items():
                hits.append(nets.get(number & mask))
        if part.name_suffix:
            suffixes, name = part.name_suffix, client.name_lower
            position = name.find(b".", 1)
            while position > 0:
                hits.append(suffixes.get(name[position:]))
                position = name.find(b".", position + 1)
        if part.address_prefix and not client.plain:
            _prefixes(part.address_prefix, client.address_lower, hits)
        if part.name_prefix:
            _prefixes(part.name_prefix, client.name_lower, hits)
        if part.address_suffix:
            suffixes, address = part.address_suffix, client.address_lower
            position = address.find(b".", 1)
            while position > 0:
                hits.append(suffixes.get(address[position:]))
                position = address.find(b".", position + 1)
        for hit in hits:
            if hit is None:
                continue
            if type(hit) is int:
                if hit < best:
                    best = hit
            else:
                best = self._settle(hit, facts, world, best)
        if part.others:
            best = self._best_other(part, facts, client, world, best)
        return best

    def _best_other(self, part: ClientIndex, facts: RequestFacts, client: HostFacts, world: World, best: int) -> int:
        """The patterns that have to be tried one by one: wildcards, KNOWN, netgroups, files."""
        for host, bucket in part.others.items():
            first = bucket if isinstance(bucket, int) else bucket[0]
            if first >= best:
                break
            if host.matches(client, world):
                best = self._settle([bucket] if isinstance(bucket, int) else bucket, facts, world, best)
        return best


def _prefixes(prefixes: Dict[bytes, Bucket], text: bytes, hits: List[Bucket]) -> None:
    position = text.find(b".")
    while position >= 0:
        hits.append(prefixes.get(text[:position + 1]))
        position = text.find(b".", position + 1)


def _prefix_network(text: bytes) -> Optional[Tuple[int, int]]:
    """``10.1.`` as net and mask; None for a prefix that no plainly spelled address has."""
    parts = text[:-1].split(b".")
    if len(parts) > 3:
        return None
    value = 0
    for part in parts:
        octet = OCTETS.get(part)
        if octet is None:
            return None
        value = value << 8 | octet
    length = 8 * len(parts)
    return value << (32 - length), mask_from_length(length)
