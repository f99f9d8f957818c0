# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Dovecot's configuration as it reads it, with the files that it includes."""

import os
import re
from typing import List, NamedTuple, Optional, Tuple

from ..._libwrap.file_names import fits
from ..files.reading import stat_file
from .daemon_questions import NotTold, Question, folder_names, lines_with_included, named_file

_USUAL = "/etc/dovecot/dovecot.conf"
_INCLUDE = re.compile(r"[ \t]*!include(_try)?[ \t]+(\S+)[ \t]*\Z")


class DovecotSetting(NamedTuple):
    """`key = value` inside `sections`, the outer first: `("service tcpwrap",)`."""

    sections: Tuple[str, ...]
    key: str
    value: str


def dovecot_settings(question: Question) -> List[DovecotSetting]:
    """All settings in the order of reading, so the last one of a key counts. `-c FILE` names another configuration.
    Raises NotTold where it cannot be read as a whole, and TooMuchToRead.
    """
    path = named_file(question.arguments, "c", flags="Fpn") or _USUAL
    found: List[DovecotSetting] = question.read.once(("dovecot", path), lambda: _settings(question, path))
    return found


def _settings(question: Question, path: str) -> List[DovecotSetting]:
    found: List[DovecotSetting] = []
    sections: List[str] = []
    lines = lines_with_included(question, path, lambda place, line: _named(question, place, line), _plain)
    for line in lines:
        bare = line.strip()
        if bare.endswith("{"):
            sections.append(" ".join(bare[:-1].split()))
        elif bare == "}":
            del sections[-1:]
        elif "=" in bare:
            key, _equals, value = bare.partition("=")
            found.append(DovecotSetting(tuple(sections), key.strip(), value.strip().strip("\"'")))
    return found


def _plain(lines: List[str]) -> List[str]:
    """Lines that go on are one, and have no comments."""
    joined = "\n".join(lines).replace("\\\n", " ").split("\n")
    return [re.sub(r"(?:\A|[ \t])#.*", "", line) for line in joined]


def _named(question: Question, path: str, line: str) -> Optional[List[str]]:
    """The files that a line of a file includes; None where it includes none."""
    include = _INCLUDE.match(line)
    if include is None:
        return None
    return _included(question, os.path.join(os.path.dirname(path), include.group(2)), include.group(1))


def _included(question: Question, pattern: str, may_be_missing: Optional[str]) -> List[str]:
    """The files that a pattern names, in order. Raises NotTold for a folder that is one, or that cannot be read."""
    folder, last = os.path.split(pattern)
    if any(letter in folder for letter in "*?["):
        raise NotTold()
    if may_be_missing and stat_file(question.read.root, folder).kind == "missing":
        return []
    names = folder_names(question, folder)
    return [os.path.join(folder, name) for name in names if fits(name, last)]
