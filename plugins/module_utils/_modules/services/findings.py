# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is wrong with who enforces what: the findings of tcpd_coverage_info."""

import ipaddress
from typing import Dict, List, Optional, Set

from ..._host.system.accounts import Accounts
from ..._host.system.daemon_requests import NAME, SERVER
from ..._host.system.kernel import Interface
from ..._host.system.own_hosts import OwnHosts
from ..._libwrap.printable import printable
from ..._libwrap.dialects import Dialect
from ..._libwrap.finding import ERROR, INFO, Finding
from ..._libwrap.patterns import DaemonPattern
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from .better_names import better_name
from .forwarded import Forwarder, forwarders_of
from .kinds import finding
from .host_files import hidden_files
from .listener import Listener, names_of
from .remedies import AS_ROOT

#: What the readers of super-servers' files say about enforcement; the rest is the business of the modules that wrap.
_ENFORCEMENT = frozenset(
    (
        "tcpd-without-nameinargs",
        "tcpd-without-argv0",
        "tcpd-on-listening-socket",
        "nameinargs-too-late",
        "argv0-repeated",
        "argv0-missing",
        "malformed",
    )
)
_SHOWN = 5  # names in one message


def service_findings(
    services: List[Listener], readable: List[Optional[bool]], policy: Policy, dialect: Dialect
) -> List[Finding]:
    """Findings about each service; `readable` says for each whether its askers can read the tables."""
    named = _named_daemons(policy)
    found = []
    for service, reads in zip(services, readable):
        where = _where(service)
        if not service.asked_of and service.filtered_by:
            continue
        if service.asked_of is None:
            found.append(_unknown(service, where))
        if service.asked_of == []:
            rule_names_it = any(name.lower() in named for name in names_of(service))
            found.append(_unenforced(service, where, rule_names_it and not service.personal))
        if service.asked_of and len(service.asked_of) > 1:
            twice = " and ".join(service.asked_of)
            found.append(_about(service, "checked-twice", where=where, askers=twice))
        if reads is False:
            found.append(_unreadable(service, where, dialect))
        found += _without_files(service, where, policy)
    return found


def rule_findings(policy: Policy, daemons: Set[str], services: List[Listener], accounts: Accounts) -> List[Finding]:
    """Rules whose daemons are none that the host has: `daemons` in lower case, switched-off ones too."""
    # a rule for these has a finding of its own: they run, and nobody asks
    known = daemons | {name.lower() for service in services for name in names_of(service)}
    sure = [service for service in services if service.askers is not None and not service.other_names]
    unsure = sorted({one.name for one in services if (one.askers is None or one.other_names) and not one.personal})
    found = []
    for rule in policy.rules:
        patterns = rule.daemons[0] if rule.daemons else ()
        if not patterns or any(_is_open(pattern) for pattern in patterns):
            continue
        names = [_name(pattern) for pattern in patterns]
        if not any(name.lower() in known for name in names):
            shown = ", ".join(printable(name) for name in names)
            meant = [better_name(name, sure, accounts) for name in names]
            better = [
                "%s, not %s" % (printable(daemon), printable(name)) for name, daemon in zip(names, meant) if daemon
            ]
            form = "name" if better else "unsure" if unsure else ""
            told = {"daemons": shown, "better": " and ".join(better), "services": _some(unsure)}
            found.append(finding("rule-without-daemon", form, "hosts." + rule.table.name, rule.line, **told))
    return found


