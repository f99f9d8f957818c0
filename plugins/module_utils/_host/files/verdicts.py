# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which changes were confirmed last: a controller that lost the answer to its confirmation asks again when nothing else
is left of the change.

The file is beside the lock, for root only, and gone with the next start of the system.
"""

import os
import stat
from typing import List

from .rollback import TOKEN, host_lock, read_all, write_all

_KEPT = 20


def remember_confirmed(token: str) -> None:
    """Add a token; where that cannot be done, only a second question is answered worse."""
    try:
        descriptor = _open(os.O_RDWR | os.O_CREAT)
    except OSError:
        return
    try:
        text = "".join(known + "\n" for known in (_tokens(descriptor) + [token])[-_KEPT:])
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        write_all(descriptor, text.encode("ascii"))
    except OSError:
        return
    finally:
        os.close(descriptor)


def was_confirmed(token: str) -> bool:
    """Whether a change was confirmed since the system started, as far as that is known."""
    try:
        descriptor = _open(os.O_RDONLY)
    except OSError:
        return False
    try:
        return token in _tokens(descriptor)
    finally:
        os.close(descriptor)


def _open(flags: int) -> int:
    """Raises OSError where it is not a file of this user alone."""
    path = os.path.splitext(host_lock())[0] + ".confirmed"
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & 0o077:
        os.close(descriptor)
        raise PermissionError()
    return descriptor


def _tokens(descriptor: int) -> List[str]:
    return [line for line in read_all(descriptor).decode("ascii", "replace").split("\n") if TOKEN.match(line)]
