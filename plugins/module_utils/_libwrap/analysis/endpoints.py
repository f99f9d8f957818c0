# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The server's ends that some policies can tell apart: daemon, port, and where patterns ask, address and name."""

from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..errors import HostsAccessError
from ..facts import PARANOID, UNKNOWN, HostFacts
from ..lookups import answers, asks_netgroups
from ..pattern_files import HostFileLoop
from ..patterns import EXACT, FILE, NETGROUP, NETWORK, STRING, SUFFIX, DaemonPattern, HostPattern, PatternList, World
from .ranges import ALL_IPV4, END, MAPPED_END, MAPPED_START, address_at, contains, pairs
from .hosts import EMPTY
from .octets import AddressClasses
from .space import ListKey, Space, combinations
from .words import Words

#: More ends of the server than this are not told apart: some seconds of work.
MOST = 20000


#: A server's address (a position) and name as examples of all that patterns take for the same; ``matched``: the
#: patterns that match it if the world answers so, ``depends`` the questions.
class Server(NamedTuple):
    place: int
    name: bytes
    matched: FrozenSet[Any]
    depends: Tuple[str, ...]


#: One example of an end: daemon, port or None for any port that no rule names, server or None where no rule asks for
#: it.
class Example(NamedTuple):
    daemon: bytes
    daemon_class: int
    port: Optional[int]
    server: Optional[Server]


#: Ends that every rule takes for the same: examples, and the keys of the daemon lists that match them.
class Endpoint(NamedTuple):
    examples: List[Example]
    lists: FrozenSet[ListKey]


class Wanted(object):
    """What a question fixes of the server's end; None is any."""

    def __init__(
        self,
        daemon: Optional[bytes] = None,
        port: Optional[int] = None,
        place: Optional[int] = None,
        name: Optional[bytes] = None,
        paranoid: Optional[bool] = None,
    ) -> None:
        self.daemon = daemon
        self.port = port
        self.place = place
        self.name = name
        self.paranoid = paranoid

    @property
    def asks_server(self) -> bool:
        """Whether anything but daemon and port is fixed."""
        return not (self.place is None and self.name is None and self.paranoid is None)

    def names(self, words: Sequence[bytes]) -> List[bytes]:
        """The names of the server's end that are meant, of those that patterns tell apart."""
        found = list(words) if self.name is None else [self.name]
        return [name for name in found if self.paranoid is None or (name == PARANOID) == self.paranoid]


