# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on what a rule runs: programs of spawn, twist and aclexec, and folders of banners, that the host does not
have; and what a rule runs or names that somebody else than root may change.
"""

import re
from typing import List, Optional

from ..finding import CLOSES, NONE, OPENS, WARNING, quote
from ..lookups import Lookups
from .named_paths import paths_of_command, paths_of_variable
from .traps import Trap, trap

_QUOTED = re.compile(rb"'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.", re.DOTALL)
# where sh(1) starts another command
_PARTS = re.compile(rb"[|;&()`\n]+")
_ASSIGNMENT = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*=")
_BEFORE = (b"exec", b"nohup", b"!", b"if", b"then", b"else", b"do", b"while", b"until", b"{", b"command", b"time")
# one command without anything that makes its status another one's
_ALONE = re.compile(rb"(/[A-Za-z0-9_./+@:-]*[A-Za-z0-9_+-])(?:[ \t]+[A-Za-z0-9_./+@:%,=<>-]+)*[ \t]*\Z")
_PLAIN = re.compile(rb"/[A-Za-z0-9_./+@:-]*[A-Za-z0-9_+-]\Z")


def programs_of(command: bytes) -> List[bytes]:
    """The absolute paths that stand where a shell takes the name of a program; names that it looks up are left out."""
    found: List[bytes] = []
    for part in _PARTS.split(_QUOTED.sub(b"%", command)):
        for word in part.split():
            if word in _BEFORE or _ASSIGNMENT.match(word):
                continue
            if _PLAIN.match(word) and word not in found:
                found.append(word)
            break
    return found


def lone_program(command: bytes) -> Optional[bytes]:
    """The absolute path of the one program that a command runs and whose exit status is the command's; None where it
    does more than that.
    """
    found = _ALONE.match(command)
    return found.group(1) if found else None


def _ask(lookups: Lookups, question: str, path: bytes) -> Optional[bool]:
    """What look-ups know of a path; other people's may not know the question."""
    answer = getattr(lookups, question, None)
    known: Optional[bool] = None if answer is None else answer(path.decode("ascii"))
    return known


def changer_of(lookups: Lookups, path: bytes) -> Optional[str]:
    """Who but root may change what stands at a path; other people's look-ups may not know the question."""
    ask = getattr(lookups, "who_changes", None)
    known: Optional[str] = None if ask is None else ask(path.decode("utf-8", "surrogateescape"))
    return known


def replaceable_traps(key: bytes, value: bytes, lookups: Lookups) -> List[Trap]:
    """What the option ``key``, or the shell command of a third field (b""), names and somebody else than root may put
    something else in the place of.
    """
    if key == b"banners":
        named = {value.strip(): False} if _PLAIN.match(value.strip()) else {}
    elif key == b"setenv":
        name, _blank, text = value.strip().partition(b" ")
        named = paths_of_variable(name, text.strip())
    else:
        named = paths_of_command(value)
    found = []
    for path, runs in named.items():
        who = changer_of(lookups, path)
        if who is not None:
            form = "folder" if key == b"banners" else "" if runs else "argument"
            option = key.decode("ascii") or "the command"
            found.append(trap("program-replaceable", form, option=option, path=quote(path), who=who))
    return found


def missing_traps(key: bytes, value: bytes, meant: bool, lookups: Lookups) -> List[Trap]:
    """What the option ``key`` runs or reads and the host does not have; ``meant``: the rule is to grant."""
    if key == b"banners":
        folder = value.strip()
        if _PLAIN.match(folder) and _ask(lookups, "folder_exists", folder) is False:
            return [trap("program-missing", "folder", path=quote(folder))]
        return []
    found = []
    for path in programs_of(value):
        if _ask(lookups, "program_runs", path) is not False:
            continue
        if key == b"aclexec":
            # measured: a command that fails denies in a rule that grants, and grants in hosts.deny
            found.append(
                trap("program-missing", "aclexec" if meant else "grants", CLOSES if meant else OPENS, path=quote(path))
            )
        elif key == b"twist":
            found.append(trap("program-missing", "twist", path=quote(path)))
        else:
            found.append(trap("program-missing", "", NONE, WARNING, path=quote(path)))
    return found
