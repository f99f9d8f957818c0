# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Patterns on text as state machines: read one byte at a time, then ask whether the whole text matched.

A state is a bit mask of the places in the pattern that the text read so far can have come to; 0 never matches.
"""

from typing import Dict, List, Optional, Tuple

from ..patterns import EXACT, GLOB, PREFIX, SUFFIX, StringPattern

_STAR, _ANY = 0x2A, 0x3F


class Machine(object):
    """One pattern made of literal bytes, ``?`` for one byte and ``*`` for any text.

    ``wild`` false takes ``*`` and ``?`` for themselves; ``fold`` compares without case, of a text given in lower case.
    """

    __slots__ = ("marks", "start", "last", "loops", "steps", "any", "literals")

    def __init__(self, marks: Tuple[int, ...]) -> None:
        """:param marks: bytes; -1 is ``?`` and -2 is ``*``."""
        self.marks = marks
        self.last = 1 << len(marks)
        self.loops = 0
        self.any = 0
        self.steps: Dict[int, int] = {}
        for place, mark in enumerate(marks):
            if mark == -2:
                self.loops |= 1 << place
            elif mark == -1:
                self.any |= 1 << place
            else:
                self.steps[mark] = self.steps.get(mark, 0) | 1 << place
        self.literals = frozenset(self.steps)
        self.start = self._skip(1)

    def _skip(self, state: int) -> int:
        """A ``*`` may stand for nothing."""
        while True:
            more = state | (state & self.loops) << 1
            if more == state:
                return state
            state = more

    def step(self, state: int, byte: int) -> int:
        """The state after one more byte."""
        moved = (state & (self.any | self.steps.get(byte, 0))) << 1 | state & self.loops
        return self._skip(moved) if moved & self.loops else moved

    def accepts(self, state: int) -> bool:
        """Whether the text may end here."""
        return bool(state & self.last)

    def matches(self, text: bytes) -> bool:
        """Whether the whole text matches."""
        state = self.start
        for byte in text:
            state = self.step(state, byte)
        return self.accepts(state)

    def backwards(self) -> "Machine":
        """The same pattern for a text read from its end."""
        return Machine(self.marks[::-1])


def marks_of(pattern: StringPattern) -> Optional[Tuple[int, ...]]:
    """A pattern on text as marks; None for one that is none (networks, ALL, KNOWN).

    Two or more ``*`` at the end of a wildcard want at least one byte, as libwrap's matcher does.
    """
    text = pattern.text
    if pattern.kind == GLOB:
        marks = [-2 if byte == _STAR else -1 if byte == _ANY else byte for byte in text]
        if text.endswith(b"**"):
            while marks and marks[-1] == -2:
                marks.pop()
            marks += [-1, -2]
        return _squeeze(marks)
    if pattern.kind == SUFFIX:
        return (-1, -2) + tuple(text)
    if pattern.kind == PREFIX and pattern.network is None:
        return tuple(text) + (-2,)
    return tuple(text) if pattern.kind == EXACT else None


def _squeeze(marks: List[int]) -> Tuple[int, ...]:
    """Several ``*`` in a row are one."""
    return tuple(mark for place, mark in enumerate(marks) if mark != -2 or place == 0 or marks[place - 1] != -2)
