# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which listening processes speak for a daemon.

Who may run something as a user of the system's, such as a web server's scripts, chooses the names of these processes and,
from 1024 on, their ports, and may run the host's own daemons with words of their own. So of processes with one name

- one whose program another user than root can replace gives way to all whose program only root can;
- one that neither the system nor a process of root's started (only systemd tells) gives way to one that is surely the
  daemon: a super-server's, one of root's alone, or one in the unit of that name. Of one service none gives way.

All others speak for the daemon together, and the least that holds for one of them holds for it. What gives way is listed and
counts as nobody's; a filter stands before it by the rules for its name, if nothing speaks against that.
"""

from typing import Dict, List, NamedTuple, Optional, Sequence, Set

from ..._host.system.connection import command_name
from ..._host.system.service_programs import is_named_after
from ..._host.system.people import is_below_roots, is_of_the_system, is_roots, service_of
from ..._host.system.processes import Process
from ..._host.system.programs import trusted_program
from ..._libwrap.printable import printable
from .listener import Listener, names_of
from .persons import named_as_persons

_REPLACEABLE = "not only root can replace its program"
_NOT_STARTED = "the system did not start it"


class _Claims(NamedTuple):
    """Who speaks for the daemons, by their names."""

    trusted: Set[str]  # of programs that only root can replace
    sure: Dict[str, List[Set[str]]]  # the services in which each runs that is surely the daemon


def brought_along(service: Listener) -> str:
    """The process of a service that gave way, or whose program another user than root can replace, in words; empty for
    another, and for one that a super-server starts.
    """
    return _told(service) if service.gave_way or not is_trusted(service) else ""


def is_trusted(service: Listener) -> bool:
    """Whether only root can have put one of its programs where it is, or that may not be seen."""
    if service.kind != "process" or not service.pids:
        return True
    return any(trusted_program(pid) is not False for pid in service.pids)


def as_their_own(
    others: Sequence[Listener], found: Sequence[Listener], processes: Dict[int, Process]
) -> List[Listener]:
    """The listening processes that were `found`, those of them as somebody's own that give way to another with their name:
    what they do says nothing of the daemon. `others` are configured.
    """
    claims = _claims([one for one in list(others) + list(found) if not one.personal], processes)
    judged = [(one, None if one.personal else _why_it_gives_way(one, claims, processes)) for one in found]
    return [_somebodys(one, why) if why else one for one, why in judged]


def _claims(services: Sequence[Listener], processes: Dict[int, Process]) -> _Claims:
    claims = _Claims(set(), {})
    for one in services:
        if is_trusted(one):
            claims.trusted.update(_names(one))
            if _is_surely_the_daemon(one, processes):
                for name in _names(one):
                    claims.sure.setdefault(name, []).append(_services(one))
    return claims


def _why_it_gives_way(one: Listener, claims: _Claims, processes: Dict[int, Process]) -> Optional[str]:
    names = _names(one)
    if not is_trusted(one):
        return _REPLACEABLE if names & claims.trusted else None
    rivals = [services for name in names for services in claims.sure.get(name, [])]
    if not rivals or command_name(1) != "systemd" or _is_surely_the_daemon(one, processes):
        return None
    if any(is_of_the_system(process) or is_below_roots(process) for process in _processes(one, processes)):
        return None
    own = _services(one)
    return _NOT_STARTED if any(not services & own for services in rivals) else None


def _is_surely_the_daemon(one: Listener, processes: Dict[int, Process]) -> bool:
    """Of one whose program only root can replace. Nobody but root names units, or runs something as root alone."""
    if one.kind != "process" or not one.pids:
        return True
    if all(is_roots(process) for process in _processes(one, processes)):
        return True
    return all(is_named_after(service, one.program or "") for service in _services(one))


def _processes(one: Listener, processes: Dict[int, Process]) -> List[Process]:
    return [processes[pid] for pid in one.pids if pid in processes]


def _services(one: Listener) -> Set[str]:
    return {service_of(pid) for pid in one.pids}


def _names(service: Listener) -> Set[str]:
    return {name.lower() for name in names_of(service)}


def _somebodys(service: Listener, why: str) -> Listener:
    words = "%s has the name of another service, and %s: what it does is nobody's enforcement" % (_told(service), why)
    return service._replace(
        name=named_as_persons(service.name), personal=True, askers=(), evidence=words, gave_way=True
    )


def _told(service: Listener) -> str:
    return "process %d, %s, of user %s" % (service.pids[0], printable(service.program or ""), service.runs_as)
