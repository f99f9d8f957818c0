# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The absolute paths that a command of sh(1) names, and which of them it runs: as a program, as what an interpreter or
a program that starts others is given, or by a variable that leads programs to code.
"""

import re
from typing import Dict, NamedTuple, Optional

_DEPTH = 4  # of commands in the words of others that are looked at
_TOKEN = re.compile(
    rb"[0-9]*[<>]+[&|]?|[|;&()`\n]+|(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|[^ \t\r\n|;&()`<>'\"\\])+", re.DOTALL
)
_QUOTED = re.compile(rb"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)", re.DOTALL)
_ASSIGNMENT = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_BEFORE = (b"exec", b"!", b"if", b"then", b"else", b"elif", b"do", b"while", b"until", b"{", b"command", b"time")
# by which programs find what they run
_LEADS_TO_CODE = re.compile(rb"LD_.*|.*PATH|.*LIB|.*OPT|.*STARTUP|ENV|BASH_ENV|HOME|SHELL", re.DOTALL)
# what they are given is run
_STARTERS = re.compile(
    rb"(?:ba|da|k|mk|z|a|c|tc|fi|r)?sh|busybox|toybox|env|nice|ionice|nohup|setsid|timeout|stdbuf|chroot|chrt|taskset|"
    rb"flock|sudo|doas|su|runuser|setpriv|unshare|nsenter|systemd-run|start-stop-daemon|xargs|eval|builtin|source|\.|"
    rb"(?:python|perl|ruby|lua|php|tclsh|wish|expect|node|nodejs)[0-9.]*|[gmn]?awk|g?make|ld[-.].*|strace|script"
)
# what they are given is run as the user whom they are told
_CHANGE_USER = (b"sudo", b"doas", b"su", b"runuser", b"setpriv", b"setuidgid", b"chpst")
_USER_OPTION = re.compile(rb"(?:-u|--user|--reuid|--chuid)(?:=?(.*))", re.DOTALL)
_OF_ROOT = (b"", b"root", b"0")
# what they are given is text
_TALKERS = (b"echo", b"printf", b"test", b"[", b"true", b"false", b":", b"basename", b"dirname")
_TO_FOLDERS = (b"cd", b"pushd", b"chdir")
_COMMAND_INSIDE = re.compile(rb"\$\(|`")
_SEVERAL_WORDS = re.compile(rb"[ \t\r\n|;&()`<>]")
_PATH = re.compile(rb"(?:\A(?:-[A-Za-z]+)?|[=:,@ \t\r\n'\"()<>`;|&])(/[^=:,@ \t\r\n'\"()<>`;|&]*)")
_ENDS_PATH = re.compile(rb"[%$*?\[{\\]")  # a part that differs from run to run


def paths_of_command(command: bytes) -> Dict[bytes, bool]:
    """The paths in order, and whether each is run. Of one with a part that libwrap or the shell fills in it is the
    folder before that part.
    """
    reader = _Reader()
    reader.read(command, _DEPTH)
    return reader.found


def paths_of_variable(name: bytes, value: bytes) -> Dict[bytes, bool]:
    """The same of what a variable of the environment holds."""
    reader = _Reader()
    reader.note(value, bool(_LEADS_TO_CODE.fullmatch(name)))
    return reader.found


class _User(NamedTuple):
    """What the words behind sudo(8), su(1) and their like have said of the user so far."""

    by_word: bool  # the first word that is no option names the user
    awaited: bool  # the next word names the user
    another: bool  # it is another than root

    def after(self, word: bytes) -> "_User":
        """The same with one word more."""
        if self.awaited:
            return self._replace(awaited=False, by_word=False, another=word not in _OF_ROOT)
        option = _USER_OPTION.fullmatch(word)
        if option:
            return self._replace(awaited=not option.group(1), by_word=False, another=option.group(1) not in _OF_ROOT)
        if self.by_word and not word.startswith((b"-", b"/")):
            return self._replace(by_word=False, another=word not in _OF_ROOT)
        return self


class _Reader:
    """What was found, and what the words of the command that is read are to it: each word decides about the next."""

    def __init__(self) -> None:
        self.found: Dict[bytes, bool] = {}
        self._folder = b""  # that the command went to
        self._within_another = False  # in a command that another user than root runs
        self._begin()

    def note(self, text: bytes, runs: bool) -> bool:
        """Note the paths in a text; whether there are any. What another user than root runs is only named."""
        runs = runs and not self._is_another()
        paths = [_known_part(path) for path in _PATH.findall(text)]
        for path in paths:
            if path != b"/":
                self.found[path] = self.found.get(path, False) or runs
        return bool(paths)

    def read(self, command: bytes, depth: int) -> None:
        """Read a command, and those in its words down to a depth."""
        self._begin()
        redirection = b""
        for token in _TOKEN.findall(command):
            if token.strip(b"|;&()`\n") == b"":
                self._begin()
            elif token.lstrip(b"0123456789")[:1] in (b"<", b">"):
                redirection = token
                continue
            elif redirection:
                self.note(_bare(token), self._starts and redirection.endswith(b"<"))
            else:
                self._word(token, depth)
            redirection = b""

    def _begin(self) -> None:
        self._awaits_program, self._starts, self._talks, self._moves = True, False, False, False
        self._user: Optional[_User] = None

    def _word(self, token: bytes, depth: int) -> None:
        text = _bare(token)
        if self._user is not None and self._starts:
            self._user = self._user.after(text)
        assigned = _ASSIGNMENT.fullmatch(text)
        if depth and (_COMMAND_INSIDE.search(text) or (self._starts and _SEVERAL_WORDS.search(text))):
            self._inside(text, depth)
        elif assigned and (self._awaits_program or self._starts):
            self.note(assigned.group(2), bool(_LEADS_TO_CODE.fullmatch(assigned.group(1))))
        elif self._awaits_program:
            if token not in _BEFORE and not token.startswith(b"-"):
                self.note(self._placed(text) if b"/" in text else text, True)
                self._take_program(text)
        elif not self._starts:
            if not self._talks:
                self.note(text, False)
            self._folder = self._placed(text) if self._moves else self._folder
        elif self.note(self._placed(text), True):
            self._take_program(text)
        else:
            self._take_user(text)

    def _is_another(self) -> bool:
        """Whether what is run is run as another user than root."""
        return self._within_another or (self._user is not None and self._user.another)

    def _placed(self, text: bytes) -> bytes:
        """A relative name from the folder that the command went to."""
        if not self._folder or text.startswith((b"/", b"-")):
            return text
        return self._folder + b"/" + text

    def _take_program(self, text: bytes) -> None:
        name = text.rpartition(b"/")[2]
        self._starts, self._talks = bool(_STARTERS.fullmatch(name)), name in _TALKERS
        self._moves = name in _TO_FOLDERS
        self._take_user(name)
        self._awaits_program = False

    def _take_user(self, name: bytes) -> None:
        if name in _CHANGE_USER and self._user is None:
            self._user = _User(name in (b"su", b"runuser", b"setuidgid"), False, False)

    def _inside(self, text: bytes, depth: int) -> None:
        """A command in a word, by itself; then on with the words behind it."""
        kept = self._awaits_program, self._starts, self._talks, self._moves, self._user
        outer, self._within_another = self._within_another, self._is_another()
        self.read(text, depth - 1)
        self._awaits_program, self._starts, self._talks, self._moves, self._user = kept
        self._within_another = outer
        if self._awaits_program:
            self._take_program(b"")


def _bare(token: bytes) -> bytes:
    """A word as the shell hands it on."""
    return _QUOTED.sub(lambda found: b"".join(part or b"" for part in found.groups()), token)


def _known_part(path: bytes) -> bytes:
    found = _ENDS_PATH.search(path)
    return path if not found else path[: found.start()].rpartition(b"/")[0] or b"/"
