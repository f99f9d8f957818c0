# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The rules of both tables as an index, so that a decision costs the same with ten rules as with ten thousand.

Rules are numbered in the order in which libwrap tries them. Every rule is entered under each daemon and client of its
lists; a look-up collects the entries that one request can hit and takes the lowest. An entry is ``number * 2``, plus 1
when meeting the key is not enough (EXCEPT, ``user@``, ``daemon@host``) and the whole rule must be asked.
"""

import re
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

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

# Names and suffixes that match as they stand; the words of the language are not among them.
_NAME = re.compile(br"\.?[A-Za-z](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_WORDS = frozenset((b"all", b"known", b"local", b"except", b"localhost", b"localhost.localdomain"))
_ADDRESS_LIKE = re.compile(br"[0-9a-f.:%]*\Z")


class ClientIndex(object):
    """The clients of the rules that name one daemon pattern.

    The buckets hold the first rule under their key, which decides when the key is met. Rules that have to be asked as a
    whole stand in ``asked``, an index of its own whose buckets are lists.
    """

    __slots__ = ("first", "everyone", "address", "name", "address_prefix", "name_prefix", "address_suffix", "name_suffix",
                 "nets4", "plain4", "nets6", "others", "asked", "put")

    def __init__(self, put: Callable[[Dict[Any, Any], Any, int], Any] = dict.setdefault) -> None:
        self.put = put
        self.first = NONE
        self.everyone = {}  # type: Dict[None, Any]
        self.address = {}  # type: Dict[bytes, Any]
        self.name = {}  # type: Dict[bytes, Any]
        self.address_prefix = {}  # type: Dict[bytes, Any]
        self.name_prefix = {}  # type: Dict[bytes, Any]
        self.address_suffix = {}  # type: Dict[bytes, Any]
        self.name_suffix = {}  # type: Dict[bytes, Any]
        self.nets4 = {}  # type: Dict[int, Dict[int, Any]]
        # What a plainly spelled IPv4 address can hit: networks, and prefixes such as "10.1." as the networks they are.
        self.plain4 = {}  # type: Dict[int, Dict[int, Any]]
        self.nets6 = {}  # type: Dict[int, Dict[int, Any]]
        self.others = {}  # type: Dict[HostPattern, Any]
        self.asked = None  # type: Optional[ClientIndex]

    def part_of(self, entry: int) -> "ClientIndex":
        """Where an entry belongs: here, or in ``asked``."""
        if entry < self.first:
            self.first = entry
        if not entry & 1:
            return self
        if self.asked is None:
            self.asked = ClientIndex(_append)
        if entry < self.asked.first:
            self.asked.first = entry
        return self.asked

    def add(self, host: HostPattern, entry: int) -> None:
        """Enter a rule under one host pattern."""
        string = host.string
        if host.kind == NETWORK and not host.on_name:
            if host.network is not None:
                self.add_network(host.network, entry)
        elif host.kind != STRING or string is None or string.network is not None or string.alias:
            if host.kind != NEVER:
                part = self.part_of(entry)
                part.put(part.others, host, entry)
        else:
            self._add_string(string.kind, string.text, host, entry)

    def _add_string(self, kind: str, text: bytes, host: HostPattern, entry: int) -> None:
        part = self.part_of(entry)
        if kind == ALL:
            part.put(part.everyone, None, entry)
        elif kind == EXACT:
            part.put(part.address, text, entry)
            value = canonical_ipv4(text)
            if value is not None:
                part.put(part.plain4.setdefault(ALL_ONES, {}), value, entry)
            if host.on_name:
                part.put(part.name, text, entry)
        elif kind == PREFIX:
            part.put(part.address_prefix, text, entry)
            prefix = _prefix_network(text)
            if prefix is not None:
                part.put(part.plain4.setdefault(prefix[1], {}), prefix[0], entry)
            if host.on_name:
                part.put(part.name_prefix, text, entry)
        elif kind == SUFFIX:
            if _ADDRESS_LIKE.match(text):
                part.put(part.address_suffix, text, entry)
            if host.on_name:
                part.put(part.name_suffix, text, entry)
        elif kind != NEVER:
            part.put(part.others, host, entry)

    def add_name(self, text: bytes, entry: int) -> None:
        """Enter a rule under a lower-case name or ``.suffix`` that holds a letter."""
        part = self.part_of(entry)
        if text[:1] != b".":
            part.put(part.address, text, entry)
            part.put(part.name, text, entry)
            return
        part.put(part.name_suffix, text, entry)
        if _ADDRESS_LIKE.match(text):
            part.put(part.address_suffix, text, entry)

    def add_network(self, network: Network, entry: int, spelled: bool = False) -> None:
        """Enter a rule under a network; ``spelled``: under one address as text, which only the same text matches."""
        part = self.part_of(entry)
        family, net, mask = network
        if family == 6:
            part.put(part.nets6.setdefault(mask, {}), net, entry)
            return
        nets = part.plain4.get(mask)
        if nets is None:
            nets = part.plain4[mask] = {}
        part.put(nets, net, entry)
        if not spelled:
            part.put(part.nets4.setdefault(mask, {}), net, entry)

    def add_everyone(self, entry: int) -> None:
        """Enter a rule that has to be asked as a whole."""
        part = self.part_of(entry | 1)
        part.put(part.everyone, None, entry | 1)

    def hits(self, client: HostFacts) -> List[Any]:
        """The buckets of every key that a client meets, but for ``others``."""
        found = [self.everyone.get(None), self.address.get(client.address_lower), self.name.get(client.name_lower)]
        if client.ip4 is not None:
            for mask, nets in (self.plain4 if client.plain else self.nets4).items():
                found.append(nets.get(client.ip4 & mask))
        if client.ip6_net is not None:
            for mask, nets in self.nets6.items():
                found.append(nets.get(client.ip6_net & mask))
        found += [self.name_suffix.get(suffix) for suffix in client.name_suffixes()] if self.name_suffix else []
        found += self.text_hits(client)
        return [bucket for bucket in found if bucket is not None]

    def text_hits(self, client: HostFacts) -> List[Any]:
        """The buckets of the keys that few rules use: prefixes, and suffixes that an address can end in."""
        found = []  # type: List[Any]
        address = client.address_lower
        if self.address_prefix and not client.plain:
            found += [self.address_prefix.get(address[:end + 1]) for end in _dots(address)]
        if self.name_prefix:
            name = client.name_lower
            found += [self.name_prefix.get(name[:end + 1]) for end in _dots(name)]
        if self.address_suffix:
            found += [self.address_suffix.get(address[end:]) for end in _dots(address) if end]
        return [bucket for bucket in found if bucket is not None]


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
        self._masks = {}  # type: Dict[bytes, Optional[int]]
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
        """Enter an address, a network or a name as most rules write it, without making a pattern of it; False: it is none."""
        if self.dialect.mapped == "number":
            return False
        if not token[:1].isdigit():
            text = token.lower()
            if not _NAME.match(token) or text in _WORDS:
                return False
            for place in places:
                place.add_name(text, entry)
            return True
        address, slash, length = token.partition(b"/")
        value = canonical_ipv4(address)
        if value is None or value == ALL_ONES:
            return False
        mask = ALL_ONES  # type: Optional[int]
        if slash:
            if not length.replace(b".", b"").isdigit():
                return False
            mask = self._masks[length] if length in self._masks else self._mask(length)
        # A network with host bits set never matches.
        if mask is not None and value & mask == value:
            for place in places:
                place.add_network((4, value, mask), entry, not slash)
        return True

    def _mask(self, text: bytes) -> Optional[int]:
        """The netmask that a length or mask comes to in this dialect, read once."""
        network = read_network(b"0.0.0.0", text, self.dialect).network
        self._masks[text] = None if network is None else network[2]
        return self._masks[text]

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
        for part in self.parts_for(facts):
            if part.first < best:
                best = self._best(part, facts, world, best)
        return None if best == NONE else self.rules[best >> 1]

    def _best(self, part: ClientIndex, facts: RequestFacts, world: World, best: int) -> int:
        """The lowest entry of one part below ``best``; what most requests need is written out, as each call would show."""
        client = facts.client
        hit = part.everyone.get(None, best)
        if hit < best:
            best = hit
        hit = part.name.get(client.name_lower, best)
        if hit < best:
            best = hit
        number = client.ip4
        if number is not None:
            for mask, nets in (part.plain4 if client.plain else part.nets4).items():
                hit = nets.get(number & mask, best)
                if hit < best:
                    best = hit
        if not client.plain:
            hit = part.address.get(client.address_lower, best)
            if hit < best:
                best = hit
            number = client.ip6_net
            if number is not None:
                for mask, nets in part.nets6.items():
                    hit = nets.get(number & mask, best)
                    if hit < best:
                        best = hit
        if part.name_suffix:
            suffixes = part.name_suffix
            for suffix in client.name_suffixes():
                hit = suffixes.get(suffix, best)
                if hit < best:
                    best = hit
        if part.name_prefix or part.address_suffix or (part.address_prefix and not client.plain):
            best = min([best] + part.text_hits(client))
        for host, entry in part.others.items():
            if entry >= best:
                break
            if host.matches(client, world):
                best = entry
        if part.asked is not None and part.asked.first < best:
            best = self._ask(part.asked, facts, world, best)
        return best

    def _ask(self, part: ClientIndex, facts: RequestFacts, world: World, best: int) -> int:
        """The lowest entry below ``best`` whose rule matches when it is asked as a whole."""
        client = facts.client
        buckets = part.hits(client)
        for host, bucket in part.others.items():
            if bucket[0] >= best:
                break
            if host.matches(client, world):
                buckets.append(bucket)
        for bucket in buckets:
            for entry in bucket:
                if entry >= best:
                    break
                rule = self.rules[entry >> 1]
                if list_matches(rule.daemons, facts, world) and list_matches(rule.clients, facts, world):
                    best = entry - 1
                    break
        return best


def _append(buckets: Dict[Any, Any], key: Any, entry: int) -> None:
    """Keep every entry of a key, in order."""
    bucket = buckets.setdefault(key, [])
    if not bucket or bucket[-1] != entry:
        bucket.append(entry)


def _dots(text: bytes) -> Iterator[int]:
    position = text.find(b".")
    while position >= 0:
        yield position
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
