# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The rules of both tables as an index, so that a decision costs the same with ten rules as with ten thousand.

Rules are numbered in the order in which libwrap tries them. Every rule is entered under each daemon and client of its
lists; a look-up collects the entries that one request can hit and takes the lowest. An entry is ``number * 2``, plus 1
when meeting the key is not enough (EXCEPT, ``user@``, ``daemon@host``) and the whole rule must be asked.
"""

import re
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from .addresses import ALL_ONES, OCTETS, canonical_ipv4, mask_from_length
from .dialects import Dialect
from .facts import HostFacts, RequestFacts
from .networks import Network, read_network
from .patterns import (
    ALL,
    EXACT,
    NETWORK,
    NEVER,
    PREFIX,
    SUFFIX,
    DaemonPattern,
    HostPattern,
    World,
    list_matches,
    segments_of,
    tokens_of,
)
from .rules import Rule

#: Higher than any entry.
NONE = 1 << 60
#: A rule of more daemon and client pairs than this is asked as a whole, so that hostile lists cannot blow the index up.
PAIRS = 1024
#: How many daemon names are remembered with the parts of the index that concern them.
REMEMBERED = 4096
_FIRST_HALF = 0xFFFF0000

# Names and suffixes that match as they stand; the words of the language are not among them.
_NAME = re.compile(rb"\.?[A-Za-z](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_WORDS = frozenset((b"all", b"known", b"local", b"except", b"localhost", b"localhost.localdomain"))
_ADDRESS_LIKE = re.compile(rb"[0-9a-f.:%]*\Z")


class Gate(object):
    """What no rule of the whole index names need not be looked for part by part: most requests meet few keys or none.

    ``nets4`` has a byte for the first two octets of an IPv4 address, 1 where a network or a prefix touches them;
    ``nets6`` has the IPv6 networks by mask, ``texts`` every name, suffix and address as text.
    """

    __slots__ = ("nets4", "nets6", "texts")

    def __init__(self) -> None:
        self.nets4 = bytearray(1 << 16)
        self.nets6: Dict[int, Set[int]] = {}
        self.texts: Set[bytes] = set()

    def open(self, net: int, mask: int) -> None:
        """Let a network's addresses pass; one whose first half has a mask with holes lets all pass."""
        first, size = net >> 16, (1 << 16) - (mask >> 16)
        if size & (size - 1):
            first, size = 0, 1 << 16
        self.nets4[first : first + size] = b"\1" * size

    def near(self, client: HostFacts) -> bool:
        """Whether a network, prefix or address of some rule may have the client's address."""
        number = client.ip4
        if number is not None and self.nets4[number >> 16]:
            return True
        if client.plain:
            return False
        text = client.address_lower
        if b"." in text or text in self.texts:
            return True
        number = client.ip6_net
        if number is not None:
            for mask, nets in self.nets6.items():
                if number & mask in nets:
                    return True
        return False

    def met(self, name: bytes) -> List[bytes]:
        """Which of a lower-case name, if it is no suffix, and what follows each of its dots but the first character
        some rule names.
        """
        texts = self.texts
        found = []
        if name in texts and name[:1] != b".":
            found.append(name)
        position = name.find(b".", 1)
        while position > 0:
            suffix = name[position:]
            if suffix in texts:
                found.append(suffix)
            position = name.find(b".", position + 1)
        return found


