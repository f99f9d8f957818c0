# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""All names (or users, or daemons) there can be, parted into classes by the patterns in use, with one name of each
class.

Two names are in one class when the same patterns match them, so that no rule can tell them apart. A set of classes is a
bit mask.
"""

from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Set, Tuple

from ..errors import HostsAccessError
from ..patterns import ALL, EXACT, GLOB, KNOWN, PREFIX, SUFFIX, StringPattern
from .patience import Patience
from .wildcards import Machine, marks_of

#: Wildcards whose combinations reach more states than this, or take more steps, are not taken apart: a second of work.
LIMIT = 20000
STEPS = 800000
#: Of so many classes at most it is looked for which terms match them.
FEW = 64
#: More bits than this for all patterns' sets of classes would fill the memory: some 40000 names.
BITS = 3 << 29

_FRESH = b"xzqjvkwy0123456789abcdefghilmnoprstu_~^+=!%&"
_LABELS = (b"host", b"any", b"other", b"xyz", b"q0q", b"z9z")
_TAILS = (b".example.net", b".example", b".test", b".invalid", b".xyz", b".q0q", b".~")
_ALIASES = (b"localhost", b"localhost.localdomain")


class Words(object):
    """The classes of one kind of word.

    :param patterns: the patterns in use.
    :param specials: words that stand for a state instead of a name ("unknown", "paranoid"); they are classes 0, 1, ...
    :param dots: whether rules tell names with a dot from names without one (``LOCAL``).

    :param patience: how long it may take to make them and to look patterns up; None is no limit.
    :raises HostsAccessError: the patterns tell so many apart that sets of them would fill the memory.

    ``words`` has one word for each class.
    """

    def __init__(
        self,
        patterns: Iterable[StringPattern],
        specials: Tuple[bytes, ...] = (),
        dots: bool = False,
        patience: Optional[Patience] = None,
    ) -> None:
        self._patience = patience or Patience()
        self.specials = specials
        self.dots = dots
        self._exact: Set[bytes] = set()
        self._suffixes: Set[bytes] = set()
        self._others: Dict[Tuple[Any, ...], Machine] = {}
        self._starts: Set[bytes] = set()
        self._wild = False
        self._case = False
        self._patterns = 0
        for pattern in patterns:
            self._patterns += 1
            self._add(pattern)
        self.words: List[bytes] = []
        self._numbers: Dict[Any, int] = {}
        for word in specials:
            self._number(word, ("special", word))
        for word in self._candidates():
            self._patience.spend(1 + len(self._others))
            if word.lower() not in specials:
                self._number(word, self._signature(word))
        self.everything = (1 << len(self.words)) - 1
        self._masks: Dict[Any, int] = {}
        self._terms: Optional[List[Tuple[bytes, int]]] = None
        self._places: Optional[Dict[bytes, int]] = None  # of the terms, by their text
        # the numbers of classes, not sets of them: a set takes a bit for every class there is
        self._own: Dict[bytes, List[int]] = {}
        self._by_exact: Dict[bytes, List[int]] = {}
        self._by_suffix: Dict[bytes, List[int]] = {}
        self._index()

    def _index(self) -> None:
        """Find the classes of each text from now on without looking at all."""
        for number, word in enumerate(self.words):
            lower = word.lower()
            self._by_exact.setdefault(lower, []).append(number)
            suffixes = self._suffixes_of(lower)
            if suffixes and lower not in self._exact:
                self._own.setdefault(suffixes[0], []).append(number)
            for suffix in suffixes:
                self._by_suffix.setdefault(suffix, []).append(number)

    def mask(self, pattern: StringPattern) -> int:
        """The classes that a pattern matches."""
        kind = pattern.kind
        if kind == ALL:
            return self.everything
        if kind == EXACT and not pattern.alias:
            return _mask(self._by_exact.get(pattern.text, ()))
        if kind == SUFFIX:
            return _mask(self._by_suffix.get(pattern.text, ()))
        key = (kind, pattern.text)
        if key not in self._masks:
            mask = 0
            self._patience.spend(1 + len(self.words) // 4)
            for number, word in enumerate(self.words):
                if pattern.matches(word, word.lower()):
                    mask |= 1 << number
            self._masks[key] = mask
        return self._masks[key]

    def terms(self) -> List[Tuple[bytes, int]]:
        """Every pattern that matches more than one word, as (text, classes), those of the most classes first."""
        if self._terms is None:
            found = dict((text, _mask(numbers)) for text, numbers in self._by_suffix.items())
            for kind, text in self._others:
                found[text] = sum(
                    1 << number for number, word in enumerate(self.words) if self._machine_matches((kind, text), word)
                )
            if self.dots:
                found[b"LOCAL"] = self.local()
            self._terms = sorted(found.items(), key=lambda item: (-bin(item[1]).count("1"), item[0]))
        return self._terms

    def terms_in(self, mask: int) -> List[Tuple[bytes, int]]:
        """The terms that may lie within some classes: of few classes, those that match one of them."""
        terms = self.terms()
        numbers: List[int] = []
        while mask and len(numbers) <= FEW:
            low = mask & -mask
            numbers.append(low.bit_length() - 1)
            mask ^= low
        if mask or len(terms) <= FEW:
            return terms
        places: Set[int] = set()
        for number in numbers:
            places.update(self._terms_of(number))
        return [terms[place] for place in sorted(places)]

    def _terms_of(self, number: int) -> List[int]:
        """The places of the terms that match a class."""
        if self._places is None:
            self._places = {}
            for place, (text, _mask) in enumerate(self.terms()):
                self._places.setdefault(text, place)
        word = self.words[number]
        texts = list(self._suffixes_of(word.lower()))
        texts += [key[1] for key in self._others if self._machine_matches(key, word)]
        if self.dots:
            texts.append(b"LOCAL")
        return [self._places[text] for text in texts if text in self._places]

    def own(self, text: bytes) -> int:
        """The classes of a ``.suffix`` that no longer suffix and no word takes away; 0 for other patterns."""
        return _mask(self._own.get(text, ()))

    def title(self, number: int, others: str) -> str:
        """What a class is called: its special state, its word, the patterns that make it, or ``others``."""
        word = self.words[number]
        if number < len(self.specials) or word.lower() in self._exact:
            return word.decode("utf-8", "backslashreplace")
        suffixes = self._suffixes_of(word.lower())
        patterns = suffixes[:1] + [key[1] for key in self._others if self._machine_matches(key, word)]
        if patterns:
            return " and ".join(pattern.decode("utf-8", "backslashreplace") for pattern in patterns) + " otherwise"
        return "%s%s" % (others, "" if not self.dots else " (with a dot)" if b"." in word else " (without a dot)")

    def _machine_matches(self, key: Any, word: bytes) -> bool:
        return self._others[key].matches(word if self._case and key[0] == GLOB else word.lower())

    def local(self) -> int:
        """The classes of names without a dot."""
        return sum(
            1 << number for number, word in enumerate(self.words) if number >= len(self.specials) and b"." not in word
        )

    def special(self, word: bytes) -> int:
        """The class of a special word."""
        return 1 << self.specials.index(word)

    @property
    def named(self) -> int:
        """Every class but the special ones."""
        return self.everything & ~((1 << len(self.specials)) - 1)

    def class_of(self, word: bytes) -> int:
        """The number of the class that a word is in."""
        lower = word.lower()
        if lower in self.specials:
            return self.specials.index(lower)
        return self._numbers[self._signature(word)]

    def _add(self, pattern: StringPattern) -> None:
        kind, text = pattern.kind, pattern.text
        if kind == EXACT:
            self._exact.update(_ALIASES if pattern.alias else (text,))
        elif kind == KNOWN:
            self._exact.add(b"unknown")
        elif kind == SUFFIX:
            self._suffixes.add(text)
        elif kind == PREFIX and pattern.network is None:
            self._starts.add(text)
            self._others[(kind, text)] = Machine(marks_of(pattern) or ())
        elif kind == GLOB:
            marks = marks_of(pattern) or ()
            self._others[(kind, text)] = Machine(marks)
            self._case = self._case or (not pattern.fold and text.lower() != text.upper())
            letters = pattern.fold or text.lower() == text.upper()
            if letters and marks[:1] == (-2,) and min(marks[1:] or (-1,)) >= 0 and marks[1] == 0x2E:
                self._suffixes.add(bytes(bytearray(marks[1:])))
                self._exact.add(bytes(bytearray(marks[1:])))
            elif letters and marks[-1:] == (-2,) and min(marks[:-1] or (-1,)) >= 0:
                self._starts.add(bytes(bytearray(marks[:-1])))
                self._exact.add(bytes(bytearray(marks[:-1])))
            elif marks not in ((-2,), (-1, -2)):
                self._wild = True

    def _number(self, word: bytes, signature: Any) -> None:
        if signature not in self._numbers:
            self._numbers[signature] = len(self.words)
            self.words.append(word)
            if len(self.words) * (self._patterns + 1) > BITS:
                raise HostsAccessError(
                    "%d patterns tell more than %d names or users apart, and these are too many to be analysed"
                    % (self._patterns, len(self.words) - 1)
                )

    def _suffixes_of(self, lower: bytes) -> List[bytes]:
        found = []
        place = lower.find(b".", 1)
        while place > 0:
            if lower[place:] in self._suffixes:
                found.append(lower[place:])
            place = lower.find(b".", place + 1)
        return found

    def _signature(self, word: bytes) -> Any:
        lower = word.lower()
        suffixes = self._suffixes_of(lower)
        others = _mask([place for place, key in enumerate(self._others) if self._machine_matches(key, word)])
        return (
            lower if lower in self._exact else None,
            suffixes[0] if suffixes else None,
            others,
            self.dots and b"." in word,
        )

    def _candidates(self) -> Iterable[bytes]:
        yield from sorted(self._exact)
        if self._wild:
            yield from self._explored()
            return
        starts = sorted(self._starts) + [b""]
        for start in starts:
            for suffix in sorted(self._suffixes):
                yield self._filled(start, suffix)
        for start in starts:
            yield self._filled(start, b"")
            for tail in _TAILS if self.dots else ():
                if not self._suffixes_of(b"a" + tail):
                    yield self._filled(start, tail)
                    break

    def _filled(self, start: bytes, end: bytes) -> bytes:
        """A word with this start and end that has no longer start or end in use, and is not in use itself."""
        for label in _LABELS + tuple(bytes((byte,)) * 2 for byte in _FRESH):
            word = start + label + end
            if word in self._exact or any(len(other) > len(start) and word.startswith(other) for other in self._starts):
                continue
            found = self._suffixes_of(word)
            if not found and end not in self._suffixes or found and found[0] == end:
                return word
        raise HostsAccessError("no name can be told apart that starts with %r and ends in %r" % (start, end))

    def _explored(self) -> Iterable[bytes]:
        return Explorer(self._exact, self._suffixes, list(self._others.values()), self.dots, self._case).words()


def _mask(numbers: Sequence[int]) -> int:
    """Classes given by their numbers, as a set."""
    if len(numbers) <= FEW:
        found = 0
        for number in numbers:
            found |= 1 << number
        return found
    raw = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        raw[number // 8] |= 1 << number % 8
    return int.from_bytes(raw, "little")


class Explorer(object):
    """Finds one word for every combination of patterns that one word can match, reading words from their ends."""

    def __init__(
        self, exact: Set[bytes], suffixes: Set[bytes], machines: List[Machine], dots: bool, case: bool
    ) -> None:
        self.machines = [machine.backwards() for machine in machines]
        self.dots = dots
        literals: Set[int] = set()
        for machine in self.machines:
            literals |= machine.literals
        if case:
            literals |= set(bytes(bytearray(sorted(literals))).upper()) | set(
                bytes(bytearray(sorted(literals))).lower()
            )
        self.literals = frozenset(literals | {0x2E})
        self.children: List[Dict[int, int]] = [{}]
        self.ends: Dict[int, bytes] = {}
        self.marked: Set[int] = set()
        for word in exact:
            self.ends[self._grow(word)] = word
        for word in suffixes:
            self.marked.add(self._grow(word))

    def _grow(self, word: bytes) -> int:
        node = 0
        for byte in reversed(bytearray(word)):
            after = self.children[node].get(byte)
            if after is None:
                after = self.children[node][byte] = len(self.children)
                self.children.append({})
            node = after
        return node

    def _alphabet(self, node: int) -> FrozenSet[int]:
        own = self.children[node] if node >= 0 else {}
        letters = self.literals.union(own)
        lower = frozenset(bytes(bytearray(sorted(letters))).lower())
        fresh = next((byte for byte in bytearray(_FRESH) if byte not in lower), None)
        return letters if fresh is None else letters | {fresh}

    def words(self) -> Iterable[bytes]:
        """The words, shortest first."""
        start: Any = (0, -1, False, tuple(machine.start for machine in self.machines))
        came: Dict[Any, Optional[Tuple[Any, int]]] = {start: None}
        seen: Set[Any] = set()
        alphabets: Dict[int, FrozenSet[int]] = {}
        moves: Dict[Tuple[Tuple[int, ...], int], Tuple[int, ...]] = {}
        steps = 0
        layer = [start]
        while layer:
            after = []
            for state in layer:
                node, suffix, dot, places = state
                if state is not start:
                    accepted = tuple(machine.accepts(place) for machine, place in zip(self.machines, places))
                    signature = (self.ends.get(node), suffix, dot and self.dots, accepted)
                    if signature not in seen:
                        seen.add(signature)
                        yield _spell(came, state)
                last = node if node in self.marked else suffix
                if node not in alphabets:
                    alphabets[node] = self._alphabet(node)
                for byte in sorted(alphabets[node], reverse=True):
                    lower = byte + 32 if 65 <= byte <= 90 else byte
                    further = self.children[node].get(lower, -1) if node >= 0 else -1
                    moved = moves.get((places, byte))
                    if moved is None:
                        steps += len(places)
                        moved = moves[(places, byte)] = tuple(
                            machine.step(place, byte) for machine, place in zip(self.machines, places)
                        )
                    following = (further, last, dot or (self.dots and byte == 0x2E), moved)
                    if following not in came:
                        came[following] = (state, byte)
                        after.append(following)
                if len(came) > LIMIT or steps > STEPS:
                    raise HostsAccessError("the wildcard patterns on names combine in too many ways to be analysed")
            layer = after


def _spell(came: Dict[Any, Any], state: Any) -> bytes:
    """The word that led to a state; it was read from its end, so the way back spells it forwards."""
    letters = bytearray()
    while came[state] is not None:
        state, byte = came[state]
        letters.append(byte)
    return bytes(letters)
