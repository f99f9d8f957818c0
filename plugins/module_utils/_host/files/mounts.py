# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""File systems of the running host whose answers come from a user's own program (FUSE): it may never give one, and then
not even SIGKILL ends whoever asks. Where fuse.conf says user_allow_other, root's questions reach it too.
"""

import functools
import re
from typing import Dict, FrozenSet

MAX_MOUNTS = 64 * 1024 * 1024  # bytes of one mountinfo; a user's mounts with long names are a few megabytes
_OCTAL = re.compile(rb"\\([0-7]{3})")


@functools.lru_cache(maxsize=None)
def users_mounts() -> Dict[bytes, str]:
    """The mounts of users' programs in our own namespace: their numbers, and where they are."""
    try:
        with open("/proc/self/mountinfo", "rb") as stream:
            return users_mounts_of(stream.read(MAX_MOUNTS))
    except OSError:
        return {}


def users_mounts_of(text: bytes) -> Dict[bytes, str]:
    """The same of a mountinfo (proc(5)): file systems of FUSE that another user than root has mounted."""
    found: Dict[bytes, str] = {}
    for line in text.split(b"\n"):
        mount, _dash, source = line.partition(b" - ")
        fields, words = mount.split(b" "), source.split(b" ")
        if len(fields) < 5 or len(words) < 3 or not words[0].startswith(b"fuse"):
            continue
        if any(option.startswith(b"user_id=") and option != b"user_id=0" for option in words[-1].split(b",")):
            point = _OCTAL.sub(lambda match: bytes([int(match.group(1), 8) & 255]), fields[4])
            found[fields[0]] = point.decode("utf-8", "surrogateescape")
    return found


def closed_places() -> FrozenSet[str]:
    """Where no question is asked of a file."""
    return frozenset(users_mounts().values())
