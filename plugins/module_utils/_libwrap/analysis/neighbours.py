# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which rules at one end of the server match what another rule matches, without a look at those that have nothing to do
with it.
"""

from typing import TYPE_CHECKING, Dict, List, Sequence, Set, Tuple

from .claims import Parts
from .ranges import EVERYTHING
from .space import Region, holds, minus
from .sweep import Sweep

if TYPE_CHECKING:
    from .shadowed import Search

#: So many rules are tried for one that covers all by itself.
TRIES = 24


class Neighbours(object):
    """The rules at one end, found by what they match."""

    def __init__(self, look: "Search", rules: Sequence[object]) -> None:
        self.look = look
        self._parts = Parts(look.space)
        self._numbers: Dict[int, int] = {}
        for rule in rules:
            for states, ranges in look.region(rule):
                self._parts.add((states, ranges, rule.number))  # type: ignore[attr-defined]

    def cover(self, region: Region, low: int, high: int) -> Tuple[List[int], bool]:
        """Rules after number ``low`` and before ``high`` that match a region together, and whether they match all of
        it.

        One rule, where one matches all; none that only asks for names, where rules that ask for addresses do.
        """
        client = self.look.space.one_of(region)
        if client is not None:
            state, place = client
            here = self._between(self._parts.meeting(state, (place, place + 1)), low, high)
            for number in [one for one in here if holds(self.look.regions[one], client)][:TRIES]:
                if not minus(region, self.look.regions[number]):
                    return [number], True
        for narrow, named in self._stages(region):
            owners, whole = self.owners(region, low, high, narrow, named)
            if whole:
                break
        return owners, whole

    def owners(
        self, region: Region, low: int, high: int, narrow: bool = True, named: bool = True
    ) -> Tuple[List[int], bool]:
        """The rules after ``low`` and before ``high`` that decide in a region, and whether they decide in all of it.

        :param narrow: as in Parts.meeting(); ``named`` too.
        """
        work, owners = Sweep(self.look.space, region), []
        found = (part for one in region for part in self._parts.meeting(one[0], one[1], narrow, named))
        for number in self._between(found, low, high):
            if not work.groups:
                break
            self.look.patience.spend(4)
            if work.take(self.look.regions[number], number):
                owners.append(number)
        return owners, not work.groups

    def _stages(self, region: Region) -> List[Tuple[bool, bool]]:
        stages = [(True, True)]
        if all(states == self.look.space.everyone for states, _ranges in region):
            stages.insert(0, (True, False))
        elif all(ranges == EVERYTHING for _states, ranges in region):
            stages.insert(0, (False, True))
        return stages

    @staticmethod
    def _between(parts: object, low: int, high: int) -> List[int]:
        found: Set[int] = set(part[2] for part in parts if low < part[2] < high)  # type: ignore[attr-defined]
        return sorted(found)
