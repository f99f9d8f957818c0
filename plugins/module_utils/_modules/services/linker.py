# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services whose environment decides which libwrap they get: what their program's file says of it does not count then.

Measured on Debian 12 and 13: with a libwrap for other tables in LD_LIBRARY_PATH or LD_PRELOAD, tcpd serves whom the
tables deny.
"""

import os
import posixpath
from typing import Callable, Iterable, Optional

from ..._host.system.people import control_groups
from ..._host.system.processes import PROC, Process, read_environment
from ..._libwrap.printable import printable
from ..._superservers.loader import BEFORE_ALL, first_of
from ..._superservers.service import Service
from .listener import Listener

REMEDY = (
    "Take it away, so that the program gets the libraries of the host, or enforce the tables in the packet filter "
    "(hosts_access_enforce with target: nftables)."
)
_WHY = "%s decides which libraries or programs it gets, so which tables are asked is not known"

LoaderOf = Callable[[str], Optional[str]]


def why_of_service(service: Service, starters: Iterable[Process]) -> str:
    """Why it is not known which libwrap answers for a service that a super-server starts; empty where it is."""
    told = dict(service.attributes).get("loader") if service.server.startswith("/") else None
    if told is not None:
        return _WHY % printable(told)
    for process in starters if service.kind != "systemd" else ():
        name = first_of(read_environment(process.pid))
        if name is not None:
            return _WHY % ("%s in the environment of process %d (%s)" % (name, process.pid, printable(process.command)))
    return ""


def why_of_process(process: Process, asks_elsewhere: bool, loader_of: LoaderOf) -> str:
    """The same of a process that asks by itself, or whose children do (`asks_elsewhere`). The host's libwrap in its
    memory is the one that answers, unless something stands before it.
    """
    name = first_of(read_environment(process.pid))
    told = None if name is None else "%s in the environment of process %d" % (name, process.pid)
    if told is None:
        unit = _unit_of(process)
        told = loader_of(unit) if unit else None
        name = None if told is None else told.split(" ")[0]
    if told is None or (process.maps_libwrap and not asks_elsewhere and name not in BEFORE_ALL):
        return ""
    return _WHY % printable(told)


def held_in_doubt(service: Listener, why: str) -> Listener:
    """The service as it is, or one of which it is not known who asks, where something says so."""
    if not why:
        return service
    evidence = "%s, but %s" % (service.evidence, why)
    return service._replace(askers=None, evidence=evidence, remedy=REMEDY)


def _unit_of(process: Process) -> str:
    """The service of the system's own systemd that a process runs in, by its template where it has one; or empty."""
    groups = control_groups(os.path.join(PROC, "%d" % process.pid))
    path = groups.get("name=systemd") or groups.get("") or ""
    name = next((part for part in reversed(path.split("/")) if part.endswith(".service")), "")
    if not name or "/user.slice/" in posixpath.join(path, ""):
        return ""
    stem, at, _instance = name.partition("@")
    return stem + "@.service" if at else name
