# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A question about one daemon, and how its answer is read: which file its command line names, and what stands there.

What a daemon was told is never guessed: a named file that cannot be read, or a value that it does not know, is no
answer.
"""

import re
from typing import Callable, Dict, FrozenSet, List, NamedTuple, Optional, Sequence

from .daemon_configurations import Configurations, lines_of
from ..errors import HostError

MAX_FILES = 100  # of a folder of configurations, and of what they include
_MAX_WORD = 4096


class NotTold(Exception):
    """It cannot be told from what may be read."""


class Question(NamedTuple):
    read: Configurations
    program: str  # its base name
    arguments: Sequence[str]  # without argv[0]
    port: int  # 0: any


class Values(NamedTuple):
    """The words that a daemon takes for on and off; with others it does not start."""

    on: FrozenSet[str]
    off: FrozenSet[str]
    fold: bool  # whether case does not matter

    def read(self, word: str) -> bool:
        """On or off. Raises NotTold for another word."""
        word = word.lower() if self.fold else word
        if word not in self.on and word not in self.off:
            raise NotTold()
        return word in self.on


def file_lines(question: Question, path: str) -> List[str]:
    """The lines of a file. Raises NotTold where it cannot be read, or its path depends on where the daemon was
    started.
    """
    data = question.read.data(path) if path.startswith("/") else None
    if data is None:
        raise NotTold()
    return list(lines_of(data))


def lines_with_included(
    question: Question,
    path: str,
    included: Callable[[str, str], Optional[Sequence[str]]],
    prepared: Callable[[List[str]], List[str]] = list,
    left: Optional[List[int]] = None,
) -> List[str]:
    """The lines of a file, with those of the files that it includes in the place of the line that names them.

    `included(path, line)` names these files, None for a line that includes none; `prepared` makes the lines that are
    looked at of those of a file. Raises NotTold as file_lines() does, and for more than MAX_FILES files.
    """
    left = [MAX_FILES] if left is None else left
    left[0] -= 1
    if left[0] < 0:
        raise NotTold()
    found: List[str] = []
    for line in prepared(file_lines(question, path)):
        files = included(path, line)
        if files is None:
            found.append(line)
        for name in files or ():
            found += lines_with_included(question, name, included, prepared, left)
    return found


def usual_file(question: Question, paths: Sequence[str]) -> str:
    """The one of the usual files that is there: which of several a daemon reads depends on how it was built. Raises
    NotTold unless there is exactly one.
    """
    found = [path for path in paths if question.read.data(path) is not None]
    if len(found) != 1:
        raise NotTold()
    return found[0]


def folder_names(question: Question, folder: str) -> List[str]:
    """The names in a folder, in order. Raises NotTold where it cannot be read, or has more than MAX_FILES, and TooMuchToRead."""
    try:
        names = sorted(question.read.names(folder)) if folder.startswith("/") else []
    except HostError:
        raise NotTold()
    if not folder.startswith("/") or len(names) > MAX_FILES:
        raise NotTold()
    question.read.note(folder)
    return names


def named_file(arguments: Sequence[str], letter: str, long: str = "", flags: str = "") -> str:
    """The file that stands behind an option, as getopt(3) reads it; empty where none does.

    `letter` and `long` are the names of the option, `flags` the letters of those without a value, which may stand
    before it. Raises NotTold for a word that another option's value may be.
    """
    found, following = "", list(arguments[1:]) + [""]
    for word, after in zip(arguments, following):
        if len(word) > _MAX_WORD:
            raise NotTold()
        name, equals, value = word.partition("=")
        if word.startswith("--"):
            if long and len(name) > 4 and ("--" + long).startswith(name):
                found = value if equals else after
        elif word.startswith("-") and letter in word:
            before, _letter, rest = word[1:].partition(letter)
            if before.strip(flags):
                raise NotTold()
            found = rest or after
    return found


def last_value(lines: Sequence[str], setting: "re.Pattern[str]", values: Values) -> Optional[bool]:
    """What the last line that matches says in its first group; None where none does. Raises NotTold."""
    said = None
    for line in lines:
        match = setting.match(line)
        if match:
            said = values.read(match.group(1))
    return said


def without_comments(text: str) -> str:
    """A text of libconfig(3) without its comments."""
    return _COMMENT.sub(lambda match: match.group(1) or " ", text)


# what is not closed goes on to the end: nothing is looked for a second time
_COMMENT = re.compile(r"(\"(?:[^\"\\\n]|\\.)*\"?)|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
YES_NO: Dict[bool, Values] = {fold: Values(frozenset(("yes",)), frozenset(("no",)), fold) for fold in (True, False)}
