# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The grammar of one xinetd file: headers, braces and attributes, as xinetd 2.3.15 reads them. xinetd.conf(5).

Comments and blank lines are skipped anywhere. A header it does not know makes xinetd skip everything up to the next
line that holds only `}`; a line it cannot read inside a service drops that service.
"""

from typing import Iterator, List, NamedTuple, Optional, Set, Tuple

from .text import Word, words

_SPACE = " \t\n\v\f\r"
_BLANKS = " \t"

# How many values an attribute takes, for those that matter here: a wrong number and xinetd ignores the line.
# 0 stands for one or more. xinetd counts the first line of each of these and ignores further ones.
_VALUES = {
    "socket_type": 1,
    "protocol": 1,
    "wait": 1,
    "user": 1,
    "group": 1,
    "server": 1,
    "server_args": 0,
    "type": 0,
    "id": 1,
    "port": 1,
    "flags": 0,
    "redirect": 2,
    "bind": 1,
    "interface": 1,
    "disable": 1,
    "libwrap": 1,
    "rpc_version": 1,
    "rpc_number": 1,
}

# xinetd compares names, and these values, without their case (measured on 2.3.15.3)
_WORDS = frozenset(("socket_type", "protocol", "wait", "disable"))
FLAGS = (
    "REUSE",
    "INTERCEPT",
    "NORETRY",
    "IDONLY",
    "NAMEINARGS",
    "NODELAY",
    "KEEPALIVE",
    "NOLIBWRAP",
    "SENSOR",
    "IPV4",
    "IPV6",
    "LABELED",
)


class Attribute(NamedTuple):
    """`name op values` on the line `at` this index; the words count from the start of the line. The name is in small
    letters.
    """

    name: str
    operator: str
    values: Tuple[Word, ...]
    at: int

    @property
    def texts(self) -> Tuple[str, ...]:
        """The values without their places."""
        return tuple(word.value for word in self.values)

    @property
    def options(self) -> Tuple[str, ...]:
        """The values of `flags` or `type`, in capitals: xinetd compares them without their case."""
        return tuple(text.upper() for text in self.texts)


class Block(NamedTuple):
    """A `service`, `defaults`, `include` or `includedir`, or a stretch that xinetd skips (kind `skipped`).

    It reaches from line index `first` to `last`. `trouble` says why xinetd drops it; its line is at index `trouble_at`.
    """

    kind: str
    name: str
    first: int
    last: int
    attributes: Tuple[Attribute, ...] = ()
    trouble: Optional[str] = None
    trouble_at: int = 0

    def attribute(self, name: str) -> Optional[Attribute]:
        """The line that counts for an attribute: the first one with `=`, the right number of values, and good ones."""
        return next(
            (
                attribute
                for attribute in self.attributes
                if attribute.name == name and _counts(attribute) and _bad_value(attribute) is None
            ),
            None,
        )

    def error(self) -> Tuple[Optional[str], bool]:
        """The first bad value, and whether it keeps xinetd from starting the service: a later `disable = no` revives
        it.
        """
        first: Optional[str] = None
        off: bool = False
        seen: Set[str] = set()
        for attribute in self.attributes:
            if not _counts(attribute) or attribute.name in seen:
                continue
            bad = _bad_value(attribute)
            if bad is None:
                seen.add(attribute.name)
                off = off and attribute.name != "disable"
            else:
                first, off = first or bad, True
        return first, off

    def value(self, name: str) -> Optional[str]:
        """The value of an attribute that takes one, or None where it is not given; a word of xinetd's in small letters."""
        attribute = self.attribute(name)
        if attribute is None or not attribute.values:
            return None
        text = attribute.values[0].value
        return text.lower() if name in _WORDS else text


def _counts(attribute: Attribute) -> bool:
    """Whether xinetd looks at the value at all: a wrong operator or number of values is ignored."""
    number = _VALUES.get(attribute.name)
    return attribute.operator == "=" and number is not None and (number == 0 or len(attribute.values) == number)


