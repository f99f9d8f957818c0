# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is kept since the system started, beside the lock: how changes ended, and when super-servers were told."""

import os
import stat
import time
from typing import List

from .descriptors import read_all, write_all
from .host_lock import host_lock
from .names import TOKEN

ENDED = "ended"  # of a change: its watchdog was ended by a signal, and undid it before its time was over
TOLD = "told"  # a super-server: who, and when
KEPT = 20  # tokens of changes that were confirmed, and of those that were ended


def keep_token(ending: str, token: str) -> None:
    """Keep the token of a change that was confirmed, or ended before its time; where that cannot be done, only a later
    question is answered worse.
    """
    try:
        descriptor = _open_kept(ending, os.O_RDWR | os.O_CREAT)
    except OSError:
        return
    try:
        text = "".join(known + "\n" for known in (_tokens(descriptor) + [token])[-KEPT:])
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        write_all(descriptor, text.encode("ascii"))
    except OSError:
        return
    finally:
        os.close(descriptor)


def keep_told(pid: int) -> None:
    """Keep when a super-server was told to read its files again: nothing else shows that it has."""
    mark = _mark_of(pid)
    if mark:
        keep_token(TOLD, "%s%012x" % (mark, int(time.time() * 1000)))


def told_at(pid: int) -> float:
    """When that was the last time, in seconds of the epoch; 0 for never, and before the clock was set back."""
    mark = _mark_of(pid)
    try:
        descriptor = _open_kept(TOLD, os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        times = [int(token[24:36], 16) / 1000.0 for token in _tokens(descriptor) if mark and token.startswith(mark)]
        return max([moment for moment in times if moment <= time.time() + 1], default=0.0)
    finally:
        os.close(descriptor)


def _mark_of(pid: int) -> str:
    """What no other process has: its number, and when it was started (proc(5)); "" where it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stream:
            return "%08x%016x" % (pid, int(stream.read(4096).rpartition(b")")[2].split()[19]))
    except (OSError, IndexError, ValueError):
        return ""


def is_kept(ending: str, token: str) -> bool:
    """Whether a change ended so since the system started, as far as that is known."""
    try:
        descriptor = _open_kept(ending, os.O_RDONLY)
    except OSError:
        return False
    try:
        return token in _tokens(descriptor)
    finally:
        os.close(descriptor)


def _open_kept(ending: str, flags: int) -> int:
    """The file beside the lock. Raises OSError where it is not a file of this user alone."""
    path = "%s.%s" % (os.path.splitext(host_lock())[0], ending)
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & 0o077:
        os.close(descriptor)
        raise PermissionError()
    return descriptor


def _tokens(descriptor: int) -> List[str]:
    return [line for line in read_all(descriptor).decode("ascii", "replace").split("\n") if TOKEN.match(line)]
