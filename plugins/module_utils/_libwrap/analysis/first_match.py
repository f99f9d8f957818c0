# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""First match along the line of addresses: what rules answer at each stretch of it, whatever else a client is.

Every stretch belongs to the first rule that takes all clients there. Rules that take some (by name, user, a netgroup)
matter only before that rule: those of all addresses are walked through once, those of some addresses where they begin
and end. So the product of names and addresses is never written out.
"""

from bisect import bisect_left
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .ranges import END, EVERYTHING, Ranges, invert, pairs

#: What a rule answers: served; not served; one or the other, nobody knows which.
GRANTED, DENIED, OPEN = 0, 1, 2
#: The rule number of what no rule takes.
NOBODY = 1 << 60


class Partial(NamedTuple):
    """A part of a rule's clients: ``may`` and ``must`` are the states that it may and that it must take in ``ranges``."""

    rule: int
    may: int
    must: int
    ranges: Ranges


class Stretch(NamedTuple):
    """Addresses from ``start`` to before ``end`` and what can be answered there.

    ``owner``: the rule that takes all who are left; ``reached``: whether anybody is; ``kinds``: all answers there can
    be; ``partial``: the numbers of the local parts that begin before it, ``holes`` those of the parts for all addresses
    that leave these out.
    """

    start: int
    end: int
    owner: int
    reached: bool
    kinds: Tuple[int, ...]
    partial: Tuple[int, ...]
    holes: Tuple[int, ...]


class Walk(NamedTuple):
    """For some parts in order: the first rule of each kind that takes anybody, and the rule after which nobody is left."""

    first: Tuple[int, int, int]
    covered: int


