# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Names looked at without a question to a file system for which a user's own program answers (FUSE): it may have been
mounted a moment ago, so no list of mounts that was read before tells.

A descriptor of O_PATH asks nothing, and tells the mount that it is on (open(2), proc(5)).
"""

import errno
import os
from typing import Optional, Set

from ..rollback.mountinfo import OWN_MOUNTS, mounts_of
from .mounts import users_mounts_among

O_PATH: Optional[int] = getattr(os, "O_PATH", None)  # None: a system without, which has no such mounts of users either
_others: Set[bytes] = set()  # mounts that are none of users'


def look(name: str, folder: Optional[int], flags: int = 0) -> int:
    """A descriptor of what stands at a name, of a link the link itself, that can only be asked (O_PATH). Raises OSError as
    open(2), and ETIMEDOUT for what is on a file system of a user's own program.
    """
    descriptor = os.open(name, (O_PATH or 0) | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)
    try:
        mount = mount_of(descriptor)
        if mount is not None and _is_users(mount):
            raise OSError(errno.ETIMEDOUT, "a user's own program would have to answer (FUSE)", name)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lstat(path: str) -> os.stat_result:
    """As os.lstat(). Raises ETIMEDOUT too, as look(); what leads to the last name is asked."""
    if O_PATH is None:
        return os.lstat(path)
    descriptor = look(path, None)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def is_missing(path: str) -> bool:
    """Whether nothing stands at a path, in a folder of which that is known."""
    try:
        lstat(path)
    except OSError as exc:
        return exc.errno in (errno.ENOENT, errno.ENOTDIR)
    return False


def mount_of(descriptor: int) -> Optional[bytes]:
    """The number of the mount that a descriptor is on (proc(5), fdinfo); None where the kernel does not say."""
    try:
        told = os.open("/proc/self/fdinfo/%d" % descriptor, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        lines = [line.split() for line in os.read(told, 4096).split(b"\n")]
    finally:
        os.close(told)
    return next((words[1] for words in lines if words[:1] == [b"mnt_id:"] and len(words) == 2), None)


def _is_users(mount: bytes) -> bool:
    """Whether a mount is one of FUSE that another user than root has made, by the mounts as they are now."""
    if mount in _others:
        return False
    try:
        with open(OWN_MOUNTS, "rb") as stream:
            line = next((line for line in stream if line.startswith(mount + b" ")), b"")
    except OSError:
        return False
    if users_mounts_among(mounts_of(line)):
        return True
    if line:
        _others.add(mount)
    return False
