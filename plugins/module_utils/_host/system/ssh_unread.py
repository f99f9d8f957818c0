# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of sshd's configuration that were changed since the running server read them."""

import os
from typing import List, Optional, Sequence

from ..files.reading import list_folder
from ..files.root import Root
from ..files.unread import changed_since
from .processes import started_at
from .ssh_start import ssh_starts

CONFIG, FOLDER = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
# sshd writes its number there when it starts and again at SIGHUP, right after it has read its files (sshd.c)
PID_FILES = ("/run/sshd.pid", "/var/run/sshd.pid")
_SOON = 0.1  # second: the kernel's clocks have steps


def unread_by_sshd(root: Root, ports: Sequence[int], but: str) -> List[str]:
    """The paths, without `but`, of what the servers that listen at some ports have not read since it was changed."""
    found = set()
    drop_ins = ["%s/%s" % (FOLDER, name) for name in list_folder(root, FOLDER) if name.endswith(".conf")]
    for start in ssh_starts(ports):
        last = _last_reading(start.process.pid)
        paths = [CONFIG if start.config is None else start.config] + drop_ins
        found |= set(path for path in paths if last is not None and path != but and _changed(path, last + _SOON))
    return sorted(found)


def _changed(path: str, since: float) -> bool:
    """Whether a file, or a link that leads to it, was changed since."""
    try:
        return changed_since(path, since) or os.lstat(path).st_ctime > since
    except OSError:
        return False


def _last_reading(pid: int) -> Optional[float]:
    """When a server has read its files last, in seconds of the epoch: at its start, or at a later SIGHUP."""
    began = started_at(pid)
    for path in PID_FILES:
        try:
            with open(path, "rb") as stream:
                if began is not None and stream.read(32).strip() == b"%d" % pid:
                    began = max(began, os.fstat(stream.fileno()).st_mtime)
        except OSError:
            continue
    return began