class Endpoints(object):
    """All ends of one or two policies.

    ``daemons`` are the classes of daemon names; ``ports`` those that rules name; ``all`` the ends.
    """

    def __init__(self, space: Space, wanted: Optional[Wanted] = None) -> None:
        self.space = space
        self.wanted = wanted or Wanted()
        self.questions: List[str] = []
        lists: Dict[ListKey, PatternList] = {}
        owners: Dict[ListKey, Any] = {}
        self._patterns: Dict[Any, DaemonPattern] = {}
        for policy in space.policies:
            for rule in policy.rules:
                key = space.daemon_key(policy, rule)
                if key not in lists:
                    lists[key], owners[key] = rule.daemons, policy
                    for segment in rule.daemons:
                        for pattern in segment:
                            self._patterns.setdefault((policy.dialect.name, pattern.token), pattern)
        self.daemons = Words(pattern.name for pattern in self._patterns.values() if pattern.port is None)
        self.ports = sorted(set(pattern.port for pattern in self._patterns.values() if pattern.port is not None))
        self._hosts = dict((key, pattern.host) for key, pattern in self._patterns.items() if pattern.host is not None)
        self._asking = frozenset(self._hosts)
        self._by_port: Dict[int, Set[Any]] = {}
        for key, pattern in self._patterns.items():
            if pattern.port is not None:
                self._by_port.setdefault(pattern.port, set()).add(key)
        self.servers = self._all_servers(owners) if self._hosts or self.wanted.asks_server else []
        self.all = self._all(lists)

    def _all(self, lists: Dict[ListKey, PatternList]) -> List[Endpoint]:
        by_class, always = self._by_class()
        reading = _Lists(lists)
        found: Dict[FrozenSet[ListKey], List[Example]] = {}
        fixed = self.wanted.daemon
        numbers = range(len(self.daemons.words)) if fixed is None else [self.daemons.class_of(fixed)]
        ports: List[Optional[int]] = [None] + self.ports if self.wanted.port is None else [self.wanted.port]
        for number in numbers:
            daemon = self.daemons.words[number] if fixed is None else fixed
            for port in ports:
                by_name = always.union(by_class.get(number, ()), () if port is None else self._by_port.get(port, ()))
                asking = by_name & self._asking
                for server in self._servers(asking):
                    matched = by_name if server is None else (by_name - asking) | (asking & server.matched)
                    found.setdefault(reading.hit(matched), []).append(Example(daemon, number, port, server))
                    if len(found) > MOST:
                        raise HostsAccessError(
                            "the daemon lists tell more than %d ends of the server apart, too many to be analysed"
                            % MOST
                        )
        return [Endpoint(examples, hit) for hit, examples in found.items()]

    def _by_class(self) -> Tuple[Dict[int, Set[Any]], FrozenSet[Any]]:
        """The patterns without a port by the classes of daemons that they match, and those that match every class."""
        found: Dict[int, Set[Any]] = {}
        always: Set[Any] = set()
        for key, pattern in self._patterns.items():
            if pattern.port is not None:
                continue
            mask = self.daemons.mask(pattern.name)
            if mask == self.daemons.everything:
                always.add(key)
            while mask and key not in always:
                low = mask & -mask
                found.setdefault(low.bit_length() - 1, set()).add(key)
                mask ^= low
        return found, frozenset(always)

    def _servers(self, asking: FrozenSet[Any]) -> Sequence[Optional[Server]]:
        if not asking:
            return self.servers[:1] if self.wanted.asks_server else (None,)
        chosen: Dict[FrozenSet[Any], Server] = {}
        for server in self.servers:
            chosen.setdefault(server.matched & asking, server)
        return list(chosen.values())

    def _all_servers(self, owners: Dict[ListKey, Any]) -> List[Server]:
        """One server's end for every set of patterns that one can match."""
        policies = dict((policy.dialect.name, policy) for policy in self.space.policies)
        hosts = [
            (policies[key[0]], part)
            for key, host in self._hosts.items()
            for part in self.space.hosts(policies[key[0]], host)
        ]
        used = [
            host.string for _policy, host in hosts if host.kind == STRING and host.on_name and host.string is not None
        ]
        words = Words(used, (UNKNOWN, PARANOID), True)
        places = self._places_of(hosts)
        names = self.wanted.names(words.words)
        found: Dict[FrozenSet[Any], Server] = {}
        others, by_place = self._by_place(places, policies)
        left, by_name = self._by_name(others, names, policies)
        unknown = self._open(policies)
        worlds = dict((name, World(policy.dialect, policy.lookups)) for name, policy in policies.items())
        for place in places:
            address = address_at(place)
            text = UNKNOWN if address is None else address.encode("ascii")
            for name in names:
                facts = dict((dialect, HostFacts(name, text, policy.dialect)) for dialect, policy in policies.items())
                matched = by_place[place].union(
                    by_name.get(name, ()),
                    (key for key in left if _matches(self._hosts[key], facts[key[0]], worlds[key[0]])),
                )
                if matched in found:
                    continue
                for server in self._answered(Server(place, name, matched, ()), unknown):
                    found.setdefault(server.matched, server)
                if len(found) > MOST:
                    raise HostsAccessError(
                        "the daemons' lists tell more than %d servers apart, too many to be analysed" % MOST
                    )
        return sorted(
            found.values(), key=lambda server: (server.place != ALL_IPV4[1], server.name != UNKNOWN, server.place)
        )

    def _places_of(self, hosts: Sequence[Tuple[Any, HostPattern]]) -> List[int]:
        """One address for every set of address patterns of servers that one can match; notes the questions that they
        leave open.
        """
        edges: Set[int] = set([0, ALL_IPV4[1], ALL_IPV4[1] + 1])
        octets = []
        for policy, host in hosts:
            reach = self.space.reach(policy, host)
            edges.update(reach.ranges)
            edges.update(reach.unsure)
            if reach.octets is not None:
                octets.append(reach.octets)
            asked = host.interface is not None and answers(policy.lookups, "interface_exists")
            group = host.kind == NETGROUP and asks_netgroups(policy.lookups)
            if reach.unsure or asked or group or host.kind == FILE:
                self.questions.append(_question(host.token))
        edges.discard(END)
        edges.update((MAPPED_START, MAPPED_END))
        return self._places(sorted(edges), octets)

    def _by_place(self, places: Sequence[int], policies: Dict[str, Any]) -> Tuple[List[Any], Dict[int, FrozenSet[Any]]]:
        """The patterns that each server's end must be asked about, and of the others those that match at each place.

        Only where an address or a network is all that a pattern says is its reach the whole answer.
        """
        asked = []
        events: Dict[int, List[Tuple[bool, Any]]] = {}
        for key, host in self._hosts.items():
            policy = policies[key[0]]
            reach = None if host.on_name or host.kind not in (STRING, NETWORK) else self.space.reach(policy, host)
            if reach is None or reach.octets is not None or reach.unsure or host.interface is not None:
                asked.append(key)
                continue
            for start, end in pairs(reach.ranges):
                events.setdefault(start, []).append((True, key))
                events.setdefault(end, []).append((False, key))
        found: Dict[int, FrozenSet[Any]] = {}
        active: Set[Any] = set()
        edges = sorted(events)
        number = 0
        for place in sorted(places):
            while number < len(edges) and edges[number] <= place:
                for starts, key in sorted(events[edges[number]], key=lambda event: event[0]):
                    (active.add if starts else active.discard)(key)
                number += 1
            found[place] = frozenset(active)
        return asked, found

    def _by_name(
        self, asked: Sequence[Any], names: Sequence[bytes], policies: Dict[str, Any]
    ) -> Tuple[List[Any], Dict[bytes, List[Any]]]:
        """Of some patterns those that must be asked, and for each name the plain names and suffixes that match it."""
        left = []
        texts: Dict[bytes, List[Any]] = {}
        for key in asked:
            host = self._hosts[key]
            string = host.string
            plain = string is not None and string.kind in (EXACT, SUFFIX) and not string.alias
            if string is None or not plain or string.network or self.space.reach(policies[key[0]], host) != EMPTY:
                left.append(key)
            else:
                texts.setdefault(string.text, []).append(key)
        found: Dict[bytes, List[Any]] = {}
        for name in names if texts else ():
            lower = name.lower()
            keys = list(texts.get(lower, ())) if lower[:1] != b"." else []
            dot = lower.find(b".", 1)
            while dot > 0:
                keys += texts.get(lower[dot:], ())
                dot = lower.find(b".", dot + 1)
            if keys:
                found[name] = keys
        return left, found

    def _open(self, policies: Dict[str, Any]) -> Dict[bytes, Set[Any]]:
        """The patterns that netgroups, or the rest of long files, answer for, by their text."""
        found: Dict[bytes, Set[Any]] = {}
        for key, host in self._hosts.items():
            policy = policies[key[0]]
            netgroups = answers(policy.lookups, "in_netgroup")
            if any(
                (part.kind == NETGROUP and netgroups) or (part.kind == FILE and self.space.is_cut(part))
                for part in self.space.hosts(policy, host)
            ):
                found.setdefault(host.token, set()).add(key)
        return found

    @staticmethod
    def _answered(server: Server, asked: Dict[bytes, Set[Any]]) -> Iterator[Server]:
        """A server's end with every answer that the world can give about it."""
        tokens = sorted(asked)
        if not tokens:
            yield server
            return
        settled = server.matched.difference(*asked.values())
        depends = tuple(_question(token) for token in tokens)
        for answer in combinations(len(tokens)):
            yes: Set[Any] = set().union(*[asked[token] for bit, token in enumerate(tokens) if answer >> bit & 1])
            yield server._replace(matched=settled | yes, depends=depends)

    def _places(self, edges: List[int], octets: List[Any]) -> List[int]:
        if self.wanted.place is not None:
            return [self.wanted.place]
        places = [place for place in edges if contains(self.space.universe, place)]
        if octets:
            classes = AddressClasses(octets)
            for start, end in zip(edges, edges[1:] + [END]):
                for number in range(len(classes.classes)):
                    first = classes.first(number, start, end)
                    if first is not None:
                        places.append(first)
        return places


