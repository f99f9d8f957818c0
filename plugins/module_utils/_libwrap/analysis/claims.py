# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What some rules match together, kept so that a question about one more rule costs what that rule has to do with them.

Most rules speak of addresses alone or of states alone (space.py). These are kept apart, and only the few that speak of
both are looked at one by one, and only where they meet what is asked.
"""

from bisect import bisect_left, bisect_right
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .places import blocks_of
from .ranges import END, EVERYTHING, IPV6_START, Ranges, contains, invert, pairs, subtract
from .space import Region, Space

#: A set of states with more classes of names than this is looked for among all parts.
FEW = 8
#: A part of a region, with the number of its rule.
Part = Tuple[int, Ranges, int]


class Covered(object):
    """A set of addresses that grows, and shrinks again in the opposite order."""

    __slots__ = ("edges", "_log")

    def __init__(self, ranges: Ranges = ()) -> None:
        self.edges: List[int] = list(ranges)
        self._log: List[Tuple[int, List[int], int]] = []

    def add(self, ranges: Ranges) -> int:
        """Take some ranges in; how many steps :meth:`undo` has to go back."""
        edges, log = self.edges, self._log
        for at in range(0, len(ranges), 2):
            start, end = ranges[at], ranges[at + 1]
            low, high = bisect_left(edges, start), bisect_right(edges, end)
            new = ([] if low & 1 else [start]) + ([] if high & 1 else [end])
            log.append((low, edges[low:high], len(new)))
            edges[low:high] = new
        return len(ranges) // 2

    def undo(self, steps: int) -> None:
        """Forget what the last steps took in."""
        for _step in range(steps):
            low, old, count = self._log.pop()
            self.edges[low : low + count] = old

    def free(self, start: int, end: int) -> Iterator[Tuple[int, int]]:
        """The stretches of a range that are not in the set."""
        edges = self.edges
        index = bisect_right(edges, start)
        if index & 1:
            start = edges[index]
            index += 1
        while start < end:
            stop = edges[index] if index < len(edges) else END
            yield start, min(end, stop)
            start = edges[index + 1] if index < len(edges) else END
            index += 2

    def holds(self, place: int) -> bool:
        """Whether an address is in the set."""
        return bool(bisect_right(self.edges, place) & 1)


class Parts(object):
    """Parts of regions, found again by the addresses or the names that they share with another."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self._blocks: Dict[int, Dict[int, List[Part]]] = {}
        self._narrow: List[Part] = []  # all that stand in blocks
        self._names: Dict[int, List[Part]] = {}
        self._named: List[Part] = []  # all that stand under a name
        self._anywhere: List[Part] = []
        self._log: List[List[List[Part]]] = []

    def add(self, part: Part) -> None:
        """One more part."""
        lists: List[List[Part]] = []
        blocks = blocks_of(pairs(part[1]))
        names = None if blocks is not None else self._few_names(part[0])
        if blocks is not None:
            lists = [self._narrow] + [
                self._blocks.setdefault(size, {}).setdefault(start, []) for start, size in set(blocks)
            ]
        elif names is not None:
            lists = [self._named] + [self._names.setdefault(name, []) for name in names]
        else:
            lists = [self._anywhere]
        for found in lists:
            found.append(part)
        self._log.append(lists)

    def undo(self) -> None:
        """Forget the last part."""
        for found in self._log.pop():
            found.pop()

    def meeting(self, states: int, ranges: Ranges, narrow: bool = True, named: bool = True) -> Iterator[Part]:
        """The parts that may have clients in common with these, each at least once.

        :param narrow: those with few addresses are among them; ``named``: those of many addresses and few names.
        """
        lists = list(self._near(ranges)) if narrow else []
        if named and self._named:
            names = self._few_names(states)
            lists += [self._named] if names is None else [self._names[name] for name in names if name in self._names]
        for found in lists + [self._anywhere]:
            for part in found:
                if part[0] & states:
                    yield part

    def _near(self, ranges: Ranges) -> Iterable[List[Part]]:
        if not self._narrow:
            return []
        blocks = blocks_of(pairs(ranges))
        if blocks is None:
            return [self._narrow]
        found = []
        for start, size in set(blocks):
            base = IPV6_START if start >= IPV6_START else 0
            for other, by_start in self._blocks.items():
                if other >= size:
                    found.append(by_start.get(start - (start - base) % other, []))
                elif size // other > len(by_start):
                    found += [parts for place, parts in by_start.items() if start <= place < start + size]
                else:
                    found += [by_start[place] for place in range(start, start + size, other) if place in by_start]
        return found

    def _few_names(self, states: int) -> Optional[List[int]]:
        """The classes of names of some states, unless these are many."""
        names = self.space.names_of(states)
        found: List[int] = []
        while names:
            if len(found) == FEW:
                return None
            low = names & -names
            found.append(low.bit_length() - 1)
            names ^= low
        return found


