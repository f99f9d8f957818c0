# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the installed libwrap itself, through libwrap_server.c; nothing is executed and no name is looked up."""

import os
import pathlib
import subprocess
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "libwrap_server.c"
SERVER = HERE.parent.parent.parent / ".cache" / "oracle" / "libwrap_server"


class Question(NamedTuple):
    """What a connection tells libwrap; an empty string is unknown, the name "paranoid" one that does not fit the address."""

    daemon: str
    address: str = ""
    name: str = ""
    user: str = ""
    server_address: str = ""
    server_name: str = ""
    server_port: str = ""
    client_port: str = ""
    aclexec_status: str = "0"


#: access, table, line, actions; a signal's number as access where libwrap crashed
Answer = Tuple[str, Optional[str], Optional[int], List[str]]


def build() -> pathlib.Path:
    """Compile the server where it is missing or older than its source."""
    if not SERVER.exists() or SERVER.stat().st_mtime < SOURCE.stat().st_mtime:
        SERVER.parent.mkdir(parents=True, exist_ok=True)
        made = SERVER.with_name("%s.%d" % (SERVER.name, os.getpid()))
        subprocess.run(["gcc", "-O2", "-Wall", "-o", str(made), str(SOURCE), "-lwrap"], check=True)
        made.replace(SERVER)
    return SERVER


class Libwrap:
    """The library with two tables of its own in a folder; as context manager."""

    def __init__(self, folder: pathlib.Path, live: bool, netgroups: Dict[str, Sequence[str]]) -> None:
        self.tables = {
            "allow": folder / ("live.allow" if live else "dry.allow"),
            "deny": folder / ("live.deny" if live else "dry.deny"),
        }
        pairs = ["%s=%s" % (group, host) for group in netgroups for host in netgroups[group]]
        self.command = [
            str(build()),
            "live" if live else "dry",
            str(self.tables["allow"]),
            str(self.tables["deny"]),
        ] + pairs
        self.process: Optional[subprocess.Popen] = None

    def __enter__(self) -> "Libwrap":
        return self

    def __exit__(self, *_error: object) -> None:
        self._end()

    def _end(self) -> int:
        if self.process is None:
            return 0
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # what it did not read any more
        status = self.process.wait()
        self.process.stdout.close()
        self.process = None
        return status

    def write(self, name: str, text: Optional[bytes]) -> None:
        """Put a table in place; None removes it."""
        if text is None:
            self.tables[name].unlink(missing_ok=True)
        else:
            self.tables[name].write_bytes(text)

    def ask(self, questions: Sequence[Question]) -> List[Answer]:
        """The answers to a few questions (the pipe must hold them)."""
        answers: List[Answer] = []
        while len(answers) < len(questions):
            if self.process is None:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"LC_ALL": "C"}
                )
            left = questions[len(answers) :]
            self.process.stdin.write(
                b"".join(part.encode("utf-8", "surrogateescape") + b"\0" for question in left for part in question)
            )
            try:
                self.process.stdin.flush()
            except BrokenPipeError:
                pass  # it ended after an aclexec that failed, or it crashed
            for _question in left:
                answer = self._read()
                if answer is None:
                    status = self._end()
                    if status:
                        answers.append(("signal %d" % -status, None, None, []))
                    break
                answers.append(answer)
        return answers

    def _read(self) -> Optional[Answer]:
        access = self._field()
        if access is None:
            return None
        path, line = self._field(), self._field()
        actions: List[str] = []
        action = self._field()
        while action:
            actions.append(action)
            action = self._field()
        tables = [name for name in self.tables if path == str(self.tables[name])]
        return (access, tables[0] if tables else None, int(line) if tables and line else None, actions)

    def _field(self) -> Optional[str]:
        """Bytes up to a NUL; None at the end."""
        found = bytearray()
        while True:
            byte = self.process.stdout.read(1)
            if byte == b"\0":
                return found.decode("utf-8", "backslashreplace")
            if not byte:
                return None
            found += byte