def _question(token: bytes) -> str:
    return "%s of the server's end" % token.decode("utf-8", "replace")


def _matches(host: HostPattern, facts: HostFacts, world: World) -> bool:
    """Whether a pattern matches a server's end; one that crashes libwrap there is a question that stays open."""
    try:
        return host.matches(facts, world)
    except HostFileLoop:
        return False


class _Lists(object):
    """Daemon lists by the patterns of their first segment: a list none of which matches is not looked at."""

    def __init__(self, lists: Dict[ListKey, PatternList]) -> None:
        self._segments: Dict[ListKey, List[FrozenSet[Any]]] = {}
        self._by_first: Dict[Any, List[ListKey]] = {}
        for key, patterns in lists.items():
            segments = [frozenset((key[0], pattern.token) for pattern in segment) for segment in patterns]
            self._segments[key] = segments
            for pattern in segments[0]:
                self._by_first.setdefault(pattern, []).append(key)

    def hit(self, matched: FrozenSet[Any]) -> FrozenSet[ListKey]:
        """The lists that match where these patterns do, as list_match() goes through them."""
        candidates = set(key for pattern in matched for key in self._by_first.get(pattern, ()))
        return frozenset(key for key in candidates if self._hit(self._segments[key], matched))

    @staticmethod
    def _hit(segments: List[FrozenSet[Any]], matched: FrozenSet[Any]) -> bool:
        hit = False
        for segment in segments:
            if segment.isdisjoint(matched):
                return hit
            hit = not hit
        return hit


def server_fields(server: Optional[Server]) -> Tuple[Optional[str], Optional[str], bool]:
    """A server's end as the request's server_address, server_hostname, server_paranoid."""
    if server is None:
        return None, None, False
    name = None if server.name in (UNKNOWN, PARANOID) else server.name.decode("utf-8", "surrogateescape")
    return address_at(server.place), name, server.name == PARANOID
