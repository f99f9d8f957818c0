# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The rules that two policies have in common, in the same order.

A request that matches none but these is answered alike by both, so that only the clients of the other rules need a
look.
"""

from bisect import bisect_left
from typing import Any, Dict, List, Sequence, Set, Tuple


def changed_rules(before: Sequence[Any], after: Sequence[Any]) -> Tuple[List[int], List[int]]:
    """The positions in both lists that are left when equal entries are taken out in order."""
    start = 0
    while start < len(before) and start < len(after) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    kept = _in_order(before[start : len(before) - end], after[start : len(after) - end])
    old = set(start + one for one, _other in kept)
    new = set(start + other for _one, other in kept)
    return _rest(start, len(before) - end, old), _rest(start, len(after) - end, new)


def _rest(start: int, end: int, kept: Set[int]) -> List[int]:
    return [place for place in range(start, end) if place not in kept]


def _in_order(before: Sequence[Any], after: Sequence[Any]) -> List[Tuple[int, int]]:
    """Pairs of equal entries, rising on both sides: the longest such list among entries that stand once on each side."""
    places: Dict[Any, List[int]] = {}
    for place, key in enumerate(after):
        places.setdefault(key, []).append(place)
    seen: Dict[Any, int] = {}
    for key in before:
        seen[key] = seen.get(key, 0) + 1
    pairs = [
        (place, places[key][0]) for place, key in enumerate(before) if seen[key] == 1 and len(places.get(key, ())) == 1
    ]
    tails: List[int] = []
    ends: List[int] = []
    links: List[int] = []
    for number, (_place, other) in enumerate(pairs):
        at = bisect_left(tails, other)
        links.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(other)
            ends.append(number)
        else:
            tails[at], ends[at] = other, number
    chain = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = links[number]
    return chain[::-1]
