# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a file was changed since a moment, and whether nobody has read it since, by the times that the kernel keeps: no running program then knows
what it says now. That it was read does not show by whom: any user may have.

Measured with openbsd-inetd and xinetd on Debian 12: SIGHUP leaves no other trace that both have. The kernel sets the
time of the last reading at the first one after a change, also with relatime (mount(8)), which is the default.
"""

import os
import stat
import time
from typing import Iterator

# where some file has been read since it was changed on every system that keeps these times
_READ_ONES = ("/etc", "/var/lib/dpkg", "/var/lib/rpm", "/var/log")
_MAX_NAMES = 1000  # of a folder
_STEP = 1.0  # second


def changed_since(path: str, since: float) -> bool:
    """True where a file or folder of the running host was changed after `since` (seconds of the epoch), its owner and
    mode included; False for a missing one.
    """
    try:
        return os.stat(path).st_ctime > since
    except OSError:
        return False


def lies_ahead(moment: float) -> bool:
    """Whether a time is later than now: the clock was set back since, and it tells nothing."""
    return moment > time.time() + _STEP


def is_unread(path: str, since: float) -> bool:
    """True where a file of the running host was changed after `since` (seconds of the epoch) and not read after that.

    False also where that cannot be told: on a file system that does not keep the time of the last reading (noatime).
    """
    try:
        info = os.stat(path)
        if not changed_since(path, since) or info.st_atime_ns >= info.st_ctime_ns:
            return False
        if os.statvfs(path).f_flag & getattr(os, "ST_NOATIME", 0):
            return False
    except OSError:
        return False
    return any(
        other.st_dev == info.st_dev and other.st_atime_ns > other.st_ctime_ns
        for folder in (os.path.dirname(path),) + _READ_ONES
        for other in _files(folder)
    )


def _files(folder: str) -> Iterator[os.stat_result]:
    """The regular files of a folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names[:_MAX_NAMES]:
        try:
            info = os.lstat(os.path.join(folder, name))
        except OSError:
            continue
        if stat.S_ISREG(info.st_mode):
            yield info