def _some(names: List[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" and %d more" % (len(names) - _SHOWN) if len(names) > _SHOWN else "")


def forwarder_findings(
    services: List[Listener], forwarders: Dict[int, List[Forwarder]], policy: Policy, names: OwnHosts
) -> List[Finding]:
    """Services that a forwarder of the host stands before: what they see, and rules that let the forwarder's clients
    in. `names`: those of the host's own addresses.
    """
    found = []
    for service in services:
        before = forwarders_of(service, forwarders)
        if not before or not service.askers or service.personal:
            continue
        told = " and ".join(sorted({forwarder.told for forwarder in before}))
        seen = " or ".join(sorted({address for forwarder in before for address in forwarder.sees}))
        found.append(_about(service, "behind-forwarder", where=_where(service), forwarder=told, address=seen))
        open_ones = [forwarder for forwarder in before if not forwarder.asks]
        for address in sorted({address for forwarder in open_ones for address in forwarder.sees}):
            rule = _granting(service, policy, address, names.name(address))
            if rule:
                told = " and ".join(sorted({one.told for one in open_ones if address in one.sees}))
                words = {"rule": rule, "address": address, "forwarder": told}
                found.append(_about(service, "loopback-granted", where=_where(service), **words))
    return found


def _granting(service: Listener, policy: Policy, address: str, name: str) -> str:
    """The rule that grants a loopback address, or its name, to a service of the host; empty where none does."""
    for asker in service.askers or ():
        told = None if NAME in asker.untold else name
        server = (None, None) if SERVER in asker.untold else (address, name)
        for daemon in dict.fromkeys((asker.daemon,) + names_of(service)):
            request = Request(
                daemon=daemon,
                address=address,
                hostname=told,
                server_address=server[0],
                server_hostname=server[1],
                server_port=service.port,
            )
            decision = policy.decide(request)
            if decision.granted and decision.table is not None:
                return "hosts.%s line %s" % (decision.table, decision.line)
    return ""


def configuration_findings(findings: List[Finding]) -> List[Finding]:
    """What a super-server's configuration says about enforcement."""
    return [entry._replace(path=printable(entry.path or "")) for entry in findings if entry.code in _ENFORCEMENT]


def kernel_findings(interfaces: List[Interface]) -> List[Finding]:
    """Interfaces that take packets by a route of the sender's choice, or from anywhere for any address."""
    found = []
    routed = [interface.name for interface in interfaces if interface.source_route_ipv4 or interface.source_route_ipv6]
    if routed:
        found.append(finding("source-routing", interfaces=", ".join(routed)))
    loose = [interface.name for interface in interfaces if interface.reverse_path == "off" and interface.name != "lo"]
    if loose:
        found.append(finding("reverse-path", interfaces=", ".join(loose)))
    return found


def _about(service: Listener, code: str, form: str = "", **words: object) -> Finding:
    """A finding on a service."""
    return finding(code, form, service.path, service.line, service.name, **words)


def _unenforced(service: Listener, where: str, named: bool) -> Finding:
    found = _about(
        service,
        "unenforced",
        where=where,
        evidence=service.evidence,
        named="; a rule names it all the same" if named else "",
        what_to_do=service.remedy,
    )
    return found._replace(severity=ERROR if named else INFO if _is_local(service) else found.severity)


def _unknown(service: Listener, where: str) -> Finding:
    what = service.remedy or AS_ROOT
    return _about(service, "unknown-enforcement", where=where, evidence=service.evidence, what_to_do=what)


def _without_files(service: Listener, where: str, policy: Policy) -> List[Finding]:
    """Of the first asker that cannot read a file of hosts."""
    for asker in () if service.personal else service.askers or ():
        files = hidden_files(policy, asker)
        if files:
            user = asker.user.name if asker.user else service.runs_as or "its user"
            paths = " and ".join(printable(path) for path in files[:_SHOWN])
            return [_about(service, "unreadable-tables", "files", where=where, user=user, paths=paths)]
    return []


def _unreadable(service: Listener, where: str, dialect: Dialect) -> Finding:
    if service.personal:
        return _about(service, "unreadable-tables", "person", where=where, user=service.runs_as)
    what = "everybody is let in whom a readable table does not refuse"
    if dialect.unreadable_deny == "denied":
        what = "everybody is refused whom a readable hosts.allow does not grant"
    user = service.runs_as or "its user"
    return _about(service, "unreadable-tables", where=where, user=user, dialect=dialect.name, what=what)


def _where(service: Listener) -> str:
    place = ", ".join("%s port %d" % place for place in service.places[:4])
    return "%s%s" % (service.name, " (%s)" % place if place else "")


def _is_local(service: Listener) -> bool:
    """Reached from the host itself only."""
    return bool(service.listens) and all(
        ipaddress.ip_address(address.split("%")[0]).is_loopback for _kind, address, _port in service.listens
    )


def _named_daemons(policy: Policy) -> Set[str]:
    return {
        _name(pattern).lower()
        for rule in policy.rules
        for segment in rule.daemons[:1]
        for pattern in segment
        if not _is_open(pattern)
    }


def _is_open(pattern: DaemonPattern) -> bool:
    """A pattern that may mean more than one daemon, or a port."""
    return pattern.port is not None or pattern.name.kind != "exact"


def _name(pattern: DaemonPattern) -> str:
    return pattern.name.token.decode("utf-8", "backslashreplace")
