# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The runs of inetd_tcpd, xinetd_tcpd and systemd_tcpd: plan, guard, write, report."""

from typing import Any, Dict, List, Optional, Sequence

from ..call import Call
from ..._libwrap.printable import printable
from ..._host.system.access import may_read, read_access
from ..._host.system.accounts import Accounts
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.libraries import Libraries
from ..._host.files.root import Root
from ..._libwrap.finding import CONFIGURATION, Finding
from ..._superservers.kinds import configuration_finding
from ..._superservers.service import Service
from ..._superservers.systemd_rights import RIGHTS_UNKNOWN
from ..._superservers.text import decode
from ..lockout.confirmation import confirm_if_asked, why_unconfirmed
from ..lockout.own_files import check_own_files
from ..lockout.own_service import find_operator, own_service
from ..lockout.turn import Turn
from ..record.moves import told
from .after_reload import check_doors
from .commit import write_plan
from ..lockout.newly_checked import check_services
from ..services.configured import asks_as
from ..services.own_asks import asks_itself
from .plan import WrappingPlan, Superserver, WrappingArguments, make_plan, rewritten
from .sources import HostSources


def run_wrapping(call: Call, arguments: WrappingArguments, superserver: Superserver) -> Dict[str, Any]:
    """The whole run of a module. Raises TaskError, HostError or SuperserverError; then nothing was changed."""
    confirmed = confirm_if_asked(arguments)
    if confirmed is not None:
        return confirmed
    root = Root(arguments.root)
    if call.check_mode:
        sources = HostSources(root)
        plan = checked_plan(arguments, superserver, sources)
        return _result(call, arguments, plan, [])
    with Turn(root) as turn:
        sources = HostSources(root)
        plan = checked_plan(arguments, superserver, sources)
        plan.warnings.extend(turn.warnings)
        written = write_plan(arguments, sources, plan, superserver.mode)
    result = _result(call, arguments, plan, written.backups)
    if written.lockout is not None:
        result["lockout"] = written.lockout
    return result


def checked_plan(arguments: WrappingArguments, superserver: Superserver, sources: HostSources) -> WrappingPlan:
    """A plan that the guard lets through, with its warnings. Raises TaskError where it would lock somebody out."""
    plan = make_plan(arguments, superserver, sources)
    plan.warnings.extend(check_services(arguments, plan.before.services, plan.after.services))
    if plan.changes:
        plan.warnings.extend(check_doors(arguments, sources.root, superserver.kind, plan.after.services))
        plan.warnings.extend(_check_seen(arguments, sources.root, plan))
    plan.warnings.extend(_asked_twice(sources.root, plan))
    return plan


def _check_seen(arguments: WrappingArguments, root: Root, plan: WrappingPlan) -> List[str]:
    """A warning where the change waits, and process 1 sees other files than those. Raises TaskError under strict."""
    own = own_service(arguments, root, plan.before.services, plan.after.services)
    if own is None:
        return []
    return check_own_files(
        arguments, sorted(plan.changes), why_unconfirmed(arguments, find_operator(arguments, root, own))
    )


def _asked_twice(root: Root, plan: WrappingPlan) -> List[str]:
    """A warning for each service that goes behind tcpd although its daemon asks, or may ask, libwrap by itself."""
    libraries, read = Libraries(root), Configurations(root)
    told = {True: "asks libwrap by itself", None: "links libwrap and may ask it by itself"}
    found = []
    for old, new in zip(plan.before.services, plan.after.services):
        if not new.via_tcpd or old.via_tcpd or not libraries.find_libwrap(new.server).libwrap:
            continue
        asks = asks_itself(read, libraries, new)
        if asks is not False:
            found.append(
                "%s %s: behind tcpd each connection to the service %s is then checked twice, and the options "
                "of a rule that grants run twice. If that matters, leave the service out."
                % (printable(new.server), told[asks], printable(new.name))
            )
    return found


def _unreadable(arguments: WrappingArguments, services: Sequence[Service]) -> List[Finding]:
    """A finding for each user as whom tcpd runs and who may not read a table, at the first such service."""
    root = Root(arguments.root)
    accounts = Accounts(root)
    tables = [(path, read_access(root.resolve(path))) for path in arguments.paths.values()]
    blocked: Dict[str, List[Service]] = {}
    hidden: Dict[str, List[str]] = {}
    for service in services:
        if not service.via_tcpd or service.disabled:
            continue
        user = asks_as(accounts, service)
        unknown = dict(service.attributes).get("rights") == RIGHTS_UNKNOWN
        if unknown or service.user in ("root", "0", "toor", "") if user is None else user.reads_anything:
            continue
        lost = [
            "%s (mode 0%o)" % (path, access.mode)
            for path, access in tables
            if access is not None
            and not (access.mode & 0o004)
            and (user is None or not may_read(access, user.uid, user.gid, user.groups))
        ]
        if lost:
            blocked.setdefault(service.user, []).append(service)
            hidden[service.user] = lost
    return [_unreadable_for(user, blocked[user], hidden[user]) for user in blocked]


def _unreadable_for(user: str, services: List[Service], lost: List[str]) -> Finding:
    first = services[0]
    names = ", ".join(printable(service.name) for service in services[:10])
    more = "" if len(services) <= 10 else " and %d more" % (len(services) - 10)
    return configuration_finding(
        "unreadable-tables",
        first.path,
        first.line,
        "wrapped",
        user=printable(user),
        services=names + more,
        tables=" and ".join(lost),
    )


def _result(call: Call, arguments: WrappingArguments, plan: WrappingPlan, backups: List[str]) -> Dict[str, Any]:
    for warning in plan.warnings:
        call.warn(warning)
    unreadable = _unreadable(arguments, plan.after.services)
    if plan.changes:
        for finding in unreadable:
            call.warn("%s %s" % (finding.message, finding.remedy))
    return {
        "changed": bool(plan.changes) or plan.record is not None,
        "services": [service.report() for service in plan.after.services],
        "rewritten": rewritten(plan),
        "missing": plan.missing,
        "findings": [_described(finding) for finding in list(plan.after.findings) + unreadable],
        "backup_files": backups,
        "diff": _diff(plan) + told([plan.record] if plan.record else []),
    }


def _described(finding: Finding) -> Dict[str, Any]:
    return finding._replace(path=printable(finding.path or "")).as_dict(CONFIGURATION)


def _diff(plan: WrappingPlan) -> List[Dict[str, str]]:
    return [
        {
            "before_header": path,
            "after_header": path,
            "before": _text(plan.old[path]),
            "after": _text(plan.changes[path]),
        }
        for path in sorted(plan.changes)
    ]


def _text(data: Optional[bytes]) -> str:
    """A file for a diff: tabs as they are, odd bytes escaped."""
    if data is None:
        return ""
    return "\n".join("\t".join(printable(part) for part in line.split("\t")) for line in decode(data).split("\n"))
