# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""An exclusive lock that keeps two writers of a host's tables apart."""

import errno
import fcntl
import os
import stat
import time
from types import TracebackType
from typing import Optional, Type

from ..errors import HostError
from .reading import explain
from ..rollback.host_lock import host_lock
from .root import Root


class Lock:
    """`with Lock(root):` one writer at a time; waits at most `timeout` seconds, then HostError naming the holder.

    Root's lock is a file of its own in /run (or /var/run), for an image one named after the image's folder, so that no
    unprivileged user can hold it. A user who is not root locks the folder itself; who can read it could hold that, so
    the message says how to find the holder. The kernel frees the lock when the holder dies, however it dies.
    """

    def __init__(self, root: Root, timeout: float = 60.0) -> None:
        self._root = root
        self._timeout = timeout
        self._descriptor = -1
        self._held = False
        self._path = self.path_for(root)

    def __enter__(self) -> "Lock":
        deadline = time.monotonic() + self._timeout
        while not self._try():
            if time.monotonic() >= deadline:
                holder = self._holder()
                self.release()
                raise HostError(
                    "another run%s has held the lock of %s (%s) for %d seconds: wait for it to end, or end it, and run "
                    "the task again." % (holder, self._root.path, self._path, int(self._timeout))
                )
            time.sleep(0.05)
        if self._is_file():
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.release()

    @staticmethod
    def path_for(root: Root) -> str:
        """What is locked: the host's file; for an image a file beside it, or for a user who is not root the folder
        itself.
        """
        if root.is_host:
            return host_lock()
        if os.geteuid():
            return root.path
        info = os.stat(root.path)
        return "%s.%x.%x" % (host_lock(), info.st_dev, info.st_ino)

    def release(self) -> None:
        """Give the lock up, and nothing is left of an image's; harmless when it is not held."""
        if self._held and self._is_file() and not self._root.is_host:
            try:
                os.unlink(self._path)  # whoever waits sees that, and takes a new one
            except FileNotFoundError:
                pass
        self._held = False
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _try(self) -> bool:
        """Whether the lock is held now; the file stays open where it is not, to know the holder."""
        if self._descriptor < 0:
            self._descriptor = self._open()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            if exc.errno in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                return False
            self.release()
            raise explain(exc, "lock", self._root, "/")
        if self._is_file() and not self._is_current():
            self.release()
            return self._try()
        self._held = True
        return True

    def _open(self) -> int:
        try:
            if not self._is_file():
                return os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            descriptor = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
            )
        except OSError as exc:
            raise explain(exc, "open the lock", self._root, self._path)
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & 0o077:
            os.close(descriptor)
            raise HostError(
                "the lock %s is not a file of user %d that others cannot open: find out who created it, and remove it."
                % (self._path, os.geteuid())
            )
        return descriptor

    def _is_file(self) -> bool:
        return self._path != self._root.path

    def _is_current(self) -> bool:
        """Whether the file that is locked is still the one that the next run would open."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.lstat(self._path))
        except FileNotFoundError:
            return False

    def _holder(self) -> str:
        if not self._is_file():
            return " (fuser -v %s tells whose)" % self._path
        text = os.pread(self._descriptor, 32, 0).strip()
        return " (process %s)" % text.decode("ascii") if text.isdigit() else ""
