# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Three policies: does the last one answer every request as one of the other two does?"""

from typing import Any, Dict, List, Tuple

from .compare import Change, Comparison, Label
from .endpoints import Endpoints
from .ranges import Ranges, meet
from .space import Region, Space


def surprises(before: Any, now: Any, after: Any) -> List[Change]:
    """The requests that `after` answers neither as `before` nor as `now` does, as changes from `now`; [] is a proof
    that there are none.

    Raises HostsAccessError where the policies ask for more than can be told apart.
    """
    space = Space((before, now, after))
    endpoints = Endpoints(space)
    old = Comparison(before, after, None, space, endpoints)
    new = Comparison(now, after, None, space, endpoints)
    found: Dict[Tuple[Label, Label, int, Ranges], List[int]] = {}
    for number, endpoint in enumerate(endpoints.all):
        elsewhere = [part for region in old.differences(endpoint).values() for part in region]
        if not elsewhere:
            continue
        for (was, answer), region in new.differences(endpoint).items():
            for states, ranges in _common(region, elsewhere):
                found.setdefault((was, answer, states, ranges), []).append(number)
    return new.described(found)


def _common(one: Region, other: Region) -> Region:
    """The clients that are in both regions."""
    parts: Region = []
    for states, ranges in one:
        for others, further in other:
            both = meet(ranges, further) if states & others else ()
            if both:
                parts.append((states & others, both))
    return parts
