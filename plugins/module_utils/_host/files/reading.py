# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Read files and folders of a host below its root, without blocking and without following a link out of it."""

import errno
import os
import stat
from typing import IO, List, NamedTuple, Optional

from ..errors import HostError
from .root import Root
from .way import Changed, Way

_UNSEEN = getattr(os, "O_NOATIME", 0)  # Linux has it
READ_LIMIT = 64 * 1024 * 1024
# Lines of a file that is taken apart line by line: each costs some hundred bytes of memory, an empty one too.
MAX_LINES = 250000
# Of a table of the running host, whose lines are root's own: 0.8 to 1.5 KiB each for a change.
MAX_LINES_OF_HOST = 1 << 20


#: What the kernel says of a file itself, to everybody who may look at it.
ANSWERS = frozenset(
    (
        errno.EACCES,
        errno.EPERM,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EISDIR,
        errno.ENXIO,
        errno.ENODEV,
    )
)


class FileState(NamedTuple):
    path: str  # as asked
    real_path: str  # outside path, links followed
    kind: str  # file, missing, dangling, directory, special, unreadable
    data: Optional[bytes]
    uid: Optional[int]
    gid: Optional[int]
    mode: Optional[int]  # permission bits, with set-id and sticky
    errno: int  # 0 for a readable file

    @property
    def is_answer(self) -> bool:
        """Whether every program would be told the same about it; not where somebody holds it, or this process has used
        up what it may have.
        """
        return self.errno == 0 or self.errno in ANSWERS


class FileTooLarge(HostError):
    """A file is longer than the caller is ready to hold in memory."""


def stat_file(root: Root, path: str) -> FileState:
    """What stands at `path`, without its bytes: `data` is None and `errno` says only what stat met."""
    return _look(root, path, None)


def read(root: Root, path: str, limit: int = READ_LIMIT, lines: int = MAX_LINES) -> FileState:
    """Read a regular file without ever blocking; what cannot be read is described, not raised.

    `kind` tells a missing file from a dangling link, a directory, a FIFO or device (never opened), and a file that may
    not be read. /dev/null in a file's place reads as empty, as it does for libwrap. Raises FileTooLarge beyond `limit`
    bytes or `lines` lines.
    """
    state = _look(root, path, limit)
    if state.data is not None and state.data.count(b"\n") > lines:
        raise FileTooLarge(
            "%s has more than %d lines: no file of this kind is so large. Inspect it." % (state.real_path, lines)
        )
    return state


def open_file(root: Root, path: str) -> IO[bytes]:
    """A regular file opened to be read as a stream. Raises HostError for anything else, without blocking."""

    def opened(way: Way) -> int:
        if way.info is None:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if not stat.S_ISREG(way.info.st_mode):
            raise HostError("%s is not a regular file." % path)
        return open_unseen(way)

    try:
        return os.fdopen(root.reach(path, opened), "rb")
    except OSError as exc:
        raise explain(exc, "read", root, path)


def list_folder(root: Root, path: str) -> List[str]:
    """The names in a folder in C-locale order; [] where it does not exist. Raises HostError where it cannot be read."""
    try:
        location = root.locate(path)
        if not location.exists:
            return []
        folder = root.open_folder(location.real_path)
        try:
            names = os.listdir(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "list", root, path)
    return sorted(names, key=os.fsencode)


