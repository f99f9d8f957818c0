# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Make files again what they were, at once: syncing.py lets the disk have that afterwards."""

import errno
import os
import stat
from typing import Callable, Dict, NamedTuple, Optional, Sequence, Tuple

from .descriptors import NEW_FLAGS, open_folder, overwrite, read_all, unlink, write_all
from .names import spare_name

_ACL = "system.posix_acl_access"
_CONTENT_HASHES = ("security.ima", "security.evm")
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
Owner = Tuple[int, int, int]  # uid, gid, permission bits


# one file as it shall be again; `data` None: it shall not be there
class Step(NamedTuple):
    folder: str
    name: str
    data: Optional[bytes]
    owner: Owner
    extended: Dict[str, bytes]
    beside: str  # a second name that may hold it already; "" for none
    mounted: bool = True  # whether it was a mount of its own before the change, or that is not known


def undo(steps: Sequence[Step], opener: Callable[[str], int] = open_folder) -> str:
    """Make the files of all steps, in this order, as the steps say. Returns what stands against it, "" when each has
    been so.

    Where the last step for each file is met already nothing is touched: a file that cannot be written, and never was,
    needs no undoing. A step that fails ends it, for those after it could leave the files half of one policy and half of
    the other. A file below a mount does not end it: whoever opens it finds what the step says.
    """
    last = dict(((step.folder, step.name), step) for step in steps)
    if all(_is_met(step, opener) for step in last.values()):
        return ""
    hidden = ""
    for step in steps:
        try:
            folder = opener(step.folder)
        except OSError as error:
            if step.data is None and error.errno == errno.ENOENT:
                continue
            return "%s: %s" % (step.folder, error.strerror or error)
        path = "%s/%s" % (step.folder.rstrip("/"), step.name)
        try:
            if put_back(folder, step):
                hidden = hidden or "%s: a mount lies over it, and what is below stays new until that is gone" % path
        except OSError as error:
            return "%s: %s" % (path, error.strerror or error)
        finally:
            os.close(folder)
    return hidden


def _is_met(step: Step, opener: Callable[[str], int]) -> bool:
    try:
        folder = opener(step.folder)
    except OSError as error:
        return step.data is None and error.errno == errno.ENOENT
    try:
        return is_as(folder, step.name, step) and not lies_over(folder, step)
    except OSError:
        return False
    finally:
        os.close(folder)


def put_back(folder: int, step: Step) -> bool:
    """Make one file of an open folder as a step says; whether a mount hides another file below it. Raises OSError where
    it is not so afterwards.
    """
    over = lies_over(folder, step)
    if not is_as(folder, step.name, step):
        _replace(folder, step)
    return over


def _replace(folder: int, step: Step) -> None:
    if step.data is None:
        unlink(step.name, folder)
    else:
        source = step.beside
        if not source or not is_as(folder, source, step):
            source = _make_anew(folder, step)
        try:
            os.rename(source, step.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.EXDEV):
                raise
            _overwrite(folder, step)
            unlink(source, folder)
    if not is_as(folder, step.name, step, extended=False):
        raise OSError(errno.EBUSY, "another program writes it")


def lies_over(folder: int, step: Step) -> bool:
    """Whether a mount that was not there before the change hides the file; False where the system does not tell."""
    if step.mounted or step.data is None:
        return False
    try:
        descriptor = os.open(step.name, READ, dir_fd=folder)
    except OSError:
        return False
    try:
        mounts = _mount_of(folder), _mount_of(descriptor)
    finally:
        os.close(descriptor)
    return "" not in mounts and mounts[0] != mounts[1]


def _mount_of(descriptor: int) -> str:
    """The number of the mount that an open file is on (Linux); "" where nothing tells."""
    try:
        with open("/proc/self/fdinfo/%d" % descriptor, "r") as stream:
            numbers = [line.split()[1] for line in stream if line.startswith("mnt_id:")]
    except OSError:
        return ""
    return numbers[0] if numbers else ""


def is_as(folder: int, name: str, step: Step, extended: bool = True) -> bool:
    """Whether a name in an open folder is a file with the bytes, owner and mode of a step, or is not there where it
    shall not be.
    """
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return step.data is None
    if step.data is None or not stat.S_ISREG(info.st_mode) or info.st_size != len(step.data):
        return False
    descriptor = os.open(name, READ, dir_fd=folder)
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) != step.owner:
            return False
        return read_all(descriptor) == step.data and (not extended or _has_extended(descriptor, step.extended))
    finally:
        os.close(descriptor)


def _make_anew(folder: int, step: Step) -> str:
    """A complete file with the old bytes, owner, mode and attributes, under a temporary name."""
    source = spare_name(step.name)
    unlink(source, folder)
    descriptor = os.open(source, NEW_FLAGS, 0o600, dir_fd=folder)
    try:
        write_all(descriptor, step.data or b"")
        _dress(descriptor, step)
    finally:
        os.close(descriptor)
    return source


def _overwrite(folder: int, step: Step) -> None:
    """A file that is a mount of its own is written in place."""
    descriptor = os.open(step.name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        overwrite(descriptor, step.data or b"")
        _dress(descriptor, step)
    finally:
        os.close(descriptor)


def _dress(descriptor: int, step: Step) -> None:
    """Owner first: chown takes set-id bits away. Mode last: it is the mask of an ACL, too."""
    info = os.fstat(descriptor)
    if (info.st_uid, info.st_gid) != step.owner[:2]:
        os.fchown(descriptor, step.owner[0], step.owner[1])
    for key in sorted(step.extended):
        try:
            if os.getxattr(descriptor, key) == step.extended[key]:
                continue
        except OSError:
            pass
        try:
            os.setxattr(descriptor, key, step.extended[key])
        except OSError:
            continue  # a label that this process may not set must not keep the old text away
    if _ACL not in step.extended and hasattr(os, "removexattr"):
        try:
            os.removexattr(descriptor, _ACL)  # of the folder's default
        except OSError:
            pass  # it has none
    os.fchmod(descriptor, step.owner[2])


def _has_extended(descriptor: int, wanted: Dict[str, bytes]) -> bool:
    try:
        return all(key in _CONTENT_HASHES or os.getxattr(descriptor, key) == wanted[key] for key in wanted)
    except (AttributeError, OSError):
        return False
