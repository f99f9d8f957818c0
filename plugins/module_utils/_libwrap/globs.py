# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Wildcard patterns in linear time: ``*`` any text, ``?`` one byte, nothing else is special."""

from typing import List


class Glob(object):
    """A compiled wildcard pattern.

    libwrap's own matcher wants at least one byte for two or more trailing ``*`` (fact of the Debian build);
    ``two_stars`` keeps that.
    """

    __slots__ = ("pieces", "anchored_start", "anchored_end", "tail_needs_byte")

    def __init__(self, pattern: bytes, two_stars: bool = True) -> None:
        self.tail_needs_byte = two_stars and pattern.endswith(b"**")
        self.anchored_start = not pattern.startswith(b"*")
        self.anchored_end = not pattern.endswith(b"*")
        self.pieces: List[bytes] = [piece for piece in pattern.split(b"*") if piece]

    def matches(self, text: bytes) -> bool:
        """Whether the whole text matches."""
        start, end = 0, len(text)
        pieces = self.pieces
        if not pieces:
            return end > 0 or not self.tail_needs_byte if not (self.anchored_start and self.anchored_end) else end == 0
        first, last = 0, len(pieces)
        if self.anchored_start:
            if not _at(text, pieces[0], 0):
                return False
            start = len(pieces[0])
            first = 1
            if last == 1 and self.anchored_end:
                return start == end
        if self.anchored_end:
            piece = pieces[-1]
            if end - len(piece) < start or not _at(text, piece, end - len(piece)):
                return False
            end -= len(piece)
            last -= 1
        for piece in pieces[first:last]:
            start = _find(text, piece, start, end)
            if start < 0:
                return False
            start += len(piece)
        return not self.tail_needs_byte or start < end


def _at(text: bytes, piece: bytes, position: int) -> bool:
    if b"?" not in piece:
        return text.startswith(piece, position)
    if position + len(piece) > len(text):
        return False
    for offset in range(len(piece)):
        if piece[offset] != 0x3F and piece[offset] != text[position + offset]:
            return False
    return True


def _find(text: bytes, piece: bytes, start: int, end: int) -> int:
    if b"?" not in piece:
        return text.find(piece, start, end)
    for position in range(start, end - len(piece) + 1):
        if _at(text, piece, position):
            return position
    return -1
