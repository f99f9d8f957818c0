# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Taking back what was done to a table: byte for byte where nobody has written to it since, and else without touching
what others wrote.
"""

from difflib import SequenceMatcher
from typing import List, NamedTuple, Optional, Sequence, Set

from .blocks import read_entries, terminated
from ..dialects import Dialect

Text = Optional[bytes]


class _Edits(NamedTuple):
    kept: List[bool]  # of each line: whether it is still there
    added: List[List[bytes]]  # what stands before each line that did not stand there, and behind the last one


def undone(before: Text, left: Text, now: Text, dialect: Dialect, path: str) -> Text:
    """A table as it would be without what was done to it. None stands for a table that does not exist.

    :param before: the table as it was, :param left: as it was left, :param now: as it stands, with what others wrote
        since.
    :raises TableError: the markers of its blocks do not pair up.

    Where others changed the very lines that are taken back, both versions stay. Whoever writes the result proves it
    (analysis/between.py).
    """
    if now == left or now == before:
        return before
    names = _blocks(left, dialect, path) - _blocks(before, dialect, path)
    middle, old, new = (_lines(data, names, dialect, path) for data in (left, before, now))
    result = b"".join(_with_unended_last(_merged(middle, old, new), before, dialect, path))
    return None if not result and (before is None or now is None) else result


def _blocks(data: Text, dialect: Dialect, path: str) -> Set[str]:
    return set(
        entry.block
        for entry in read_entries(terminated(data or b"", dialect), dialect, path)
        if entry.block is not None
    )


def _lines(data: Text, without: Set[str], dialect: Dialect, path: str) -> List[bytes]:
    """The logical lines, each with its line end, that stand in none of the blocks `without`."""
    return [
        entry.raw
        for entry in read_entries(terminated(data or b"", dialect), dialect, path)
        if entry.block not in without
    ]


def _merged(middle: Sequence[bytes], old: Sequence[bytes], new: Sequence[bytes]) -> List[bytes]:
    """The lines of `middle` with the changes that lead to `old` and those that lead to `new`."""
    back, since = _edits(middle, old), _edits(middle, new)
    result: List[bytes] = []
    for number in range(len(middle) + 1):
        result += since.added[number]
        if back.added[number] != since.added[number]:
            result += back.added[number]
        if number < len(middle) and back.kept[number] and since.kept[number]:
            result.append(middle[number])
    return result


def _edits(middle: Sequence[bytes], other: Sequence[bytes]) -> _Edits:
    kept = [True] * len(middle)
    added: List[List[bytes]] = [[] for _number in range(len(middle) + 1)]
    for word, first, behind, start, end in SequenceMatcher(None, middle, other, False).get_opcodes():
        if word != "equal":
            kept[first:behind] = [False] * (behind - first)
            added[first] += other[start:end]
    return _Edits(kept, added)


def _with_unended_last(lines: List[bytes], before: Text, dialect: Dialect, path: str) -> List[bytes]:
    """The lines with the one that had no line end last again, and again without: libwrap does not read it, and anything
    behind it would give it one.
    """
    whole = terminated(before or b"", dialect)
    missing = len(whole) - len(before or b"")
    if missing:
        last = read_entries(whole, dialect, path)[-1].raw
        if last in lines:
            place = len(lines) - 1 - lines[::-1].index(last)
            return lines[:place] + lines[place + 1 :] + [last[:-missing]]
    return lines
