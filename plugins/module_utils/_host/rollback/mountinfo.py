# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is mounted, as mountinfo tells it (proc(5)): no file system is asked."""

import os
import re
from typing import List, NamedTuple, Optional

OWN_MOUNTS = "/proc/self/mountinfo"
MOST_OF_MOUNTINFO = 64 * 1024 * 1024  # bytes of our own; a user's mounts with long names are a few megabytes
_OCTAL = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of it, with names as paths have them."""

    number: bytes
    parent: bytes  # the mount that it is mounted on
    device: bytes  # b"8:1"
    inner: str  # which folder or file of its file system is mounted
    point: str  # where
    kind: bytes  # b"ext4", b"fuse.sshfs"
    options: bytes  # of the file system: b"rw,user_id=1000"


def read_mounts(path: str = OWN_MOUNTS, most: int = MOST_OF_MOUNTINFO) -> List[Mount]:
    """The mounts of one process, in order; empty where its mountinfo cannot be read."""
    try:
        with open(path, "rb") as stream:
            return mounts_of(stream.read(most))
    except OSError:
        return []


def mounts_of(text: bytes) -> List[Mount]:
    """The mounts of a mountinfo's text; a line that is cut short is none."""
    found = (_mount_of_line(line) for line in text.split(b"\n"))
    return [mount for mount in found if mount is not None]


def _mount_of_line(line: bytes) -> Optional[Mount]:
    before, _dash, after = line.partition(b" - ")
    fields, source = before.split(b" "), after.split(b" ")
    if len(fields) < 6 or len(source) < 3:
        return None
    return Mount(fields[0], fields[1], fields[2], _unescaped(fields[3]), _unescaped(fields[4]), source[0], source[-1])


def _unescaped(field: bytes) -> str:
    """A name without the octal numbers that stand for blanks and line breaks."""
    if b"\\" in field:
        field = _OCTAL.sub(lambda match: bytes([int(match.group(1), 8) & 255]), field)
    return os.fsdecode(field)
