# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Open the folder of a report, which nobody else may write to: on the controller, or on the host that receives a copy.

The way to it is walked by descriptors, a link at a time, so that a link which another user puts there meanwhile leads
nowhere.
"""

import errno
import os
import stat
from typing import List, Optional

#: The file that tells a folder of reports from others.
REPORT = "fleet.json"
_MOST_LINKS = 40  # as many as Linux follows
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A link is an error here, also one that came just now. Enough to go on from a folder that may be searched and not listed
_THROUGH = _FOLDER | getattr(os, "O_PATH", os.O_RDONLY)


def open_report_folder(path: str) -> int:
    """The descriptor of the folder of a report, which is made, with mode 0700, where it is missing.

    A folder that is empty, or holds a report, gets mode 0700. Another one keeps its mode. Raises OSError where it
    belongs to another user, where others may write to it, or where a link of another user is on the way.
    """
    folder = _walk(path, True)
    try:
        if _wants_mode(folder, path):
            os.fchmod(folder, 0o700)
    except BaseException:
        os.close(folder)
        raise
    return folder


def changes_report_folder(path: str) -> bool:
    """Whether open_report_folder would make the folder, or set its mode. Raises OSError as it does."""
    try:
        folder = _walk(path, False)
    except FileNotFoundError:
        return True
    try:
        return _wants_mode(folder, path)
    finally:
        os.close(folder)


def _wants_mode(folder: int, path: str) -> bool:
    """Whether the folder must get mode 0700. Raises OSError where it cannot be this user's alone."""
    found = os.fstat(folder)
    if found.st_uid != os.geteuid():
        raise PermissionError(
            errno.EPERM,
            "it belongs to user %d, who could change what is in it; name another folder" % found.st_uid,
            path,
        )
    names = os.listdir(folder)
    if not names or REPORT in names:
        return stat.S_IMODE(found.st_mode) != 0o700
    if found.st_mode & 0o022:
        raise PermissionError(
            errno.EPERM,
            "it holds other files, and other users may write to it; name another folder, such as one below it",
            path,
        )
    return False


def _walk(path: str, make: bool) -> int:
    """The descriptor of a folder, behind links of root's and of this user's only. Raises OSError with its path."""
    try:
        return _walk_parts(path, make)
    except OSError as error:
        if error.filename is not None and os.path.isabs(error.filename):
            raise
        raise OSError(error.errno, error.strerror, path)  # the system told it without its folder


def _walk_parts(path: str, make: bool) -> int:
    pending, where = _parts(os.path.abspath(path)), os.sep  # `where` is for messages
    at, left = os.open(os.sep, _THROUGH), _MOST_LINKS
    try:
        while pending:
            part = pending.pop()
            target = _link(at, part, os.path.join(where, part))
            if target is None:
                if make:
                    _make(at, part, 0o755 if pending else 0o700)
                at = _replaced(at, os.open(part, _THROUGH, dir_fd=at))
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


def _make(at: int, part: str, mode: int) -> None:
    """Make a folder in a folder where it is missing."""
    try:
        os.stat(part, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        try:
            os.mkdir(part, mode, dir_fd=at)
        except FileExistsError:
            pass  # another host's process was faster


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
