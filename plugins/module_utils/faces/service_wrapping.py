# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What inetd_tcpd, xinetd_tcpd and systemd_tcpd share: read, choose, plan, guard, write, report.

A superserver comes in as an object with three questions (class Superserver); everything else is the same for all.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..host.files import make_folder, remove, remove_folder, write
from ..host.libraries import Libraries
from ..host.root import Root
from ..host.errors import HostError
from ..superservers.service import Finding, Service
from ..superservers.sources import Sources
from ..superservers.tcpd import DEFAULTS
from ..superservers.text import decode, shown
from .arguments import backup_argument_spec, lockout_argument_spec, tables_argument_spec
from .errors import TaskError
from .guard_services import own_service, write_guarded
from .guard_session import Turn, confirm_if_asked
from .service_guard import check_services
from .service_sources import ChangedSources, HostSources, readable

Changes = Dict[str, Optional[bytes]]


class Configuration(NamedTuple):
    """What a superserver's files say."""

    services: Sequence[Service]
    findings: Sequence[Finding]
    parsed: Any


class Superserver:
    """How one superserver is read and rewritten; a module gives its own."""

    mode = None  # type: Optional[int]

    def read(self, sources: Sources) -> Configuration:
        """Its services. Raises SuperserverError or HostError where its files cannot be read."""
        raise NotImplementedError

    def obstacle(self, configuration: Configuration, service: Service, tcpd: str) -> Optional[str]:
        """Why a service cannot be wrapped, or None."""
        del configuration, tcpd
        return service.reason

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        """The new bytes of each file that changes when the chosen services go through tcpd."""
        raise NotImplementedError

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        """The new bytes of each file that changes (None: it goes) when the chosen services are started directly."""
        raise NotImplementedError


class Plan(NamedTuple):
    """What a task will do: the services before and after, and the files' new bytes."""

    before: Configuration
    after: Configuration
    changes: Changes
    old: Changes
    missing: List[str]
    warnings: List[str]


def wrapping_argument_spec() -> Dict[str, Dict[str, Any]]:
    """The options that the three modules share (fragments service_wrapping, tables, lockout, backup)."""
    spec = {
        "services": {"type": "list", "elements": "str"},
        "state": {"type": "str", "default": "wrapped", "choices": ["wrapped", "unwrapped"]},
        "missing": {"type": "str", "default": "fail", "choices": ["fail", "ignore"]},
        "tcpd": {"type": "path"},
        "allow_missing_tcpd": {"type": "bool", "default": False},
    }  # type: Dict[str, Dict[str, Any]]
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    return spec


def run_wrapping(module: Any, superserver: Superserver) -> Dict[str, Any]:
    """The whole run of a module. Raises TaskError, HostError or SuperserverError; then nothing was changed."""
    params = module.params
    confirmed = confirm_if_asked(params)
    if confirmed is not None:
        return confirmed
    root = Root(params["root"])
    if module.check_mode:
        sources = HostSources(root)
        plan = checked_plan(params, superserver, sources)
        return _result(module, root, plan, [])
    lockout = None
    with Turn(root) as turn:
        sources = HostSources(root)
        plan = checked_plan(params, superserver, sources)
        plan.warnings.extend(turn.warnings)
        own = own_service(plan.before.services, plan.after.services)
        if own is None:
            backups = write_changes(params, superserver, sources, plan.changes)
        else:
            states = [sources.state(path) for path in sorted(plan.changes)]
            backups, lockout = write_guarded(params, root, own, states, plan.changes, superserver.mode)
    result = _result(module, root, plan, backups)
    if lockout is not None:
        result["lockout"] = lockout
    return result


def checked_plan(params: Dict[str, Any], superserver: Superserver, sources: HostSources) -> Plan:
    """A plan that the guard lets through, with its warnings. Raises TaskError where it would lock somebody out."""
    plan = make_plan(params, superserver, sources)
    plan.warnings.extend(check_services(params, plan.before.services, plan.after.services))
    plan.warnings.extend(_asked_twice(sources.root, plan))
    return plan