def explain(exc: OSError, doing: str, root: Root, path: str) -> HostError:
    """One sentence for what the kernel said, with the file and the remedy."""
    where = path if root.is_host else "%s below %s" % (path, root.path)
    number = exc.errno or 0
    remedy = {
        errno.EACCES: "run the task with the rights to do so (become: true)",
        errno.EPERM: "run the task as root (become: true), and if the file is immutable or append-only, take that away "
        "first (chattr -i -a)",
        errno.EROFS: "the file system is mounted read-only",
        errno.ENOSPC: "make room on the file system; the old file is as it was",
        errno.EDQUOT: "the disk quota is used up; the old file is as it was",
        errno.ELOOP: "its symbolic links lead in a circle, or one was put there while it was read",
        errno.EMLINK: "its symbolic links lead through more than 1000 names: name the file itself",
        errno.ENOTDIR: "a file stands where its path needs a folder",
        errno.EISDIR: "name a file; a directory that stands in the place of a file must be moved away first",
        errno.ENOENT: None if doing == "read" else "make its folder first",
        errno.ENAMETOOLONG: "the path is too long",
        errno.ETIMEDOUT: "it is on a file system of a user's own program (FUSE), which is not asked: name a file elsewhere",
        errno.EOPNOTSUPP: "a link leads to a file of the kernel's (/proc, /sys), which is not read through one"
        if doing == "read"
        else None,
        errno.ENOLCK: "its file system has no locks (NFS without lockd): mount it with locks, or set rollback_timeout: 0",
        errno.ENOSYS: "its file system has no locks (Lustre without flock): mount it with locks, or set "
        "rollback_timeout: 0",
        errno.EAGAIN: "somebody holds it (fcntl(2), F_SETLEASE), or changes its folders or links all the time: find out "
        "who, and run again",
    }.get(number)
    text = "cannot %s %s: %s" % (doing, where, os.strerror(number) if number else str(exc))
    return HostError("%s: %s." % (text, remedy) if remedy else text + ".")


def _look(root: Root, path: str, limit: Optional[int]) -> FileState:
    try:
        return root.reach(path, lambda way: _look_at(root, way, limit))
    except OSError as exc:
        real_path = root.outside([part for part in path.split("/") if part])
        return FileState(path, real_path, "unreadable", None, None, None, None, exc.errno or errno.EIO)


def _look_at(root: Root, way: Way, limit: Optional[int]) -> FileState:
    real_path = root.location(way).real_path
    if way.info is None:
        kind = "dangling" if way.through_link else "missing"
        return FileState(way.path, real_path, kind, None, None, None, None, errno.ENOENT)

    info = way.info

    def state(kind: str, data: Optional[bytes], number: int) -> FileState:
        return FileState(way.path, real_path, kind, data, info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode), number)

    if stat.S_ISDIR(info.st_mode):
        return state("directory", None, errno.EISDIR)
    if not stat.S_ISREG(info.st_mode):
        null = is_null(info)
        return state("special", b"" if null else None, 0 if null else errno.ENXIO)
    if limit is None:
        return state("file", None, 0)
    try:
        descriptor = open_unseen(way)
        try:
            info = os.fstat(descriptor)
            if not stat.S_ISREG(info.st_mode):
                return state("special", None, errno.ENXIO)
            if info.st_size > limit:
                raise _too_large(real_path, limit)  # before a byte is read: a hole costs its maker nothing
            data = read_all(descriptor, limit, real_path)
        finally:
            os.close(descriptor)
    except Changed:
        raise
    except OSError as exc:
        return state("unreadable", None, exc.errno or errno.EIO)
    return state("file", data, 0)


def is_null(info: os.stat_result) -> bool:
    """Whether a file is /dev/null."""
    return stat.S_ISCHR(info.st_mode) and info.st_rdev == _null_device()


def open_unseen(way: Way) -> int:
    """Open a file without a new time of its last reading, which tells whether a daemon has read it (see unread.py);
    that is its owner's and root's right. The name may have become a FIFO since it was looked at: nothing blocks.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
    if _UNSEEN:
        try:
            return way.open(flags | _UNSEEN)
        except PermissionError:
            pass
    return way.open(flags)


def read_all(descriptor: int, limit: int, real_path: str) -> bytes:
    """All bytes of an open file from its start. Raises FileTooLarge beyond `limit`."""
    chunks: List[bytes] = []
    total = 0
    while True:
        chunk = os.read(descriptor, 1024 * 1024)
        if not chunk:
            return b"".join(chunks)
        total += len(chunk)
        if total > limit:
            raise _too_large(real_path, limit)
        chunks.append(chunk)


def _too_large(real_path: str, limit: int) -> FileTooLarge:
    return FileTooLarge(
        "%s is larger than %d bytes: no file of this kind is so large. Inspect it." % (real_path, limit)
    )


def _null_device() -> int:
    try:
        return os.stat("/dev/null").st_rdev
    except OSError:
        return -1
