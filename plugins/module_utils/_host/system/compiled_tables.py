# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which tables a build of libwrap reads: their paths are compiled in, and another build, in /opt or of pkgsrc, may have
others.
"""

import os
from typing import IO, Callable, FrozenSet, Set

from .tables_seen import TABLES

_BLOCK = 1024 * 1024
_LONGEST = 1024  # bytes of a path
_NAMES = tuple(os.path.basename(table).encode() for table in TABLES)


def table_paths(stream: IO[bytes], spend: Callable[[int], None] = lambda size: None) -> FrozenSet[str]:
    """The strings in a file that end with the name of a table, each as a whole. `spend` is told how many bytes are read,
    before they count.
    """
    found: Set[str] = set()
    stream.seek(0)
    tail = b""
    while True:
        block = stream.read(_BLOCK)
        if not block:
            return frozenset(found)
        spend(len(block))
        text = tail + block
        for name in _NAMES:
            end = text.find(name + b"\0")
            while end >= 0:
                found.add(_string_before(text, end) + name.decode())
                end = text.find(name + b"\0", end + 1)
        tail = text[-_LONGEST:]


def names_tables(paths: FrozenSet[str]) -> bool:
    """Whether both tables are named, wherever they are."""
    return all(any(path.endswith(name.decode()) for path in paths) for name in _NAMES)


def names_others(paths: FrozenSet[str]) -> bool:
    """Whether a table is named, and none of that name is the host's."""
    return any(
        table not in paths and any(path.endswith("/" + os.path.basename(table)) for path in paths) for table in TABLES
    )


def _string_before(text: bytes, end: int) -> str:
    start = end
    while start > max(0, end - _LONGEST) and 0x20 < text[start - 1] < 0x7F:
        start -= 1
    return text[start:end].decode("ascii")
