# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The clients that some policies can tell apart: sets of them are (states, ranges of addresses), exactly.

A *state* is all of a client but its address: the class of its name and of its user, which patterns on the text of its
IPv4 address match, and the answers to questions that only the world can answer (netgroups). Sets of states are bit
masks.
"""

import re
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Set, Tuple

from ..errors import HostsAccessError
from ..facts import PARANOID, UNKNOWN, host_name
from ..lookups import answers
from ..pattern_files import OPEN_WORDS
from ..patterns import (
    FILE,
    KNOWN,
    LOCAL,
    NETGROUP,
    NETWORK,
    STRING,
    ClientPattern,
    HostPattern,
    PatternList,
    StringPattern,
    host_file_patterns,
)
from ..request import Request, to_bytes
from .hosts import EMPTY, Reach, network_reach, text_reach
from .octets import AddressClasses
from .patience import Patience
from .ranges import (
    END,
    EVERYTHING,
    IPV6_START,
    MAPPED_END,
    MAPPED_START,
    UNKNOWN as UNKNOWN_PLACE,
    Ranges,
    contains,
    invert,
    join,
    meet,
    pairs,
    subtract,
    union,
)
from .words import Words

#: A set of clients: states that do not overlap, each with the addresses that go with it.
Region = List[Tuple[int, Ranges]]
#: (dialect, words between EXCEPTs): lists with equal keys match the same.
ListKey = Tuple[Any, ...]

#: So many open questions are combined with each other; of more, each is asked alone.
QUESTIONS = 5
#: A set of states takes a bit for each; with more bytes than this, some hundred sets would fill the memory.
WIDE = 1 << 18
#: More bytes than this for one set for each pattern on names or users are too many.
MEMORY = 3 << 26
_NOT_ZERO = re.compile(b"[^\\0]")


def _bits(mask: int) -> List[int]:
    """The numbers of the bits that are set, the lowest first."""
    digits = bin(mask)[:1:-1]
    numbers: List[int] = []
    number = digits.find("1")
    while number >= 0:
        numbers.append(number)
        number = digits.find("1", number + 1)
    return numbers


def list_key(policy: Any, patterns: PatternList) -> ListKey:
    """What makes two lists the same list."""
    return (policy.dialect.name,) + tuple([tuple([pattern.token for pattern in segment]) for segment in patterns])


def combinations(count: int) -> List[int]:
    """The answers to ``count`` questions, bit by bit: all of them, or of many each question's alone."""
    everything = (1 << count) - 1
    if count <= QUESTIONS:
        return list(range(1 << count))
    return sorted(
        set([0, everything] + [1 << bit for bit in range(count)] + [everything ^ 1 << bit for bit in range(count)])
    )


