# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Replace and remove files of a host below its root: all or nothing, with owner, mode, ACL, label and attributes
kept.
"""

import errno
import os
import random
import re
import stat
from typing import NamedTuple, Optional

from .attributes import apply_owner_and_mode, read_extended, write_extended
from .backups import make_backup, prune_backups, write_all
from ..errors import HostError
from .reading import READ_LIMIT, FileState, explain, read, read_all
from .root import Root


class WriteResult(NamedTuple):
    changed: bool
    backup_file: Optional[str]  # path as the host in the root sees it
    in_place: bool  # True: the file could not be replaced by a rename (bind mount) and was overwritten


_TEMPORARY = ".%s.portcullis.%d.%08x.tmp"
_LEFTOVER = re.compile(r"\A\.(?P<name>.+)\.portcullis\.\d+\.[0-9a-f]{8}\.tmp\Z")


class FileChanged(HostError):
    """Another program wrote the file after it was read; read it again and redo the change."""


def write(
    root: Root,
    path: str,
    data: bytes,
    uid: Optional[int] = None,
    gid: Optional[int] = None,
    mode: Optional[int] = None,
    backup: bool = False,
    keep: int = 5,
    expected: Optional[FileState] = None,
) -> WriteResult:
    """Make the file hold `data`, by one rename; equal text only has its owner and mode put right.

    None for `uid`, `gid` or `mode`: as they are, and for a new file the caller's own and 0600. A link is followed
    within the root. `backup` keeps the old bytes beside the file, `keep` such copies at most. `expected`: what the
    caller read; if the file is another by now, FileChanged. Raises HostError, the old bytes intact and no temporary
    file left. Two writers at once need lock.Lock.
    """
    before = _writable_state(root, path)
    _refuse_changed(before, expected)
    if before.kind == "file" and before.data == data:
        return WriteResult(ensure_attributes(root, path, uid, gid, mode), None, False)
    try:
        folder = root.open_folder(os.path.dirname(before.real_path))
    except OSError as exc:
        raise explain(exc, "write", root, path)
    copy: Optional[str] = None
    name = os.path.basename(before.real_path)
    done = False
    try:
        if backup and before.data is not None:
            copy = make_backup(folder, name, before.data)
        in_place = _replace(root, folder, name, before, data, uid, gid, mode)
        done = True
    except OSError as exc:
        raise explain(exc, "write", root, path)
    finally:
        if copy is not None and done:
            prune_backups(folder, name, max(1, keep))
        if copy is not None and not done:
            os.unlink(copy, dir_fd=folder)
        os.close(folder)
    kept = None if copy is None else root.inside(os.path.join(os.path.dirname(before.real_path), copy))
    return WriteResult(True, kept, in_place)


def ensure_attributes(
    root: Root,
    path: str,
    uid: Optional[int] = None,
    gid: Optional[int] = None,
    mode: Optional[int] = None,
    check_mode: bool = False,
) -> bool:
    """Put owner, group and mode (None: as they are) of an existing file right; True where something was or, in check
    mode, would be changed.
    """
    location = root.resolve(path)
    try:
        folder = root.open_folder(os.path.dirname(location))
        try:
            name = os.path.basename(location)
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISREG(info.st_mode):
                raise HostError("%s is not a regular file: remove it." % root.inside(location))
            if _matches(info, uid, gid, mode):
                return False
            if check_mode:
                return True
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            try:
                return apply_owner_and_mode(descriptor, uid, gid, mode)
            finally:
                os.close(descriptor)
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "set owner and mode of", root, path)


def remove(root: Root, path: str, backup: bool = False, keep: int = 5) -> WriteResult:
    """Remove a file (a link to it: the file itself); nothing there is no change. Raises HostError."""
    before = _writable_state(root, path)
    if before.kind == "missing":
        return WriteResult(False, None, False)
    try:
        folder = root.open_folder(os.path.dirname(before.real_path))
        try:
            name = os.path.basename(before.real_path)
            copy = make_backup(folder, name, before.data) if backup and before.data is not None else None
            try:
                os.unlink(name, dir_fd=folder)
            except OSError:
                if copy is not None:
                    os.unlink(copy, dir_fd=folder)
                raise
            if copy is not None:
                prune_backups(folder, name, max(1, keep))
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "remove", root, path)
    kept = None if copy is None else root.inside(os.path.join(os.path.dirname(before.real_path), copy))
    return WriteResult(True, kept, False)


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
        finally:
            os.close(folder)
    except OSError as exc:
        raise explain(exc, "write", root, state.path)


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
                if match and match.group("name") == os.path.basename(real_path):
                    os.unlink(entry, dir_fd=folder)
                    count += 1
        finally:
            os.close(folder)
    except OSError as exc:
        if exc.errno != errno.ENOENT:
            raise explain(exc, "tidy up beside", root, path)
    return count


def leftover_name(name: str) -> str:
    """A new name for a temporary file beside the file `name`; remove_leftovers knows it."""
    return _TEMPORARY % (name[:180], os.getpid(), random.SystemRandom().getrandbits(32))


def _writable_state(root: Root, path: str) -> FileState:
    """The file as it stands, or HostError where something that is not a readable regular file is in its place."""
    before = read(root, path, READ_LIMIT)
    refuse_irregular(root, before)
    return before


def refuse_irregular(root: Root, state: FileState) -> None:
    """Raise HostError where something that is not a readable regular file stands in its place; nothing there is all right."""
    if state.kind in ("file", "missing"):
        return
    if state.kind == "dangling":
        raise HostError(
            "%s is a link to %s, which does not exist: remove the link or make its target."
            % (state.path, root.inside(state.real_path))
        )
    if state.kind == "special":
        raise HostError("%s is a device, FIFO or socket and cannot be replaced by a file: remove it." % state.path)
    raise explain(OSError(state.errno, ""), "replace", root, state.path)


def _refuse_changed(now: FileState, expected: Optional[FileState]) -> None:
    if expected is not None and (now.real_path, now.data) != (expected.real_path, expected.data):
        raise FileChanged(
            "%s was changed by another program while the task ran: nothing was written; run the task again." % now.path
        )


def _matches(info: os.stat_result, uid: Optional[int], gid: Optional[int], mode: Optional[int]) -> bool:
    return uid in (None, info.st_uid) and gid in (None, info.st_gid) and mode in (None, stat.S_IMODE(info.st_mode))


def _replace(
    root: Root,
    folder: int,
    name: str,
    before: FileState,
    data: bytes,
    uid: Optional[int],
    gid: Optional[int],
    mode: Optional[int],
) -> bool:
    """Rename a complete new file over the old one; True where it had to be overwritten in place instead."""
    temporary = leftover_name(name)
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
        )
    except OSError:
        if before.kind == "file" and is_mount_point(before.real_path):
            _overwrite(folder, name, before, data, uid, gid, mode)
            return True
        raise
    try:
        try:
            complete(descriptor, data, folder, name, before, uid, gid, mode)
        finally:
            os.close(descriptor)
        _refuse_changed(_again(root, before), before)
        try:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as exc:
            if exc.errno not in (errno.EBUSY, errno.EXDEV) or before.kind != "file":
                raise
            os.unlink(temporary, dir_fd=folder)
            _overwrite(folder, name, before, data, uid, gid, mode)
            return True
    except BaseException:
        try:
            os.unlink(temporary, dir_fd=folder)
        except FileNotFoundError:
            pass
        raise
    os.fsync(folder)
    return False


def _again(root: Root, before: FileState) -> FileState:
    """The same path read once more, right before the commit."""
    now = read(root, before.path, READ_LIMIT)
    if now.kind == "missing" and before.kind == "missing":
        return before._replace(real_path=now.real_path)
    return now


def complete(
    descriptor: int,
    data: bytes,
    folder: int,
    name: str,
    before: FileState,
    uid: Optional[int],
    gid: Optional[int],
    mode: Optional[int],
) -> None:
    """Fill a new file that shall replace `name` in an open folder, synced, with the owner, mode, ACL and label that it shall have.

    uid, gid, mode None: those of the file before, or of a new one the caller's own and 0600. Raises OSError.
    """
    write_all(descriptor, data)
    if before.kind == "file":
        _take_over(folder, name, descriptor)
        apply_owner_and_mode(
            descriptor,
            before.uid if uid is None else uid,
            before.gid if gid is None else gid,
            before.mode if mode is None else mode,
        )
    else:
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


def _overwrite(
    folder: int, name: str, before: FileState, data: bytes, uid: Optional[int], gid: Optional[int], mode: Optional[int]
) -> None:
    """Write into the existing file. Room is taken before a byte is changed; if writing fails all the same, the old
    bytes are put back.
    """
    old = before.data or b""
    descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        if read_all(descriptor, READ_LIMIT, before.real_path) != old:
            _refuse_changed(before._replace(data=None), before)
        try:
            if len(data) > len(old) and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, len(data))
            _fill(descriptor, data)
        except OSError:
            _fill(descriptor, old)
            raise
        apply_owner_and_mode(descriptor, uid, gid, mode)
    finally:
        os.close(descriptor)


def _fill(descriptor: int, data: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def is_mount_point(real_path: str) -> bool:
    """True where the file itself is a mount (a container's bind mount); False where that cannot be told."""
    try:
        with open("/proc/self/mountinfo", "rb") as stream:
            wanted = (
                os.fsencode(real_path)
                .replace(b"\\", b"\\134")
                .replace(b" ", b"\\040")
                .replace(b"\t", b"\\011")
                .replace(b"\n", b"\\012")
            )
            return any(line.split()[4] == wanted for line in stream)
    except (OSError, IndexError):
        return False
