# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a command of a unit may start a program that it does not run itself: its words name it, a variable or the
script that it runs does.
"""

import posixpath
from typing import FrozenSet, Iterable, List, NamedTuple

from ..._host.errors import HostError
from ..._host.files.files import open_file, stat_file
from ..._host.files.root import Root
from ..._host.system.scripts import MAX_SCRIPT
from ..._host.system.starters import command_words, is_launcher, is_shell
from ..._libwrap.printable import printable

# they start nothing, and name daemons as users, folders and processes
_START_NOTHING = frozenset(
    "kill pkill killall mkdir install chown chmod chgrp rm rmdir touch test [ ln setfacl true false sleep".split()
)
_STARTS = ("start", "restart", "reload-or-restart", "try-restart", "isolate")


# what they start sees other files, tables among them
_APART = frozenset("chroot unshare nsenter bwrap firejail systemd-run fakechroot".split())


class Mention(NamedTuple):
    told: str  # why a command may start a program; empty where nothing says so
    apart: bool  # it may get other libraries or files than the host's, too


class Wanted:
    """A program that is looked for, by its path and by the names that it goes by."""

    def __init__(self, root: Root, path: str, names: Iterable[str]) -> None:
        self.root = root
        self.path = path
        self.real_path = root.resolve(path)
        self.names: FrozenSet[str] = frozenset(names) | {posixpath.basename(path)}

    def is_at(self, path: str) -> bool:
        """Whether a path leads to the program, or to another of its names."""
        try:
            return path.startswith("/") and (
                posixpath.basename(path) in self.names or self.root.resolve(path) == self.real_path
            )
        except HostError:
            return False

    def named_by(self, program: str, words: Iterable[str], values: Iterable[str]) -> Mention:
        """How a command may start it. `values`: those of its variables and specifiers."""
        if posixpath.basename(program) in _START_NOTHING:
            return Mention("", False)
        found: List[str] = command_words(words)
        if posixpath.basename(program) == "systemctl" and not set(found) & set(_STARTS):
            return Mention("", False)
        script = self._script(program) if program.startswith("/") else []
        if script or is_shell(program) or is_launcher(program) or "%" in program:
            found += command_words(values)
        if not any(self._is_named(word) for word in found + script):
            return Mention("", False)
        apart = any(posixpath.basename(word) in _APART or word.startswith("LD_") for word in [program] + found + script)
        return Mention("%s names it, and may start it with other words" % printable(program), apart)

    def _is_named(self, word: str) -> bool:
        if "/" not in word:
            return word in self.names or word.rpartition(".service")[0] in self.names
        if not word.startswith("/"):
            return posixpath.basename(word) in self.names
        state = stat_file(self.root, word)
        return state.kind == "file" and bool((state.mode or 0) & 0o111) and self.is_at(word)

    def _script(self, path: str) -> List[str]:
        """The words of a script that may be programs, without its comments; none of another program."""
        try:
            with open_file(self.root, path) as stream:
                if stream.read(2) != b"#!":
                    return []
                text = stream.read(MAX_SCRIPT).decode("utf-8", "replace")
        except (HostError, OSError):
            return []
        lines = [line for line in text.split("\n")[1:] if not line.lstrip().startswith("#")]
        found = dict.fromkeys(word for line in lines for word in command_words([line]))
        return [word for word in found if self._may_be(word)] or ["#!"]

    def _may_be(self, word: str) -> bool:
        return posixpath.basename(word) in self.names or posixpath.basename(word) in _APART or word.startswith("LD_")
