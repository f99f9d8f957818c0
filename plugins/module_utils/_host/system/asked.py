# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Processes that have asked libwrap already and will not ask again: those that serve one accepted connection.

An ssh session maps libwrap as long as it lives, and after the login it runs as the user; the tables are none of its
business any more.
"""

import os
from typing import Optional, Set

from ..._libwrap.programs import OPENSSH
from .processes import PROC, Process
from .sockets import OpenFiles, list_sockets

_LINK = "socket:["


class Asked:
    """Answers for many processes of one host, by the sockets as they are at the first question."""

    def __init__(self, proc: str = PROC) -> None:
        self._proc = proc
        self._files = OpenFiles(proc)
        self._accepted: Optional[Set[int]] = None
        self._listening: Set[int] = set()

    def has_asked(self, process: Process) -> bool:
        """Whether the process only serves a connection that was let in.

        Its sockets tell: one that was accepted, and none that listens. An ssh session may listen for forwarded ports,
        and counts by its program where the sockets may not be seen.
        """
        is_ssh = is_ssh_program(process)
        held = self._held(process.pid)
        if held is None:
            return is_ssh
        self._look()
        accepted, listens = bool(held & (self._accepted or set())), bool(held & self._listening)
        return (accepted or not listens) if is_ssh else (accepted and not listens)

    def listens(self, process: Process) -> bool:
        """Whether the process holds a socket that listens, or its sockets may not be seen."""
        held = self._held(process.pid)
        self._look()
        return held is None or bool(held & self._listening)

    def _look(self) -> None:
        if self._accepted is not None:
            return
        sockets = list_sockets(self._proc) or []
        ports = set(entry.port for entry in sockets if entry.protocol == "tcp" and entry.listening)
        # not those of /proc/net/unix, where the name of anybody's socket can look like a line
        self._listening = set(entry.inode for entry in sockets if entry.listening)
        self._accepted = set(
            entry.inode for entry in sockets if entry.protocol == "tcp" and not entry.listening and entry.port in ports
        )

    def _held(self, pid: int) -> Optional[Set[int]]:
        """The sockets that a process holds; None where not all of its files may be seen, or are looked at."""
        try:
            return {int(target[len(_LINK) : -1]) for target in self._files.of(pid) if target.startswith(_LINK)}
        except OSError:
            return None


def is_ssh_program(process: Process) -> bool:
    """Whether the process is one of OpenSSH's server: by its program, or by its name where that may not be seen."""
    return os.path.basename(process.executable or process.command) in OPENSSH
