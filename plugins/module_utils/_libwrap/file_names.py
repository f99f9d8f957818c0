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

MAX_PATTERN = 1024  # letters: a name has 255 bytes
#: A part of a pattern between two stars: how many letters it stands for, and what they are; None for no letters at all.
Piece = Tuple[int, Optional[Pattern[str]]]


def fits(name: str, pattern: str) -> bool:
    """Whether a pattern stands for a whole name, as ``fnmatch.fnmatchcase`` says; one of more than MAX_PATTERN letters
    stands for none.
    """
    if len(pattern) > MAX_PATTERN:
        return False
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
    found: List[List[str]] = [[]]
    place, last = 0, pattern.rfind("]")
    while place < len(pattern):
        end = _end_of_set(pattern, place) if pattern[place] == "[" and place < last else place
        if pattern[place] == "*":
            found.append([])
        elif pattern[place] == "?":
            found[-1].append(".")
        elif end > place:
            found[-1].append(fnmatch.translate(pattern[place : end + 1])[:-2])  # without its end of the text
        else:
            found[-1].append(re.escape(pattern[place]))
        place = end + 1
    return [_piece(letters) for letters in found]


def _end_of_set(pattern: str, place: int) -> int:
    """Where the set that begins at ``place`` ends; a bracket that is not closed stands for itself."""
    first = place + 1 + pattern.startswith("!", place + 1)
    end = pattern.find("]", first + pattern.startswith("]", first))
    return place if end < 0 else end


def _piece(letters: List[str]) -> Piece:
    try:
        return len(letters), re.compile("(?s)(?:%s)\\Z" % "".join(letters))
    except re.error:  # a set such as [z-a], of which older Pythons make no expression
        return len(letters), None
