# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files that /proc shows of anybody's process, opened without a question to a file system that somebody brought along.

Users mount what they like in namespaces of their own, also FUSE below an overlay. There every question about a file,
even stat(2), waits for the user's own program, and not even SIGKILL ends the wait. A descriptor of O_PATH asks nothing
and tells the mount (open(2), proc(5)); only a file system that our own namespace has mounted, too, is asked more.
"""

import functools
import os
from typing import Dict, FrozenSet, List

from ..files.mounts import MAX_BYTES_OF_ONE, users_mounts
from ..rollback.mountinfo import Mount, read_mounts
from ..files.unasked import mount_of
from .devices import device_unasked
from .time_of_users import Unanswered, has_time, taking_time

_LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_CLOEXEC


class Foreign(OSError):
    """The file is on a file system that is mounted in somebody's own namespace only."""


def open_shown(folder: str, name: str) -> int:
    """A descriptor, of O_PATH, of what the link `name` in a process's folder of /proc leads to. Raises Foreign, Unanswered
    where it takes too long to find out whether it is, or OSError where it may not be seen.
    """
    descriptor = os.open(os.path.join(folder, name), _LOOK)
    try:
        _refuse_foreign(descriptor, folder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def stat_shown(folder: str, name: str) -> os.stat_result:
    """stat(2) of what the link `name` in a process's folder of /proc leads to. Raises Foreign and OSError."""
    descriptor = open_shown(folder, name)
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def read_shown(folder: str, name: str) -> int:
    """The same as open_shown, to be read. Raises Foreign and OSError."""
    descriptor = open_shown(folder, name)
    try:
        return os.open("/proc/self/fd/%d" % descriptor, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        os.close(descriptor)


def stat_below(folder: str, path: str) -> os.stat_result:
    """stat(2) of a path in a process's own root; a link on the way is not followed. Raises Foreign and OSError."""
    descriptor = open_shown(folder, "root")
    try:
        for part in [part for part in path.split("/") if part]:
            deeper = os.open(part, _LOOK | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
            _refuse_foreign(descriptor, folder)
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _refuse_foreign(descriptor: int, folder: str) -> None:
    """Raise Foreign where a file is on a file system that our namespace has not mounted. A kernel that tells no mount
    has no such namespaces.
    """
    mount = mount_of(descriptor)
    if mount is None or mount in _our_mounts():
        return
    if not has_time(folder):
        raise Unanswered(folder)
    with taking_time(folder):
        # a process in a chroot lists no mount that is outside of it
        device = _devices(read_mounts(os.path.join(folder, "mountinfo"), MAX_BYTES_OF_ONE)).get(
            mount
        ) or device_unasked(descriptor)
    if device is None or device not in _our_devices():
        raise Foreign()


def _devices(mounts: List[Mount]) -> Dict[bytes, bytes]:
    """The device of each mount by the mount's number."""
    return {mount.number: mount.device for mount in mounts}


@functools.lru_cache(maxsize=None)
def _our_mounts() -> Dict[bytes, bytes]:
    """Without those for which a user's program answers."""
    return {mount: device for mount, device in _devices(read_mounts()).items() if mount not in users_mounts()}


@functools.lru_cache(maxsize=None)
def _our_devices() -> FrozenSet[bytes]:
    return frozenset(_our_mounts().values())
