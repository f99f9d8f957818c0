# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the engine with libwrap on random rule files and shrink what differs."""

import functools
import grp
import pathlib
import pwd
import socket
import tempfile
from typing import Callable, List, NamedTuple, Optional, Tuple

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from libwrap import Answer, Libwrap, Question
from rule_files import NETGROUPS, RuleFiles, questions_for

Tables = Tuple[Optional[bytes], Optional[bytes]]


class Difference(NamedTuple):
    """One question to which the engine and libwrap answer differently."""

    live: bool
    tables: Tables
    question: Question
    libwrap: Answer
    engine: Answer

    def __str__(self) -> str:
        return "%s: hosts.allow %r, hosts.deny %r, %r\n  libwrap: %s\n  engine:  %s" % (
            "live" if self.live else "dry run",
            self.tables[0],
            self.tables[1],
            self.question,
            self.libwrap,
            self.engine,
        )


class ThisMachine(Lookups):
    """What libwrap sees here: this machine's accounts and files, the netgroups of the test."""

    def __init__(self) -> None:
        self.status = 0

    def in_netgroup(self, group: str, host: str) -> bool:
        return host in NETGROUPS.get(group, ())

    def host_file(self, path: str) -> Optional[bytes]:
        # opened as libwrap opens it: "/tmp//x" is "/tmp/x", and "/tmp/x/" is no file
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except (OSError, ValueError):
            return None

    def user_exists(self, name: str) -> bool:
        return name in (entry.pw_name for entry in pwd.getpwall())

    def group_exists(self, name: str) -> bool:
        return name in (entry.gr_name for entry in grp.getgrall())

    def user_id(self, name: str) -> int:
        return pwd.getpwnam(name).pw_uid

    def group_id(self, name: str) -> int:
        return grp.getgrnam(name).gr_gid

    def interface_exists(self, name: str) -> bool:
        return name in (interface for _number, interface in socket.if_nameindex())

    def aclexec_status(self, command: str) -> int:
        return self.status


def ask_engine(policy: Policy, machine: ThisMachine, question: Question, live: bool) -> Answer:
    """The engine's answer in libwrap's form."""
    machine.status = int(question.aclexec_status)
    request = Request(
        daemon=question.daemon,
        address=question.address,
        hostname=question.name,
        user=question.user,
        server_address=question.server_address,
        server_hostname=question.server_name,
        server_port=int(question.server_port) if question.server_port else None,
        client_port=int(question.client_port) if question.client_port else None,
    )
    decision = policy.decide(request, dry_run=not live)
    return (decision.access, decision.table, decision.line, list(decision.actions))


def comparable(answer: Answer, live: bool) -> Answer:
    """A dry run only logs what twist would run, and takes on the group of a `user` by itself, which the engine does not know."""
    return (
        answer
        if live
        else answer[:3] + ([action for action in answer[3] if not action.startswith(("twist ", "setgid "))],)
    )


class Comparison:
    """Both sides and a folder for their files; as context manager."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="portcullis-libwrap-")
        path = pathlib.Path(self.folder.name)
        self.libwraps = {live: Libwrap(path, live, NETGROUPS) for live in (True, False)}
        self.asked = 0
        self.matched = 0

    def __enter__(self) -> "Comparison":
        return self

    def __exit__(self, *_error: object) -> None:
        for libwrap in self.libwraps.values():
            libwrap.__exit__()
        self.folder.cleanup()

    def maker(self, seed: int) -> RuleFiles:
        """A stream of random rule files whose /file patterns exist."""
        return RuleFiles(seed, pathlib.Path(self.folder.name))

    def differences(self, tables: Tables, questions: List[Question]) -> List[Difference]:
        """Ask both, live and as tcpdmatch does. The process id in an expansion is libwrap's own, so no rule uses %p."""
        machine = ThisMachine()
        policy = Policy.parse(tables[0], tables[1], "debian", machine)
        found = []
        for live, libwrap in self.libwraps.items():
            libwrap.write("allow", tables[0])
            libwrap.write("deny", tables[1])
            for question, wanted in zip(questions, libwrap.ask(questions)):
                got = ask_engine(policy, machine, question, live)
                self.asked += 1
                self.matched += wanted[1] is not None
                if comparable(got, live) != comparable(wanted, live):
                    found.append(Difference(live, tables, question, wanted, got))
        return found

    def fuzz(self, seed: int, questions: int, per_pair: int = 10) -> Optional[Difference]:
        """Random rule files until so many questions were asked; the first difference, shrunk, or None."""
        maker = self.maker(seed)
        end = self.asked + questions
        while self.asked < end:
            tables = (maker.table(), maker.table())
            found = self.differences(tables, questions_for(maker, per_pair))
            if found:
                return self.shrink(found[0])
        return None

    def shrink(self, difference: Difference) -> Difference:
        """The same kind of difference with as few lines and words as possible."""
        best = [difference]

        def still(side: int, text: bytes) -> bool:
            tables = (text, best[0].tables[1]) if side == 0 else (best[0].tables[0], text)
            found = [one for one in self.differences(tables, [difference.question]) if one.live == difference.live]
            best[:] = found[:1] or best
            return bool(found)

        for side in (0, 1):
            for separator in (b"\n", b" "):
                _drop(functools.partial(_text, best, side), separator, functools.partial(still, side))
        return best[0]


def _text(best: List[Difference], side: int) -> bytes:
    return best[0].tables[side] or b""


def _drop(current: Callable[[], bytes], separator: bytes, still: Callable[[bytes], bool]) -> None:
    """Leave out one part after another as long as the difference stays."""
    place = 0
    while place < len(current().split(separator)):
        parts = current().split(separator)
        if len(parts) < 2 or not still(separator.join(parts[:place] + parts[place + 1 :])):
            place += 1
