# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules by where their clients are, so that a question about a few addresses need not try every rule."""

from bisect import bisect_left
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .ranges import END, IPV6_START, Ranges, pairs
from .space import Space

#: A rule with more stretches than this is tried for every question; a question with more tries every rule.
FEW = 8


class Places(object):
    """Some rules of a policy, in order, each under the blocks of addresses that hold its clients.

    A block has a power of two of addresses and starts at a multiple of that, so a place is in one block of each size at
    most.
    """

    def __init__(self, space: Space, policy: Any, rules: Sequence[Any]) -> None:
        self.rules = rules
        self._anywhere: List[Any] = []
        self._blocks: Dict[int, Dict[int, List[Any]]] = {}
        starts: Dict[int, List[Any]] = {}
        for rule in rules:
            blocks = blocks_of([piece for _states, ranges in space.region_of(policy, rule) for piece in pairs(ranges)])
            if blocks is None:
                self._anywhere.append(rule)
                continue
            for start, size in blocks:
                self._blocks.setdefault(size, {}).setdefault(start, []).append(rule)
                starts.setdefault(start, []).append(rule)
        self._sorted = sorted(starts)
        self._starts = starts

    def meeting(self, ranges: Ranges) -> Sequence[Any]:
        """The rules that may have clients in some ranges, in order; all others have none there."""
        if len(ranges) > 2 * FEW or ranges == (0, END):
            return self.rules
        found = dict((rule.number, rule) for rule in self._anywhere)
        for start, end in pairs(ranges):
            for place in self._sorted[bisect_left(self._sorted, start) : bisect_left(self._sorted, end)]:
                for rule in self._starts[place]:
                    found[rule.number] = rule
            base = IPV6_START if start >= IPV6_START else 0
            for size, blocks in self._blocks.items():
                for rule in blocks.get(start - (start - base) % size, ()):
                    found[rule.number] = rule
        return [found[number] for number in sorted(found)]


def blocks_of(pieces: Sequence[Tuple[int, int]]) -> Optional[List[Tuple[int, int]]]:
    """The smallest block that holds each piece, as (start, size); None for many pieces, and for what lies in both
    families.
    """
    if len(pieces) > FEW:
        return None
    blocks = []
    for start, end in pieces:
        base = IPV6_START if start >= IPV6_START else 0
        if not base and end > IPV6_START - 1:
            return None
        size = 1 << ((start - base) ^ (end - 1 - base)).bit_length()
        blocks.append((start - (start - base) % size, size))
    return blocks
