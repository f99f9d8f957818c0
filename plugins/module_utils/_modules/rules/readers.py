# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""`unreadable_daemons`: who asks libwrap and could no longer read a table, running processes and services alike."""

from typing import Any, Dict, List, Sequence

from ..._host.system.processes import reads_anything
from ..._host.system.readers import (
    BlockedReader,
    Tightening,
    blocked_reader,
    find_blocked_readers,
    find_tightenings,
    remedies,
)
from ..._libwrap.printable import printable
from ..errors import TaskError
from ..services.listener import Listener
from .assertions_of_task import Services
from .reading import Task, attributes_for, table_states

_SHOWN = 10
_RETURNED = 20


def check_readers(task: Task, services: Services, warnings: List[str]) -> None:
    """Raise TaskError, or warn, where the task takes a table from somebody who asks. Services are looked at only where
    somebody may lose a table. An image is not judged: nobody asks there yet.
    """
    if not task.tables.root.is_host:
        return
    wanted: Dict[Any, List[str]] = {}
    for state, after in zip(table_states(task), (task.plan.allow_after, task.plan.deny_after)):
        if after is not None:
            wanted.setdefault(attributes_for(task, state), []).append(state.path)
    blocked: List[BlockedReader] = []
    for attributes in wanted:
        tightened = find_tightenings(task.tables.root, wanted[attributes], *attributes)
        if tightened:
            blocked += find_blocked_readers(task.tables.root, wanted[attributes], *attributes)
            blocked += find_blocked_services(tightened, services.all(), {reader.pid for reader in blocked})
    if not blocked:
        return
    lost: Dict[str, List[str]] = {}
    for reader in blocked:
        paths = lost.setdefault(_who(reader), [])
        if reader.path not in paths:
            paths.append(reader.path)
    doubts = {_who(reader): reader.doubt for reader in blocked if reader.doubt}
    told = "; ".join(_told(who, lost[who], doubts.get(who, "")) for who in sorted(lost)[:_SHOWN])
    blocked = [reader for reader in blocked if reader.vetoes]
    # what an undo gives back is how the host was: that a service was shut out then is no reason to keep the change
    undone = task.undo is not None and all(reader.service for reader in blocked)
    if task.arguments.unreadable_daemons == "warn" or undone or not blocked:
        warnings.append("With this owner and mode %s." % told)
        return
    raise TaskError(
        "with this owner and mode %s: libwrap would then refuse every client of it, or let in all. Remedy: %s."
        % (told, remedies(blocked)),
        unreadable_daemons=[dict(reader._asdict()) for reader in blocked[:_RETURNED]],
    )


def find_blocked_services(
    tightened: Sequence[Tightening], services: Sequence[Listener], known: Any
) -> List[BlockedReader]:
    """Services whose asker would lose a table, running now or not. `known`: processes that are told of already."""
    found = []
    for service in services:
        for asker in () if service.personal else service.askers or ():
            user, process = asker.user, asker.process
            if user is None or (user.reads_anything and process is None):
                continue
            if process is not None and (process.pid in known or reads_anything(process)):
                continue
            for table in tightened:
                if table.blocks(user.uid, user.gid, user.groups):
                    name = "%s service %s" % (service.kind, service.name)
                    if service.kind == "process":
                        name = service.name
                    pid = process.pid if process is not None else next(iter(service.pids), None)
                    found.append(blocked_reader(pid, printable(asker.daemon), user, table.path, name))
    return found


def _told(who: str, paths: Sequence[str], doubt: str) -> str:
    told = "%s could no longer read %s" % (who, " and ".join(paths))
    return "%s (whether it asks libwrap is not known: %s)" % (told, doubt) if doubt else told


def _who(reader: BlockedReader) -> str:
    place = [reader.service] if reader.service and reader.service != reader.command else []
    place += ["process %d" % reader.pid] if reader.pid is not None else []
    return "%s (%s, user %s, uid %d)" % (reader.command, ", ".join(place) or "not running", reader.user, reader.uid)
