# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a process has the host's own libwrap in its memory. Everybody may map a file that is only called so: what
counts is the mapped file itself, and that nobody but root can put one in its place.
"""

import os
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from .access import GROUP, USER, access_of, read_acl, writers_of
from .detect import find_libwrap
from ..files.root import Root
from ..files.unasked import is_missing, lstat
from .apart import mapped_files, stat_mapped
from .shown import Foreign
from .time_of_users import Unanswered, has_time, taking_time

MAX_FILES = 8  # called libwrap.so, of one process; one that asks has one
MAX_LIBRARIES = 4096  # of one process
NO_TIME = "the processes of its user, or of people together, take too long to look at"
TOO_MANY = "its process has more in its memory than is looked at"
_NAME = b"libwrap.so"
_DELETED = b" (deleted)"
_OTHERS_WRITE = 0o022


class Genuine(NamedTuple):
    files: FrozenSet[Tuple[int, int]]  # device and inode of each library
    folders: FrozenSet[str]  # where they are, links followed


class Libwrap(NamedTuple):
    """Whether a process has the host's libwrap in its memory."""

    mapped: Optional[bool]  # None: not known
    unseen: str  # why nobody looked to the end of what it maps; empty where somebody did, and where that is not allowed


def genuine_libwraps(paths: Optional[List[str]] = None) -> Genuine:
    """The libwraps of the running host (or of `paths`) that belong to root, in folders in which only root can put a
    file.
    """
    files, folders = set(), set()
    for path in find_libwrap(Root("/")) if paths is None else paths:
        real_path = os.path.realpath(path)
        if only_roots(real_path):
            info = os.stat(real_path)
            files.add((info.st_dev, info.st_ino))
            folders.add(os.path.dirname(real_path))
    return Genuine(frozenset(files), frozenset(folders))


def find_mapped_libwrap(pid: int, genuine: Genuine, proc: str) -> Libwrap:
    """Whether the process has one of the `genuine` files in its memory. One that nobody looked at may have it."""
    folder = os.path.join(proc, str(pid))
    try:
        if not has_time(folder):
            raise Unanswered(folder)
        with taking_time(folder):
            lines, all_of_them = mapped_files(folder, "/" + _NAME.decode(), MAX_FILES)
            if any(_is_genuine(folder, line, genuine, proc) for line in lines):
                return Libwrap(True, "")
    except Unanswered:
        return Libwrap(None, NO_TIME)
    except OSError:
        return Libwrap(None, "")
    return Libwrap(False, "") if all_of_them else Libwrap(None, TOO_MANY)


def mapped_libraries(pid: int, proc: str) -> Optional[List[str]]:
    """The paths of the libraries and modules in a process's memory, libwrap not among them; None where its maps may not
    be read or are too long.
    """
    paths = _mapped(pid, proc, ".so")
    if paths is None:
        return None
    names = [(path, os.path.basename(path)) for path in paths]
    return [path for path, name in names if ".so" in name and not name.startswith((_NAME.decode(), "ld.so.cache"))]


def mapped_libwraps(pid: int, proc: str) -> Optional[List[str]]:
    """The paths of everything called libwrap in a process's memory; None where that may not be seen."""
    paths = _mapped(pid, proc, "/" + _NAME.decode())
    return None if paths is None else [path for path in paths if os.path.basename(path).startswith(_NAME.decode())]


def _mapped(pid: int, proc: str, needle: str) -> Optional[List[str]]:
    try:
        lines, all_of_them = mapped_files(os.path.join(proc, str(pid)), needle, MAX_LIBRARIES)
    except OSError:
        return None
    if not all_of_them:
        return None
    found: Dict[str, None] = {}
    for line in lines:
        words = line.split(None, 5)
        path = words[5] if len(words) == 6 else b""
        found[os.fsdecode(path[: -len(_DELETED)] if path.endswith(_DELETED) else path)] = None
    return list(found)


def _is_genuine(folder: str, line: bytes, genuine: Genuine, proc: str) -> bool:
    """Whether one line of maps (proc(5)) is a genuine library: by its inode, or replaced since in a folder of root's."""
    words = line.rstrip(b"\n").split(None, 5)
    if len(words) < 6 or not words[5].rsplit(b"/", 1)[-1].startswith(_NAME):
        return False
    if _identity(folder, words) in genuine.files:
        return True
    path = words[5]
    if path.endswith(_DELETED):
        path = path[: -len(_DELETED)]
    real_path = os.fsdecode(path)
    # a path is what it seems in our own mount namespace only: in one of their own, users mount what they like
    if os.path.dirname(real_path) not in genuine.folders or not _our_mounts(folder, proc):
        return False
    return is_missing(real_path) or only_roots(real_path)


def _identity(folder: str, words: List[bytes]) -> Optional[Tuple[int, int]]:
    """Device and inode as stat(2) gives them: overlayfs and btrfs have others in maps, which count where the file may
    not be asked. Raises Unanswered.
    """
    try:
        return stat_mapped(folder, os.path.join("map_files", os.fsdecode(words[0])))
    except Foreign:
        return None
    except Unanswered:
        raise
    except OSError:
        pass
    try:
        major, minor = (int(part, 16) for part in words[3].split(b":"))
        return os.makedev(major, minor), int(words[4])
    except (ValueError, OverflowError):
        return None


def _our_mounts(folder: str, proc: str) -> bool:
    try:
        return os.readlink(os.path.join(folder, "ns", "mnt")) == os.readlink(os.path.join(proc, "self", "ns", "mnt"))
    except OSError:
        return False


def only_roots(real_path: str) -> bool:
    """Whether a file and every folder above it belong to root and nobody else may write there. It is gone from / on: what
    is below another user's folder, or on a file system that a user's program answers for, is not asked for.
    """
    names = [name for name in real_path.split("/") if name]
    for count in range(len(names) + 1):
        place = "/" + "/".join(names[:count])
        try:
            info = lstat(place)
        except OSError:
            return False
        if info.st_uid != 0 or info.st_mode & (_OTHERS_WRITE if info.st_gid else 0o002):
            return False
        # with a list of access the group's bits of the mode are its mask, whoever the group is
        if info.st_mode & 0o020 and set(writers_of(access_of(info, read_acl(place)))) - {(GROUP, 0), (USER, 0)}:
            return False
    return True
