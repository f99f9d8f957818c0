# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How much is read of files whose number an image decides: a hard link or a hole costs its maker nothing, and us its size."""

from .reading import FileState, FileTooLarge, read
from .root import Root


class AllowanceSpent(FileTooLarge):
    """More files, or more bytes of them, than any host has: the rest is not to be read."""


class Allowance:
    """What one reader may still read: so many files, so many bytes of each, and so many of all together."""

    def __init__(self, what: str, files: int, one: int, size: int) -> None:
        """`what` names the files in messages ("unit files"); `one` and `size` are bytes of a file and of all."""
        self._what = what
        self._files = files
        self._one = one
        self._size = size
        self._files_left = files
        self._size_left = size

    def read(self, root: Root, path: str) -> FileState:
        """As read(). Raises FileTooLarge for a file of more than `one` bytes, and AllowanceSpent beyond all of them."""
        self._files_left -= 1
        if self._files_left < 0:
            raise AllowanceSpent(
                "%s was not read: there are more than %d %s, and no host needs so many. Look for a folder that is too "
                "full." % (path, self._files, self._what)
            )
        limit = min(self._one, self._size_left)
        try:
            state = read(root, path, limit)
        except FileTooLarge:
            self._size_left -= limit
            if limit == self._one:
                raise
            raise AllowanceSpent(
                "%s was not read: the %s have more than %d bytes together, and no host needs so many. Look for large "
                "files that do not belong there." % (path, self._what, self._size)
            )
        self._size_left -= len(state.data or b"")
        return state
