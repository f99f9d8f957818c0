# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The lock that runs on this host hold while they write."""

import errno
import fcntl
import os
from typing import Optional

LOCK_NAME = "portcullis-tcp_wrappers.lock"
LOCK_PATIENCE = 10.0  # seconds; a hung run must not keep the operator out
HELD = (errno.EAGAIN, errno.EACCES)  # what flock(2) says of a lock that another has


def host_lock() -> str:
    """The file whose lock runs on this host hold while they write."""
    return os.path.join("/run" if os.path.isdir("/run") else "/var/run", LOCK_NAME)


def try_lock() -> Optional[int]:
    """The lock that runs hold while they write; None where it cannot be had now."""
    try:
        descriptor = os.open(host_lock(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None
