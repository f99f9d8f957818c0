# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules that name clients by host name, and daemons that do not tell libwrap a client's name: hosts_ctl() with the name
`unknown`.
"""

from typing import List, Sequence, Set

from ..._host.system.daemon_requests import NAME
from ..._libwrap.finding import Finding
from ..._libwrap.patterns import ClientPattern
from ..._libwrap.policy import Policy
from ..._libwrap.rules import Rule
from .asked import places_of
from .kinds import finding
from .listener import Listener

_SHOWN = 4


def name_findings(services: Sequence[Listener], policy: Policy) -> List[Finding]:
    """One finding for each service that asks without a name and that rules by name are for."""
    by_name = [rule for rule in policy.rules if any(_by_name(one) for segment in rule.clients for one in segment)]
    found = []
    for service in services:
        nameless = [asker for asker in service.askers or () if NAME in asker.untold]
        if service.personal or not nameless:
            continue
        names = {asker.daemon.lower() for asker in nameless} | {name.lower() for name in service.also}
        rules = [rule for rule in by_name if _is_for(rule, names)]
        if rules:
            found.append(_about(service, rules))
    return found


def _about(service: Listener, rules: Sequence[Rule]) -> Finding:
    told = ", ".join("hosts.%s line %s" % (rule.table.name, rule.line) for rule in rules[:_SHOWN])
    if len(rules) > _SHOWN:
        told += " and %d more" % (len(rules) - _SHOWN)
    place = ", ".join(places_of(service)[:_SHOWN])
    return finding(
        "name-not-told",
        "",
        service.path,
        service.line,
        service.name,
        where="%s%s" % (service.name, " (%s)" % place if place else ""),
        rules=told,
    )


def _by_name(client: ClientPattern) -> bool:
    """Whether a pattern looks at the client's name, and at no address."""
    host = client.host
    if host.kind in ("known", "local", "netgroup"):
        return True
    return host.string is not None and host.on_name and host.string.kind != "all"


def _is_for(rule: Rule, names: Set[str]) -> bool:
    """Whether the daemon list has one of the names, or ALL without it behind EXCEPT."""
    if not rule.daemons:
        return False
    listed, excepted = rule.daemons[0], [one for segment in rule.daemons[1:2] for one in segment]
    matches = any(one.port is None and (one.name.kind == "all" or _name(one.token) in names) for one in listed)
    return matches and not any(_name(one.token) in names for one in excepted)


def _name(token: bytes) -> str:
    return token.decode("utf-8", "backslashreplace").lower()
