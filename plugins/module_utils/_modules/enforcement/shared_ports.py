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
    """Of services that a task means which names none, without those that share a port with another, for other clients, and
    give way: to one of the host's own who is none, to one that a rule means whom no rule means. And a warning for each.
    `planned`: plan.Planned.
    """
    wanted: Dict[Tuple[str, str, int], List[Any]] = {}
    for one in planned:
        for port in one.access.ports:
            wanted.setdefault((one.target, one.access.protocol, port), []).append(one)
    left: Dict[int, str] = {}
    for (_target, protocol, port), sharing in wanted.items():
        if all(refused_ranges(one.access) == refused_ranges(sharing[0].access) for one in sharing[1:]):
            continue
        stay = _who_stays(sharing, policy)
        for one in sharing:
            if one not in stay:
                left[id(one)] = (
                    "%s is left out of the filter: %s listens at port %d/%s, too, for other clients, and a filter knows "
                    "ports only. To filter it, give it another port, or name it in a rule."
                    % (_told(one), stay[0].access.daemon, port, protocol)
                )
    return [one for one in planned if id(one) not in left], [left[id(one)] for one in planned if id(one) in left]


def _who_stays(sharing: Sequence[Any], policy: BothTables) -> List[Any]:
    """Never none of them. Of several that are none of the host's own only one stays: they must not fail the task."""
    own = [one for one in sharing if not one.brought]
    meant = [one for one in own or sharing if _is_meant(one.access, policy)]
    if own:
        return meant or own
    return (meant or list(sharing))[:1]


def _told(one: Any) -> str:
    return "%s (%s)" % (one.access.daemon, one.brought) if one.brought else str(one.access.daemon)


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
