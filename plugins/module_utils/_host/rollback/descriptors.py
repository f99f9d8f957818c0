# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files and folders by descriptors: everything is reached through those of folders that no link leads to."""

import errno
import os
from contextlib import contextmanager
from typing import Iterator, List

SIZE_LIMIT = 128 * 1024 * 1024
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def open_folder(path: str) -> int:
    """A descriptor of a folder, reached name by name without following a link. Raises OSError (ELOOP, ENOTDIR) where
    one is in the way.
    """
    descriptor = os.open("/", FOLDER_FLAGS)
    for part in [part for part in path.split("/") if part]:
        try:
            deeper = os.open(part, FOLDER_FLAGS, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = deeper
    return descriptor


def read_all(descriptor: int) -> bytes:
    """All bytes of an open file. Raises OSError (EFBIG) beyond what a table can be."""
    chunks: List[bytes] = []
    total = 0
    while True:
        chunk = os.read(descriptor, 1024 * 1024)
        total += len(chunk)
        if total > SIZE_LIMIT:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte of `data` at the descriptor's position. Raises OSError (ENOSPC and the like)."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def overwrite(descriptor: int, data: bytes) -> None:
    """Make these all bytes of an open file, in place. Room is taken before a byte is changed: where there is none the file
    stays as it was. Raises OSError (ENOSPC and the like).
    """
    size = os.fstat(descriptor).st_size
    try:
        if data and hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, len(data))
    except OSError as error:
        os.ftruncate(descriptor, size)  # some file systems keep what they could take
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
    write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))


def unlink(name: str, folder: int) -> None:
    """Remove a name from an open folder, if it is there."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.EROFS or is_in(name, folder):
            raise  # on a read-only file system a name that is not there cannot be removed either


@contextmanager
def same_time(folder: int) -> Iterator[None]:
    """What is done to an open folder leaves the time of its last change. Names of ours come and go beside the files that
    a program reads, and that time tells whether it has read them since (system/ssh_unread.py).
    """
    before = os.fstat(folder)
    try:
        yield
    finally:
        try:
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        except OSError:
            pass  # it is another's, or read-only


def unlink_beside(name: str, folder: int) -> None:
    """Remove a name of ours that no program reads from an open folder, if it is there."""
    with same_time(folder):
        unlink(name, folder)


def is_in(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def remove_folder(path: str) -> None:
    """Remove a folder that is empty."""
    try:
        parent = open_folder(os.path.dirname(path))
    except OSError:
        return
    try:
        os.rmdir(os.path.basename(path), dir_fd=parent)
    except OSError:
        return
    finally:
        os.close(parent)