def _bad_value(attribute: Attribute) -> Optional[str]:
    """What xinetd refuses in a value, or None. An error switches the service off, and the next line of the kind counts."""
    if not attribute.values:
        return "%s has no value" % attribute.name
    for text in attribute.texts:
        if text.endswith("\r"):
            return "%s ends in a carriage return, which becomes part of the value" % attribute.name
    first = attribute.texts[0]
    if attribute.name == "flags":
        return next(("there is no flag %s" % flag for flag in attribute.texts if flag.upper() not in FLAGS), None)
    if attribute.name in ("wait", "disable") and first.lower() not in ("yes", "no"):
        return "%s is %r and not yes or no" % (attribute.name, first)
    return None


def blocks(lines: List[str]) -> Iterator[Block]:
    """What stands in a file, in order. Lines between two blocks are comments or blank."""
    index = _next(lines, 0)
    while index < len(lines):
        block = _block(lines, index)
        yield block
        index = _next(lines, block.last + 1)


def parse_attribute(line: str, index: int) -> Optional[Attribute]:
    """`name = values`; None where xinetd cannot read the line. A blank must stand before the operator, none need
    follow.
    """
    start = len(line) - len(line.lstrip(_SPACE))
    end = start
    while end < len(line) and line[end] not in _SPACE:
        end += 1
    place = end
    while place < len(line) and line[place] in _SPACE:
        place += 1
    for operator in ("=", "+=", "-="):
        if line.startswith(operator, place):
            body = line.rstrip("\n")
            values = tuple(words(body, _BLANKS, start=place + len(operator)))
            return Attribute(line[start:end].lower(), operator, values, index)
    return None


def _block(lines: List[str], first: int) -> Block:
    header = [word.value for word in words(lines[first].rstrip("\n"), _BLANKS)]
    keyword = header[0].lstrip(_SPACE).lower()
    if keyword in ("include", "includedir") and len(header) > 1:
        return Block(keyword, header[1], first, first)
    if keyword not in ("service", "defaults") or (keyword == "service" and len(header) < 2):
        last = _skip(lines, first + 1)
        return Block(
            "skipped", "", first, last, (), "it is neither a service nor defaults, include or includedir", first
        )
    name = header[1] if keyword == "service" else ""
    opening = _next(lines, first + 1)
    if opening >= len(lines) or lines[opening].strip(_SPACE) != "{":
        trouble = "'{' does not stand alone on the line after it"
        return Block(keyword, name, first, _skip(lines, min(opening + 1, len(lines))), (), trouble, first)
    return _body(lines, keyword, name, first, opening)


def _body(lines: List[str], keyword: str, name: str, first: int, opening: int) -> Block:
    attributes: List[Attribute] = []
    index = _next(lines, opening + 1)
    while index < len(lines):
        if lines[index].strip(_SPACE) == "}":
            return Block(keyword, name, first, index, tuple(attributes))
        attribute = parse_attribute(lines[index], index)
        if attribute is None:
            trouble = "a line is not of the form 'name = value' with a blank before the '='"
            return Block(keyword, name, first, _skip(lines, index + 1), tuple(attributes), trouble, index)
        attributes.append(attribute)
        index = _next(lines, index + 1)
    return Block(keyword, name, first, len(lines) - 1, tuple(attributes), "the closing '}' is missing", first)


def _next(lines: List[str], index: int) -> int:
    """The index of the next line that is neither blank nor a comment; the number of lines where there is none."""
    while index < len(lines):
        text = lines[index].lstrip(_SPACE)
        if text and not text.startswith("#"):
            break
        index += 1
    return index


def _skip(lines: List[str], index: int) -> int:
    """The index of the line where xinetd stops skipping: a `}` alone on its line, or the last line."""
    while index < len(lines):
        if lines[index].strip(_SPACE) == "}":
            return index
        index += 1
    return len(lines) - 1
