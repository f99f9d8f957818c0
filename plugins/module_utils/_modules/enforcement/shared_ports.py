# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Two services of a host at one port, at different addresses: a filter knows ports only, so one of them gives way.

Who may start a process of the system's, such as a web server's scripts, can listen beside any daemon at a high port. What
no rule means by its name does not keep the others from being enforced.
"""

from typing import Any, Dict, List, Sequence, Tuple

from ..._backends.access_list import AccessList, refused_ranges
from ..._libwrap.both_tables import BothTables
from ..._libwrap.patterns import ALL


def leave_out_shared(planned: Sequence[Any], policy: BothTables) -> Tuple[List[Any], List[str]]:
    """Of services that a task means which names none, without those that no rule means and that share a port with one
    that a rule means, for other clients; and a warning for each. `planned`: plan.Planned.
    """
    wanted: Dict[Tuple[str, str, int], List[Any]] = {}
    for one in planned:
        for port in one.access.ports:
            wanted.setdefault((one.target, one.access.protocol, port), []).append(one)
    left: Dict[int, str] = {}
    for (_target, protocol, port), sharing in wanted.items():
        if all(refused_ranges(one.access) == refused_ranges(sharing[0].access) for one in sharing[1:]):
            continue
        meant = [one for one in sharing if _is_meant(one.access, policy)]
        for one in sharing if meant else ():
            if one not in meant:
                left[id(one)] = (
                    "%s is left out of the filter: %s listens at port %d/%s, too, for other clients, and a filter knows "
                    "ports only. To filter it, give it another port, or name it in a rule."
                    % (one.access.daemon, meant[0].access.daemon, port, protocol)
                )
    return [one for one in planned if id(one) not in left], [left[id(one)] for one in planned if id(one) in left]


def _is_meant(service: AccessList, policy: BothTables) -> bool:
    """Whether a rule means a service by its name or its port, and not just every service."""
    text = service.daemon.encode("utf-8", "surrogateescape")
    return any(
        pattern.port in service.ports
        if pattern.port is not None
        else pattern.name.kind != ALL and pattern.name.matches(text, text.lower())
        for rule in policy.rules
        for pattern in rule.daemons[0]
    )
