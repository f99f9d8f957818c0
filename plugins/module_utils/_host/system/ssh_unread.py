# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of sshd's configuration that were changed since the running server read them."""

import glob
import os
import re
from typing import List, Optional, Sequence

from ..files.reading import list_folder, read
from ..files.root import Root
from ..files.unread import changed_since
from .processes import started_at
from .ssh_start import ssh_starts

CONFIG, FOLDER = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
# sshd writes its number there when it starts and again at SIGHUP, right after it has read its files (sshd.c)
PID_FILES = ("/run/sshd.pid", "/var/run/sshd.pid")
_INCLUDE = re.compile(r"^[ \t]*include[ \t=]+(.*)$", re.IGNORECASE | re.MULTILINE)
_MOST = 1000  # files
_SOON = 0.1  # second: the kernel's clocks have steps


def unread_by_sshd(root: Root, ports: Sequence[int], but: str) -> List[str]:
    """The paths, without `but`, of what the servers that listen at some ports have not read since it was changed."""
    found = set()
    drop_ins = ["%s/%s" % (FOLDER, name) for name in list_folder(root, FOLDER) if name.endswith(".conf")]
    for start in ssh_starts(ports):
        last = _last_reading(start.process.pid)
        paths = _with_included(root, [CONFIG if start.config is None else start.config] + drop_ins)
        found |= set(path for path in paths if last is not None and path != but and _changed(path, last + _SOON))
    return sorted(found)


def _with_included(root: Root, paths: List[str]) -> List[str]:
    """The same with all that they include (sshd_config(5)), in other folders, too."""
    for path in paths:  # it grows
        text = (read(root, path).data or b"").decode("utf-8", "replace")
        patterns = [word.strip('"') for words in _INCLUDE.findall(text) for word in words.split()]
        found = [one for pattern in patterns for one in glob.glob(os.path.join(os.path.dirname(CONFIG), pattern))]
        paths += [one for one in dict.fromkeys(found) if one not in paths][: max(0, _MOST - len(paths))]
    return paths


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
