# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Listening processes whose program somebody else than root can replace.

Who may run something as a user of the system's, such as a web server's scripts, chooses the names of these processes and,
from 1024 on, their ports: they do not decide what becomes of other daemons.
"""

from typing import List, Sequence, Set

from ..._host.system.programs import trusted_program
from ..._libwrap.printable import printable
from .listener import Listener, names_of
from .persons import named_as_persons


def brought_along(service: Listener) -> str:
    """The process of such a service in words; empty for another, and for one that a super-server starts."""
    if is_trusted(service):
        return ""
    return "process %d, %s, of user %s" % (service.pids[0], printable(service.program or ""), service.runs_as)


def as_their_own(others: Sequence[Listener], found: Sequence[Listener]) -> List[Listener]:
    """The listening processes that were `found`, those of them as somebody's own that have the name of a service that only
    root can replace: what they do says nothing of the daemon. `others` are configured.
    """
    names: Set[str] = set()
    for one in list(others) + list(found):
        if not one.personal and is_trusted(one):
            names |= _names(one)
    return [
        _somebodys(one) if not one.personal and names & _names(one) and not is_trusted(one) else one for one in found
    ]


def _names(service: Listener) -> Set[str]:
    return {name.lower() for name in names_of(service)}


def _somebodys(service: Listener) -> Listener:
    why = "%s has the name of another service, and not only root can replace its program: what it does is nobody's enforcement"
    why = why % brought_along(service)
    return service._replace(name=named_as_persons(service.name), personal=True, askers=(), evidence=why)


def is_trusted(service: Listener) -> bool:
    """Whether only root can have put one of its programs where it is, or that may not be seen."""
    if service.kind != "process" or not service.pids:
        return True
    return any(trusted_program(pid) is not False for pid in service.pids)
