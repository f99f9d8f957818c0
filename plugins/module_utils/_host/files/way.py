# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The way of a path, name by name, as the kernel goes it: each name is looked up in the open folder before it.

Whoever owns a folder on the way may put a link, another folder or nothing there at any moment. A path that is resolved
first and opened then would be refused, or be missing, where the kernel always finds a file.
"""

import errno
import os
import stat
from typing import List, NamedTuple, Optional, Tuple

from ..errors import HostError
from .mounts import is_kernels
from .unasked import O_PATH, look

TRIES = 100  # as often somebody would have to change the way in the same microseconds
MAX_PATH = 4095  # bytes
MAX_LINKS = 40  # what Linux follows before it says ELOOP
MAX_NAMES = 1000  # Linux goes through 80,000, which takes us seconds, and a table may name thousands of such paths
FOLDER_FLAGS = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SEARCH_ONLY = getattr(os, "O_PATH", os.O_RDONLY)  # a folder that may be searched need not be readable


class Changed(OSError):
    """What is on the way changed between two looks at it, which says nothing about it: go again."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EAGAIN, "its folders or links change all the time", path)


class Step(NamedTuple):
    """One link, folder or file on the way, and the folder in which it stands."""

    info: os.stat_result
    folder: os.stat_result
    place: Tuple[str, ...] = ()  # the names of the folder's real path


class Way:
    """Where a path leads from an open folder that it cannot leave: `names` are those of the real path, `folders` the
    folder of each, still open; `info` tells what stands there, None for what is missing. Close it.
    """

    def __init__(self, descriptor: int, path: str, base: str = "/") -> None:
        """Takes the descriptor over, which is of the folder `base`. Raises OSError as the kernel would (ELOOP, ENOTDIR,
        EACCES, ENAMETOOLONG), Changed, ETIMEDOUT instead of a question to a user's own file system, and EMLINK for a
        way of too many names, of which nothing is known then.
        """
        self._base = base
        self.path = path
        self.names: List[str] = []
        self.steps: List[Step] = []
        self.through_link = False  # the last name was a link
        self.missing: List[str] = []
        self.info: Optional[os.stat_result] = None
        self._folders = [descriptor]
        self._last: Optional[int] = None  # of what the last name is, or was when it was looked at
        self._infos: List[os.stat_result] = []
        self._pending = steps(path)[::-1]
        self._links = 0
        try:
            if len(os.fsencode(path)) > MAX_PATH:
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
            self._infos.append(os.fstat(descriptor))
            self._go()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Way":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all folders."""
        self._forget()
        while self._folders:
            os.close(self._folders.pop())

    @property
    def folder(self) -> int:
        """The open folder in which the last name stands, or would be made."""
        return self._folders[-1]

    @property
    def folders(self) -> List[os.stat_result]:
        """The folders of the real path, from the first."""
        return self._infos

    def _go(self) -> None:
        left = MAX_NAMES
        while self._pending:
            part = self._pending.pop()
            left -= 1
            if left < 0:
                raise OSError(errno.EMLINK, os.strerror(errno.EMLINK), self.path)
            if part == ".":
                continue
            if self.names and len(self.names) == len(self._folders):
                self._enter()
            if part == "..":
                self._leave()
                continue
            if not self._look(part):
                return
        if not self.names:
            self.info = self._infos[0]

    def _look(self, part: str) -> bool:
        """Look at the next name; False where it is missing, and nothing stands behind it."""
        try:
            info = self._look_at(part)
        except OSError as exc:
            if exc.errno != errno.ENOENT or ".." in self._pending:
                raise
            self.missing = [name for name in [part] + self._pending[::-1] if name != "."]
            self.info = None
            return False
        self.steps.append(Step(info, self._infos[-1], tuple(self.names)))
        if stat.S_ISLNK(info.st_mode):
            self._follow(part)
        elif self._pending and not stat.S_ISDIR(info.st_mode):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), self.path)
        else:
            self.names.append(part)
            self.info = info
        return True

    def _look_at(self, part: str) -> os.stat_result:
        """lstat(2) of a name in the folder, and what stands there kept to be opened: nothing can take its place then."""
        self._forget()
        if O_PATH is None:
            return os.stat(part, dir_fd=self.folder, follow_symlinks=False)
        self._last = look(part, self.folder)
        return os.fstat(self._last)

    def _forget(self) -> None:
        if self._last is not None:
            os.close(self._last)
            self._last = None

    def _follow(self, part: str) -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), self.path)
        self.through_link = self.through_link or self._pending in ([], ["."])
        try:
            if self._last is None:
                target = os.readlink(part, dir_fd=self.folder)
            else:
                target = os.readlink("", dir_fd=self._last)
        except OSError as exc:
            raise self._changed(exc, (errno.EINVAL, errno.ENOENT))
        self._forget()
        if target.startswith("/"):
            while len(self._folders) > 1:
                self._pop()
            del self.names[:]
        self._pending.extend(reversed(steps("/" + target)))

    def _enter(self) -> None:
        """Open the folder that the last name is."""
        if self._last is not None:
            descriptor, self._last = self._last, None
        else:
            try:
                descriptor = os.open(self.names[-1], SEARCH_ONLY | FOLDER_FLAGS, dir_fd=self.folder)
            except OSError as exc:
                raise self._changed(exc, (errno.ENOTDIR, errno.ELOOP, errno.ENOENT))
        self._folders.append(descriptor)
        self._infos.append(os.fstat(descriptor))

    def _leave(self) -> None:
        if self.names:
            self._pop()
            self.names.pop()
        self.info = self._infos[-1]

    def _pop(self) -> None:
        os.close(self._folders.pop())
        self._infos.pop()

    def _changed(self, exc: OSError, numbers: Tuple[int, ...]) -> OSError:
        return Changed(self.path) if exc.errno in numbers else exc

    def open(self, flags: int) -> int:
        """Open the file that the way leads to. Raises Changed where something else has taken its place, and EOPNOTSUPP for a
        file of the kernel's that somebody's link leads to.
        """
        if self._links and self.info is not None and is_kernels(self.info.st_dev):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), self.path)
        if self._last is not None:
            try:
                return os.open("/proc/self/fd/%d" % self._last, flags | os.O_CLOEXEC)
            except FileNotFoundError:
                pass  # there is no /proc
        try:
            return os.open(self.names[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.folder)
        except OSError as exc:
            raise self._changed(exc, (errno.ELOOP, errno.ENOENT))


def steps(path: str) -> List[str]:
    """The names of a path, and a last "." where it says that a folder is meant: the kernel opens no file as `file/`."""
    return split(path) + (["."] if path.endswith(("/", "/.")) else [])


def split(path: str) -> List[str]:
    """The names of an absolute path, without empty ones and `.`."""
    if not path.startswith("/") or "\0" in path:
        raise HostError("%r is not an absolute path: write it from / on." % (path,))
    return [part for part in path.split("/") if part not in ("", ".")]
