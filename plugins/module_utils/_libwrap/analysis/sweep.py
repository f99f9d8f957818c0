# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""First match over sets: rules take, one after the other, what no rule before them took.

Clients whose states the rules so far treat alike form a *group*, with one division of the address line into stretches
that belong to a rule or to nobody yet. A rule on names alone takes its states out of the group, a rule on addresses
alone its stretches, so that the product of names and addresses is never written out.
"""

from bisect import bisect_right
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from .patience import Patience
from .ranges import END, EVERYTHING, Ranges
from .space import ListKey, Region, Space

FREE = -1
OUTSIDE = -2
#: The rule number of what is left when all rules are done.
NOBODY = 1 << 60


class Group(object):
    """Some states, and who owns which stretch of addresses: stretch i starts at ``starts[i]`` and is ``owners[i]``'s."""

    __slots__ = ("states", "starts", "owners", "free", "number", "space")

    def __init__(self, space: Space, states: int, starts: List[int], owners: List[int], number: Optional[int]) -> None:
        self.space = space
        self.states = states
        self.starts = starts
        self.owners = owners
        self.number = number
        if number is not None:
            for index, owner in enumerate(owners):
                if owner == FREE and not self._exists(index):
                    owners[index] = OUTSIDE
        self.free = owners.count(FREE)

    def end_of(self, index: int) -> int:
        """Where a stretch ends."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else END

    def _exists(self, index: int) -> bool:
        """Whether any address of this group's class lies in a stretch."""
        return self.space.first_address(self.number, self.starts[index], self.end_of(index)) is not None

    def split(self, states: int) -> "Group":
        """Some of the states as a group of their own."""
        self.states &= ~states
        twin = Group.__new__(Group)
        twin.space, twin.states, twin.starts, twin.owners = self.space, states, list(self.starts), list(self.owners)
        twin.free, twin.number = self.free, self.number
        return twin

    def take(self, ranges: Ranges, rule: int) -> bool:
        """Give a rule what is free in some ranges; whether it got anything."""
        starts, owners = self.starts, self.owners
        got = False
        for at in range(0, len(ranges), 2):
            low, high = ranges[at], ranges[at + 1]
            index = bisect_right(starts, low) - 1
            if owners[index] == FREE and starts[index] < low:
                self._cut(index, low)
                index += 1
            elif starts[index] < low:
                index += 1
            size = len(starts)
            while index < size and starts[index] < high:
                if owners[index] == FREE:
                    if (starts[index + 1] if index + 1 < size else END) > high:
                        self._cut(index, high)
                        size += 1
                    if owners[index] == FREE:
                        owners[index] = rule
                        self.free -= 1
                        got = True
                index += 1
        return got

    def _cut(self, index: int, place: int) -> None:
        """Cut a free stretch in two."""
        self.starts.insert(index + 1, place)
        self.owners.insert(index + 1, FREE)
        self.free += 1
        if self.number is not None:
            for part in (index, index + 1):
                if not self._exists(part):
                    self.owners[part] = OUTSIDE
                    self.free -= 1


#: States that are done with: in ``group`` what rules before ``limit`` own is theirs, all else is ``limit``'s.
Done = Tuple[int, Group, int]


class Sweep(object):
    """The rules of one policy over some clients.

    ``done`` holds, after :meth:`run`, every state with its division of addresses.
    """

    def __init__(self, space: Space, region: Optional[Region] = None) -> None:
        self.groups = [_group(space, states, ranges, number) for states, ranges, number in space.beginning(region)]
        self.groups = [group for group in self.groups if group.free]
        self.done: List[Done] = []

    def take(self, region: Region, rule: int) -> bool:
        """Give a rule what is free of its region; whether it got anything."""
        got = False
        added = []
        emptied = False
        for group in self.groups:
            for states, ranges in region:
                both = group.states & states
                if not both:
                    continue
                if ranges == EVERYTHING:
                    # what is free is real, and all of it goes to this rule
                    self.done.append((both, group, rule))
                    group.states &= ~both
                    got = emptied = True
                elif both == group.states:
                    if group.take(ranges, rule):
                        got = True
                        emptied = emptied or not group.free
                else:
                    twin = group.split(both)
                    if twin.take(ranges, rule):
                        got = True
                        emptied = emptied or not twin.free
                        added.append(twin)
                    else:
                        group.states |= both
        self.groups += added
        if emptied:
            self._tidy()
        return got

    def _tidy(self) -> None:
        live = []
        for group in self.groups:
            if not group.states:
                continue
            if group.free:
                live.append(group)
            else:
                self.done.append((group.states, group, NOBODY))
                # a finished group stays as it is; later rules see neither its states nor its addresses
        self.groups = live

    def finish(self) -> List[Done]:
        """Everything that is left is nobody's."""
        self.done += [(group.states, group, NOBODY) for group in self.groups]
        self.groups = []
        return self.done


def _group(space: Space, states: int, ranges: Ranges, number: Optional[int]) -> Group:
    starts, owners = [0], [FREE if ranges[:1] == (0,) else OUTSIDE]
    for index, place in enumerate(ranges):
        if 0 < place < END:
            starts.append(place)
            owners.append(OUTSIDE if index & 1 else FREE)
    return Group(space, states, starts, owners, number)


def stretches(done: Done) -> Iterator[Tuple[int, int, int]]:
    """(start, end, rule) of every stretch of some states; NOBODY where no rule matches."""
    _states, group, limit = done
    for start, end, owner in zip(group.starts, group.starts[1:] + [END], group.owners):
        if owner != OUTSIDE:
            yield start, end, owner if 0 <= owner < limit else limit


class Rules(object):
    """A policy's rules by the daemon lists they have."""

    def __init__(self, space: Space, policy: Any) -> None:
        self.by_list: Dict[ListKey, List[Any]] = {}
        for rule in policy.rules:
            self.by_list.setdefault(space.daemon_key(policy, rule), []).append(rule)

    def at(self, lists: Iterable[ListKey]) -> List[Any]:
        """The rules that an end can meet, in order."""
        found: List[Any] = []
        for key in lists:
            found += self.by_list.get(key, ())
        found.sort(key=lambda rule: rule.number)
        return found


def sweep(
    space: Space,
    policy: Any,
    rules: Sequence[Any],
    region: Optional[Region] = None,
    patience: Optional[Patience] = None,
) -> List[Done]:
    """Every client of a region with the rule that decides it."""
    work = Sweep(space, region)
    for rule in rules:
        if not work.groups:
            break
        if patience is not None:
            patience.spend(1 + len(work.groups))
        work.take(space.region_of(policy, rule), rule.number)
    return work.finish()
