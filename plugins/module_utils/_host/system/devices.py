# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The device that an open file is on, without a question to its file system: statx(2) with AT_STATX_DONT_SYNC, which
Python has no name for.

FUSE heeds that since Linux 4.20 (fs/fuse/dir.c: fuse_update_get_attr); older kernels are not asked.
"""

import ctypes
import os
import re
import struct
from typing import Optional

_EMPTY_PATH, _DONT_SYNC = 0x1000, 0x4000
_SIZE = 256  # of struct statx
_DEVICE = 136  # stx_dev_major, stx_dev_minor
_SINCE = (5, 0)


def device_unasked(descriptor: int) -> Optional[bytes]:
    """The device as mountinfo has it (proc(5)), `b"8:1"`; None where the system cannot tell."""
    if not _heeded(os.uname().release):
        return None
    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except (AttributeError, OSError):
        return None
    answer = ctypes.create_string_buffer(_SIZE)
    if statx(descriptor, b"", _EMPTY_PATH | _DONT_SYNC, 0, answer):
        return None
    return b"%d:%d" % struct.unpack_from("=II", answer.raw, _DEVICE)


def _heeded(release: str) -> bool:
    found = re.match(r"(\d+)\.(\d+)", release)
    return found is not None and (int(found.group(1)), int(found.group(2))) >= _SINCE
