# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A table's bytes as the logical lines that libwrap's xgets() makes of them (hosts_access(5), facts of long lines)."""

import re
from typing import Iterator, List, Tuple

from .dialects import Dialect

#: The buffer of a joined logical line: 2,046 characters, a newline and a NUL fit.
BUFFER = 2048

RULE = "rule"
COMMENT = "comment"
BLANK = "blank"
NO_SEPARATOR = "no_separator"
UNFINISHED = "unfinished"
HANG = "hang"

_BLANKS = b" \t\r\n"
# Runs of physical lines that add nothing to a joined line; libwrap counts only the first kind.
_CONTINUED = re.compile(rb"(?:\\\n)+")
_NUL_LINES = re.compile(rb"(?:\0\n)+")


class Line(object):
    """One logical line.

    ``first`` and ``last`` number its physical lines from 1; ``start`` and ``end`` are its byte offsets in the table,
    the newline included; ``text`` is what libwrap compares, joined; ``kind`` is one of the constants of this module.
    """

    __slots__ = ("kind", "first", "last", "start", "end", "text")

    def __init__(self, kind: str, first: int, last: int, start: int, end: int, text: bytes) -> None:
        self.kind = kind
        self.first = first
        self.last = last
        self.start = start
        self.end = end
        self.text = text

    def __repr__(self) -> str:
        return "Line(%s, %d-%d, %r)" % (self.kind, self.first, self.last, self.text)


def split_field(text: bytes, delimiter: bytes, brackets: str) -> Tuple[bytes, bytes, bool]:
    """split_at(): the part before the first delimiter outside brackets, the part after it, and whether there is one.

    ``brackets``: "none" looks at none, "depth" counts them, "toggle" takes a second ``[`` for the end of the first.
    """
    if brackets == "none" or (b"[" not in text and b"]" not in text):
        before, found, after = text.partition(delimiter)
        return before, after, bool(found)
    depth, start, position = 0, 0, text.find(delimiter)
    while position >= 0:
        if brackets == "depth":
            depth += text.count(b"[", start, position) - text.count(b"]", start, position)
        else:
            closed = text.rfind(b"]", start, position)
            depth = (text.count(b"[", max(start, closed), position) + (depth if closed < 0 else 0)) % 2
        if depth == 0:
            return text[:position], text[position + 1 :], True
        start = position + 1
        position = text.find(delimiter, start)
    return text, b"", False


def read_lines(data: bytes, dialect: Dialect) -> Iterator[Line]:
    """Every logical line of a table, in order; their ``start`` and ``end`` cover each byte exactly once.

    The last line has kind ``unfinished`` or ``hang`` where libwrap stops reading.
    """
    size = len(data)
    position = 0
    number = 0
    careful = b"\0" in data
    while position < size:
        start, first = position, number + 1
        newline = data.find(b"\n", position, position + BUFFER - 1)
        if not careful and newline >= 0 and data[newline - 1 : newline] != b"\\":
            text = data[position : newline + 1]
            position = newline + 1
            number += 1
        elif not careful and newline == position:
            text = b"\n"
            position += 1
            number += 1
        else:
            text, position, number, state = _careful_line(data, position, number, dialect)
            if state == "nothing":
                yield Line(BLANK, first, max(number, first), start, position, text)
                continue
            if state == "hang":
                yield Line(HANG, first, max(number, first), start, size, text)
                return
            if text[-1:] != b"\n":
                yield Line(UNFINISHED, first, max(number, first), start, position, text)
                if dialect.long_line == "stop":
                    if position < size:
                        yield Line(BLANK, number + 1, number + 1, position, size, b"")
                    return
                continue
        yield Line(_kind(text, dialect), first, number, start, position, text)


# Long: xgets() is one loop over one buffer, and every state of it would be a parameter.
def _careful_line(data: bytes, position: int, number: int, dialect: Dialect) -> Tuple[bytes, int, int, str]:
    """xgets() to the letter: continuation, NULs, the full buffer. Returns text, next offset, line number, state."""
    size = len(data)
    pieces: List[bytes] = []
    room = BUFFER
    filled = 0
    while True:
        if room <= 1:
            if dialect.long_line == "hang":
                return b"".join(pieces), position, number, "hang"
            if dialect.long_line == "skip":
                position, number = _skip_line(data, position, number)
            return b"".join(pieces), position, number, "full"
        if position >= size:
            return b"".join(pieces), position, number, "end" if filled else "nothing"
        if room > 2:
            run = _CONTINUED.match(data, position)
            if run is not None:
                number += (run.end() - position) // 2
                position = run.end()
                continue
            run = _NUL_LINES.match(data, position)
            if run is not None:
                position = run.end()
                continue
        limit = min(size, position + room - 1)
        newline = data.find(b"\n", position, limit)
        end = newline + 1 if newline >= 0 else limit
        piece = data[position:end]
        position = end
        nul = piece.find(b"\0")
        if nul >= 0:
            piece = piece[:nul]
        got = len(piece)
        if piece[-1:] == b"\n":
            number += 1
            if piece[-2:-1] == b"\\":
                got -= 2
                piece = piece[:-2]
            else:
                pieces.append(piece)
                return b"".join(pieces), position, number, "line"
        pieces.append(piece)
        filled += got
        room -= got


def _skip_line(data: bytes, position: int, number: int) -> Tuple[int, int]:
    """The build that skips what did not fit: up to the newline that ends the logical line."""
    size = len(data)
    while position < size:
        newline = data.find(b"\n", position)
        if newline < 0:
            return size, number
        number += 1
        position = newline + 1
        if data[newline - 1 : newline] != b"\\":
            break
    return position, number


def _kind(text: bytes, dialect: Dialect) -> str:
    if dialect.comment_anywhere:
        text = strip_comment(text)
    elif text[:1] == b"#":
        return COMMENT
    if not text.strip(_BLANKS):
        return COMMENT if dialect.comment_anywhere and text == b"" else BLANK
    if not split_field(text, b":", dialect.daemon_brackets)[2]:
        return NO_SEPARATOR
    return RULE


def strip_comment(text: bytes) -> bytes:
    """FreeBSD: everything from the first ``#`` that no backslash precedes."""
    position = text.find(b"#")
    while position > 0 and text[position - 1 : position] == b"\\":
        position = text.find(b"#", position + 1)
    return text if position < 0 else text[:position]
