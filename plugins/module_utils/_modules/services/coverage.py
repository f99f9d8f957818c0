# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What really enforces the tables on a host: the body of tcpd_coverage_info."""

import errno
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set

from ..call import Call
from ..._host.system.kernel import describe_interface, list_interfaces
from ..._host.system.own_hosts import OwnHosts
from ..._host.lookups import HostLookups, table_text
from ..._host.system.filters import read_filter, stands_before
from ..._libwrap.printable import printable
from ..._host.files.reading import FileState, stat_file
from ..._host.files.root import Root
from ..._libwrap.finding import SERVICE
from ..._libwrap.lookups import Unreadable
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..arguments import TablesArguments, tables_argument_spec
from .configured import Configured, configured_services
from .filtered import find_filtered
from .forwarded import find_forwarders, forwarders_of
from .findings import configuration_findings, forwarder_findings, kernel_findings, rule_findings, service_findings
from .kinds import finding
from .names_told import name_findings
from .machine import Machine, look_at
from .survey import find_services
from .host_files import hidden_files, read_host_files, without_files
from .listener import LIBWRAP, Listener, names_of, reads_table, reads_tables
from ..errors import run_safely, short_invocation
from ..rules.tables import Tables, open_tables

KINDS = ("inetd", "xinetd", "systemd", "process")
# addresses that nobody has (RFC 5737, RFC 3849): what the tables say to them, they say to strangers
STRANGERS = {"ipv4": "203.0.113.77", "ipv6": "2001:db8:ffff::77"}


class CoverageArguments(TablesArguments):
    """All options of tcpd_coverage_info."""

    kinds: List[str]


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What tcpd_coverage_info takes."""
    spec = tables_argument_spec()
    spec["kinds"] = {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)}
    return spec


def run_module() -> None:
    """Answer the task; nothing is changed."""
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    arguments = CoverageArguments(call.params)
    tables = open_tables(arguments, writing=False)
    for warning in tables.warnings:
        call.warn(warning)
    seen = see(tables.root, tables.dialect.name)
    return cover(tables, _policy(tables, tables.allow, tables.deny), seen, arguments.kinds)


class Seen(NamedTuple):
    """One look at a host, for all that asks who listens."""

    machine: Machine
    configured: Configured
    services: List[Listener]


def see(root: Root, dialect: Optional[str] = None) -> Seen:
    """Look at a host's super-servers, sockets and processes once."""
    machine: Machine = look_at(root)
    configured = configured_services(root, dialect)
    return Seen(machine, configured, find_services(machine, configured))


def cover(tables: Tables, policy: Policy, seen: Seen, kinds: Sequence[str] = KINDS) -> Dict[str, Any]:
    """What tcpd_coverage_info returns of the services of some kinds."""
    machine, configured, everything = seen
    everything, drifts = find_filtered(tables.root, policy, everything)
    services = [service for service in everything if service.kind in kinds]
    filters = read_filter(tables.root)
    forwarders = find_forwarders(tables.root, machine.accounts, everything, configured.services)
    readable = [_readable(tables, service) for service in services]
    read_host_files(policy)
    described = []
    for service, reads in zip(services, readable):
        entry = describe(tables, service, reads, policy)
        entry["packet_filter"] = stands_before(filters, service.places)
        entry["forwarded_by"] = [forwarder.told for forwarder in forwarders_of(service, forwarders)]
        described.append(entry)
    interfaces = list_interfaces() if tables.root.is_host else []
    findings = service_findings(services, readable, policy, tables.dialect)
    findings += name_findings(services, policy)
    findings += drifts
    findings += forwarder_findings(services, forwarders, policy, OwnHosts(tables.root))
    findings += configuration_findings(configured.findings)
    if set(kinds) == set(KINDS) and tables.root.is_host:
        findings += rule_findings(policy, _daemons(everything, configured), everything, machine.accounts)
    findings += kernel_findings(interfaces)
    for problem in configured.problems:
        findings.append(finding("unreadable-configuration", problem=problem))
    if machine.doubt:
        findings.append(finding("unreadable-configuration", "odd", problem=machine.doubt))
    return {
        "changed": False,
        "dialect": tables.dialect.name,
        "services": described,
        "kernel": [describe_interface(interface) for interface in interfaces],
        "findings": [entry.as_dict(SERVICE) for entry in findings],
    }


