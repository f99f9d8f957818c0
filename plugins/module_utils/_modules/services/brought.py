# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Listening processes whose program somebody else than root can replace, or that the system did not start by itself.

Who may run something as a user of the system's, such as a web server's scripts, chooses the names of these processes and,
from 1024 on, their ports: they do not decide what becomes of other daemons.
"""

from collections import Counter
from typing import Dict, List, Optional, Sequence, Set

from ..._host.system.connection import command_name
from ..._host.system.people import is_of_the_system
from ..._host.system.processes import Process, read_process
from ..._host.system.programs import trusted_program
from ..._libwrap.printable import printable
from .listener import Listener, names_of
from .persons import named_as_persons

Processes = Optional[Dict[int, Process]]


def brought_along(service: Listener, processes: Processes = None) -> str:
    """The process of such a service in words; empty for one of the host's, and for one that a super-server starts."""
    own = [_is_systems(service, processes), is_trusted(service)]
    if all(own) or not service.pids:
        return ""
    return "process %d, %s, of user %s" % (service.pids[0], printable(service.program or ""), service.runs_as)


def as_their_own(others: Sequence[Listener], found: Sequence[Listener], processes: Processes) -> List[Listener]:
    """The listening processes that were `found`, those that have the name of another service but that the system did not
    start as somebody's own, which they may be: what they do says nothing of the daemon. `others` are configured.
    """
    everything = [one for one in list(others) + list(found) if not one.personal]
    count = Counter(name for one in everything for name in _names(one))
    alike = [one for one in everything if any(count[name] > 1 for name in _names(one))]
    systems = {id(one): _is_systems(one, processes) for one in alike}
    trusted = {id(one): systems[id(one)] or is_trusted(one) for one in alike}
    of_systems = {name for one in alike if systems[id(one)] for name in _names(one)}
    of_trusted = {name for one in alike if trusted[id(one)] for name in _names(one)}
    gives_way = {
        id(one)
        for one in alike
        if not systems[id(one)] and _names(one) & (of_systems if trusted[id(one)] else of_systems | of_trusted)
    }
    return [_somebodys(one, processes) if id(one) in gives_way else one for one in found]


def _names(service: Listener) -> Set[str]:
    return {name.lower() for name in names_of(service)}


def _somebodys(service: Listener, processes: Processes) -> Listener:
    why = "%s has the name of another service, and the system did not start it: what it does is nobody's enforcement"
    why = why % brought_along(service, processes)
    return service._replace(name=named_as_persons(service.name), personal=True, askers=(), evidence=why)


def _is_systems(service: Listener, processes: Processes) -> bool:
    """Whether the system started one of its processes."""
    if service.kind != "process" or not service.pids:
        return True
    found = [read_process(pid) if processes is None else processes.get(pid) for pid in service.pids]
    if any(process is None or is_of_the_system(process) for process in found):
        return True
    # without the services of systemd nothing but its program tells who started a process
    return command_name(1) != "systemd" and is_trusted(service)


def is_trusted(service: Listener) -> bool:
    """Whether only root can have put one of its programs where it is, or that may not be seen."""
    if service.kind != "process" or not service.pids:
        return True
    return any(trusted_program(pid) is not False for pid in service.pids)
