# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The words that a command of a unit is started with: specifiers first (systemd.unit(5)), then variables."""

import re
from typing import List, NamedTuple, Optional, Tuple

from .sources import Sources
from .systemd_environment import environment, filled
from .systemd_specifiers import MAX_ADDED, specified
from .systemd_syntax import Command
from .systemd_units import Unit


class Words(NamedTuple):
    path: str
    argv0: Optional[str]  # where `@` gives one
    args: Tuple[str, ...]
    untold: str  # the path or argv[0] as written where only systemd knows what it becomes; empty where it is known


def words_of(command: Command, unit: Unit, sources: Sources) -> Words:
    """The words of a command; what cannot be told in them stays as written."""
    path, path_told = specified(command.path, unit.name)
    written = ([] if command.argv0 is None else [command.argv0]) + list(command.words)
    words: List[str] = []
    left = MAX_ADDED
    for place, word in enumerate(written):
        text, told = specified(word, unit.name) if left >= 0 else (word, "%" not in word)
        left -= max(0, len(text) - len(word))
        words.append(text)
        if place == 0 and command.argv0 is not None:
            path_told = path_told and told
    if ":" not in command.prefixes and any("$" in word for word in words):
        words = list(filled(words, environment(unit.settings, sources, unit.name)))
    argv0 = words.pop(0) if command.argv0 is not None and words else None
    variable = ":" not in command.prefixes and bool(re.search(r"\$[A-Za-z_{]", argv0 or ""))
    untold = "" if path_told and not variable else command.argv0 or command.path
    return Words(path, argv0, tuple(words), untold)