def make_plan(params: Dict[str, Any], superserver: Superserver, sources: HostSources) -> Plan:
    """Read, choose and rewrite in memory."""
    if params["services"] is None and params["state"] == "unwrapped":
        raise TaskError("state: unwrapped needs services: name those that shall no longer go through tcpd.")
    before = superserver.read(sources)
    missing = _missing(before, params)
    changes = {}  # type: Changes
    if params["state"] == "wrapped":
        tcpd = find_tcpd(sources.root, params["tcpd"], params["allow_missing_tcpd"])
        before = before._replace(services=[_with_obstacle(superserver, before, service, tcpd) for service in before.services])
        changes = superserver.wrap(before, _to_wrap(before, params), tcpd)
    else:
        changes = superserver.unwrap(before, _to_unwrap(before, params))
    after = superserver.read(ChangedSources(sources, changes)) if changes else before
    old = {path: sources.read(path) for path in changes}
    return Plan(before, after, changes, old, missing, _renamed(before, after))


def find_tcpd(root: Root, wanted: Optional[str], allow_missing: bool) -> str:
    """The path of tcpd: the one asked for, or the first that is there. Raises TaskError where it is no executable file."""
    candidates = [wanted] if wanted else list(DEFAULTS)
    for path in candidates:
        state = readable(root, path)
        if state is not None and state.mode is not None and state.mode & 0o111:
            return path
    if allow_missing:
        return candidates[0]
    raise TaskError("%s is not an executable file%s, and without tcpd the services would not start: install it (Debian: package tcpd), name it "
                    "with the option tcpd, or set allow_missing_tcpd." % (" or ".join(candidates), "" if root.is_host else " below " + root.path))


def write_changes(params: Dict[str, Any], superserver: Superserver, sources: HostSources, changes: Changes) -> List[str]:
    """Write all files, or none: what was written before a failure is put back. Returns the paths of the backups."""
    backups = []  # type: List[str]
    done = []  # type: List[str]
    try:
        for path in sorted(changes):
            data = changes[path]
            folder = path.rpartition("/")[0]
            if data is None:
                result = remove(sources.root, path, params["backup"], params["backup_keep"])
                done.append(path)
                remove_folder(sources.root, folder)
            else:
                make_folder(sources.root, folder)
                mode = superserver.mode if sources.state(path).kind == "missing" else None
                result = write(sources.root, path, data, mode=mode, backup=params["backup"], keep=params["backup_keep"],
                               expected=sources.state(path))
                done.append(path)
            if result.backup_file is not None:
                backups.append(result.backup_file)
    except HostError:
        for path in done:
            _put_back(sources, path)
        for path in backups:
            remove(sources.root, path)
        raise
    return backups


def _put_back(sources: HostSources, path: str) -> None:
    old = sources.states[path]
    if old.data is None:
        remove(sources.root, path)
        remove_folder(sources.root, path.rpartition("/")[0])
    else:
        make_folder(sources.root, path.rpartition("/")[0])
        write(sources.root, path, old.data, old.uid, old.gid, old.mode)


def _missing(configuration: Configuration, params: Dict[str, Any]) -> List[str]:
    wanted = params["services"] or []
    missing = [name for name in wanted if not any(service.goes_by(name) for service in configuration.services)]
    if missing and params["missing"] == "fail":
        known = ", ".join(sorted({shown(service.name) for service in configuration.services})) or "none"
        raise TaskError("There is no service %s. The services found are: %s. Correct the name, or set missing: ignore."
                        % (" and no ".join(repr(name) for name in missing), known))
    return missing


def _with_obstacle(superserver: Superserver, configuration: Configuration, service: Service, tcpd: str) -> Service:
    reason = superserver.obstacle(configuration, service, tcpd)
    return service if reason is None else service._replace(wrappable=False, reason=reason)


def _to_wrap(configuration: Configuration, params: Dict[str, Any]) -> List[Service]:
    """The services to wrap: the named ones, or all that are switched on and can be."""
    if params["services"] is None:
        return [service for service in configuration.services if service.wrappable and not service.disabled]
    chosen = [service for service in configuration.services if any(service.goes_by(name) for name in params["services"])]
    refused = [service for service in chosen if not service.wrappable]
    if refused:
        raise TaskError("Nothing was changed: %s." % "; ".join(
            "%s (%s line %d) cannot go through tcpd: %s" % (shown(service.name), service.path, service.line, shown(service.reason or ""))
            for service in refused), services=[service.report() for service in configuration.services])
    return chosen


