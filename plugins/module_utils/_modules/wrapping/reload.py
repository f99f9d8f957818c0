# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Let a running super-server read its configuration again."""

import os
import time
from typing import Any, Iterable, List

from ..call import Call
from ..._host.rollback.kept import keep_told
from ..._host.files.unread import is_unread
from ..._host.system.commands import find_program, run
from ..._host.system.processes import list_processes, sees_file

# the programs that read their configuration again on SIGHUP, by whose it is: inetd(8), xinetd(8); xinetd -inetd_compat
# reads inetd.conf too
_PROGRAMS = {"xinetd": ("xinetd",), "inetd": ("inetd", "inetutils-inetd", "xinetd")}

READ_PATIENCE = 10.0  # seconds


def reload_commands(kind: str) -> List[List[str]]:
    """What makes the running super-servers of a kind (inetd, xinetd, systemd) do so; [] where none runs, or none can be
    told from /proc.
    """
    if kind == "systemd":
        program = find_program("systemctl")
        return [[program, "daemon-reload"]] if program and _systemd_runs() else []
    kill = find_program("kill")
    return [] if kill is None else [[kill, "-HUP", str(pid)] for pid in readers(kind)]


def readers(kind: str) -> List[int]:
    """The processes of inetd or xinetd that read a change of their files at SIGHUP."""
    # one that runs in a container has an /etc of its own
    return [
        process.pid
        for process in list_processes()
        if process.executable is not None
        and process.uid == os.geteuid()  # everybody can call a program so
        and os.path.basename(process.executable) in _PROGRAMS.get(kind, ())
        and sees_file(process, "/etc")
    ]


def wait_until_read(paths: Iterable[str], seconds: float = READ_PATIENCE) -> bool:
    """Wait until somebody has read the changed files of the running host, as super-servers do at SIGHUP: on a busy host that
    is later than a new connection, which would then prove the old configuration. False where nobody did in time.
    """
    end = time.monotonic() + seconds
    for path in paths:
        while is_unread(path, 0.0):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
    return True


def reload_after(call: Call, root: str, kind: str, result: Any) -> bool:
    """Whether the super-servers of the host have read what a module changed. A failure is a warning, since the change is
    in place all the same.
    """
    if not result["changed"] or call.check_mode or root != "/":
        return False
    commands = reload_commands(kind)
    if kind == "systemd" and not commands and _systemd_runs():
        call.warn("systemctl was not found: run 'systemctl daemon-reload' for the change to take effect.")
    if "lockout" in result:
        return bool(commands)  # what a new connection must confirm has been read already (own_service)
    done = False
    for command in commands:
        ended = run(command, timeout=90)
        done = done or not ended.status
        if not ended.status:
            note_told(command)
        else:
            call.warn("%s failed: %s" % (" ".join(command[-2:]), ended.errors.decode("utf-8", "replace").strip()))
    return done


def note_told(command: List[str]) -> None:
    """Keep that a command of reload_commands() has told a super-server to read its files again."""
    if command[1:2] == ["-HUP"]:
        keep_told(int(command[2]))


def _systemd_runs() -> bool:
    """sd_booted(3)."""
    return os.path.isdir("/run/systemd/system")