class ClientIndex(object):
    """The clients of the rules that name one daemon pattern.

    The buckets hold the first rule under their key, which decides when the key is met. Rules that have to be asked as a
    whole stand in ``asked``, an index of its own whose buckets are lists. ``always`` is the first rule that every
    client meets, ``everyone`` those of them that have to be asked; ``ungated`` tells that there are keys of which the
    gate knows nothing.
    """

    __slots__ = (
        "gate",
        "first",
        "always",
        "everyone",
        "ungated",
        "address",
        "names",
        "address_prefix",
        "name_prefix",
        "address_suffix",
        "nets4",
        "plain4",
        "nets6",
        "others",
        "asked",
        "put",
    )

    def __init__(self, gate: Gate, put: Callable[[Dict[Any, Any], Any, int], Any] = dict.setdefault) -> None:
        self.gate = gate
        self.put = put
        self.first = NONE
        self.always = NONE
        self.everyone: List[int] = []
        self.ungated = False
        self.address: Dict[bytes, Any] = {}
        # Names and, with their dot, suffixes; no name that is compared as a whole begins with a dot.
        self.names: Dict[bytes, Any] = {}
        self.address_prefix: Dict[bytes, Any] = {}
        self.name_prefix: Dict[bytes, Any] = {}
        self.address_suffix: Dict[bytes, Any] = {}
        self.nets4: Dict[int, Dict[int, Any]] = {}
        # What a plainly spelled IPv4 address can hit: networks, and prefixes such as "10.1." as the networks they are.
        self.plain4: Dict[int, Dict[int, Any]] = {}
        self.nets6: Dict[int, Dict[int, Any]] = {}
        self.others: Dict[HostPattern, Any] = {}
        self.asked: Optional[ClientIndex] = None

    def part_of(self, entry: int) -> "ClientIndex":
        """Where an entry belongs: here, or in ``asked``."""
        if entry < self.first:
            self.first = entry
        if not entry & 1:
            return self
        if self.asked is None:
            self.asked = ClientIndex(self.gate, _append)
        if entry < self.asked.first:
            self.asked.first = entry
        return self.asked

    def add(self, host: HostPattern, entry: int) -> None:
        """Enter a rule under one host pattern."""
        string = host.string
        if host.interface is not None:
            part = self._ungated_part_of(entry)
            part.put(part.others, host, entry)
        elif host.kind == NETWORK and not host.on_name:
            if host.network is not None:
                self.add_network(host.network, entry)
        elif string is None or string.network is not None or string.alias:
            part = self._ungated_part_of(entry)
            part.put(part.others, host, entry)
        else:
            self._add_string(string.kind, string.text, host, entry)

    def _add_string(self, kind: str, text: bytes, host: HostPattern, entry: int) -> None:
        part = self.part_of(entry)
        if kind == ALL:
            self._put_everyone(entry)
        elif kind == EXACT:
            self.gate.texts.add(text)
            part.put(part.address, text, entry)
            value = canonical_ipv4(text)
            if value is not None:
                part.put_plain4(value, ALL_ONES, entry)
            if host.on_name:
                part.put_name(text, entry)
        elif kind == PREFIX:
            part.put_address_prefix(text, _prefix_network(text), entry)
            if host.on_name:
                part = self._ungated_part_of(entry)
                part.put(part.name_prefix, text, entry)
        elif kind == SUFFIX:
            if _ADDRESS_LIKE.match(text):
                self._put_address_suffix(text, entry)
            if host.on_name:
                part.put_name(text, entry)
        elif kind != NEVER:
            part = self._ungated_part_of(entry)
            part.put(part.others, host, entry)

    def add_name(self, text: bytes, entry: int) -> None:
        """Enter a rule under a lower-case name or ``.suffix`` that holds a letter."""
        part = self.part_of(entry)
        part.put_name(text, entry)
        if text[:1] != b".":
            part.put(part.address, text, entry)
        elif _ADDRESS_LIKE.match(text):
            self._put_address_suffix(text, entry)

    def put_name(self, text: bytes, entry: int) -> None:
        """Enter a name or suffix here."""
        self.gate.texts.add(text)
        self.put(self.names, text, entry)

    def put_plain4(self, net: int, mask: int, entry: int) -> None:
        """Enter here what a plainly spelled address meets."""
        nets = self.plain4.get(mask)
        if nets is None:
            nets = self.plain4[mask] = {}
        self.put(nets, net, entry)
        if mask >= _FIRST_HALF:
            self.gate.nets4[net >> 16] = 1
        else:
            self.gate.open(net, mask)

    def add_prefix(self, text: bytes, net: int, mask: int, entry: int) -> None:
        """Enter a rule under ``10.1.``, which is a network for addresses that are plainly spelled."""
        self.part_of(entry).put_address_prefix(text, (net, mask), entry)

    def put_address_prefix(self, text: bytes, network: Optional[Tuple[int, int]], entry: int) -> None:
        """Enter the beginning of an address here, and the network that it is, if it is one."""
        self.put(self.address_prefix, text, entry)
        if network is not None:
            self.put_plain4(network[0], network[1], entry)

    def add_network(self, network: Network, entry: int, spelled: bool = False) -> None:
        """Enter a rule under a network; ``spelled``: under one address as text, which only the same text matches."""
        part = self.part_of(entry)
        family, net, mask = network
        if family == 6:
            self.gate.nets6.setdefault(mask, set()).add(net)
            part.put(part.nets6.setdefault(mask, {}), net, entry)
            return
        part.put_plain4(net, mask, entry)
        if not spelled:
            part.put(part.nets4.setdefault(mask, {}), net, entry)

    def add_everyone(self, entry: int) -> None:
        """Enter a rule that has to be asked as a whole."""
        self._put_everyone(entry | 1)

    def _put_everyone(self, entry: int) -> None:
        if entry & 1:
            self._ungated_part_of(entry).everyone.append(entry)
        elif entry < self.always:
            self.always = entry

    def _put_address_suffix(self, text: bytes, entry: int) -> None:
        part = self._ungated_part_of(entry)
        part.put(part.address_suffix, text, entry)

    def _ungated_part_of(self, entry: int) -> "ClientIndex":
        """Where an entry belongs whose key the gate does not know."""
        part = self.part_of(entry)
        part.ungated = self.ungated = True
        return part

    def hits(self, client: HostFacts, near: bool, met: List[bytes]) -> List[Any]:
        """The buckets of every key that a client meets, but for ``others``; ``near`` and ``met`` are what the gate
        says.
        """
        found = [self.names[name] for name in met if name in self.names]
        if self.everyone:
            found.append(self.everyone)
        if near:
            number = client.ip4
            if number is not None:
                found += [
                    nets[number & mask]
                    for mask, nets in (self.plain4 if client.plain else self.nets4).items()
                    if number & mask in nets
                ]
            if not client.plain:
                found += [self.address[text] for text in (client.address_lower,) if text in self.address]
                number = client.ip6_net
                if number is not None:
                    found += [nets[number & mask] for mask, nets in self.nets6.items() if number & mask in nets]
        return found + self.text_hits(client)

    def text_hits(self, client: HostFacts) -> List[Any]:
        """The buckets of the keys that few rules use: prefixes, and suffixes that an address can end in."""
        found: List[Any] = []
        if (
            not self.name_prefix
            and not self.address_suffix
            and (client.plain or not self.address_prefix or b"." not in client.address)
        ):
            return found
        address = client.address_lower
        if self.address_prefix and not client.plain:
            found += [self.address_prefix.get(address[: end + 1]) for end in _dots(address)]
        if self.name_prefix:
            name = client.name_lower
            found += [self.name_prefix.get(name[: end + 1]) for end in _dots(name)]
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
        self.gate = Gate()
        self.all = ClientIndex(self.gate)
        self.daemons: Dict[bytes, ClientIndex] = {}
        self.ports: Dict[int, ClientIndex] = {}
        self.patterns: Dict[bytes, Tuple[DaemonPattern, ClientIndex]] = {}
        self._masks: Dict[bytes, Optional[int]] = {}
        self._known: Dict[str, Tuple[ClientIndex, ...]] = {}
        parts: Dict[bytes, Tuple[List[ClientIndex], int]] = {}
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
        if b"[" in field and self.dialect.net6 == "inside":  # this build loses its place in the list
            segments = [[client.token for client in segment] for segment in rule.clients]
        else:
            segments = segments_of(tokens)
        if len(segments) > 1:
            entry |= 1
        if len(places) * len(segments[0]) > PAIRS:
            for place in places:
                place.add_everyone(entry)
            return
        for token in segments[0]:
            if not self._quick(token, places, entry):
                client = rule.table.cache.client(token)
                for place in places:
                    place.add(client.host, entry if client.user is None else entry | 1)

    def _quick(self, token: bytes, places: List[ClientIndex], entry: int) -> bool:
        """Enter an address, a network or a name as most rules write it, without making a pattern of it; False: it is
        none.
        """
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
        if value is None:
            prefix = _prefix_network(token) if token[-1:] == b"." else None
            if prefix is None:
                return False
            for place in places:
                place.add_prefix(token, prefix[0], prefix[1], entry)
            return True
        if value == ALL_ONES:
            return False
        mask: Optional[int] = ALL_ONES
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
        network = read_network(b"0.0.0.0", text, self.dialect)
        self._masks[text] = None if network is None else network[2]
        return self._masks[text]

    def _parts(self, daemons: Any) -> Tuple[List[ClientIndex], int]:
        """The parts that a daemon list is entered in, and 1 when the list needs more than one of its names."""
        conditional = 1 if len(daemons) > 1 else 0
        places: List[ClientIndex] = []
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
            return self.ports.setdefault(pattern.port, ClientIndex(self.gate))
        if name.kind == ALL:
            return self.all
        if name.kind == EXACT and name.network is None and not name.alias:
            place = self.daemons.get(name.text)
            if place is None:
                place = self.daemons[name.text] = ClientIndex(self.gate)
            return place
        return self.patterns.setdefault(name.token, (pattern, ClientIndex(self.gate)))[1]

    def parts_for(self, facts: RequestFacts) -> Tuple[ClientIndex, ...]:
        """The parts whose daemon pattern this request's daemon matches, those with the earliest rules first."""
        name = facts.request.daemon
        known = self._known.get(name)
        if known is None:
            found = [self.all] if self.all.first != NONE else []
            named = self.daemons.get(facts.daemon)
            if named is not None:
                found.append(named)
            found += [
                part
                for pattern, part in self.patterns.values()
                if pattern.name.matches(facts.daemon_text, facts.daemon)
            ]
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[name] = tuple(sorted(found, key=lambda part: part.first))
        if facts.port is not None and facts.port in self.ports:
            return known + (self.ports[facts.port],)
        return known

    def first_match(self, facts: RequestFacts, world: World) -> Optional[Rule]:
        """The first rule that matches, or None."""
        near = self.gate.near(facts.client)
        met = self.gate.met(facts.client.name_lower)
        best = NONE
        for part in self.parts_for(facts):
            if part.first < best:
                if part.always < best:
                    best = part.always
                if near or met or part.ungated:
                    best = self._best(part, facts, world, near, met, best)
        return None if best == NONE else self.rules[best >> 1]

    def _best(
        self, part: ClientIndex, facts: RequestFacts, world: World, near: bool, met: List[bytes], best: int
    ) -> int:
        """The lowest entry of one part below ``best``; what most requests need is written out, as each call would show."""
        client = facts.client
        for name in met:
            hit = part.names.get(name, best)
            if hit < best:
                best = hit
        if near:
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
        if part.ungated or near and not client.plain:
            best = min([best] + part.text_hits(client))
            for host, entry in part.others.items():
                if entry >= best:
                    break
                if host.matches(client, world):
                    best = entry
        if part.asked is not None and part.asked.first < best:
            best = self._ask(part.asked, facts, world, near, met, best)
        return best

    def _ask(
        self, part: ClientIndex, facts: RequestFacts, world: World, near: bool, met: List[bytes], best: int
    ) -> int:
        """The lowest entry below ``best`` whose rule matches when it is asked as a whole."""
        client = facts.client
        buckets = part.hits(client, near, met)
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
