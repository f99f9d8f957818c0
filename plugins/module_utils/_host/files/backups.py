# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Copies of a file as it was before a change, kept beside it."""

import os
import re
import time
from typing import List

from ..rollback.descriptors import unlink_beside, write_all

# a dot and a final ~: xinetd's includedir, systemd's drop-ins and run-parts all skip such a name
_SUFFIX = ".portcullis.%sZ~"
_STAMP = re.compile(r"\.portcullis\.\d{8}T\d{6}\.\d{6}Z~\Z")


def backup_name(name: str) -> str:
    """A new name for a copy of `name`; names sort by time (UTC, microseconds)."""
    now = time.time()
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now)) + ".%06d" % int(now % 1 * 1000000)
    return name + _SUFFIX % stamp


def make_backup(folder: int, copy: str, data: bytes) -> None:
    """Write `data` into the new file `copy` of an open folder, root (or the caller) 0600 from birth. Raises OSError."""
    descriptor = os.open(
        copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder
    )
    try:
        try:
            os.fchmod(descriptor, 0o600)
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        os.unlink(copy, dir_fd=folder)
        raise


def list_backups(folder: int, name: str) -> List[str]:
    """The copies of `name` in an open folder, oldest first."""
    return sorted(entry for entry in os.listdir(folder) if entry.startswith(name) and _STAMP.match(entry[len(name) :]))


def prune_backups(folder: int, name: str, keep: int) -> None:
    """Remove the oldest copies of `name` until `keep` are left; one that cannot be removed stays: the change itself
    has been made.
    """
    try:
        copies = list_backups(folder, name)
        for copy in copies[: max(0, len(copies) - keep)]:
            unlink_beside(copy, folder)
    except OSError:
        return
