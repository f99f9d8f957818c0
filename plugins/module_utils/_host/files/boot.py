# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What makes a host that starts again undo a change that waited for its confirmation when it went down.

The files are there only while a change waits; rollback/boot_files.py knows their names and removes them. Where neither systemd nor
cron is, the next run of a module undoes it.
"""

import os
import re
import sys
from typing import List, Sequence, Tuple

from ..rollback.boot_files import CRON, MADE, UNITS, WANTS, boot_names
from ..rollback.descriptors import open_folder, write_all

RUNNING_SYSTEMD = "/run/systemd/system"

_UNIT = """\
[Unit]
Description=Undo a change of TCP Wrappers that was not confirmed
DefaultDependencies=no
RequiresMountsFor=%(folder)s /usr
After=local-fs.target
Before=sysinit.target ssh.socket sshd.socket ssh.service sshd.service

[Service]
Type=oneshot
KillMode=process
TimeoutStartSec=90s
OOMScoreAdjust=-1000
Environment=LC_ALL=C
%(commands)s
"""
# a cron whose mark of the last boot outlives a restart (/run on a container's disk) runs no job of @reboot, and two killed
# watchdogs are missed by nobody else
_JOB = """\
@reboot root LC_ALL=C %(python)s -I -S %(program)s boot %(folder)s
* * * * * root LC_ALL=C %(python)s -I -S %(program)s boot %(folder)s running
"""


# With + no drop-in for all services takes a right away, and systemd before 231 ignores the line (systemd.service(5)). With -
# the next line is tried where the interpreter is not there yet; it finds nothing to do where the one before has done it.
_COMMAND = "ExecStart=-%(mark)s%(python)s -I -S %(program)s boot %(folder)s"
_SYSTEMS = ("/usr/bin/python3", "/usr/libexec/platform-python")


def write_boot_files(folder: str, token: str) -> None:
    """Write them for a change that is recorded in a folder. Raises OSError."""
    program = os.path.join(folder, token + ".py")
    interpreters = _interpreters()
    commands = [
        _COMMAND % {"mark": mark, "python": python.replace("%", "%%"), "program": program, "folder": folder}
        for mark in ("+", "")
        for python in interpreters
    ]
    own = os.path.realpath(sys.executable).startswith(("/usr/", "/bin/"))
    python = sys.executable if own else interpreters[0]  # of each job cron has one line
    known = {"folder": folder, "python": python, "program": program, "commands": "\n".join(commands)}
    unit, job = boot_names(token)[-2:]
    wants: Sequence[str] = [name for name in WANTS if os.path.isdir(os.path.join(UNITS, name))]
    if os.path.isdir(RUNNING_SYSTEMD) and os.path.isdir(UNITS):
        if not wants:  # an image that has all of them in /usr
            wants = WANTS[:1]
            os.mkdir(os.path.join(UNITS, wants[0]), MADE)
        _write(unit, _UNIT % known)
        _link(os.path.join(UNITS, wants[0]), unit[1], os.path.join(*unit))
    elif os.path.isdir(CRON):
        _write(job, _JOB % known)


def _interpreters() -> List[str]:
    """The interpreters that a starting host may use, the system's own first: this one may be on a file system that is
    mounted late.
    """
    found = [path for path in _SYSTEMS if os.access(path, os.X_OK)]
    real = set(os.path.realpath(path) for path in found)
    if os.path.realpath(sys.executable) not in real and not re.search(r"\s", sys.executable):
        found.append(sys.executable)
    return found or [sys.executable]


def _write(place: Tuple[str, str], text: str) -> None:
    folder = open_folder(os.path.realpath(place[0]))
    try:
        descriptor = os.open(
            place[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder
        )
        try:
            write_all(descriptor, os.fsencode(text))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.fsync(folder)
    finally:
        os.close(folder)


def _link(path: str, name: str, target: str) -> None:
    folder = open_folder(os.path.realpath(path))
    try:
        os.symlink(target, name, dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