def _to_unwrap(configuration: Configuration, params: Dict[str, Any]) -> List[Service]:
    chosen = [service for service in configuration.services if any(service.goes_by(name) for name in params["services"])]
    refused = [service for service in chosen if service.via_tcpd and not service.unwrappable]
    if refused:
        raise TaskError("Nothing was changed: %s." % "; ".join(
            "%s (%s line %d) names no daemon behind tcpd" % (shown(service.name), service.path, service.line) for service in refused))
    return chosen


def _rewritten(before: Configuration, after: Configuration) -> List[str]:
    """The services that go through tcpd now and did not before, or the other way round."""
    return ["%s/%s" % (shown(new.name), shown(new.protocol)) if new.protocol else shown(new.name)
            for old, new in zip(before.services, after.services) if old.via_tcpd != new.via_tcpd]


def _renamed(before: Configuration, after: Configuration) -> List[str]:
    """A warning for each service that rules know by another name from now on."""
    warnings = []
    for old, new in zip(before.services, after.services):
        if old.via_tcpd == new.via_tcpd:
            continue
        was = old.daemon if old.via_tcpd else old.own_daemon
        now = new.daemon if new.via_tcpd else new.own_daemon
        if was is not None and now is not None and was != now:
            check = "" if old.kind == "xinetd" else " (where inetd itself asks libwrap)"
            warnings.append("Rules for the service %s must name the daemon %s from now on; so far it was %s%s."
                            % (shown(old.name), shown(now), shown(was), check))
    return warnings


def _asked_twice(root: Root, plan: Plan) -> List[str]:
    """A warning for each service that goes behind tcpd although its daemon asks libwrap by itself."""
    libraries = Libraries(root)
    return ["%s links libwrap and may ask it by itself: behind tcpd each connection to the service %s is then checked twice, and the options "
            "of a rule that grants run twice. Leave it out where that matters." % (shown(new.server), shown(new.name))
            for old, new in zip(plan.before.services, plan.after.services)
            if new.via_tcpd and not old.via_tcpd and libraries.find_libwrap(new.server).libwrap]


def _unreadable(root: Root, params: Dict[str, Any], services: Sequence[Service]) -> List[Dict[str, Any]]:
    """Findings for services whose tcpd runs as a user that may not read the tables."""
    findings = []
    for table in (params["allow_path"], params["deny_path"]):
        state = readable(root, table)
        if state is None or state.mode is None or state.mode & 0o004:
            continue
        for service in services:
            if service.via_tcpd and not service.disabled and service.user not in ("root", "0", "toor", ""):
                findings.append({
                    "code": "tables-unreadable", "path": service.path, "line": service.line,
                    "message": "%s line %d: tcpd runs as %s for the service %s and may not be able to read %s (mode 0%o): Debian's and Red Hat's "
                               "libwrap then refuse everybody, FreeBSD's lets everybody in. Give the table a group that %s is in, with mode 0640."
                               % (service.path, service.line, shown(service.user), shown(service.name), table, state.mode, shown(service.user)),
                })
    return findings


def _result(module: Any, root: Root, plan: Plan, backups: List[str]) -> Dict[str, Any]:
    for warning in plan.warnings:
        module.warn(warning)
    findings = [{"code": finding.code, "path": shown(finding.path), "line": finding.line, "message": finding.message}
                for finding in plan.after.findings]
    unreadable = _unreadable(root, module.params, plan.after.services)
    if plan.changes:
        for finding in unreadable:
            module.warn(finding["message"])
    return {
        "changed": bool(plan.changes),
        "services": [service.report() for service in plan.after.services],
        "rewritten": _rewritten(plan.before, plan.after),
        "missing": plan.missing,
        "findings": findings + unreadable,
        "backup_files": backups,
        "diff": _diff(plan),
    }


def _diff(plan: Plan) -> List[Dict[str, str]]:
    return [{"before_header": path, "after_header": path, "before": _text(plan.old[path]), "after": _text(plan.changes[path])}
            for path in sorted(plan.changes)]


def _text(data: Optional[bytes]) -> str:
    """A file for a diff: tabs as they are, odd bytes escaped."""
    if data is None:
        return ""
    return "\n".join("\t".join(shown(part) for part in line.split("\t")) for line in decode(data).split("\n"))
