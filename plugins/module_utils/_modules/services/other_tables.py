# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services that ask libwrap about other tables than the host's: what the host's tables say has no effect on them."""

import os
from typing import Callable, Dict, Iterable, Mapping, Optional, Sequence

from ..._host.system.people import control_groups, is_persons_process
from ..._host.system.processes import PROC, Process, read_arguments
from ..._host.system.tables_seen import other_table
from ..._libwrap.printable import printable
from ..._superservers.service import Service
from .listener import Listener

# measured on Debian 12: with `chroot` stunnel listens there, and the processes that ask were started before
ASK_BESIDE = ("stunnel", "stunnel4")
_REMEDY = (
    "Start it so that it sees the host's /etc/hosts.allow and /etc/hosts.deny, or enforce the tables in the packet "
    "filter (hosts_access_enforce with target: nftables)."
)


def why_of_service(service: Service, server: Optional[Process], starters: Iterable[Process]) -> str:
    """Why a service that a super-server starts does not ask about the host's tables; empty where it does. `server` is
    what runs of it now, `starters` are those that would start it.
    """
    if server is not None:
        return why_of_process(server)
    unit = dict(service.attributes).get("other_tables")
    if unit:
        return "its unit gives it other tables than the host's (%s)" % printable(unit)
    return why_of_any(list(starters))


def why_of_process(process: Process) -> str:
    """Why what a process asks is not about the host's tables; empty where it is, or may not be seen."""
    table = other_table(process)
    if table is None:
        return ""
    return "process %d sees another %s than the host (in a chroot, a container or mounts of its own)" % (
        process.pid,
        table,
    )


def who_asks(process: Process, program: str, processes: Mapping[int, Process]) -> Sequence[Process]:
    """The processes that ask for one that listens: itself, but for the daemons that ask in others. Those of people and of
    other services with the same program and words are none of them.
    """
    if program.rsplit("/", 1)[-1] not in ASK_BESIDE:
        return [process]
    words, groups = read_arguments(process.pid), _groups(process)
    others = [
        other
        for other in processes.values()
        if other.executable == process.executable
        and other.pid != process.pid
        and not is_persons_process(other)
        and read_arguments(other.pid) == words
        and _groups(other) == groups
    ]
    return others or [process]


def _groups(process: Process, proc: str = PROC) -> Dict[str, str]:
    return control_groups(os.path.join(proc, "%d" % process.pid))


def why_of_any(processes: Sequence[Process]) -> str:
    """As why_of_process(), for those of several that ask about other tables."""
    return next((why for why in map(why_of_process, processes) if why), "")


def held_against(service: Listener, why: Callable[[], str]) -> Listener:
    """The service as it is, or without askers where they ask about other tables: `why` says so then. Nobody makes it
    obey the host's.
    """
    told = why() if service.askers != () else ""
    if not told:
        return service
    evidence = "%s, but %s" % (service.evidence, told)
    return service._replace(askers=(), evidence=evidence, remedy=_REMEDY, wrappable=False)
