# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether systemd started a process as the daemon of a service, or something in that service did for purposes of its own.

A web server's script may start every program of the host, and write over its memory: what such a program does on its own is
no evidence of what this process does.
"""

import os
from functools import lru_cache
from typing import NamedTuple, Optional

from ..errors import HostError
from .commands import find_program, run
from .people import CONTROL_GROUPS, is_in_a_container, is_in_a_login, is_roots, members_of, service_of
from .processes import PROC, Process

_SERVICE = ".service"
_DELETED = " (deleted)"
_PROPERTIES = ("ActiveState", "MainPID", "InactiveExitTimestampMonotonic")
_SLACK = 1000000  # microseconds: systemd forks a program some milliseconds before it notes that the unit starts


def is_the_services_own(process: Process, proc: str = PROC, groups: str = CONTROL_GROUPS) -> bool:
    """Whether a process is root's altogether, runs in a container of the system's, or runs the program of its service: that
    of the process that has been in it for longest, or the one that the unit is named after. Of a service whose members may
    not be seen every process is taken for one.
    """
    if is_roots(process, proc) or is_in_a_container(process.pid, proc, groups):
        return True
    service = service_of(process.pid, proc)
    if is_in_a_login(process.pid, proc) or not service.endswith(_SERVICE):
        return False
    if is_named_after(service, process.executable or ""):
        return True
    program = _program_of(service, proc, groups)
    return (
        program is None or program == process.executable and _start(str(process.pid), proc) >= _start_of(service).began
    )


def is_named_after(service: str, program: str) -> bool:
    """Whether a unit is one of a program's name: squid.service or squid@1.service of /usr/sbin/squid. Only root names units."""
    name = service.rsplit("/", 1)[-1]
    return name.endswith(_SERVICE) and name[: -len(_SERVICE)].partition("@")[0] == program.rsplit("/", 1)[-1]


@lru_cache(maxsize=256)
def _program_of(service: str, proc: str, groups: str) -> Optional[str]:
    """What the main process of a service runs, else the oldest of those that it has started this time (KillMode=process leaves
    others); "" for none of these, None where there is none to be seen.
    """
    start = _start_of(service)
    ages = sorted((_start(pid, proc), int(pid)) for pid in members_of(service, groups) if pid.isdigit())
    own = [pid for began, pid in ages if began >= start.began] if start.is_active else []
    for pid in [start.main] if start.main in own else own:
        try:
            path = os.readlink(os.path.join(proc, str(pid), "exe"))
        except OSError:
            continue
        return path[: -len(_DELETED)] if path.endswith(_DELETED) else path
    return "" if len(own) < len(ages) else None


class _Start(NamedTuple):
    """How systemd has started a service."""

    is_active: bool = True
    main: int = 0  # its main process; 0 for none, as of an init script
    began: int = 0  # in ticks since the host was started; nothing of this start is older


@lru_cache(maxsize=256)
def _start_of(service: str) -> _Start:
    """As far as systemd tells."""
    program = find_program("systemctl")
    unit = service.rsplit("/", 1)[-1]
    if program is None or not unit.endswith(_SERVICE):
        return _Start()
    try:
        told = run([program, "show"] + ["--property=" + name for name in _PROPERTIES] + ["--", unit]).output
    except HostError:
        return _Start()
    values = dict(line.split("=", 1) for line in os.fsdecode(told).splitlines() if "=" in line)
    main, began = (int(values[name]) if values.get(name, "").isdigit() else 0 for name in _PROPERTIES[1:])
    ticks = max(0, began - _SLACK) * os.sysconf("SC_CLK_TCK") // 1000000
    return _Start(values.get("ActiveState", "active") not in ("inactive", "failed"), main, ticks)


def _start(pid: str, proc: str) -> int:
    """When a process was started, in ticks since the host was; that of one that has ended is never."""
    try:
        with open(os.path.join(proc, pid, "stat"), "rb") as stream:
            return int(stream.read(4096).rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 1 << 62
