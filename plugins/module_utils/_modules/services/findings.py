# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is wrong with who enforces what: the findings of tcpd_coverage_info."""

import ipaddress
from typing import Any, Dict, List, Optional, Set

from ..._host.system.accounts import Accounts
from ..._host.system.kernel import Interface
from ..._host.system.processes import printable
from ..._libwrap.dialects import Dialect
from ..._libwrap.patterns import DaemonPattern
from ..._libwrap.policy import Policy
from ..._superservers.service import Finding as ConfigurationFinding
from .better_names import better_name
from .listener import Covered, names_of

# what the readers of inetd.conf, xinetd's files and unit files say about enforcement; the rest is another module's
# business
_CONFIGURATION_CODES = {
    "tcpd-without-nameinargs": "error",
    "tcpd-without-argv0": "error",
    "tcpd-on-listening-socket": "error",
    "nameinargs-too-late": "error",
    "argv0-repeated": "warning",
    "argv0-missing": "warning",
    "malformed": "warning",
}


def service_findings(
    services: List[Covered], readable: List[Optional[bool]], policy: Policy, dialect: Dialect
) -> List[Dict[str, Any]]:
    """Findings about each service; `readable` says for each whether its askers can read the tables."""
    named = _named_daemons(policy)
    found = []
    for service, reads in zip(services, readable):
        where = _where(service)
        if service.askers is None:
            found.append(
                finding(
                    "unknown_enforcement",
                    "warning",
                    service,
                    "%s: it is not known whether it asks libwrap: %s" % (where, service.evidence),
                    "",
                )
            )
            continue
        if not service.askers:
            rule_names_it = any(name.lower() in named for name in names_of(service))
            found.append(_unenforced(service, where, rule_names_it and not service.personal))
        if len(service.askers) > 1:
            twice = " and ".join(asker.by for asker in service.askers)
            found.append(
                finding(
                    "checked_twice",
                    "warning",
                    service,
                    "%s is checked twice, by %s: the options of a rule that grants run twice" % (where, twice),
                    "Take one of them away (xinetd: flags = NOLIBWRAP; systemd and inetd: unwrap the service).",
                )
            )
        if reads is False:
            found.append(_unreadable(service, where, dialect))
    return found


def rule_findings(
    policy: Policy, daemons: Set[str], services: List[Covered], accounts: Accounts
) -> List[Dict[str, Any]]:
    """Rules whose daemons are none that the host has: `daemons` in lower case, switched-off ones too."""
    # a rule for these has a finding of its own: they run, and nobody asks
    known = daemons | {name.lower() for service in services for name in names_of(service)}
    found = []
    for rule in policy.rules:
        patterns = rule.daemons[0] if rule.daemons else ()
        if not patterns or any(_is_open(pattern) for pattern in patterns):
            continue
        names = [_name(pattern) for pattern in patterns]
        if not any(name.lower() in known for name in names):
            message = "hosts.%s line %d names %s, and nothing on this host asks libwrap by that name" % (
                rule.table.name,
                rule.line,
                ", ".join(printable(name) for name in names),
            )
            meant = [better_name(name, services, accounts) for name in names]
            better = [
                "%s, not %s" % (printable(daemon), printable(name)) for name, daemon in zip(names, meant) if daemon
            ]
            remedy = "Write %s: that is the name that is asked for." % " and ".join(better)
            if not better:
                remedy = "Write the name that libwrap is asked for; remove the rule if no such daemon will run here."
            entry = finding("rule_without_daemon", "warning", None, message, remedy)
            entry["line"] = rule.line
            entry["path"] = "hosts." + rule.table.name
            found.append(entry)
    return found


def configuration_findings(findings: List[ConfigurationFinding]) -> List[Dict[str, Any]]:
    """What a superserver's configuration says about enforcement."""
    found = []
    for entry in findings:
        severity = _CONFIGURATION_CODES.get(entry.code)
        if severity is not None:
            item = finding(entry.code.replace("-", "_"), severity, None, entry.message, "")
            item["path"], item["line"] = printable(entry.path), entry.line
            found.append(item)
    return found


def kernel_findings(interfaces: List[Interface]) -> List[Dict[str, Any]]:
    """Interfaces that take packets by a route of the sender's choice, or from anywhere for any address."""
    found = []
    routed = [interface.name for interface in interfaces if interface.source_route_ipv4 or interface.source_route_ipv6]
    if routed:
        found.append(
            finding(
                "source_routing",
                "warning",
                None,
                "the kernel takes source-routed packets on %s; tcpd refuses them for TCP, nobody does for UDP"
                % ", ".join(routed),
                "Set accept_source_route to 0 (harden_block_source_routing).",
            )
        )
    loose = [interface.name for interface in interfaces if interface.reverse_path == "off" and interface.name != "lo"]
    if loose:
        found.append(
            finding(
                "reverse_path",
                "info",
                None,
                "the kernel does not check on %s that a sender's address belongs there: UDP addresses can be forged"
                % ", ".join(loose),
                "Set rp_filter to 1, or to 2 where routes are asymmetric (harden_reverse_path).",
            )
        )
    return found


def finding(code: str, severity: str, service: Optional[Covered], message: str, remedy: str) -> Dict[str, Any]:
    """One finding in the form that is returned."""
    return {
        "code": code,
        "severity": severity,
        "service": service.name if service else None,
        "path": service.path if service else None,
        "line": service.line if service else None,
        "message": message,
        "remedy": remedy,
    }


def _unenforced(service: Covered, where: str, named: bool) -> Dict[str, Any]:
    remedy = service.remedy
    message = "%s does not obey the tables: %s" % (where, service.evidence)
    if named:
        return finding("unenforced", "error", service, message + "; a rule names it all the same", remedy)
    return finding("unenforced", "info" if _is_local(service) else "warning", service, message, remedy)


def _unreadable(service: Covered, where: str, dialect: Dialect) -> Dict[str, Any]:
    if service.personal:
        return finding(
            "unreadable_tables",
            "warning",
            service,
            "%s runs as %s, a person's account, who cannot read the tables" % (where, service.runs_as),
            "If it is a service of the host, run it as a user of its own.",
        )
    effect = "everybody is let in whom a readable table does not refuse"
    if dialect.unreadable_deny == "denied":
        effect = "everybody is refused whom a readable hosts.allow does not grant"
    user = service.runs_as or "its user"
    return finding(
        "unreadable_tables",
        "error",
        service,
        "%s asks libwrap as %s, who cannot read the tables, so with this libwrap (%s) %s"
        % (where, user, dialect.name, effect),
        "Give the tables a group that %s is in with mode '0640', or an ACL (setfacl -m u:%s:r), or mode '0644'."
        % (user, user),
    )


def _where(service: Covered) -> str:
    ports = sorted({"%s port %d" % (protocol, port) for protocol, _address, port in service.listens})
    place = ", ".join(ports[:4]) or ("%s port %d" % (service.protocol, service.port) if service.port else "")
    return "%s%s" % (service.name, " (%s)" % place if place else "")


def _is_local(service: Covered) -> bool:
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
