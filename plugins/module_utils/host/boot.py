# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What makes a host that starts again undo a change that waited for its confirmation when it went down.

The files are there only while a change waits. Where neither systemd nor cron is, the next run of a module undoes it.
"""

import os
import sys
from typing import Dict

from .backups import write_all
from .rollback import sync_folder
from .root import Root

_UNITS = "/etc/systemd/system"
_WANTS = ("sysinit.target.wants", "basic.target.wants", "multi-user.target.wants")  # the first that is there
_CRON = "/etc/cron.d"

_UNIT = """\
[Unit]
Description=Undo a change of TCP Wrappers that was not confirmed
DefaultDependencies=no
RequiresMountsFor=%(folder)s /usr
After=local-fs.target
Before=sysinit.target ssh.socket sshd.socket ssh.service sshd.service

[Service]
Type=oneshot
ExecStart=%(python)s -I -S %(program)s boot %(folder)s
"""


def boot_files(root: Root, folder: str, token: str) -> Dict[str, str]:
    """The files that must be there while a change waits: path and text; a text that starts with `/` is a link to it."""
    program = os.path.join(folder, token + ".py")
    known = {"folder": folder, "python": sys.executable, "program": program}
    if not root.is_host or " " in sys.executable:
        return {}
    if os.path.isdir("/run/systemd/system") and os.path.isdir(_UNITS):
        name = "portcullis-undo-%s.service" % token
        unit = os.path.join(_UNITS, name)
        for wants in _WANTS:
            if os.path.isdir(os.path.join(_UNITS, wants)):
                return {unit: _UNIT % known, os.path.join(_UNITS, wants, name): unit}
        return {}
    if os.path.isdir(_CRON):
        return {
            "%s/portcullis-%s" % (_CRON, token): "@reboot root %(python)s -I -S %(program)s boot %(folder)s\n" % known
        }
    return {}


def write_boot_files(files: Dict[str, str]) -> None:
    """Write them. Raises OSError."""
    for path in sorted(files):
        if files[path].startswith("/"):
            os.symlink(files[path], path)
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            try:
                write_all(descriptor, files[path].encode("utf-8"))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(os.path.dirname(path))