class Space(object):
    """Everything that the rules of these policies can ask of a client.

    :param policies: one or two policies; netgroups of both are taken to be the same.
    :param names: further patterns on names that sets will be made of.
    :param fixed: the one address that will be asked about: patterns on its text are then exact for IPv6 too.
    :param patience: how long it may take to make this space and sets in it; None is no limit.
    """

    def __init__(
        self,
        policies: Sequence[Any],
        names: Sequence[StringPattern] = (),
        fixed: Optional[Tuple[int, bytes]] = None,
        patience: Optional[Patience] = None,
    ) -> None:
        self.policies = policies
        self.patience = patience or Patience()
        self.fixed = fixed
        #: Whether a pattern on the text of an IPv6 address leaves open whom it matches, unless one address is fixed.
        self.unsure = False
        self.universe: Ranges = EVERYTHING
        if all(policy.dialect.mapped == "ipv4" for policy in policies):
            # ::ffff:10.1.2.3 is 10.1.2.3 there, which has its place already.
            self.universe = invert((MAPPED_START, MAPPED_END))
        self._reaches: Dict[Any, Reach] = {}
        self._files: Dict[Any, List[HostPattern]] = {}
        self._cut: Set[bytes] = set()
        self._regions: Dict[ListKey, Region] = {}
        self.client_keys: Dict[Any, ListKey] = {}
        self._daemon_keys: Dict[Tuple[str, bytes], ListKey] = {}
        self.questions: List[str] = []
        self._question_numbers: Dict[str, int] = {}
        self._matters: List[Ranges] = []
        self._octets: List[Any] = []
        self._octet_numbers: Dict[Any, int] = {}
        used: List[StringPattern] = list(names)
        users: List[StringPattern] = []
        local = self._read_clients(used, users)
        self.names = Words(used, (UNKNOWN, PARANOID), local, self.patience)
        self.users = Words(users, (UNKNOWN,), patience=self.patience)
        self.classes = AddressClasses(self._octets, self.patience) if self._octets else None
        self._combine(len(used) + len(users))

    def _read_clients(self, used: List[StringPattern], users: List[StringPattern]) -> bool:
        """Look once at each client list; notes patterns on names in `used`, those on users in `users`. Whether LOCAL
        stands anywhere.
        """
        local = False
        known: Set[ListKey] = set()
        by_dialect: Dict[str, Tuple[Dict[bytes, ListKey], Set[bytes]]] = {}
        for policy in self.policies:
            keys, done = by_dialect.setdefault(policy.dialect.name, ({}, set()))
            for rule in policy.rules:
                field = rule.client_field
                if field in keys:
                    self.client_keys[rule] = keys[field]
                    continue
                clients = rule.clients
                key = self.client_keys[rule] = keys[field] = list_key(policy, clients)
                if key in known:
                    continue
                known.add(key)
                for pattern in (pattern for segment in clients for pattern in segment):
                    if pattern.token in done:
                        continue
                    done.add(pattern.token)
                    if pattern.user is not None:
                        users.append(pattern.user)
                    for host in self.hosts(policy, pattern.host):
                        self.patience.spend(8)
                        local = local or host.kind == LOCAL
                        if host.kind == STRING and host.on_name and host.string is not None:
                            used.append(host.string)
                        self._prepare(policy, host)
        return local

    def _combine(self, patterns: int) -> None:
        self.answers = self._worlds()
        self._bytes = len(self.names.words) // 8 + 1
        self._names_size = 8 * self._bytes  # the bits of one block; those beyond the last name are never used
        self._users_size = len(self.users.words)
        self._blocks = self._users_size * len(self.answers) * (1 if self.classes is None else len(self.classes.classes))
        if self._blocks * self._bytes > WIDE or self._blocks * self._bytes * (patterns + 1) > MEMORY:
            raise HostsAccessError(
                "the rules tell %d names, %d users and %d other things apart, and all of these at once are too many to "
                "be analysed" % (len(self.names.words), self._users_size, self._blocks // self._users_size)
            )
        self._chosen: Dict[Any, List[int]] = {}
        self._class_masks: List[int] = []
        self.everyone = self._in_blocks(self.names.everything, range(self._blocks))
        if self.classes is not None:
            self._class_masks = [self.states(classes=(number,)) for number in range(len(self.classes.classes))]

    def _worlds(self) -> List[int]:
        """The answers of the world that are told apart."""
        return combinations(len(self.questions))

    # -- states -------------------------------------------------------------------------------------------------------

    def _in_blocks(self, names: int, blocks: Sequence[int]) -> int:
        """Classes of names in some of all combinations of the rest, which are given by their numbers."""
        size = self._bytes
        here = names.to_bytes(size, "little")
        if len(blocks) == self._blocks:
            return int.from_bytes(here * self._blocks, "little")
        raw = bytearray(size * self._blocks)
        for block in blocks:
            raw[block * size : (block + 1) * size] = here
        return int.from_bytes(raw, "little")

    def _filled(self, states: int) -> Iterator[Tuple[int, int]]:
        """(number of a combination of the rest, classes of names) for each combination that some states have."""
        size = self._bytes
        raw = states.to_bytes(size * self._blocks, "little")
        found = _NOT_ZERO.search(raw)
        while found:
            block = found.start() // size
            yield block, int.from_bytes(raw[block * size : (block + 1) * size], "little")
            found = _NOT_ZERO.search(raw, (block + 1) * size)

    def states(
        self,
        names: Optional[int] = None,
        users: Optional[int] = None,
        question: Optional[int] = None,
        classes: Optional[Sequence[int]] = None,
    ) -> int:
        """The states with one of these classes of names and users, yes to this question, one of these address classes."""
        if names is None and users is None and question is None and classes is None:
            return self.everyone
        names = self.names.everything if names is None else names
        key = (users, question, None if classes is None else tuple(classes))
        chosen = self._chosen.get(key)
        self.patience.spend(1 + self._blocks // 1024)
        if chosen is None:
            self.patience.spend(self._blocks // 16)
            wanted = None if classes is None else frozenset(classes)
            of_users = range(self._users_size) if users is None else _bits(users)
            chosen = self._chosen[key] = [
                first + user
                for first in range(0, self._blocks, self._users_size)
                if (question is None or bool(self._answer_of(first) >> question & 1))
                and (wanted is None or first // self._users_size // len(self.answers) in wanted)
                for user in of_users
            ]
        return self._in_blocks(names, chosen)

    def _answer_of(self, block: int) -> int:
        return self.answers[block // self._users_size % len(self.answers)]

    def some_states(self, names: int, users: Sequence[int], answers: Sequence[int], numbers: Sequence[int]) -> int:
        """The states with these classes of names, users and addresses and these answers."""
        numbered = dict((answer, place) for place, answer in enumerate(self.answers))
        places = [numbered[answer] for answer in answers]
        return self._in_blocks(
            names,
            [
                (number * len(self.answers) + place) * self._users_size + user
                for number in numbers
                for place in places
                for user in users
            ],
        )

    def names_of(self, states: int) -> int:
        """The classes of names that some states have."""
        found = 0
        for names in set(names for _block, names in self._filled(states)):
            found |= names
        return found

    def client_in(self, states: int, pieces: Iterable[Tuple[int, int]]) -> Optional[Tuple[int, int]]:
        """Some client in some states at some stretches of addresses, as one state and an address; None when there is
        none.
        """
        if not states:
            return None
        for start, end in pieces:
            if self.classes is None:
                return states & -states, start
            for number, mask in enumerate(self._class_masks):
                here = states & mask
                place = self.first_address(number, start, end) if here else None
                if place is not None:
                    return here & -here, place
        return None

    def octet_tokens(self) -> List[str]:
        """The patterns that part IPv4 addresses into classes."""
        return [
            key[1].decode("utf-8", "replace")
            for key, _number in sorted(self._octet_numbers.items(), key=lambda item: item[1])
        ]

    def take_apart(self, states: int) -> Dict[Tuple[int, int, int], int]:
        """A set of states as {(user class, answers, address class): classes of names}."""
        return {
            (
                block % self._users_size,
                self._answer_of(block),
                block // self._users_size // len(self.answers),
            ): names
            for block, names in self._filled(states)
        }

    def zones(self) -> List[Tuple[Ranges, int, bool]]:
        """The address line in parts: (addresses, the questions that matter there, whether address classes matter
        there).
        """
        if not self.questions and self.classes is None:
            return [(EVERYTHING, 0, False)]
        edges = sorted(set([0, UNKNOWN_PLACE, END]).union(*self._matters))
        found: List[Tuple[Ranges, int, bool]] = []
        for start, end in zip(edges, edges[1:]):
            bits = sum(1 << number for number, ranges in enumerate(self._matters) if contains(ranges, start))
            found.append(((start, end), bits, start < UNKNOWN_PLACE))
        return found

    def relax(self, states: int, bits: int, by_class: bool) -> int:
        """The states with any answer to the questions that are not in ``bits``, and unless ``by_class`` any address
        class.
        """
        groups: Dict[Tuple[int, int, int], int] = {}
        for (user, answer, number), names in self.take_apart(states).items():
            key = (user, answer & bits, number if by_class else -1)
            groups[key] = groups.get(key, 0) | names
        count = 1 if self.classes is None else len(self.classes.classes)
        found = 0
        for (user, wanted, number), names in groups.items():
            found |= self.some_states(
                names,
                [user],
                [answer for answer in self.answers if answer & bits == wanted],
                range(count) if number < 0 else [number],
            )
        return found

    def states_of(self, request: Request, place: int) -> int:
        """The states that a request at a position can be in: several where the world must be asked."""
        name = host_name(request.hostname, request.paranoid)
        number = None
        if self.classes is not None:
            number = 0
            if place < UNKNOWN_PLACE:
                number = next(
                    one
                    for one in range(len(self.classes.classes))
                    if self.classes.first(one, place, place + 1) is not None
                )
        return self.states(
            names=1 << self.names.class_of(name),
            users=1 << self.users.class_of(to_bytes(request.user or UNKNOWN)),
            classes=None if number is None else (number,),
        )

    def existing(self, region: Region) -> Region:
        """IPv4 clients by address class: ranges that differ only where a class has no address are made the same."""
        found: Dict[Tuple[int, Ranges], Tuple[int, Ranges]] = {}
        for number in range(len(self.classes.classes) if self.classes is not None else 0):
            chosen = self._class_masks[number]
            for states, ranges in region:
                kept = (
                    [piece for piece in pairs(ranges) if self.first_address(number, piece[0], piece[1]) is not None]
                    if states & chosen
                    else []
                )
                if kept:
                    key = (number, union((self._next(number, start), self._next(number, end)) for start, end in kept))
                    had = found.get(key, (0, ()))
                    found[key] = (
                        had[0] | (states & chosen),
                        join(had[1], tuple(place for piece in kept for place in piece)),
                    )
        return list(found.values())

    def _next(self, number: int, start: int) -> int:
        found = self.first_address(number, start, UNKNOWN_PLACE) if start < UNKNOWN_PLACE else None
        return UNKNOWN_PLACE if found is None else found

    def first_address(self, number: Optional[int], start: int, end: int) -> Optional[int]:
        """The first address of an address class in a range; None when there is none."""
        if number is None or self.classes is None:
            return start
        found = self.classes.first(number, start, end)
        if found is not None or number != 0 or end <= UNKNOWN_PLACE:
            return found
        return max(start, UNKNOWN_PLACE)

    def beginning(self, region: Optional[Region] = None) -> List[Tuple[int, Ranges, Optional[int]]]:
        """A region (or everything) as (states, addresses, address class), the hole of IPv4-mapped addresses left out."""
        found = []
        for states, ranges in [(self.everyone, EVERYTHING)] if region is None else region:
            ranges = subtract(ranges, invert(self.universe)) if self.universe != EVERYTHING else ranges
            for number in [None] if self.classes is None else range(len(self.classes.classes)):
                mask = states if number is None else states & self._class_masks[number]
                # what has no IPv4 address is in class 0
                here = meet(ranges, (0, UNKNOWN_PLACE)) if number else ranges
                if mask and here:
                    found.append((mask, here, number))
        return found

    # -- patterns -----------------------------------------------------------------------------------------------------

    def hosts(self, policy: Any, host: HostPattern) -> List[HostPattern]:
        """A pattern, or those that a file holds."""
        if host.kind != FILE:
            return [host]
        key = (id(policy), host.token)
        if key not in self._files:
            words, loops, longer = host_file_patterns(host.token, policy.dialect, policy.lookups)
            # what is behind the words of a file that names itself is a crash, and behind those of one that is too long
            # nobody knows what: an open question for all whom they do not match
            kept = self._without_many_open(policy, words)
            cut = longer or len(kept) < len(words)
            self._files[key] = kept + [host] * (loops or cut)
            if cut:
                self._cut.add(host.token)
        return self._files[key]

    def _without_many_open(self, policy: Any, words: Sequence[HostPattern]) -> List[HostPattern]:
        """The words of a file without those that only the world can answer, beyond the first OPEN_WORDS."""
        if not answers(policy.lookups, "in_netgroup"):
            return list(words)
        kept, left = [], OPEN_WORDS
        for word in words:
            left -= word.kind == NETGROUP
            if left >= 0 or word.kind != NETGROUP:
                kept.append(word)
        return kept

    def is_cut(self, host: HostPattern) -> bool:
        """Whether a pattern is a file that is too long to be read whole, and was asked for."""
        return host.token in self._cut

    def _file_question(self, host: HostPattern) -> str:
        return (
            "the rest of the file %s" if self.is_cut(host) else "the file %s, which names itself"
        ) % host.token.decode("utf-8", "replace")

    def _prepare(self, policy: Any, host: HostPattern) -> None:
        if host.kind == NETGROUP:
            if answers(policy.lookups, "in_netgroup"):
                self._ask("netgroup " + host.token[1:].decode("utf-8", "replace"), EVERYTHING)
            return
        if host.kind == FILE:
            self._ask(self._file_question(host), EVERYTHING)
            return
        if host.interface is not None and answers(policy.lookups, "interface_exists"):
            self._ask(interface_question(host), EVERYTHING)
        reach = self.reach(policy, host)
        if reach.octets is not None:
            key = (policy.dialect.name, host.token)
            if key not in self._octet_numbers:
                self._octet_numbers[key] = len(self._octets)
                self._octets.append(reach.octets)
        if reach.unsure:
            self._ask(question_about(host), reach.unsure)

    def _ask(self, question: str, ranges: Ranges) -> None:
        if question not in self._question_numbers:
            self._question_numbers[question] = len(self.questions)
            self.questions.append(question)
            self._matters.append(())
        number = self._question_numbers[question]
        self._matters[number] = join(self._matters[number], ranges)

    def reach(self, policy: Any, host: HostPattern) -> Reach:
        """The addresses that a host pattern matches, whatever the name."""
        key = (policy.dialect.name, host.token)
        found = self._reaches.get(key)
        if found is None:
            found = EMPTY
            if host.kind == NETWORK:
                found = network_reach(host.network, policy.dialect, True)
            elif host.kind == STRING and host.string is not None:
                found = text_reach(host.string, policy.dialect)
                if meet(found.unsure, self.universe):
                    self.unsure = True
                if found.unsure and self.fixed is not None:
                    found = self._settled(found, host.string)
            if found.unsure:
                found = found._replace(unsure=meet(found.unsure, self.universe))
            self._reaches[key] = found
        return found

    def _settled(self, reach: Reach, string: StringPattern) -> Reach:
        """What is unsure for IPv6 in general is known for the one address asked about."""
        place, text = self.fixed or (0, b"")
        if place >= IPV6_START and contains(reach.unsure, place) and string.matches(text, text.lower()):
            return reach._replace(ranges=join(reach.ranges, (place, place + 1)), unsure=())
        return reach._replace(unsure=())

    def _boxes(self, policy: Any, pattern: ClientPattern) -> Iterable[Tuple[int, Ranges]]:
        users = None if pattern.user is None else self.users.mask(pattern.user)
        for host in self.hosts(policy, pattern.host):
            self.patience.spend(8)
            for states, ranges in self._host_boxes(policy, host):
                yield states if users is None else states & self.states(users=users), ranges

    def _host_boxes(self, policy: Any, host: HostPattern) -> Iterable[Tuple[int, Ranges]]:
        kind = host.kind
        if kind == KNOWN:
            yield self.states(names=self.names.named), subtract(EVERYTHING, (UNKNOWN_PLACE, UNKNOWN_PLACE + 1))
        elif kind == LOCAL:
            yield self.states(names=self.names.local()), EVERYTHING
        elif kind == NETGROUP:
            question = "netgroup " + host.token[1:].decode("utf-8", "replace")
            if question in self._question_numbers:
                yield self.states(question=self._question_numbers[question]), EVERYTHING
        elif kind == FILE:
            yield self.states(question=self._question_numbers[self._file_question(host)]), EVERYTHING
        else:
            reach = self.reach(policy, host)
            if reach.ranges:
                yield self._where_interface(host), reach.ranges
            if reach.octets is not None and self.classes is not None:
                number = self._octet_numbers[(policy.dialect.name, host.token)]
                yield self.states(classes=self.classes.matching(number)), reach.within
            if reach.unsure:
                yield self.states(question=self._question_numbers[question_about(host)]), reach.unsure
            if kind == STRING and host.on_name and host.string is not None:
                yield self.states(names=self.names.mask(host.string)) & self._where_interface(host), EVERYTHING

    def _where_interface(self, host: HostPattern) -> int:
        """The states in which the scope of an address exists; without an open question, all."""
        question = interface_question(host) if host.interface is not None else ""
        number = self._question_numbers.get(question)
        return self.everyone if number is None else self.states(question=number)

    def region(self, policy: Any, patterns: PatternList) -> Region:
        """The clients that a list matches: ``a EXCEPT (b EXCEPT c)``."""
        key = list_key(policy, patterns)
        found = self._regions.get(key)
        if found is None:
            found = []
            for segment in reversed(patterns):
                boxes = (box for pattern in segment for box in self._boxes(policy, pattern))
                found = minus(disjoint(boxes, self.everyone, self.patience), found)
            self._regions[key] = found
        return found

    def region_of(self, policy: Any, rule: Any) -> Region:
        """The clients that a rule of a policy matches."""
        found = self._regions.get(self.client_keys[rule])
        return self.region(policy, rule.clients) if found is None else found

    def daemon_key(self, policy: Any, rule: Any) -> ListKey:
        """list_key() of a rule's daemons."""
        field = (policy.dialect.name, rule.daemon_field)
        found = self._daemon_keys.get(field)
        if found is None:
            found = self._daemon_keys[field] = list_key(policy, rule.daemons)
        return found

    def one_of(self, region: Region) -> Optional[Tuple[int, int]]:
        """Some client of a region, as one state and an address that exists in it; None when there is none."""
        for states, ranges, _number in self.beginning(region):
            client = self.client_in(states, pairs(ranges))
            if client is not None:
                return client
        return None


def holds(region: Region, client: Tuple[int, int]) -> bool:
    """Whether a client, as :meth:`Space.one_of` gives it, is in a region."""
    state, place = client
    for states, ranges in region:
        if states & state and contains(ranges, place):
            return True
    return False


def interface_question(host: HostPattern) -> str:
    """The question whether the host has the interface that an address names."""
    return "interface %s" % (host.interface or b"").decode("utf-8", "replace")


def question_about(host: HostPattern) -> str:
    """The question that an IPv6 client's text would answer."""
    return "pattern %s on the text of an IPv6 address" % host.token.decode("utf-8", "replace")


def disjoint(boxes: Iterable[Tuple[int, Ranges]], everyone: int, patience: Optional[Patience] = None) -> Region:
    """The union of any boxes as a region."""
    patience = patience or Patience()
    anywhere = 0
    common: List[Tuple[int, int]] = []
    others = []
    for states, ranges in boxes:
        if not states or not ranges:
            continue
        if ranges == EVERYTHING:
            anywhere |= states
        elif states == everyone:
            common += pairs(ranges)
        else:
            others.append((states, ranges))
    base = union(common)
    if base == EVERYTHING:
        anywhere = everyone
    parts: Region = [(anywhere, EVERYTHING)] if anywhere else []
    rest = everyone & ~anywhere
    if not others:
        return parts + [(rest, base)] if base and rest else parts
    cut: Region = [(rest, base)]
    for states, ranges in others:
        patience.spend(1 + len(cut) * (1 + everyone.bit_length() // 65536))
        after: Region = []
        for mask, had in cut:
            if mask & states:
                after.append((mask & states, join(had, ranges)))
            if mask & ~states:
                after.append((mask & ~states, had))
        cut = merged(after)
    return merged(parts + [(mask, ranges) for mask, ranges in cut if mask and ranges])


def merged(region: Region) -> Region:
    """States with equal addresses as one part."""
    found: Dict[Ranges, int] = {}
    for states, ranges in region:
        found[ranges] = found.get(ranges, 0) | states
    return [(states, ranges) for ranges, states in found.items()]


def minus(region: Region, taken: Region) -> Region:
    """What is in the first region and not in the second."""
    if not taken:
        return region
    found: Region = []
    for states, ranges in region:
        for mask, gone in taken:
            both = states & mask
            if both:
                left = subtract(ranges, gone)
                if left:
                    found.append((both, left))
                states &= ~mask
        if states:
            found.append((states, ranges))
    return merged(found)
