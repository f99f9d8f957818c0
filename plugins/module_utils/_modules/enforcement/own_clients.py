# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The host's own programs as clients: a filter refuses them where the tables deny loopback, and a daemon that never asked
libwrap has served them so far.
"""

from typing import Any, Dict, List, Sequence

from ..._backends.access_list import refused_ranges
from ..._libwrap.analysis.ranges import IPV6_START, contains

_SHOWN = 10
_LOOPBACK = (0x7F000001, IPV6_START + 1)  # 127.0.0.1 and ::1 among all addresses


def warnings_of_own_clients(planned: Sequence[Any]) -> List[str]:
    """One warning that names the services whose filter refuses the host's own programs. `planned`: plan.Planned."""
    told: Dict[str, None] = {}
    for one in planned:
        refused = refused_ranges(one.access)
        if any(contains(refused, place) for place in _LOOPBACK):
            told[one.access.daemon] = None
    if not told:
        return []
    names = list(told)
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN]) + (" and %d more" % more if more > 0 else "")
    return [
        "The tables deny 127.0.0.1 or ::1 to %s, so the filter refuses programs of this host that connect to them. To let "
        "these in, grant 127.0.0.1 and [::1] in a rule for the daemon." % shown
    ]
