# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Patterns of file names, as glob(7) has them, in time in proportion to pattern and name.

``fnmatch`` of Python before 3.9 tries all ways in which the stars of a pattern could share a name.
"""

import fnmatch
import functools
import re
from typing import List, Optional, Pattern, Tuple

#: A part of a pattern between two stars: how many letters it stands for, and what they are; None for no letters at all.
Piece = Tuple[int, Optional[Pattern[str]]]


def fits(name: str, pattern: str) -> bool:
    """Whether a pattern stands for a whole name, as ``fnmatch.fnmatchcase`` says."""
    pieces = _pieces(pattern)
    (length, first), (tail, last) = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return len(name) == length and _at(name, 0, pieces[0])
    end = len(name) - tail
    if length > end or not _at(name, 0, (length, first)) or not _at(name, end, (tail, last)):
        return False
    place = length
    for piece in pieces[1:-1]:
        while place + piece[0] <= end and not _at(name, place, piece):
            place += 1
        place += piece[0]
        if place > end:
            return False
    return True


def _at(name: str, place: int, piece: Piece) -> bool:
    return piece[1] is not None and piece[1].match(name[place : place + piece[0]]) is not None


@functools.lru_cache(maxsize=256)
def _pieces(pattern: str) -> List[Piece]:
    found: List[Piece] = []
    length, start, place = 0, 0, 0
    while place < len(pattern):
        if pattern[place] == "*":
            found.append(_piece(length, pattern[start:place]))
            length, start = 0, place + 1
        else:
            length += 1
            if pattern[place] == "[":
                place = _end_of_set(pattern, place)
        place += 1
    return found + [_piece(length, pattern[start:])]


def _end_of_set(pattern: str, place: int) -> int:
    """Where the set that begins at ``place`` ends; a bracket that is not closed stands for itself."""
    first = place + 1 + pattern.startswith("!", place + 1)
    end = pattern.find("]", first + pattern.startswith("]", first))
    return place if end < 0 else end


def _piece(length: int, text: str) -> Piece:
    try:
        return length, re.compile(fnmatch.translate(text))
    except re.error:  # a set such as [z-a], of which older Pythons make no expression
        return length, None
