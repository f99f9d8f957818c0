# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What makes a host that starts again undo a change that waited for its confirmation when it went down.

The files are there only while a change waits; rollback.py knows their names and removes them. Where neither systemd nor
cron is, the next run of a module undoes it.
"""

import os
import sys
from typing import Sequence, Tuple

from .backups import write_all
from .rollback import CRON, MADE, UNITS, WANTS, boot_names, open_folder

RUNNING_SYSTEMD = "/run/systemd/system"

# Twice: with + no drop-in for all services takes a right away, and systemd before 231 ignores that line (systemd.service(5)).
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
OOMScoreAdjust=-1000
ExecStart=+%(python)s -I -S %(program)s boot %(folder)s
ExecStart=%(python)s -I -S %(program)s boot %(folder)s
"""
_JOB = "@reboot root %(python)s -I -S %(program)s boot %(folder)s\n"


def write_boot_files(folder: str, token: str) -> None:
    """Write them for a change that is recorded in a folder. Raises OSError."""
    if " " in sys.executable:
        return
    known = {"folder": folder, "python": sys.executable, "program": os.path.join(folder, token + ".py")}
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


def _write(place: Tuple[str, str], text: str) -> None:
    folder = open_folder(os.path.realpath(place[0]))
    try:
        descriptor = os.open(
            place[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder
        )
        try:
            write_all(descriptor, text.encode("utf-8"))
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
