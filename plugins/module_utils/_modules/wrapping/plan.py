# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What inetd_tcpd, xinetd_tcpd and systemd_tcpd would change: read, choose, rewrite in memory.

A super-server comes in as an object with a few questions (class Super-server); everything else is the same for all. What imports
this file ships little to the host; what a change needs is in run.py.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.libraries import Libraries
from ..._libwrap.finding import Finding
from ..._superservers.service import Service
from ..._superservers.sources import Sources
from ..._superservers.tcpd import DEFAULTS
from ..arguments import (
    LockoutArguments,
    backup_argument_spec,
    lockout_argument_spec,
    record_argument_spec,
    tables_argument_spec,
)
from ..errors import TaskError
from ..record.document import Record, Rewritten, open_record, rewrite
from ..record.services import known_services, part_after, untouched
from ..services.own_asks import ASKS_ITSELF, asks_itself
from ..services.tcpd_itself import TCPD_BY_ANOTHER_NAME
from .sources import ChangedSources, HostSources, readable

Changes = Dict[str, Optional[bytes]]


class Configuration(NamedTuple):
    """What a super-server's files say."""

    services: Sequence[Service]
    findings: Sequence[Finding]
    parsed: Any


class Superserver:
    """How one super-server is read and rewritten; a module gives its own."""

    kind = ""
    mode: Optional[int] = None

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


class WrappingPlan(NamedTuple):
    """What a task will do: the services before and after, and the files' new bytes."""

    before: Configuration
    after: Configuration
    changes: Changes
    old: Changes
    missing: List[str]
    warnings: List[str]
    record: Optional[Rewritten] = None  # the record as it shall be, where the task keeps one and changes it
    recorded: Sequence[str] = ()  # the files of the configuration that the record tells of, where it is undone


class WrappingArguments(LockoutArguments):
    """The options that the three modules share."""

    services: Optional[List[str]]
    state: str
    missing: str
    tcpd: Optional[str]
    allow_missing_tcpd: bool
    backup: bool
    backup_keep: int
    record: Optional[str]


def wrapping_argument_spec() -> Dict[str, Dict[str, Any]]:
    """The options that the three modules share (fragments service_wrapping, tables, lockout, backup)."""
    spec: Dict[str, Dict[str, Any]] = {
        "services": {"type": "list", "elements": "str"},
        "state": {"type": "str", "default": "wrapped", "choices": ["wrapped", "unwrapped"]},
        "missing": {"type": "str", "default": "fail", "choices": ["fail", "ignore"]},
        "tcpd": {"type": "path"},
        "allow_missing_tcpd": {"type": "bool", "default": False},
    }
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    spec.update(record_argument_spec())
    return spec


def make_plan(arguments: WrappingArguments, superserver: Superserver, sources: HostSources) -> WrappingPlan:
    """Read, choose and rewrite in memory."""
    record = open_record(sources.root, arguments.record)
    if arguments.state == "unwrapped":
        if record is not None:
            return _undo(arguments, superserver, sources, record)
        if arguments.services is None:
            raise TaskError("state: unwrapped needs services: name those that shall no longer go through tcpd.")
    before = superserver.read(sources)
    missing = _missing(before, arguments)
    if arguments.state == "wrapped":
        tcpd = find_tcpd(sources.root, arguments.tcpd)
        path = tcpd or _candidates(arguments.tcpd)[0]
        services = [_with_obstacle(superserver, before, service, path) for service in before.services]
        before = before._replace(services=_not_tcpd_itself(sources.root, services, arguments.services))
        if arguments.services is None:
            before = before._replace(services=_spared(sources.root, before.services))
        changes = superserver.wrap(before, _to_wrap(before, arguments), path)
        behind = any(service.via_tcpd and not service.disabled for service in before.services)
        if tcpd is None and (changes or behind) and not arguments.allow_missing_tcpd:
            _refuse_missing_tcpd(sources.root, arguments.tcpd)
    else:
        changes = superserver.unwrap(before, _to_unwrap(before.services, arguments.services or []))
    plan = _plan(superserver, sources, before, changes, missing)
    return plan._replace(record=_noted(record, superserver.kind, plan)) if record is not None and changes else plan


def rewritten(plan: WrappingPlan) -> List[str]:
    """The services that go through tcpd now and did not before, or the other way round."""
    return [new.identity for old, new in zip(plan.before.services, plan.after.services) if old.via_tcpd != new.via_tcpd]


def _plan(
    superserver: Superserver, sources: HostSources, before: Configuration, changes: Changes, missing: List[str]
) -> WrappingPlan:
    after = superserver.read(ChangedSources(sources, changes)) if changes else before
    after = after._replace(services=_noted_services(before.services, after.services))
    old = {path: sources.read(path) for path in changes}
    return WrappingPlan(before, after, changes, old, missing, _renamed(before, after))


def _noted_services(before: Sequence[Service], after: Sequence[Service]) -> List[Service]:
    """Services that were left alone because they ask by themselves say so afterwards, too."""
    return [
        new._replace(note=old.note) if old.note == ASKS_ITSELF and not new.via_tcpd else new
        for old, new in zip(before, after)
    ]


def _noted(record: Record, kind: str, plan: WrappingPlan) -> Rewritten:
    """The record with what the plan changes."""
    return rewrite(record, {kind: part_after(known_services(record, kind), rewritten(plan), plan.old, plan.changes)})


