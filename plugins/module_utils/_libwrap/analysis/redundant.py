# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules whose removal changes nothing: whatever they decide, the next rule that matches would decide the same.

As sweep.py, but with the first two rules that match. Rules on addresses alone and rules on states alone are kept apart
until the end, so that their product is never written out.
"""

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from .outcomes import default_answer
from .ranges import END, EVERYTHING, Ranges
from .space import Space
from .sweep import FREE, NOBODY, OUTSIDE

if TYPE_CHECKING:
    from .shadowed import Search

#: The first and the second rule that match something; NOBODY where there is none.
Two = Tuple[int, int]


class PairGroup(object):
    """States that rules on addresses treat alike, with the first two rules on each stretch of addresses and on each state."""

    __slots__ = ("space", "number", "starts", "first", "second", "states", "none", "once", "twice")

    def __init__(self, space: Space, number: Optional[int], states: int) -> None:
        self.space = space
        self.number = number
        self.starts = [0]
        self.first = [FREE]
        self.second = [FREE]
        self.states = states  # those that are not decided twice yet
        self.none = states
        self.once: Dict[int, int] = {}
        self.twice: Dict[Two, int] = {}

    def exclude(self, ranges: Ranges) -> None:
        """Leave out what is outside of some ranges."""
        edges = [place for place in ranges if 0 < place < END]
        self.starts = [0] + edges
        inside = ranges[:1] == (0,)
        self.first = []
        for _start in self.starts:
            self.first.append(FREE if inside else OUTSIDE)
            inside = not inside
        self.second = list(self.first)
        for index in range(len(self.starts)):
            self._check(index)

    def split(self, states: int) -> "PairGroup":
        """Some of the states as a group of their own."""
        twin = PairGroup(self.space, self.number, self.states & states)
        twin.none &= self.none
        twin.starts, twin.first, twin.second = list(self.starts), list(self.first), list(self.second)
        twin.once = _chosen(self.once, states)
        twin.twice = _chosen(self.twice, states)
        self.states &= ~states
        self.none &= ~states
        self.once = _chosen(self.once, ~states)
        self.twice = _chosen(self.twice, ~states)
        return twin

    def take_states(self, states: int, rule: int) -> None:
        """A rule matches some states, whatever the address."""
        for first in list(self.once) if states & self.states & ~self.none else ():
            both = self.once[first] & states
            if both:
                self.states &= ~both
                self.twice[(first, rule)] = both
                left = self.once[first] & ~states
                if left:
                    self.once[first] = left
                else:
                    del self.once[first]
        both = self.none & states
        if both:
            self.once[rule] = both
            self.none &= ~both

    def take(self, ranges: Ranges, rule: int) -> None:
        """A rule matches some ranges, whatever the state."""
        starts, first, second = self.starts, self.first, self.second
        for at in range(0, len(ranges), 2):
            low, high = ranges[at], ranges[at + 1]
            index = bisect_right(starts, low) - 1
            if starts[index] < low:
                if second[index] == FREE:
                    self._cut(index, low)
                index += 1
            while index < len(starts) and starts[index] < high:
                if second[index] == FREE:
                    if (starts[index + 1] if index + 1 < len(starts) else END) > high:
                        self._cut(index, high)
                    if first[index] == FREE:
                        first[index] = rule
                    elif second[index] == FREE:
                        second[index] = rule
                index += 1

    def _cut(self, index: int, place: int) -> None:
        self.starts.insert(index + 1, place)
        self.first.insert(index + 1, self.first[index])
        self.second.insert(index + 1, self.second[index])
        self._check(index)
        self._check(index + 1)

    def _check(self, index: int) -> None:
        if self.number is None:
            return
        end = self.starts[index + 1] if index + 1 < len(self.starts) else END
        if self.space.first_address(self.number, self.starts[index], end) is None:
            self.first[index] = self.second[index] = OUTSIDE

    def by_address(self) -> Set[Two]:
        """The first two rules on addresses, for every stretch."""
        return set(
            (NOBODY if first == FREE else first, NOBODY if second == FREE else second)
            for first, second in zip(self.first, self.second)
            if first != OUTSIDE
        )

    def by_state(self) -> Set[Two]:
        """The first two rules on states, for every state."""
        found = set(self.twice)
        found.update((first, NOBODY) for first in self.once)
        if self.none:
            found.add((NOBODY, NOBODY))
        return found


def _chosen(table: Dict[Any, int], states: int) -> Dict[Any, int]:
    return dict((key, mask & states) for key, mask in table.items() if mask & states)


class Removal(object):
    """What would change if a rule went, for every rule."""

    def __init__(self, look: "Search") -> None:
        self.look = look
        self.kinds: Dict[int, Any] = {NOBODY: self._kind(default_answer(look.policy))}

    def _kind(self, answer: Any) -> Any:
        return (answer.access, answer.depends, answer.effects or ())

    def kind(self, number: int) -> Any:
        """What tells two rules' answers apart."""
        found = self.kinds.get(number)
        if found is None:
            found = self.kinds[number] = self._kind(self.look.answer(self.look.policy.rules[number]))
        return found

    def changeless(self, gone: Set[int]) -> List[Tuple[Any, Tuple[Any, ...]]]:
        """The rules that could go, each with the rules that would decide in its place; ``gone`` are those that never decide."""
        rules = self.look.policy.rules
        needed = set(gone)
        needed.update(rule.number for rule in rules if self.kind(rule.number)[1])
        instead: Dict[int, Set[int]] = {}
        for at in self.look.at:
            if all(rule.number in needed for rule in at):
                continue
            for group in self._groups(at):
                addresses, states = group.by_address(), group.by_state()
                self._judge(addresses, states, needed, instead)
                self._judge(states, addresses, needed, instead)
        return [
            (rules[number], tuple(rules[other] for other in sorted(instead[number]) if other != NOBODY))
            for number in sorted(instead)
            if number not in needed
        ]

    def _groups(self, at: Sequence[Any]) -> Iterable[PairGroup]:
        space = self.look.space
        groups = []
        for states, ranges, number in space.beginning():
            group = PairGroup(space, number, states)
            group.exclude(ranges)
            groups.append(group)
        for rule in at:
            added = []
            for states, ranges in self.look.region(rule):
                for group in groups:
                    if ranges == EVERYTHING:
                        group.take_states(states, rule.number)
                    elif group.states & ~states == 0:
                        if group.states:
                            group.take(ranges, rule.number)
                    elif group.states & states:
                        twin = group.split(states)
                        twin.take(ranges, rule.number)
                        added.append(twin)
            groups += added
        return groups

    def _judge(self, ones: Set[Two], others: Set[Two], needed: Set[int], instead: Dict[int, Set[int]]) -> None:
        """Where a rule of ``ones`` decides: its second, or the first of ``others``, whichever comes before, decides instead."""
        firsts = sorted(set(first for first, _second in others))
        if not firsts:
            return
        alike: Dict[Any, List[int]] = {}
        for first in firsts:
            alike.setdefault(self.kind(first), []).append(first)
        for first, second in ones:
            if first == NOBODY or first in needed or firsts[-1] < first:
                continue
            kind = self.kind(first)
            low, high = bisect_right(firsts, first), bisect_left(firsts, second)
            same = alike.get(kind, [])
            if bisect_left(same, second) - bisect_right(same, first) != high - low:
                needed.add(first)
                continue
            found = instead.setdefault(first, set())
            if high < len(firsts):
                if self.kind(second) != kind:
                    needed.add(first)
                    continue
                found.add(second)
            if high - low < 100:
                found.update(firsts[low:high])
