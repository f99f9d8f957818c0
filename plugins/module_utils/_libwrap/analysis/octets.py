# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""IPv4 patterns that are no handful of ranges (``.3``, ``*7``, masks with holes), octet by octet and exact.

A pattern becomes ranges where these are few. The others part all IPv4 addresses into classes, by which of them match; a
class answers which of its addresses comes next, so that a range of addresses within a class is never guessed at.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .patience import Patience
from .ranges import IPV4_END, Ranges
from .wildcards import Machine

#: A pattern of more ranges than this is kept as a class.
FEW = 64

_TEXTS = [b"%d" % octet for octet in range(256)]
_IPV4_TEXT = frozenset(b"0123456789.")


class TextOctets(object):
    """A pattern on the address's text."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.start: Any = machine.start
        self._known: Dict[Tuple[int, bool], List[int]] = {}

    def row(self, state: Any, level: int) -> List[Any]:
        """The state after each of the 256 values of the octet at ``level`` (0 to 3)."""
        key = (state, level < 3)
        row = self._known.get(key)
        if row is None:
            row = self._known[key] = [self._read(state, text + b"." if level < 3 else text) for text in _TEXTS]
        return row

    def _read(self, state: int, text: bytes) -> int:
        for byte in text:
            state = self.machine.step(state, byte)
        return state

    def accepts(self, state: Any) -> bool:
        """Whether an address that led to this state matches."""
        return self.machine.accepts(state)


class MaskOctets(object):
    """``net/mask`` with a mask that has holes."""

    def __init__(self, net: int, mask: int) -> None:
        self.net = net
        self.mask = mask
        self.start: Any = True

    def row(self, state: Any, level: int) -> List[Any]:
        """As TextOctets.row."""
        if not state:
            return [False] * 256
        shift = 24 - 8 * level
        net, mask = self.net >> shift & 255, self.mask >> shift & 255
        return [octet & mask == net for octet in range(256)]

    def accepts(self, state: Any) -> bool:
        """As TextOctets.accepts."""
        return bool(state)


def text_octets(marks: Tuple[int, ...]) -> Optional[TextOctets]:
    """A pattern on text, if it can match an IPv4 address at all."""
    if any(mark >= 0 and mark not in _IPV4_TEXT for mark in marks):
        return None
    return TextOctets(Machine(marks))


def few_ranges(octets: Any, most: int = FEW) -> Optional[Ranges]:
    """The pattern as ranges; None where it would be more than ``most``."""
    return _ranges(octets, (octets.start, 0), most, {})


def _ranges(octets: Any, node: Tuple[Any, int], most: int, known: Dict[Any, Optional[Ranges]]) -> Optional[Ranges]:
    state, level = node
    if level == 4:
        return (0, 1) if octets.accepts(state) else ()
    key = node
    if key not in known:
        size = IPV4_END >> 8 * (level + 1)
        flat: List[int] = []
        for octet, after in enumerate(octets.row(state, level)):
            part = _ranges(octets, (after, level + 1), most, known)
            if part is None:
                known[key] = None
                return None
            for position in part:
                edge = octet * size + position
                if flat and flat[-1] == edge:
                    flat.pop()
                else:
                    flat.append(edge)
            if len(flat) > 2 * most:
                known[key] = None
                return None
        known[key] = tuple(flat)
    return known[key]


class AddressClasses(object):
    """All IPv4 addresses parted by which of some patterns match; class 0 is where none does.

    ``classes``: one tuple of booleans for each class, in the order of the patterns.
    """

    def __init__(self, patterns: Sequence[Any], patience: Optional[Patience] = None) -> None:
        self.patterns = list(patterns)
        self._patience = patience or Patience()
        self.classes: List[Tuple[bool, ...]] = [(False,) * len(self.patterns)]
        self._numbers = {self.classes[0]: 0}
        self._rows: Dict[Any, List[Any]] = {}
        self._reach: Dict[Any, int] = {}
        self._start = tuple(pattern.start for pattern in self.patterns)
        self._explore(self._start, 0)

    def matching(self, index: int) -> List[int]:
        """The classes that a pattern matches."""
        return [number for number, signature in enumerate(self.classes) if signature[index]]

    def _explore(self, state: Any, level: int) -> int:
        """The classes that can still be reached, as a bit mask."""
        if level == 4:
            signature = tuple(pattern.accepts(part) for pattern, part in zip(self.patterns, state))
            number = self._numbers.setdefault(signature, len(self.classes))
            if number == len(self.classes):
                self.classes.append(signature)
            return 1 << number
        key = (state, level)
        if key not in self._reach:
            self._patience.spend(1 + 16 * len(state))
            row = list(zip(*(pattern.row(part, level) for pattern, part in zip(self.patterns, state))))
            self._rows[key] = row
            reach = 0
            for after in set(row):
                reach |= self._explore(after, level + 1)
            self._reach[key] = reach
        return self._reach[key]

    def first(self, number: int, start: int, end: int) -> Optional[int]:
        """The lowest IPv4 address of a class from ``start`` to before ``end``; None when there is none."""
        found = self._next(1 << number, self._start, 0, start) if start < IPV4_END else None
        return found if found is not None and found < min(end, IPV4_END) else None

    def _next(self, wanted: int, state: Any, level: int, low: int) -> Optional[int]:
        """The lowest address of the wanted class below this node, counted from the node, from ``low`` on."""
        if level == 4:
            return 0
        size = IPV4_END >> 8 * (level + 1)
        row = self._rows[(state, level)]
        for octet in range(low // size, 256):
            after = row[octet]
            if level < 3:
                if not self._reach[(after, level + 1)] & wanted:
                    continue
            elif (
                self._numbers[tuple(pattern.accepts(part) for pattern, part in zip(self.patterns, after))]
                != wanted.bit_length() - 1
            ):
                continue
            found = self._next(wanted, after, level + 1, max(0, low - octet * size))
            if found is not None:
                return octet * size + found
        return None
