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

from .facts import HostFacts, RequestFacts
from .patterns import (
    ALL, EXACT, NETWORK, NEVER, PREFIX, STRING, SUFFIX, ClientPattern, DaemonPattern, HostPattern, World, list_matches,
)
from .rules import PatternCache, Rule

#: Higher than any entry.
NONE = 1 << 60
#: A rule of more daemon and client pairs than this is asked as a whole, so that hostile lists cannot blow the index up.
PAIRS = 1024
#: How many daemon names are remembered with the parts of the index that concern them.
REMEMBERED = 4096

# A bucket is one entry, or a list of conditional entries that ends with the first unconditional one.
Bucket = Any

_PLAIN_CLIENT = re.compile(br"[ \t\r]*([0-9A-Za-z][0-9A-Za-z_-]*(?:\.[0-9A-Za-z_-]+)+)[ \t\r]*\Z")
_ADDRESS_LIKE = re.compile(br"[0-9a-f.:%]*\Z")


def enter(buckets: Dict[Any, Bucket], key: Any, entry: int) -> None:
    """Add an entry to a bucket; entries come in rising order, and nothing is kept behind an unconditional one."""
    bucket = buckets.get(key)
    if bucket is None:
        buckets[key] = entry
    elif isinstance(bucket, int):
        if bucket & 1 and bucket != entry:
            buckets[key] = [bucket, entry]
    elif bucket[-1] & 1 and bucket[-1] != entry:
        bucket.append(entry)


class ClientIndex(object):
    """The clients of the rules that name one daemon pattern."""

    __slots__ = ("first", "everyone", "address", "name", "address_prefix", "name_prefix", "address_suffix", "name_suffix",
                 "nets4", "nets6", "hosts6", "others")

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
        self.nets6 = {}  # type: Dict[int, Dict[int, Bucket]]
        self.hosts6 = {}  # type: Dict[int, Bucket]
        self.others = {}  # type: Dict[HostPattern, Bucket]

    def add(self, host: HostPattern, entry: int) -> None:
        """Enter a rule under one host pattern."""
        if entry < self.first:
            self.first = entry
        if host.kind == NETWORK:
            if host.network is not None:
                family, net, mask = host.network
                if host.on_name:
                    enter(self.others, host, entry)
                else:
                    enter((self.nets4 if family == 4 else self.nets6).setdefault(mask, {}), net, entry)
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
            if host.on_name:
                enter(self.name_prefix, text, entry)
        elif string.kind == SUFFIX:
            if _ADDRESS_LIKE.match(text) or b"unknown".endswith(text):
                enter(self.address_suffix, text, entry)
            if host.on_name:
                enter(self.name_suffix, text, entry)
        elif string.kind != NEVER:
            enter(self.others, host, entry)

    def add_everyone(self, entry: int) -> None:
        """Enter a rule that has to be asked as a whole."""
        if entry < self.first:
            self.first = entry
        enter(self.everyone, None, entry | 1)


class Index(object):
    """All rules of a policy.

    :param rules: the rules of both tables in order; their ``number`` is their place.
    """

    def __init__(self, rules: List[Rule], cache: PatternCache) -> None:
        self.rules = rules
        self.all = ClientIndex()
        self.daemons = {}  # type: Dict[bytes, ClientIndex]
        self.ports = {}  # type: Dict[int, ClientIndex]
        self.patterns = {}  # type: Dict[bytes, Tuple[DaemonPattern, ClientIndex]]
        self._known = {}  # type: Dict[bytes, Tuple[ClientIndex, ...]]
        parts = {}  # type: Dict[bytes, Tuple[List[ClientIndex], int]]
        for rule in rules:
            self._enter(rule, cache, parts)

    def _enter(self, rule: Rule, cache: PatternCache, parts: Dict[bytes, Tuple[List[ClientIndex], int]]) -> None:
        known = parts.get(rule.daemon_field)
        if known is None:
            known = parts[rule.daemon_field] = self._parts(rule.daemons)
        places, conditional = known
        entry = rule.number * 2 + conditional
        clients = rule.clients
        if not clients[0]:
            return
        if len(clients) > 1:
            entry |= 1
        if len(places) * len(clients[0]) > PAIRS:
            for place in places:
                place.add_everyone(entry)
            return
        for client in clients[0]:
            host_entry = entry if client.user is None else entry | 1
            for place in places:
                place.add(client.host, host_entry)

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
        known = self._known.get(facts.daemon_text)
        if known is None:
            found = [self.all] if self.all.first != NONE else []
            named = self.daemons.get(facts.daemon)
            if named is not None:
                found.append(named)
            found += [part for pattern, part in self.patterns.values() if pattern.name.matches(facts.daemon_text, facts.daemon)]
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[facts.daemon_text] = tuple(sorted(found, key=lambda part: part.first))
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

    def _settle(self, bucket: Bucket, facts: RequestFacts, world: World, best: int) -> int:
        """The lower of ``best`` and the first entry of a bucket whose rule really matches."""
        if isinstance(bucket, int):
            bucket = (bucket,)
        for entry in bucket:
            if entry >= best:
                break
            if not entry & 1:
                return int(entry)
            rule = self.rules[entry >> 1]
            if list_matches(rule.daemons, facts, world) and list_matches(rule.clients, facts, world):
                return int(entry) - 1
        return best

    def _best(self, part: ClientIndex, facts: RequestFacts, client: HostFacts, world: World, best: int) -> int:
        # Each look-up is written out: a call a look-up would double the cost of a decision.
        hits = []
        hit = part.everyone.get(None)
        if hit is not None:
            hits.append(hit)
        address, name = client.address_lower, client.name_lower
        hit = part.address.get(address)
        if hit is not None:
            hits.append(hit)
        hit = part.name.get(name)
        if hit is not None:
            hits.append(hit)
        number = client.ip4
        if number is not None:
            for mask, nets in part.nets4.items():
                hit = nets.get(number & mask)
                if hit is not None:
                    hits.append(hit)
        number = client.ip6_net
        if number is not None:
            for mask, nets in part.nets6.items():
                hit = nets.get(number & mask)
                if hit is not None:
                    hits.append(hit)
        if part.name_suffix:
            position = name.find(b".", 1)
            suffixes = part.name_suffix
            while position > 0:
                hit = suffixes.get(name[position:])
                if hit is not None:
                    hits.append(hit)
                position = name.find(b".", position + 1)
        if part.address_prefix:
            _prefixes(part.address_prefix, address, hits)
        if part.name_prefix:
            _prefixes(part.name_prefix, name, hits)
        if part.address_suffix:
            suffixes = part.address_suffix
            position = address.find(b".", 1)
            while position > 0:
                hit = suffixes.get(address[position:])
                if hit is not None:
                    hits.append(hit)
                position = address.find(b".", position + 1)
        for hit in hits:
            if type(hit) is int and not hit & 1:
                if hit < best:
                    best = hit
            else:
                best = self._settle(hit, facts, world, best)
        for host, bucket in part.others.items():
            first = bucket if isinstance(bucket, int) else bucket[0]
            if first >= best:
                break
            if host.matches(client, world):
                best = self._settle(bucket, facts, world, best)
        return best


def _prefixes(prefixes: Dict[bytes, Bucket], text: bytes, hits: List[Bucket]) -> None:
    position = text.find(b".")
    while position >= 0:
        hit = prefixes.get(text[:position + 1])
        if hit is not None:
            hits.append(hit)
        position = text.find(b".", position + 1)
