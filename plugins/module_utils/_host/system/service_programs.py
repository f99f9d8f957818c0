# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether systemd started a process as the daemon of a service, or something in that service did for purposes of its own.

A web server's script may start every program of the host, and write over its memory: what such a program does on its own is
no evidence of what this process does.
"""

import os
import re
from functools import lru_cache
from typing import Optional

from ..errors import HostError
from .commands import find_program, run
from .people import CONTROL_GROUPS, is_in_a_container, is_in_a_login, is_roots, members_of, service_of
from .processes import PROC, Process

_SERVICE = ".service"
_DELETED = " (deleted)"
_BEGAN = "--property=InactiveExitTimestampMonotonic"  # that of the main process comes later where the service forks


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
    return program is None or program == process.executable and _start(str(process.pid), proc) >= _began(service)


def is_named_after(service: str, program: str) -> bool:
    """Whether a unit is one of a program's name: squid.service or squid@1.service of /usr/sbin/squid. Only root names units."""
    name = service.rsplit("/", 1)[-1]
    return name.endswith(_SERVICE) and name[: -len(_SERVICE)].partition("@")[0] == program.rsplit("/", 1)[-1]


@lru_cache(maxsize=256)
def _program_of(service: str, proc: str, groups: str) -> Optional[str]:
    """What the oldest process in a service runs of those that it has started this time (KillMode=process leaves others); "" for
    none of these, None where there is none to be seen.
    """
    began = _began(service)
    ages = sorted((_start(pid, proc), int(pid)) for pid in members_of(service, groups) if pid.isdigit())
    left = [(start, pid) for start, pid in ages if start < began]
    for _start_of_it, pid in ages[len(left) :]:
        try:
            path = os.readlink(os.path.join(proc, str(pid), "exe"))
        except OSError:
            continue
        return path[: -len(_DELETED)] if path.endswith(_DELETED) else path
    return "" if left else None


@lru_cache(maxsize=256)
def _began(service: str) -> int:
    """When systemd last began to start a service, in ticks since the host was; 0 where it does not tell."""
    program = find_program("systemctl")
    if program is None:
        return 0
    try:
        told = run([program, "show", _BEGAN, "--", service.rsplit("/", 1)[-1]]).output
    except HostError:
        return 0
    microseconds = re.search(rb"=(\d+)", told)
    return int(microseconds.group(1)) * os.sysconf("SC_CLK_TCK") // 1000000 if microseconds else 0


def _start(pid: str, proc: str) -> int:
    """When a process was started, in ticks since the host was; that of one that has ended is never."""
    try:
        with open(os.path.join(proc, pid, "stat"), "rb") as stream:
            return int(stream.read(4096).rpartition(b")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 1 << 62