class Line(object):
    """The rules of one daemon over all addresses.

    :param everyone: all states, as a bit mask.
    :param kinds: what each rule answers, by its number.
    :param whole: (rule, addresses in which it takes all clients), in order.
    :param partial: parts of rules, in order.
    :param default: what is answered where no rule is.
    """

    def __init__(
        self,
        everyone: int,
        kinds: Sequence[int],
        whole: Sequence[Tuple[int, Ranges]],
        partial: Sequence[Partial],
        default: int,
    ) -> None:
        self.everyone = everyone
        self.kinds = kinds
        self.default = default
        self.partial = partial
        #: The numbers of the parts for all addresses, or all but a few.
        self.everywhere: List[int] = []
        self._local: List[int] = []
        for number, part in enumerate(partial):
            anywhere = part.ranges == EVERYTHING or (part.ranges[0] == 0 and part.ranges[-1] == END)
            (self.everywhere if anywhere else self._local).append(number)
        self._events = self._all_events()
        self._cuts = sorted(set([0, END]).union(self._events, (place for _rule, ranges in whole for place in ranges)))
        self._owners = _owners(self._cuts, whole)
        self._walks: Dict[Tuple[Tuple[int, ...], Tuple[int, ...]], Walk] = {}
        self._base_kinds = set(kinds[partial[number].rule] for number in self.everywhere)
        self._base_free = everyone
        for number in self.everywhere:
            self._base_free &= ~partial[number].must
        self.live = self._live()

    def _all_events(self) -> Dict[int, List[Tuple[int, bool, bool]]]:
        """What begins and ends at a place: (part, whether it is a hole, whether it begins)."""
        events: Dict[int, List[Tuple[int, bool, bool]]] = {}
        for numbers, hole in ((self._local, False), (self.everywhere, True)):
            for number in numbers:
                ranges = self.partial[number].ranges
                for start, end in pairs(invert(ranges) if hole else ranges):
                    events.setdefault(start, []).append((number, hole, True))
                    events.setdefault(end, []).append((number, hole, False))
        return events

    def _live(self) -> Set[int]:
        """The parts for all addresses that take anybody where nothing but these is."""
        left, found = self.everyone, set()
        for number in self.everywhere:
            part = self.partial[number]
            if part.may & left:
                found.add(number)
            left &= ~part.must
        return found

    def stretches(self) -> Iterator[Stretch]:
        """The whole line, from its start to its end."""
        active: Tuple[Set[int], Set[int]] = (set(), set())
        walk = self._walk((), ())
        local: Tuple[int, ...] = ()
        holes: Tuple[int, ...] = ()
        for index, owner in enumerate(self._owners):
            start, end = self._cuts[index], self._cuts[index + 1]
            if start in self._events:
                for number, hole, begins in self._events[start]:
                    (active[hole].add if begins else active[hole].discard)(number)
                local, holes = tuple(sorted(active[0])), tuple(sorted(active[1]))
                walk = self._walk(local, holes)
            reached = walk.covered >= owner
            kinds = tuple(
                kind
                for kind in (GRANTED, DENIED, OPEN)
                if walk.first[kind] < owner or (reached and kind == self.kind_of(owner))
            )
            yield Stretch(start, end, owner, reached, kinds, local, holes)

    def kind_of(self, owner: int) -> int:
        """What a rule, or nobody, answers."""
        return self.default if owner == NOBODY else self.kinds[owner]

    def _walk(self, local: Tuple[int, ...], holes: Tuple[int, ...]) -> Walk:
        key = (local, holes)
        if key not in self._walks:
            if len(self._walks) > 1000:
                self._walks.clear()
            self._walks[key] = self._short(local, holes) or self._long(local, holes)
        return self._walks[key]

    def _short(self, local: Tuple[int, ...], holes: Tuple[int, ...]) -> Optional[Walk]:
        """The walk where all parts answer the same and leave somebody; None where each must be looked at."""
        kinds = self._base_kinds.union(self.kinds[self.partial[number].rule] for number in local)
        free = self._base_free
        for number in local:
            free &= ~self.partial[number].must
        if len(kinds) > 1 or not free:
            return None
        first = [NOBODY, NOBODY, NOBODY]
        for number in self._merged(local, holes):
            first[self.kinds[self.partial[number].rule]] = self.partial[number].rule
            break
        return Walk((first[0], first[1], first[2]), NOBODY)

    def _merged(self, local: Tuple[int, ...], holes: Tuple[int, ...]) -> Iterator[int]:
        """The parts that are there, in order."""
        at = 0
        for number in self.everywhere:
            while at < len(local) and local[at] < number:
                yield local[at]
                at += 1
            if number not in holes:
                yield number
        yield from local[at:]

    def _long(self, local: Tuple[int, ...], holes: Tuple[int, ...]) -> Walk:
        """Part by part, up to where two answers are seen: nothing after that can tell anything new."""
        first = [NOBODY, NOBODY, NOBODY]
        left = self.everyone
        for number in self._merged(local, holes):
            part = self.partial[number]
            kind = self.kinds[part.rule]
            if first[kind] == NOBODY and part.may & left:
                first[kind] = part.rule
                if kind == OPEN or sum(1 for one in first if one != NOBODY) > 1:
                    break
            left &= ~part.must
            if not left:
                return Walk((first[0], first[1], first[2]), part.rule)
        return Walk((first[0], first[1], first[2]), NOBODY)


def _owners(cuts: Sequence[int], whole: Sequence[Tuple[int, Ranges]]) -> List[int]:
    """The rule that takes each stretch between two cuts: the first that has it."""
    size = len(cuts) - 1
    owners = [NOBODY] * size
    # where the next stretch without an owner may be, from each one on
    following = list(range(size + 1))
    left = size
    for rule, ranges in whole:
        for start, end in pairs(ranges):
            stop = bisect_left(cuts, end)
            index = _free_from(following, bisect_left(cuts, start))
            while index < stop:
                owners[index] = rule
                left -= 1
                following[index] = index + 1
                index = _free_from(following, index + 1)
        if not left:
            break
    return owners


def _free_from(following: List[int], index: int) -> int:
    """The first stretch without an owner from an index on; the way there is shortened."""
    found = index
    while following[found] != found:
        found = following[found]
    while following[index] != found:
        following[index], index = found, following[index]
    return found
