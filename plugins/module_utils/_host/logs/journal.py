# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The systemd journal, read as a stream through journalctl."""

import json
import os
import re
import select
import subprocess
from typing import Any, Callable, Dict, Generator, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..system.commands import Process, find_program, run
from ..errors import HostError

JOURNAL_FOLDERS = ("/var/log/journal", "/run/log/journal")
MAX_ENTRY = 256 * 1024
_BLOCK = 64 * 1024
_ASKED_EACH = 1000  # messages: about a hundredth of a second
_FIELDS = (
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_UID,_COMM,_EXE,_TRANSPORT,_SOURCE_REALTIME_TIMESTAMP"
    ",CONTAINER_ID,CONTAINER_NAME"
)
#: Programs of root's that pass on what others write, such as the programs of a container.
_RELAYS = ("conmon", "dockerd", "docker-containerd", "containerd", "containerd-shim-runc-v2", "logger", "systemd-cat")


class Message(NamedTuple):
    time: Optional[float]
    tag: str
    pid: Optional[str]
    text: str
    uid: Optional[int]  # who wrote it, by the kernel; 0 for the kernel itself, None where the journal does not know
    program: Optional[str]  # the path of the program that wrote it, by the kernel


def has_journal() -> bool:
    """Whether this host keeps a journal that journalctl can read."""
    return find_program("journalctl") is not None and any(os.path.isdir(folder) for folder in JOURNAL_FOLDERS)


def find_messages(
    needles: Sequence[bytes],
    since: Optional[float],
    until: Optional[float],
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Message]:
    """Messages of the journal whose text holds one of `needles`, in order, until `is_over` says so, which is asked now
    and then; only those are taken apart.

    Raises HostError where journalctl fails.
    """
    program = find_program("journalctl")
    if program is None:
        raise HostError("the host has no journalctl.")
    arguments = [program, "--quiet", "--no-pager", "--output=json"]
    if since is not None:
        arguments.append("--since=@%d" % int(since))
    if until is not None:
        arguments.append("--until=@%d" % int(until + 1))
    found = _pattern(program, needles)
    for extra in ([_FIELDS], []):  # systemd before 236 does not know the option and ends at once
        status, count = yield from _messages(arguments + found + extra, needles, is_over)
        if status == 0 or count:
            break
        if found and _is_readable(program):
            return  # with a pattern that no message has it ends with 1
    if status != 0:
        raise HostError("journalctl failed with status %d: run the task as root." % status)


def _messages(
    arguments: Sequence[str], needles: Sequence[bytes], is_over: Callable[[], bool]
) -> Generator[Message, None, Tuple[int, int]]:
    """What one journalctl finds; its status, 0 where it is stopped, and how many messages it printed."""
    count = 0
    process = Process(arguments, subprocess.DEVNULL)
    try:
        for line in _lines(process, is_over):
            count += 1
            if count % _ASKED_EACH == 0 and is_over():
                return 0, count
            # bytes that are no printable text come as a list of numbers, in which no word can be found
            if b'"MESSAGE":[' in line or any(needle in line for needle in needles):
                message = _parse(line)
                if message is not None:
                    yield message
        return 0 if is_over() else process.wait(), count
    finally:
        _end(process)


def _pattern(program: str, needles: Sequence[bytes]) -> List[str]:
    """Let journalctl look for the needles itself: of 100,000 messages that took 0.5 s, where printing them all took 10 s
    (systemd 252, Debian 12). [] where it was built without patterns. It compares bytes, so text that is no UTF-8 ends nothing.
    """
    done = run([program, "--version"])
    if done.status or b"+PCRE2" not in done.output:
        return []
    return ["--case-sensitive=yes", "--grep=" + "|".join(re.escape(needle.decode("ascii")) for needle in needles)]


def _is_readable(program: str) -> bool:
    return run([program, "--quiet", "--no-pager", "--lines=1"]).status == 0


def _lines(process: Process, is_over: Callable[[], bool]) -> Iterator[bytes]:
    """What it prints, until `is_over` says so, also while it looks and prints nothing; long lines in parts."""
    begun = b""
    while process.stdout is not None:
        if not select.select([process.stdout], [], [], 1.0)[0]:
            if is_over():
                return
            continue
        block = os.read(process.stdout.fileno(), _BLOCK)
        lines = (begun + block).split(b"\n")
        begun = lines.pop()
        if len(begun) > MAX_ENTRY or not block and begun:
            lines, begun = lines + [begun], b""
        yield from lines
        if not block:
            return


def _end(process: Process) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _parse(line: bytes) -> Optional[Message]:
    try:
        entry = json.loads(line.decode("utf-8", "replace"))
    except ValueError:
        return None
    if not isinstance(entry, dict):
        return None
    text = _text(entry, "MESSAGE")
    moment = _text(entry, "_SOURCE_REALTIME_TIMESTAMP") or _text(entry, "__REALTIME_TIMESTAMP")
    uid = "0" if _text(entry, "_TRANSPORT") == "kernel" else _text(entry, "_UID")
    if uid == "0" and _is_passed_on(entry):
        uid = ""  # who wrote it is not known
    return Message(
        int(moment) / 1e6 if moment.isdecimal() else None,
        _text(entry, "SYSLOG_IDENTIFIER") or _text(entry, "_COMM"),
        _text(entry, "SYSLOG_PID") or _text(entry, "_PID") or None,
        text,
        int(uid) if uid.isdecimal() else None,
        _text(entry, "_EXE") or None,
    )


def _is_passed_on(entry: Dict[str, Any]) -> bool:
    named = _text(entry, "CONTAINER_ID") or _text(entry, "CONTAINER_NAME")
    return bool(named) or os.path.basename(_text(entry, "_EXE")) in _RELAYS


def _text(entry: Dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        try:
            return bytes(value).decode("utf-8", "backslashreplace")
        except (TypeError, ValueError):
            return ""
    return ""
