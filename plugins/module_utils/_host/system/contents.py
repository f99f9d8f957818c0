# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands in the programs of one host: every file is read once, whatever its names, and all of them are bounded."""

import hashlib
import os
from typing import IO, Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

from ..errors import HostError
from ..files.files import open_file
from ..files.root import Root

MAX_CONTENTS = 1024 * 1024 * 1024  # bytes that are read of root's programs, and as many of all others
MAX_HELD = 16 * 1024 * 1024  # bytes of a program that are searched for a text: sshd has one
_BLOCK = 1024 * 1024

Key = Tuple[int, int]


class Contents:
    """Answers about the bytes of programs. Those of other users than root cannot use up what is kept for root's."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._left = {True: MAX_CONTENTS, False: MAX_CONTENTS}  # by whether the file is root's, or our own user's
        self._kept: Dict[Tuple[Key, str], Any] = {}
        self._unread: Set[str] = set()

    def unread(self, path: str) -> bool:
        """Whether a program was asked about and not read, because all together are too large."""
        return path in self._unread

    def key(self, path: str) -> Tuple[Key, int]:
        """What names of one file have in common, and its size. Raises HostError and OSError."""
        with open_file(self._root, path) as stream:
            info = os.fstat(stream.fileno())
        return (info.st_dev, info.st_ino), info.st_size

    def leave_unread(self, path: str) -> None:
        """Note that what a program was to be compared with, or another name of it, was too much to read."""
        self._unread.add(path)

    def held(self, path: str, texts: Sequence[bytes], fold: bool = False) -> List[bytes]:
        """Which texts stand in the first part of a program, with `fold` in letters of any case; none where it cannot be
        read.
        """

        def look(stream: IO[bytes]) -> List[bytes]:
            data = stream.read(MAX_HELD)
            data = data.lower() if fold else data
            return [text for text in texts if text in data]

        try:
            return self._once(path, "%s %r" % (fold, tuple(texts)), MAX_HELD, look) or []
        except (HostError, OSError):
            return []

    def digest(self, path: str) -> Optional[bytes]:
        """The same for all files of the same bytes; None, and the file is unread, where it would be too much to read. Raises
        HostError and OSError.
        """

        def look(stream: IO[bytes]) -> bytes:
            found = hashlib.sha256()
            left = os.fstat(stream.fileno()).st_size  # its owner may make it grow while it is read
            while left > 0:
                block = stream.read(min(left, _BLOCK))
                if not block:
                    break
                found.update(block)
                left -= len(block)
            return found.digest()

        found: Optional[bytes] = self._once(path, "digest", 0, look)
        return found

    def _once(self, path: str, question: str, limit: int, look: Callable[[IO[bytes]], Any]) -> Any:
        """What `look` finds in a file, once for all its names; None where it would be too much. `limit` is how much it
        reads at most, 0 for all.
        """
        with open_file(self._root, path) as stream:
            info = os.fstat(stream.fileno())
            key = ((info.st_dev, info.st_ino), question)
            if key not in self._kept:
                ours = not self._root.is_host or info.st_uid in (0, os.geteuid())
                size = min(info.st_size, limit) if limit else info.st_size
                if size > self._left[ours]:
                    self._unread.add(path)
                    return None
                self._left[ours] -= size
                self._kept[key] = look(stream)
            return self._kept[key]