class Claims(object):
    """What some rules match at one end of the server; the last rule that was added can be taken away again."""

    def __init__(self, space: Space) -> None:
        self.space = space
        hole = invert(space.universe) if space.universe != EVERYTHING else ()
        self.taken = 0
        self.covered = Covered(hole)
        self._parts = Parts(space)
        self._mixed = 0  # the states of all parts
        self._either = Covered(hole)  # the addresses of parts and of what is covered
        self._log: List[Tuple[int, int, int, int, int]] = []

    def add(self, region: Region, number: int) -> None:
        """One more rule."""
        taken, mixed, covered, either, parts = self.taken, self._mixed, 0, 0, 0
        for states, ranges in region:
            if ranges == EVERYTHING:
                self.taken |= states
                continue
            if states == self.space.everyone:
                covered += self.covered.add(ranges)
            else:
                self._parts.add((states, ranges, number))
                self._mixed |= states
                parts += 1
            either += self._either.add(ranges)
        self._log.append((taken, mixed, covered, either, parts))

    def undo(self) -> None:
        """Forget the rule that was added last."""
        self.taken, self._mixed, covered, either, parts = self._log.pop()
        self.covered.undo(covered)
        self._either.undo(either)
        for _part in range(parts):
            self._parts.undo()

    def leaves(self, region: Region) -> Optional[Tuple[int, int]]:
        """A client of a region that none of the rules matches, as one state and an address; None when they match all."""
        for states, ranges in region:
            states &= ~self.taken
            if not states:
                continue
            for some, edges in ((states & ~self._mixed, self.covered), (states, self._either)):
                client = self._first(some, ranges, edges) if some else None
                if client is not None:
                    return client
        for states, ranges in self.without_parts(region):
            client = self.space.client_in(states, self.free_of([self.covered], ranges))
            if client is not None:
                return client
        return None

    def _first(self, states: int, ranges: Ranges, edges: Covered) -> Optional[Tuple[int, int]]:
        """A client at the first address that is free, which most often is enough to know."""
        for start, end in pairs(ranges):
            for piece in edges.free(start, end):
                return self.space.client_in(states, [piece])
        return None

    def without_parts(self, region: Region) -> Region:
        """A region without what rules on states, and those on both, match; rules on addresses are not looked at."""
        found: Region = []
        for states, ranges in region:
            left: Region = [(states & ~self.taken, ranges)]
            if not left[0][0]:
                continue
            for part in self._parts.meeting(left[0][0], ranges) if left[0][0] & self._mixed else ():
                left = cut(left, part)
                if not left:
                    break
            found += left
        return found

    @staticmethod
    def free_of(covers: Sequence[Covered], ranges: Ranges) -> Iterator[Tuple[int, int]]:
        """The stretches of some ranges that are in none of several sets."""
        for start, end in pairs(ranges):
            pieces: Iterable[Tuple[int, int]] = [(start, end)]
            for cover in covers:
                pieces = _free_of(cover, pieces)
            yield from pieces

    def holds(self, client: Tuple[int, int]) -> bool:
        """Whether a rule matches a client, given as one state and an address."""
        state, place = client
        if state & self.taken or self.covered.holds(place):
            return True
        return bool(state & self._mixed) and any(
            contains(ranges, place) for _states, ranges, _number in self._parts.meeting(state, (place, place + 1))
        )


def _free_of(cover: Covered, pieces: Iterable[Tuple[int, int]]) -> Iterator[Tuple[int, int]]:
    for start, end in pieces:
        yield from cover.free(start, end)


def cut(region: Region, part: Any) -> Region:
    """A region without one part."""
    mask, gone = part[0], part[1]
    found: Region = []
    for states, ranges in region:
        both = states & mask
        if not both:
            found.append((states, ranges))
            continue
        if states != both:
            found.append((states ^ both, ranges))
        left = subtract(ranges, gone)
        if left:
            found.append((both, left))
    return found
