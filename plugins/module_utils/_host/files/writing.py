# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands around a file of a host that is replaced: whether it can be, its folder, a new file's attributes, and
what a killed run left.
"""

import errno
import os
import random
import re
from typing import Optional, Tuple

from .attributes import apply_owner_and_mode, read_extended, write_extended
from ..errors import HostError
from .mounts import is_mount_point
from .reading import FileState, explain
from ..rollback.descriptors import unlink_beside, write_all
from ..rollback.names import shortened
from .root import Root


_TEMPORARY = ".%s.portcullis.%d.%08x.tmp"
_LEFTOVER = re.compile(r"\A\.(?P<name>.+)\.portcullis\.\d+\.[0-9a-f]{8}\.tmp\Z")


class FileChanged(HostError):
    """Another program wrote the file after it was read; read it again and redo the change."""


def make_folder(root: Root, path: str, mode: int = 0o755) -> bool:
    """Make a folder and the missing ones above it; True where it was not there."""
    try:
        location = root.locate(path)
        if location.exists:
            if not os.path.isdir(location.real_path):
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            return False
        make_folder(root, os.path.dirname(root.inside(location.real_path)), mode)
        folder = root.open_folder(os.path.dirname(location.real_path))
        try:
            os.mkdir(os.path.basename(location.real_path), mode, dir_fd=folder)
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "make the folder", root, path)
    return True


def remove_folder(root: Root, path: str) -> bool:
    """Remove a folder if it is there and empty; True where it was removed."""
    try:
        location = root.locate(path)
        if not location.exists:
            return False
        folder = root.open_folder(os.path.dirname(location.real_path))
        try:
            os.rmdir(os.path.basename(location.real_path), dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as exc:
        if exc.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise explain(exc, "remove the folder", root, path)
    return True


def check_writable(root: Root, state: FileState) -> None:
    """Raise HostError where a file that was read cannot be replaced, as far as that can be told without trying."""
    refuse_irregular(root, state)
    mounted = state.kind == "file" and is_mount_point(state.real_path)
    try:
        folder = root.open_folder(os.path.dirname(state.real_path))
        try:
            for name in [".", os.path.basename(state.real_path)] if mounted else ["."]:
                _check_place(folder, name)
                _refuse_hosts_own(root, state, folder, name)
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "write", root, state.path)


def _refuse_hosts_own(root: Root, state: FileState, folder: int, name: str) -> None:
    """Raise HostError where a mount puts the running host's folder (`.`) or file into an image: nobody would be asked
    whether he comes in by it, and nothing undoes the change.
    """
    own = root.inside(state.real_path)
    try:
        there = os.stat(own if name != "." else os.path.dirname(own))
    except OSError:
        return
    if not root.is_host and os.path.samestat(os.stat(name, dir_fd=folder, follow_symlinks=False), there):
        raise HostError(
            "%s is the running host's own, by a mount: unmount it from the image, or write / as root." % state.real_path
        )


def _check_place(folder: int, name: str) -> None:
    """Raise OSError where the folder (`.`) or a file of it cannot be written."""
    place = (
        folder
        if name == "."
        else os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    )
    try:
        if os.fstatvfs(place).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, "")
    finally:
        if place != folder:
            os.close(place)
    if not os.access(name, os.W_OK, dir_fd=folder):  # root is kept out by an immutable folder only
        raise OSError(errno.EACCES if os.geteuid() else errno.EPERM, "")


def remove_leftovers(root: Root, path: str) -> int:
    """Remove temporary files that a killed run left beside `path`; how many. Only under the lock: a running writer has
    one too.
    """
    real_path = root.resolve(path)
    count = 0
    try:
        folder = root.open_folder(os.path.dirname(real_path))
        try:
            for entry in os.listdir(folder):
                match = _LEFTOVER.match(entry)
                if match and match.group("name") == shortened(os.path.basename(real_path)):
                    unlink_beside(entry, folder)
                    count += 1
        finally:
            os.close(folder)
    except OSError as exc:
        if exc.errno != errno.ENOENT:
            raise explain(exc, "tidy up beside", root, path)
    return count


def leftover_name(name: str) -> str:
    """A new name for a temporary file beside the file `name`; remove_leftovers knows it."""
    return _TEMPORARY % (shortened(name), os.getpid(), random.SystemRandom().getrandbits(32))


def refuse_irregular(root: Root, state: FileState) -> None:
    """Raise HostError where something that is not a readable regular file stands in its place; nothing there is all
    right.
    """
    if state.kind in ("file", "missing"):
        return
    if state.kind == "dangling":
        raise HostError(
            "%s is a link to %s, which does not exist: remove the link or make its target."
            % (state.path, root.inside(state.real_path))
        )
    if state.kind == "special":
        raise HostError("%s is a device, FIFO or socket, which no file replaces: name a file." % state.path)
    raise explain(OSError(state.errno, ""), "replace", root, state.path)


#: Owner, group and mode; None: those of the file before, or of a new one the caller's own and 0600.
Attributes = Tuple[Optional[int], Optional[int], Optional[int]]


def complete(descriptor: int, data: bytes, folder: int, before: FileState, wanted: Attributes) -> None:
    """Fill a new file that shall replace `before` in an open folder, synced, with the owner, mode, ACL and label that
    it shall have.

    Raises OSError.
    """
    uid, gid, mode = wanted
    write_all(descriptor, data)
    if before.kind == "file":
        _take_over(folder, os.path.basename(before.real_path), descriptor)
        apply_owner_and_mode(
            descriptor,
            before.uid if uid is None else uid,
            before.gid if gid is None else gid,
            before.mode if mode is None else mode,
        )
    else:
        write_extended(descriptor, {})
        apply_owner_and_mode(descriptor, uid, gid, 0o600 if mode is None else mode)
    os.fsync(descriptor)


def _take_over(folder: int, name: str, descriptor: int) -> None:
    """Give the new file the ACL, label and attributes of the old one, under the new file's owner."""
    old = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        info = os.fstat(old)
        apply_owner_and_mode(descriptor, info.st_uid if os.geteuid() == 0 else None, info.st_gid, None)
        write_extended(descriptor, read_extended(old))
    finally:
        os.close(old)
