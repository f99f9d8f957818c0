# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a process has the host's own libwrap in its memory. Everybody may map a file that is only called so: what
counts is the mapped file itself, and that nobody but root can put one in its place.
"""

import os
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple

from .detect import find_libwrap
from ..files.mounts import closed_places
from ..files.root import Root
from .apart import read_memory, stat_mapped
from .shown import Foreign
from .time_of_users import has_time, taking_time

MAX_BYTES = 4 * 1024 * 1024  # of one process's maps: some forty thousand mappings
MAX_FILES = 8  # called libwrap.so, of one process; one that asks has one
_NAME = b"libwrap.so"
_DELETED = b" (deleted)"
_OTHERS_WRITE = 0o022


class Genuine(NamedTuple):
    files: FrozenSet[Tuple[int, int]]  # device and inode of each library
    folders: FrozenSet[str]  # where they are, links followed


class Budget:
    """How many bytes may still be read of the maps of all processes of a user together."""

    def __init__(self, left: int = 16 * MAX_BYTES) -> None:
        self.left = left


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


def maps_libwrap(pid: int, genuine: Genuine, proc: str, budget: Optional[Budget] = None) -> Optional[bool]:
    """True where the process has one of the `genuine` files in its memory; None where its maps may not be read, are too
    long, or take too long.
    """
    folder = os.path.join(proc, str(pid))
    budget = budget or Budget()
    if not has_time(folder):
        return None
    total = 0
    seen: Set[bytes] = set()
    try:
        with taking_time(folder):
            data = read_memory(folder, "maps", max(0, min(MAX_BYTES, budget.left)) + 1)
            total = len(data)
            for line in data.split(b"\n"):
                if b"/" + _NAME not in line:
                    continue
                mapped = line.split(None, 3)[-1]  # each mapping of one file is the same file
                if mapped not in seen and _is_genuine(folder, line, genuine, proc):
                    return True
                seen.add(mapped)
                if len(seen) > MAX_FILES:
                    return None
            if total > min(MAX_BYTES, budget.left):
                return None
    except OSError:
        return None
    finally:
        budget.left -= total
    return False


def mapped_libraries(pid: int, proc: str) -> Optional[List[str]]:
    """The paths of the libraries and modules in a process's memory, libwrap not among them; None where its maps may not
    be read or are too long.
    """
    paths = _mapped(pid, proc)
    if paths is None:
        return None
    names = [(path, os.path.basename(path)) for path in paths]
    return [path for path, name in names if ".so" in name and not name.startswith((_NAME.decode(), "ld.so.cache"))]


def mapped_libwraps(pid: int, proc: str) -> List[str]:
    """The paths of everything called libwrap in a process's memory; [] where that may not be seen."""
    return [path for path in _mapped(pid, proc) or [] if os.path.basename(path).startswith(_NAME.decode())]


def _mapped(pid: int, proc: str) -> Optional[List[str]]:
    found: Dict[str, None] = {}
    try:
        data = read_memory(os.path.join(proc, str(pid)), "maps", MAX_BYTES + 1)
    except OSError:
        return None
    if len(data) > MAX_BYTES:
        return None
    for line in data.split(b"\n"):
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
    return real_path not in closed_places() and (not os.path.lexists(real_path) or only_roots(real_path))


def _identity(folder: str, words: List[bytes]) -> Optional[Tuple[int, int]]:
    """Device and inode as stat(2) gives them: overlayfs and btrfs have others in maps, which count where the file may
    not be asked.
    """
    try:
        return stat_mapped(folder, os.path.join("map_files", os.fsdecode(words[0])))
    except Foreign:
        return None
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
    closed = closed_places()
    names = [name for name in real_path.split("/") if name]
    for count in range(len(names) + 1):
        place = "/" + "/".join(names[:count])
        if place in closed:
            return False
        try:
            info = os.lstat(place)
        except OSError:
            return False
        if info.st_uid != 0 or info.st_mode & (_OTHERS_WRITE if info.st_gid else 0o002):
            return False
    return True
