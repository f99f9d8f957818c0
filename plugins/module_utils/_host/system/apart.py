# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the memory of other users' processes tells, read by a child that is ended where the kernel does not answer.

A user can lock the memory map of a process for ever: a page that waits for a file system of the user's own is enough.
Whoever then reads its command line, environment or mappings from /proc, root too, sleeps until SIGKILL comes.
"""

import ctypes
import errno
import json
import os
import select
import signal
import struct
import time
from typing import Dict, List, Optional, Tuple

from .shown import Foreign, stat_shown
from .time_of_users import MAX_SECONDS, Unanswered, has_time, real_user, spend

MAX_BYTES = 4 * 1024 * 1024  # that are read, or told, at once
MAX_MAPS = 64 * 1024 * 1024  # of one process's maps: some four hundred thousand mappings
PATIENCE = 5.0  # seconds for one answer; a usual one takes 0.0001
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_FOREIGN, _UNANSWERED = -1, -2  # in the place of an error's number
_HEAD = struct.Struct(
    "<idI"
)  # an error's number (0: none), the processor seconds it took, and the length of what follows
_LENGTH = struct.Struct("<I")
_ALL, _IN_PART = b"+", b"-"  # what an answer about mapped files begins with


def read_memory(folder: str, name: str, limit: int = MAX_BYTES, purse: str = "") -> bytes:
    """The first `limit` bytes of `cmdline`, `environ` or `maps` in a process's folder of /proc.

    Raises OSError where it may not be read, and Unanswered where the process's user has no time left (`purse`: see
    has_time()): waiting for an answer that does not come takes all of it.
    """
    if real_user(folder) == 0:
        return _read(folder, name, limit)
    return _ask(folder, ["read", folder, name, limit], purse)


def mapped_files(folder: str, needle: str, most: int) -> Tuple[List[bytes], bool]:
    """The first line of `maps` (proc(5)) for each file whose path has `needle` in it, and whether these are all: no more
    than `most` files, some megabytes of lines, and MAX_MAPS of the maps are looked at. Raises OSError as read_memory().
    """
    if real_user(folder) == 0:
        answer = _mapped(folder, needle, most)
    else:
        answer = _ask(folder, ["mapped", folder, needle, most], "")
    return answer[1:].split(b"\n")[:-1], answer[:1] == _ALL


def stat_mapped(folder: str, name: str) -> Tuple[int, int]:
    """Device and inode of what a link in `map_files` of a process's folder leads to. Raises Foreign and OSError."""
    answer = _stat(folder, name) if real_user(folder) == 0 else _ask(folder, ["stat", folder, name, 0], "")
    device, inode = answer.split()
    return int(device), int(inode)


def _ask(folder: str, question: List[object], purse: str) -> bytes:
    if not has_time(folder, purse):
        raise Unanswered(folder)
    reader = _Reader.current()
    answer = reader.ask(question)
    if answer is None:
        reader.end()
        spend(folder, MAX_SECONDS, purse)
        raise Unanswered(folder)
    number, seconds, data = answer
    spend(folder, seconds, purse)
    if number == _FOREIGN:
        raise Foreign()
    if number == _UNANSWERED:
        raise Unanswered(folder)
    if number:
        raise OSError(number, os.strerror(number), folder)
    return data


class _Reader:
    """The child, for all questions until it does not answer one."""

    _now: Optional["_Reader"] = None

    @classmethod
    def current(cls) -> "_Reader":
        """The child of this process that runs; started where there is none."""
        if cls._now is None or cls._now.parent != os.getpid():
            cls._now = cls()
        return cls._now

    def __init__(self) -> None:
        self.parent = os.getpid()
        questions, self._questions = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                _serve(questions, answers)
            finally:
                os._exit(0)
        os.close(questions)
        os.close(answers)

    def ask(self, question: List[object]) -> Optional[Tuple[int, float, bytes]]:
        """The number of an error (0: none), the processor seconds that it took, and the answer; None where none comes."""
        text = json.dumps(question).encode("ascii")
        try:
            os.write(self._questions, _LENGTH.pack(len(text)) + text)
        except OSError:
            return None
        until = time.monotonic() + PATIENCE
        head = self._receive(_HEAD.size, until)
        if head is None:
            return None
        number, seconds, length = _HEAD.unpack(head)
        data = self._receive(length, until)
        return None if data is None else (number, seconds, data)

    def end(self) -> None:
        """Kill the child; one that does not even die then is left to itself."""
        type(self)._now = None
        os.close(self._questions)
        os.close(self._answers)
        os.kill(self._pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while os.waitpid(self._pid, os.WNOHANG)[0] == 0 and time.monotonic() < until:
            select.select([], [], [], 0.01)

    def _receive(self, length: int, until: float) -> Optional[bytes]:
        found = bytearray()
        while len(found) < length:
            ready = select.select([self._answers], [], [], max(0.0, until - time.monotonic()))[0]
            block = os.read(self._answers, min(length - len(found), 65536)) if ready else b""
            if not block:
                return None
            found += block
        return bytes(found)


def _serve(questions: int, answers: int) -> None:
    """Answer until the parent ends; nothing else of the parent's stays open: a lock, or what its caller waits for."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in (questions, answers):
            os.dup2(nothing, standard)
    for descriptor in sorted(int(name) for name in os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in (questions, answers):
            try:
                os.close(descriptor)
            except OSError:
                pass  # the one of the list itself
    while True:
        head = os.read(questions, _LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        kind, folder, name, limit = json.loads(os.read(questions, _LENGTH.unpack(head)[0]).decode("ascii"))
        start = os.times()
        number, data = 0, b""
        try:
            data = _stat(folder, name) if kind == "stat" else _OF_FILES[kind](folder, name, limit)
        except Foreign:
            number = _FOREIGN
        except Unanswered:
            number = _UNANSWERED
        except OSError as exc:
            number = exc.errno or errno.EIO
        end = os.times()
        seconds = end.user + end.system - start.user - start.system
        _send(answers, _HEAD.pack(number, seconds, len(data)) + data)


def _send(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(folder: str, name: str, limit: int) -> bytes:
    with open(os.path.join(folder, name), "rb") as stream:
        return stream.read(limit)


def _stat(folder: str, name: str) -> bytes:
    info = stat_shown(folder, name)
    return b"%d %d" % (info.st_dev, info.st_ino)


def _mapped(folder: str, needle: str, most: int) -> bytes:
    """Each line ends with a line feed; the first byte tells whether they are all."""
    found: Dict[bytes, bytes] = {}
    kept, total, rest = 0, 0, b""
    with open(os.path.join(folder, "maps"), "rb") as stream:
        while total <= MAX_MAPS and kept <= MAX_BYTES and len(found) <= most:
            block = stream.read(1 << 18)
            if not block:
                return _ALL + b"".join(line + b"\n" for line in found.values())
            total += len(block)
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                if needle.encode() in line:
                    file = line.split(None, 3)[-1]  # each mapping of one file is the same file
                    kept += 0 if file in found else len(line)
                    found.setdefault(file, line)
    return _IN_PART + b"".join(line + b"\n" for line in list(found.values())[:most])


_OF_FILES = {"read": _read, "mapped": _mapped}
