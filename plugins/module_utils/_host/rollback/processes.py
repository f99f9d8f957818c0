# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The processes of this host, as /proc tells."""

import os
import signal
from typing import List, Sequence, Set


def hang_up(pid: int) -> None:
    """Let a program read its files again; one that has ended needs not."""
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError:
        return


def sockets_of(pid: int, proc: str) -> Set[str]:
    """The inodes of the sockets that a process holds; an empty set where they may not be seen."""
    folder = "%s/%d/fd" % (proc, pid)
    found = set()
    try:
        for name in os.listdir(folder):
            target = os.readlink(os.path.join(folder, name))
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass
    return found


def command_line_of(pid: int) -> bytes:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            return stream.read(4096)
    except OSError:
        return b""


def pids_of(programs: Sequence[str]) -> List[int]:
    """Processes of this user that run one of the programs and see the same /etc; [] where /proc does not tell."""
    found = []
    for entry in os.listdir("/proc") if programs and os.path.isdir("/proc/self") else []:
        try:
            # an old kernel shows the program of a process only while its memory is not locked, which users do to theirs
            if not entry.isdigit() or os.stat("/proc/" + entry).st_uid != os.geteuid():
                continue
            name = os.path.basename(os.readlink("/proc/%s/exe" % entry))
            if name.replace(" (deleted)", "") not in programs or not _is_ours(entry):
                continue
            if os.path.samestat(os.stat("/proc/%s/root/etc" % entry), os.stat("/etc")):
                found.append(int(entry))
        except OSError:
            continue
    return found


def _is_ours(pid: str) -> bool:
    """Whether a process runs as this user. Of another user's, nothing may be asked below its root: what is mounted
    there may never answer.

    The owner of its folder in /proc does not tell: root's is that of every process that may not be looked into.
    """
    with open("/proc/%s/status" % pid, "rb") as stream:
        users = [line.split()[1:] for line in stream if line.startswith(b"Uid:")]
    return bool(users) and all(int(user) == os.geteuid() for user in users[0])
