# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which tables a process sees: in a chroot, a container or a mount namespace (RootDirectory=, TemporaryFileSystem=) it
has others than the host, or none, and asks libwrap about those.
"""

import os
from typing import Iterable, List, Optional, Sequence

from ..files.mounts import MAX_BYTES_OF_ONE
from ..rollback.mountinfo import read_mounts
from .processes import PROC, Process, sees_file
from .shown import Foreign, stat_below
from .time_of_users import has_time, taking_time

#: The paths that are compiled into every libwrap that this collection knows.
TABLES = ("/etc/hosts.allow", "/etc/hosts.deny")


def other_table(process: Process, paths: Sequence[str] = TABLES, proc: str = PROC) -> Optional[str]:
    """The first of the tables that is another file for a process than for us, or is there for one of us only; None
    where there is none such, and where it may not be looked at.

    Where neither of us has a table yet, the folder counts in which it would be.
    """
    found = False
    for path in paths:
        same = _same(process, path, proc)
        if same is False:
            return path
        found = found or same is not None
    if found:
        return None
    # no table on either side, or none that may be looked at
    return paths[0] if sees_file(process, os.path.dirname(paths[0]), proc) is False else None


def other_file(process: Process, paths: Iterable[str], proc: str = PROC) -> Optional[str]:
    """The first of some files that is another one for a process than for us; None where there is none such, and where it
    may not be looked at.
    """
    return next((path for path in paths if other_table(process, (path,), proc)), None)


def has_our_place(process: Process, chroot: bool = True, proc: str = PROC) -> bool:
    """Whether a process has our mounts and, unless `chroot` is False, our root; False where that may not be seen."""
    ours, theirs = _place(os.path.join(proc, "self")), _place(os.path.join(proc, str(process.pid)))
    return "" not in ours and theirs[1] == ours[1] and (not chroot or theirs[0] == ours[0])


def _same(process: Process, path: str, proc: str) -> Optional[bool]:
    """Whether a table is one file for both; None where neither has it, and where that may not be seen."""
    try:
        ours: Optional[os.stat_result] = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        ours = None
    except OSError:  # a link to itself: neither of us opens it
        return None
    try:
        theirs = stat_below(os.path.join(proc, str(process.pid)), os.path.realpath(path))
    except (FileNotFoundError, NotADirectoryError):
        return None if ours is None else False
    except Foreign:
        return None if ours is None else _is_bound(process, os.path.realpath(path), proc)
    except OSError:
        return None
    return ours is not None and (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def _is_bound(process: Process, path: str, proc: str) -> Optional[bool]:
    """Whether our file is mounted by itself at its own path, below a folder that only the process has: the file systems
    there are not asked. None where the user of the process has no time left for a look at so many mounts.
    """
    folder = os.path.join(proc, str(process.pid))
    if not has_time(folder):
        return None
    with taking_time(folder):
        theirs = [
            mount for mount in read_mounts(os.path.join(folder, "mountinfo"), MAX_BYTES_OF_ONE) if mount.point == path
        ]
    ours = [
        mount
        for mount in read_mounts(os.path.join(proc, "self", "mountinfo"))
        if path == mount.point or path.startswith(mount.point.rstrip("/") + "/")
    ]
    if not theirs or not ours:
        return False
    below = max(ours, key=lambda mount: len(mount.point))
    inner = below.inner.rstrip("/") + path[len(below.point.rstrip("/")) :]
    return (theirs[-1].device, theirs[-1].inner) == (below.device, inner)


def place_of(process: Process, proc: str = PROC) -> str:
    """What two processes have in common that see the same files: their root and mount namespace."""
    return " ".join(_place(os.path.join(proc, str(process.pid))))


def _place(folder: str) -> List[str]:
    found = []
    for name in ("root", "ns/mnt"):
        try:
            found.append(os.readlink(os.path.join(folder, name)))
        except OSError:
            found.append("")
    return found
