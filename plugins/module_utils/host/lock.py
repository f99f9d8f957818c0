# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An exclusive lock that keeps two writers of a host's tables apart."""

import errno
import fcntl
import os
import time
from types import TracebackType
from typing import Optional, Type

from .errors import HostError
from .reading import explain
from .root import Root

_NAME = "portcullis-tcp_wrappers.lock"


class Lock:
    """`with Lock(root):` one writer at a time; waits at most `timeout` seconds, then HostError naming the holder.

    On a running host the lock is a root-only file in /run (or /var/run), so that no unprivileged user can hold it. For
    an image or a folder it is the folder itself: nothing of ours is left in it. The kernel frees the lock when the
    holder dies, however it dies.
    """

    def __init__(self, root: Root, timeout: float = 60.0) -> None:
        self._root = root
        self._timeout = timeout
        self._descriptor = -1

    def __enter__(self) -> "Lock":
        self._descriptor = self._open()
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as exc:
                if exc.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                    self.release()
                    raise explain(exc, "lock", self._root, "/")
                if time.monotonic() >= deadline:
                    holder = self._holder()
                    self.release()
                    raise HostError(
                        "another run%s has held the lock of %s for %d seconds: wait for it to end, or end it, and run "
                        "the task again." % (holder, self._root.path, int(self._timeout))
                    )
            time.sleep(0.05)
        if self._root.is_host:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.release()

    @staticmethod
    def path_for(root: Root) -> str:
        """What is locked: the file on a running host, the folder itself of an image."""
        if not root.is_host:
            return root.path
        return os.path.join("/run" if os.path.isdir("/run") else "/var/run", _NAME)

    def release(self) -> None:
        """Give the lock up; harmless when it is not held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> int:
        if not self._root.is_host:
            return os.open(self.path_for(self._root), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        path = self.path_for(self._root)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise explain(exc, "open the lock", self._root, path)

    def _holder(self) -> str:
        if not self._root.is_host:
            return ""
        text = os.pread(self._descriptor, 32, 0).strip()
        return " (process %s)" % text.decode("ascii") if text.isdigit() else ""
