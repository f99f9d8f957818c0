# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Bytes to text and back without loss, and the lines and words of a file.

Configuration files are read in any encoding: what is not UTF-8 becomes surrogates and goes back as the same bytes.
A line ends at a line feed and nowhere else, as in the C programs that read these files; a carriage return is text.
"""

from typing import Iterator, List, NamedTuple, Union

COMMENT = "#portcullis: "


class Word(NamedTuple):
    """One word of a line: its meaning, and where its text (quotes included) starts and ends."""

    value: str
    start: int
    end: int


def decode(data: Union[bytes, str]) -> str:
    """The text of `data`; text is returned as it is."""
    return data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` was given."""
    return text.encode("utf-8", "surrogateescape")


def lines(text: str) -> List[str]:
    """The physical lines of `text`, each with its line feed; joined, they are `text` again."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


class Quoting(NamedTuple):
    """How a reader takes quotes: which there are, whether one inside a word ends that word, and whether one that is
    never closed stays part of its word, which reaches to the end of the line either way.
    """

    marks: str = ""
    inside: bool = False
    needs_pair: bool = False


def words(text: str, blanks: str, quoting: Quoting = Quoting(), start: int = 0) -> Iterator[Word]:
    """The words of `text` from `start`, parted by any of `blanks`. A quote holds blanks together and cannot be escaped."""
    place, length = start, len(text)

    def opens(where: int) -> bool:
        return text[where] in quoting.marks and not (quoting.needs_pair and text.find(text[where], where + 1) < 0)

    while place < length:
        if text[place] in blanks:
            place += 1
            continue
        if opens(place):
            close = text.find(text[place], place + 1)
            close = length if close < 0 else close
            yield Word(text[place + 1 : close], place, min(close + 1, length))
            place = close + 1
            continue
        begin = place
        place = (
            place + 1 if text[place] not in quoting.marks else length
        )  # a quote without its pair takes the rest of the line
        while place < length and text[place] not in blanks and not (quoting.inside and opens(place)):
            place += 1
        yield Word(text[begin:place], begin, place)


def ending(line: str) -> str:
    """The line ending that a new line beside `line` must have to look like it."""
    if line.endswith("\r\n"):
        return "\r\n"
    return "\n"
