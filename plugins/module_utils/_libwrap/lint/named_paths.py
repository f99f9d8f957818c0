# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The absolute paths that a command of sh(1) names, and which of them it runs: as a program, as what an interpreter or
a program that starts others is given, or by a variable that leads programs to code.
"""

import re
from typing import Dict, List, Optional, Set

from .starters import (
    Starter,
    User,
    behind_a_word,
    is_plain,
    is_starting_option,
    is_talker,
    is_text_option,
    starter_of,
    starts_behind,
    user_of,
)

_DEPTH = 4  # of commands in the words of others that are looked at
_LEVELS = 64  # of brackets
_TOKEN = re.compile(
    rb"[0-9]*[<>]+[&|]?|[|;&()`\n]+|(?:'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|[^ \t\r\n|;&()`<>'\"\\])+", re.DOTALL
)
_QUOTED = re.compile(rb"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)", re.DOTALL)
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_BRACKET = re.compile(rb"\$?\(|\)")
_ASSIGNMENT = re.compile(rb"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_BEFORE = (b"!", b"if", b"then", b"else", b"elif", b"do", b"while", b"until", b"{")
_OPEN, _CLOSE = (b"if", b"while", b"until", b"for", b"{", b"case"), (b"fi", b"done", b"}", b"esac")
_CONTROL = re.compile(rb"\|\||&&|\|&|[|;&()`\n]")
# by which programs find what they run
_LEADS_TO_CODE = re.compile(rb"LD_.*|.*PATH|.*LIB|.*OPT|.*STARTUP|Exec.*|ENV|BASH_ENV|HOME|SHELL", re.DOTALL)
_TO_FOLDERS = (b"cd", b"pushd", b"chdir")
_COMMAND_INSIDE = re.compile(rb"\$\(|`")
_SEVERAL_WORDS = re.compile(rb"[ \t\r\n|;&()`<>]")
_VARIABLE = re.compile(rb"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_FROM_INPUT = (b"-", b"/dev/stdin", b"/dev/fd/0", b"/proc/self/fd/0")
_SHELL_FROM_INPUT = re.compile(rb"-[A-Za-z]*[si][A-Za-z]*")
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


class _Simple:
    """What the words of one simple command are to it: each word decides about the next."""

    def __init__(self, words: bool = False, talks: bool = False) -> None:
        self.awaits_program = not words
        self.name = b""
        self.starter: Optional[Starter] = None  # that is still before its program
        self.operands = 0  # that it still has before it
        self.skips = b""  # the option whose word is next
        self.talks = talks
        self.user: Optional[User] = None
        self.reads = False  # commands from its input
        self.always_reads = False
        self.loop = b""  # the variable of a for
        self.closed = False  # commands in it, or the compound one that it ends, read the same input

    def take_program(self, text: bytes) -> None:
        """The word names the program, or the next that this one starts."""
        self.name = text.rpartition(b"/")[2]
        starter = starter_of(self.name)
        self.starter, self.operands, self.skips = starter, starter.operands if starter else 0, b""
        self.talks, self.awaits_program = is_talker(self.name), False
        self.user = self.user or user_of(self.name)
        self.always_reads = self.always_reads or bool(starter and starter.always)
        self.reads = self.always_reads or bool(starter and starter.reads_commands)

    def take_word(self, text: bytes, starter: Starter) -> None:
        """A word behind a program that starts others: an option, an operand, or the program that it starts."""
        commands = (starter.reads_commands and not starter.operands) or not starter.known
        named = text in _FROM_INPUT and (text != b"-" or commands)
        if named or (_SHELL_FROM_INPUT.fullmatch(text) and not starter.options.fullmatch(text)):
            self.always_reads = self.always_reads or named or self.reads
            self.reads = self.reads or self.always_reads
        name = text.rpartition(b"/")[2]
        if self.skips and starter.reads_commands and is_text_option(self.skips):
            inner = starter_of(name)
            self.reads = self.always_reads or text == b"{}" or bool(inner and inner.reads_commands)
            self.starter, self.skips = starter._replace(known=False), b""  # the text may run any word behind it
        elif (self.skips or self.operands) and starter_of(name):
            self.take_program(text)  # not the word that it seemed to be
        elif self.skips and not text.startswith(b"-"):
            self.skips = b""
        elif text.startswith((b"-", b"+")):
            self.skips = text if starter.options.fullmatch(text) else b""
        elif self.operands:
            self.operands -= 1
        elif text != b"{}":  # what xargs puts there
            if starter.known or starter_of(name) or is_plain(name):
                self.take_program(text)
            self.reads = self.always_reads or (self.reads and self.starter is not starter)

    def take_text(self, starter: Starter) -> None:
        """The same of a word that is a command by itself."""
        if self.skips or self.operands:
            self.take_word(b"", starter)
        else:
            self.reads = self.always_reads
            if self.name.endswith(b"awk"):
                self.starter = None


class _Level:
    """One list of commands: of the whole text, in brackets, or in back quotes."""

    def __init__(self, opened: bytes, fed: bool) -> None:
        self.opened = opened
        self.fed = fed  # what its commands write is run
        self.variable = b""  # that its output is assigned to
        self.flow: Set[bytes] = set()  # what the pipeline has named so far, which may come to the next command
        self.all: Set[bytes] = set()
        self.compounds = 0
        self.simple = _Simple()


class _Reader:
    """What was found, and where the reading is."""

    def __init__(self) -> None:
        self.found: Dict[bytes, bool] = {}
        self._folder = b""  # that the command went to
        self._within_another = False  # in a command that another user than root runs
        self._assigned: Dict[bytes, Set[bytes]] = {}
        self._shell_read = False  # a shell in brackets, or in a compound command, read its input
        self._levels = [_Level(b"", False)]

    def note(self, text: bytes, runs: bool) -> List[bytes]:
        """Note the paths in a text, and give them. What another user than root runs is only named."""
        paths = _paths(text)
        self._flows(paths)
        self._mark(paths, runs or self._levels[-1].fed)
        return paths

    def _flows(self, paths: List[bytes]) -> None:
        self._levels[-1].flow.update(paths)
        self._levels[-1].all.update(paths)

    def _mark(self, paths: List[bytes], runs: bool) -> None:
        runs = runs and not self._is_another()
        for path in paths:
            self.found[path] = self.found.get(path, False) or runs

    def read(self, command: bytes, depth: int) -> None:
        """Read a command, and those in its words down to a depth."""
        base, redirection, last = len(self._levels), b"", b" "
        for token in _TOKEN.findall(command):
            if token.strip(b"|;&()`\n") == b"":
                for control in _CONTROL.findall(token):
                    self._control(control, redirection, last, base)
                    redirection, last = b"", b" "
                continue
            if token.lstrip(b"0123456789")[:1] in (b"<", b">"):
                redirection, last = token, b" "
                continue
            if redirection:
                self._redirected(redirection, token)
            elif token != b"$":
                self._word(token, depth)
            redirection, last = b"", token
        self._finish()
        while len(self._levels) > base:
            self._close()

    def _redirected(self, redirection: bytes, token: bytes) -> None:
        text = _bare(token)
        if b"<" not in redirection:
            self._mark(_paths(text), False)
            return
        simple = self._levels[-1].simple
        self.note(text if redirection.endswith(b"<<") else self._placed(text), simple.closed and self._shell_read)

    def _control(self, control: bytes, redirection: bytes, last: bytes, base: int) -> None:
        """A word of the shell that ends a command, or opens or closes a list of them."""
        level = self._levels[-1]
        if control == b"(" or (control == b"`" and level.opened != b"`"):
            self._open(control, redirection, last)
        elif control in (b")", b"`"):
            if len(self._levels) > base:
                self._close()
            else:
                self._finish()
        else:
            self._finish()
            if control not in (b"|", b"|&") and not level.compounds:
                level.flow = set()

    def _open(self, control: bytes, redirection: bytes, last: bytes) -> None:
        """A list of commands: in brackets, or one whose output becomes words, or a file."""
        level, simple = self._levels[-1], self._levels[-1].simple
        output = control == b"`" or last.endswith(b"$") or b"<" in redirection
        glued = last.endswith(b"=") or (last.endswith(b"$") and last != b"$")
        program = output and simple.awaits_program and not glued
        fed = level.fed or (not self._is_another() and (program or (output and simple.starter is not None)))
        if program and not redirection:
            simple.take_program(b"$()")
        kind = control if output or redirection else b"sub"
        if len(self._levels) < _LEVELS:
            self._levels.append(_Level(kind, fed))
            self._levels[-1].variable = last.partition(b"=")[0] if glued else b""

    def _close(self) -> None:
        self._finish()
        closed = self._levels.pop()
        level = self._levels[-1]
        level.flow |= closed.all
        level.all |= closed.all
        if closed.variable:
            self._assigned.setdefault(closed.variable, set()).update(closed.all)
        if closed.opened == b"sub":
            self._finish()
            level.simple.awaits_program, level.simple.closed = False, True

    def _finish(self) -> None:
        """The end of a simple command: where it reads commands, what comes to it is run."""
        if self._levels[-1].simple.reads and not self._is_another():
            self._shell_read = True
            for level in self._levels:  # what comes to the list of commands comes to this one
                self._mark(sorted(level.flow), True)
                level.all -= level.flow
                level.flow = set()
        self._levels[-1].simple = _Simple()

    def _word(self, token: bytes, depth: int) -> None:
        text, simple = _bare(token), self._levels[-1].simple
        if simple.user is not None and simple.starter is not None:
            simple.user = simple.user.after(text)
        assigned = _ASSIGNMENT.fullmatch(text) if simple.awaits_program or simple.starter else None
        self._run_variables(text, simple)
        if depth and simple.user is not None and simple.user.another:
            self._put_in(token, depth)
        if depth and (_COMMAND_INSIDE.search(text) or (simple.starter and _SEVERAL_WORDS.search(text))):
            self._inside(text, depth, assigned.group(1) if assigned else b"")
        elif assigned:
            paths = self.note(assigned.group(2), bool(_LEADS_TO_CODE.fullmatch(assigned.group(1))))
            self._assigned.setdefault(assigned.group(1), set()).update(paths)
            simple.skips = b""
        elif simple.awaits_program:
            self._program(token, text)
        elif simple.starter is not None:
            self.note(self._placed(text), True)
            simple.take_word(text, simple.starter)
        else:
            self._argument(text, simple)

    def _program(self, token: bytes, text: bytes) -> None:
        level = self._levels[-1]
        level.compounds = max(0, level.compounds + (token in _OPEN) - (token in _CLOSE))
        if token not in _BEFORE and not token.startswith(b"-"):
            self.note(self._placed(text) if b"/" in text else text, True)
            level.simple.take_program(text)
            level.simple.closed = token in _CLOSE

    def _argument(self, text: bytes, simple: _Simple) -> None:
        """A word behind a program that starts nothing."""
        if starts_behind(simple.name, text):
            simple.starter = behind_a_word(simple.name)
            simple.operands = simple.starter.operands
            return
        if simple.talks:
            self._flows(_paths(text))
            self._mark(_paths(text) if self._levels[-1].fed else [], True)
        else:
            paths = self.note(text, is_starting_option(text))
            if simple.name == b"read":
                self._assigned.setdefault(text, set()).update(*(level.flow for level in self._levels))
            if simple.name == b"for":
                simple.loop = simple.loop or text
                self._assigned.setdefault(simple.loop, set()).update(paths)
        if simple.name in _TO_FOLDERS:
            self._folder = self._placed(text)

    def _run_variables(self, text: bytes, simple: _Simple) -> None:
        """Where a variable is run, what was assigned to it is."""
        if (simple.awaits_program or simple.starter is not None) and not self._is_another():
            for name in _VARIABLE.findall(text):
                self._mark(sorted(self._assigned.pop(name, ())), True)

    def _is_another(self) -> bool:
        """Whether what is run is run as another user than root."""
        user = self._levels[-1].simple.user
        return self._within_another or (user is not None and user.another)

    def _placed(self, text: bytes) -> bytes:
        """A relative name from the folder that the command went to."""
        if not self._folder or text.startswith((b"/", b"-")):
            return text
        return self._folder + b"/" + text

    def _put_in(self, token: bytes, depth: int) -> None:
        """The commands whose output the shell puts into a word of another user's: the shell runs them before."""
        for command in _substitutions(token):
            self._levels.append(_Level(b"'", False))
            self.read(command, depth - 1)
            self._close()

    def _inside(self, text: bytes, depth: int, assigned: bytes) -> None:
        """A command in a word, by itself; then on with the words behind it."""
        level, simple, outer = self._levels[-1], self._levels[-1].simple, self._within_another
        code = not assigned and (simple.awaits_program or simple.starter is not None)
        self._within_another = self._is_another()
        self._levels.append(_Level(b"'", level.fed))
        self._levels[-1].variable = assigned
        self._levels[-1].simple = _Simple() if code else _Simple(True, simple.talks)
        self.read(text, depth - 1)
        self._close()
        self._within_another = outer
        if simple.awaits_program and not assigned:
            simple.take_program(b"")
        elif simple.starter is not None and not assigned:
            simple.closed = True
            simple.take_text(simple.starter)


def _bare(token: bytes) -> bytes:
    """A word as the shell hands it on."""
    return _QUOTED.sub(lambda found: b"".join(part or b"" for part in found.groups()), token)


def _substitutions(token: bytes) -> List[bytes]:
    """The commands in the double quotes of a word."""
    text = _QUOTED.sub(lambda found: _ESCAPED.sub(b"", found.group(2) or b""), token)
    commands, start, depth = text.split(b"`")[1::2], -1, 0
    for mark in _BRACKET.finditer(text):
        if start < 0:
            start, depth = (mark.end(), 1) if mark.group() == b"$(" else (start, 0)
            continue
        depth += -1 if mark.group() == b")" else 1
        if not depth:
            commands.append(text[start : mark.start()])
            start = -1
    return commands if start < 0 else commands + [text[start:]]


def _paths(text: bytes) -> List[bytes]:
    return [path for path in map(_known_part, _PATH.findall(text)) if path != b"/"]


def _known_part(path: bytes) -> bytes:
    found = _ENDS_PATH.search(path)
    return path if not found else path[: found.start()].rpartition(b"/")[0] or b"/"