def describe(tables: Tables, service: Listener, reads: Optional[bool], policy: Policy) -> Dict[str, Any]:
    """A service for results."""
    return {
        "name": service.name,
        "kind": service.kind,
        "daemon": None if service.personal else service.daemon,
        "enforced_by": service.enforced_by,
        "evidence": service.evidence,
        "remedy": service.remedy or None,
        "also_asked_as": [name for name in names_of(service) if name != service.daemon],
        "runs_as": service.runs_as,
        "reads_tables": reads,
        "anywhere": _anywhere(tables, service, policy),
        "listens": ["%s %s" % (kind, _endpoint(address, port)) for kind, address, port in service.listens],
        "pids": list(service.pids),
        "program": None if service.program is None else printable(service.program),
        "own_access": _own_access(tables.root, service),
        "path": service.path,
        "line": service.line,
    }


def _policy(tables: Tables, allow: FileState, deny: FileState) -> Policy:
    return Policy.parse(table_text(allow), table_text(deny), tables.dialect, HostLookups(tables.root))


def _readable(tables: Tables, service: Listener) -> Optional[bool]:
    """None for a service that nobody asks for: nothing reads the tables then."""
    return reads_tables(tables.root, [tables.allow, tables.deny], service.askers) if service.askers else None


def _is_filtered(service: Listener, policy: Policy, address: str) -> bool:
    """Whether a filter that refuses whom the tables deny refuses an address, whoever asks behind it."""
    decision = policy.decide(Request(daemon=service.daemon, address=address, server_port=service.port))
    return decision.access == "denied" and not decision.depends


def _anywhere(tables: Tables, service: Listener, policy: Policy) -> Dict[str, Optional[str]]:
    """What a stranger is told: by everybody who asks, with the tables as unreadable as they are to each."""
    answers: Dict[str, Optional[str]] = {}
    for family, address in STRANGERS.items():
        if service.filtered_by and _is_filtered(service, policy, address):
            answers[family] = "denied"
            continue
        if not service.askers:
            answers[family] = "granted" if service.askers is not None else None
            continue
        accesses = []
        for asker in service.askers:
            seen = policy
            texts = []
            for state in (tables.allow, tables.deny):
                hidden = reads_table(tables.root, state, asker) is False
                texts.append(Unreadable(errno.EACCES) if hidden else table_text(state))
            files = hidden_files(policy, asker)
            if files or any(isinstance(text, Unreadable) for text in texts):
                seen = without_files(policy, texts, files)
            # of several names that one asker may use, the one that lets in counts: it is not known which it is
            names = (asker.daemon,) + (service.also if asker.by == LIBWRAP else ())
            told = [
                seen.decide(Request(daemon=name, address=address, server_port=service.port)).access for name in names
            ]
            accesses.append("granted" if "granted" in told else told[0])
        refused = [access for access in accesses if access != "granted"]
        answers[family] = "granted" if not refused else refused[0] if service.asked_always else None
    return answers


def _own_access(root: Root, service: Listener) -> List[Dict[str, Any]]:
    """Access tables of the daemon's own, with their mode, and xinetd's own lists."""
    found: List[Dict[str, Any]] = [
        {"name": name, "value": printable(value), "path": service.path, "mode": None, "owner": None}
        for name, value in service.restrictions
    ]
    for path in service.own_tables:
        state = stat_file(root, path)
        if state.kind in ("missing", "dangling"):
            continue
        mode = None if state.mode is None else "0%03o" % state.mode
        found.append({"name": None, "value": None, "path": path, "mode": mode, "owner": state.uid})
    return found


def _daemons(services: List[Listener], configured: Configured) -> Set[str]:
    """Every name that libwrap may be asked for, switched-off services among them, users' own processes not."""
    services = [service for service in services if not service.personal]
    names = {asker.daemon.lower() for service in services for asker in service.askers or ()}
    names |= {name.lower() for service in services if service.askers is None for name in names_of(service)}
    names |= {name.lower() for service in services for name in service.also}
    for service in configured.services:
        names.add(service.daemon.lower())
        if service.own_daemon:
            names.add(service.own_daemon.lower())
    return names


def _endpoint(address: str, port: int) -> str:
    return "[%s]:%d" % (address, port) if ":" in address else "%s:%d" % (address, port)


def survey(root: Root, dialect: Optional[str] = None) -> List[Listener]:
    """All services of a host, for other modules."""
    return see(root, dialect).services
