# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Open a folder whose contents nobody else may choose: for a report, on the controller or on the host that receives it.

The way to it is walked by descriptors, a link at a time, so that a link which another user puts there meanwhile leads
nowhere.
"""

import errno
import os
import stat
from typing import List, Optional

_MOST_LINKS = 40  # as many as Linux follows
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# enough to go on from a folder that may be searched and not listed
_THROUGH = _FOLDER | getattr(os, "O_PATH", os.O_RDONLY)


def open_own_folder(path: str, mark: str) -> int:
    """The descriptor of a folder of this user, which is made, with mode 0700, where it is missing.

    A folder that is empty, or holds a file named `mark`, gets mode 0700. Another one keeps its mode. Raises OSError
    where it belongs to another user, where others may write to it, or where a link of another user is on the way.
    """
    try:
        folder = _walk(path)
    except OSError as error:
        if error.filename is not None and os.path.isabs(error.filename):
            raise
        raise OSError(error.errno, error.strerror, path)  # which the system told without its folder
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid():
            raise PermissionError(
                errno.EPERM,
                "it belongs to user %d, who could change what is in it; name another folder" % found.st_uid,
                path,
            )
        names = os.listdir(folder)
        if not names or mark in names:
            os.fchmod(folder, 0o700)
        elif found.st_mode & 0o022:
            raise PermissionError(
                errno.EPERM,
                "it holds other files, and other users may write to it; name another folder, such as one below it",
                path,
            )
    except BaseException:
        os.close(folder)
        raise
    return folder


def _walk(path: str) -> int:
    """The descriptor of a folder, behind links of root's and of this user's only."""
    pending, where = _parts(os.path.abspath(path)), os.sep  # `where` is for messages
    at, left = os.open(os.sep, _THROUGH), _MOST_LINKS
    try:
        while pending:
            part = pending.pop()
            target = _link(at, part, os.path.join(where, part))
            if target is None:
                at = _replaced(at, _enter(at, part, 0o755 if pending else 0o700))
                where = os.path.normpath(os.path.join(where, part))
                continue
            left -= 1
            if not left:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            pending += _parts(target)
            if target.startswith(os.sep):
                at, where = _replaced(at, os.open(os.sep, _THROUGH)), os.sep
        return os.open(os.curdir, _FOLDER | os.O_RDONLY, dir_fd=at)
    finally:
        os.close(at)


def _parts(path: str) -> List[str]:
    """The names of a path, the last one first."""
    return [part for part in reversed(path.split(os.sep)) if part not in ("", os.curdir)]


def _replaced(old: int, new: int) -> int:
    os.close(old)
    return new


def _enter(at: int, part: str, mode: int) -> int:
    """The descriptor of a folder in a folder, made where it is missing. A link is an error, also one that came just now."""
    try:
        return os.open(part, _THROUGH, dir_fd=at)
    except FileNotFoundError:
        try:
            os.mkdir(part, mode, dir_fd=at)
        except FileExistsError:
            pass  # another host's process was faster
        return os.open(part, _THROUGH, dir_fd=at)


def _link(at: int, part: str, path: str) -> Optional[str]:
    """Where a link of root's or of this user's leads; None where there is none. Raises OSError for one of another's."""
    try:
        found = os.stat(part, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISLNK(found.st_mode):
        return None
    if found.st_uid not in (0, os.geteuid()):
        raise PermissionError(
            errno.EPERM,
            "it is a link that belongs to user %d, who could lead it anywhere; name another folder" % found.st_uid,
            path,
        )
    target = os.readlink(part, dir_fd=at)
    again = os.stat(part, dir_fd=at, follow_symlinks=False)
    if (again.st_dev, again.st_ino, again.st_ctime_ns) != (found.st_dev, found.st_ino, found.st_ctime_ns):
        raise OSError(errno.EAGAIN, "it was replaced while it was read; run the task again", path)
    return target