def _undo(arguments: WrappingArguments, superserver: Superserver, sources: HostSources, record: Record) -> WrappingPlan:
    """Take back what the record tells: files that are as they were left become what they were, and in others its services are unwrapped."""
    if arguments.services is not None:
        raise TaskError("state: unwrapped with a record takes back what the record tells: leave services out.")
    before = superserver.read(sources)
    wrapped = known_services(record, superserver.kind)
    if wrapped is None:
        return _plan(superserver, sources, before, {}, [])
    changes: Changes = untouched(wrapped, sources)
    middle = superserver.read(ChangedSources(sources, changes)) if changes else before
    rest = [service for service in middle.services if service.via_tcpd and service.path not in changes]
    changes.update(superserver.unwrap(middle, _to_unwrap(rest, wrapped.services)))
    changes = dict((path, data) for path, data in changes.items() if data != sources.read(path))
    plan = _plan(superserver, sources, before, changes, [name for name in wrapped.services if not _find(before, name)])
    return plan._replace(
        record=rewrite(record, {superserver.kind: None}),
        recorded=[path for path in wrapped.files if path in sources.states],
    )


def find_tcpd(root: Root, wanted: Optional[str]) -> Optional[str]:
    """The path of tcpd: the one asked for, or the first that is there; None where there is no executable file."""
    for path in _candidates(wanted):
        state = readable(root, path)
        if state is not None and state.mode is not None and state.mode & 0o111:
            return path
    return None


def _candidates(wanted: Optional[str]) -> List[str]:
    return [wanted] if wanted else list(DEFAULTS)


def _refuse_missing_tcpd(root: Root, wanted: Optional[str]) -> None:
    """Raise TaskError: services would go, or go already, through a tcpd that is not there."""
    raise TaskError(
        "%s is not an executable file%s, and without tcpd the services would not start: install it (Debian: package tcpd), name it "
        "with the option tcpd, or set allow_missing_tcpd."
        % (" or ".join(_candidates(wanted)), "" if root.is_host else " below " + root.path)
    )


def _missing(configuration: Configuration, arguments: WrappingArguments) -> List[str]:
    wanted = arguments.services or []
    missing = [name for name in wanted if not _find(configuration, name)]
    if missing and arguments.missing == "fail":
        known = ", ".join(sorted({printable(service.name) for service in configuration.services})) or "none"
        raise TaskError(
            "There is no service %s. The services found are: %s. Correct the name, or set missing: ignore."
            % (" and no ".join(repr(name) for name in missing), known)
        )
    return missing


def _find(configuration: Configuration, name: str) -> bool:
    return any(service.goes_by(name) for service in configuration.services)


def _with_obstacle(superserver: Superserver, configuration: Configuration, service: Service, tcpd: str) -> Service:
    reason = superserver.obstacle(configuration, service, tcpd)
    return service if reason is None else service._replace(wrappable=False, reason=reason)


def _spared(root: Root, services: Sequence[Service]) -> List[Service]:
    """The services, with a note at those whose server asks by itself and that nothing puts behind tcpd so far."""
    libraries, read = Libraries(root), Configurations(root)
    return [
        service._replace(note=ASKS_ITSELF)
        if service.wrappable and not (service.disabled or service.via_tcpd) and asks_itself(read, libraries, service)
        else service
        for service in services
    ]


def _not_tcpd_itself(root: Root, services: Sequence[Service], names: Optional[Sequence[str]]) -> List[Service]:
    """The services; those of these names, None for all, cannot be wrapped where they start tcpd by another name."""
    libraries = Libraries(root)
    return [
        service._replace(wrappable=False, reason=TCPD_BY_ANOTHER_NAME)
        if service.wrappable
        and not service.via_tcpd
        and (names is None or any(service.goes_by(name) for name in names))
        and libraries.is_tcpd(service.server)
        else service
        for service in services
    ]


def _to_wrap(configuration: Configuration, arguments: WrappingArguments) -> List[Service]:
    """The services to wrap: the named ones, or all that are switched on and can be."""
    if arguments.services is None:
        return [
            service
            for service in configuration.services
            if service.wrappable and not service.disabled and service.note != ASKS_ITSELF
        ]
    chosen = [
        service for service in configuration.services if any(service.goes_by(name) for name in arguments.services)
    ]
    refused = [service for service in chosen if not service.wrappable]
    if refused:
        raise TaskError(
            "Nothing was changed: %s."
            % "; ".join(
                "%s (%s line %d) cannot go through tcpd: %s"
                % (printable(service.name), service.path, service.line, printable(service.reason or ""))
                for service in refused
            ),
            services=[service.report() for service in configuration.services],
        )
    return chosen


def _to_unwrap(services: Sequence[Service], names: Sequence[str]) -> List[Service]:
    chosen = [service for service in services if any(service.goes_by(name) for name in names)]
    refused = [service for service in chosen if service.via_tcpd and not service.unwrappable]
    if refused:
        raise TaskError(
            "Nothing was changed: %s."
            % "; ".join(
                "%s (%s line %d) names no daemon behind tcpd" % (printable(service.name), service.path, service.line)
                for service in refused
            )
        )
    return chosen


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
            warnings.append(
                "Rules for the service %s must now name the daemon %s; until now it was %s%s."
                % (printable(old.name), printable(now), printable(was), check)
            )
    return warnings
