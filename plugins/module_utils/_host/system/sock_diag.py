# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The sockets that wait for clients, asked of the kernel by sock_diag(7).

/proc/net tells a table in pieces, and leaves out as many sockets as were closed meanwhile before the place where it goes on:
who opens and closes hundreds all the time hides those of others. So does a dump of sock_diag(7), behind sockets that it does
not tell. An answer in one message leaves out none that is there all the time, so ranges of ports, and of one port the
addresses, are asked about until each answer is one.
"""

import contextlib
import errno
import os
import socket
import struct
import sys
import time
from typing import Callable, Iterator, List, NamedTuple, Optional, Set, Tuple, TypeVar

_SOCK_DIAG = 4  # netlink(7)
_BY_FAMILY, _DUMP = 20, 0x301  # SOCK_DIAG_BY_FAMILY; NLM_F_REQUEST | NLM_F_DUMP
_NOTHING, _ACKNOWLEDGED = 1, 5  # NLMSG_NOOP; NLM_F_REQUEST | NLM_F_ACK
_ERROR, _DONE = 2, 3
_LONGEST = 1 << 16  # of what is received; the kernel sends 32 KiB
_BYTECODE = 1  # INET_DIAG_REQ_BYTECODE
_FROM_PORT, _TO_PORT, _AT = 2, 3, 7  # INET_DIAG_BC_S_GE, INET_DIAG_BC_S_LE, INET_DIAG_BC_S_COND
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_PROTOCOLS = {"tcp": 6, "udp": 17, "udplite": 136}
#: States (include/net/tcp_states.h): TCP listens, UDP is not connected.
_WAITING = {"tcp": 1 << 10, "udp": 1 << 7, "udplite": 1 << 7}
_ALL = 0xFFF & ~(1 << 3 | 1 << 6)  # but for TCP's SYN_RECV and TIME_WAIT, which no process holds
_ROW = struct.Struct("=xB2x2s2s16s16s24xII")  # inet_diag_msg
_PORT = struct.Struct("!H")
_One = TypeVar("_One")
MAX_SECONDS = 4.0  # of the processor, in a run; then the rest is read as it comes
_READINGS = 5  # of what does not fit in one message


#: A full message is followed by nothing where all that is left was hidden. The kernel's are 32 KiB long; where it has no
#: such memory, they are as long as a page or two.
_SHORT = 16 << 10
_FULL = ((3200, 4096), (7200, 8192))


class Waiting(NamedTuple):
    """A socket that listens, or takes datagrams from anybody."""

    address: str
    port: int
    uid: int
    inode: int


class Row(NamedTuple):
    """A socket as the kernel tells it."""

    state: int
    local_port: bytes
    distant_port: bytes
    local: bytes
    distant: bytes
    uid: int
    inode: int


class _Part(NamedTuple):
    """Some of the sockets: those with local ports from one to another, whose address begins with these bits."""

    low: int = 0
    high: int = 65535
    prefix: int = 0
    bits: int = 0

    def halves(self, length: int) -> List["_Part"]:
        """Both halves, of addresses of so many bits; none where it is one address of one port."""
        if self.low < self.high:
            middle = (self.low + self.high) // 2
            return [self._replace(low=middle + 1), self._replace(high=middle)]
        if self.bits == length:
            return []
        bit = 1 << (length - self.bits - 1)
        return [self._replace(prefix=self.prefix | own, bits=self.bits + 1) for own in (bit, 0)]


class Patience:
    """How long tables are read until nothing can be missing: who has thousands of sockets makes each question slow."""

    def __init__(self) -> None:
        self._spent = 0.0
        self._since = 0.0

    def has_time(self) -> bool:
        """Whether more may be asked, inside spending()."""
        return self._spent + time.process_time() - self._since < MAX_SECONDS

    @contextlib.contextmanager
    def spending(self) -> Iterator[None]:
        """Count the processor's time of what is done here."""
        self._since = time.process_time()
        try:
            yield
        finally:
            self._spent += time.process_time() - self._since


class _Ask:
    """What is asked about, and whose sockets are wanted; the others are counted only."""

    def __init__(self, protocol: str, family: int, states: int, wanted: Callable[[int], bool]) -> None:
        self._number, self._states = _PROTOCOLS[protocol], states
        self.family = _FAMILIES[family]
        self.length = 32 if family == 4 else 128  # of its addresses
        self._wanted = wanted
        self._asked: Optional[socket.socket] = None
        self._has_room = True  # the last message was not ended by its length

    def close(self) -> None:
        """No more is asked."""
        if self._asked is not None:
            self._asked.close()
        self._asked = None

    def once(self, part: _Part, most: int = 1) -> Tuple[List[Waiting], bool]:
        """The wanted sockets of a part, and whether they came in so many messages; if not, not all. Raises OSError where the
        kernel does not answer.
        """
        found: List[Waiting] = []
        for number, rows in enumerate(self.messages(part)):
            if number >= most or (most == 1 and not self._has_room):
                self.close()  # what else it would tell is nobody's
                return found, False
            for row in rows:
                if self._wanted(row.uid):
                    address, port = end_of(self.family, row.local, row.local_port)
                    found.append(Waiting(address, port, row.uid, row.inode))
        return found, True

    def messages(self, part: _Part = _Part()) -> Iterator[List[Row]]:
        """What each message of an answer tells. Raises OSError."""
        self._asked = asked = self._asked or _opened()
        asked.send(self._question(part))
        while True:
            rows: List[Row] = []
            data = asked.recv(_LONGEST)
            self._has_room = len(data) <= _SHORT and not any(low < len(data) <= high for low, high in _FULL)
            for kind, body in _parts(data):
                if kind == _ERROR:
                    number = -struct.unpack_from("=i", body)[0]
                    raise OSError(number, os.strerror(number))
                if kind == _DONE:
                    if rows:
                        yield rows
                    return
                if len(body) >= _ROW.size:
                    rows.append(Row._make(_ROW.unpack_from(body)))
            yield rows

    def _question(self, part: _Part) -> bytes:
        """With a program of two or three steps, each of which leads to the next or beyond the end."""
        at = b""
        if part.bits:
            packed = part.prefix.to_bytes(self.length // 8, "big")
            size = 12 + len(packed)
            at = struct.pack("=BBHBBxxi", _AT, size, size + 4, self.family, part.bits, -1) + packed
        left = 16 + len(at)
        code = struct.pack("=BBHHH", _FROM_PORT, 8, left + 4, 0, part.low)
        code += struct.pack("=BBHHH", _TO_PORT, 8, left - 4, 0, part.high) + at
        body = struct.pack("=BBxxI48x", self.family, self._number, self._states)
        body += struct.pack("=HH", 4 + len(code), _BYTECODE) + code
        return struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, _DUMP, 1, 0) + body


def end_of(family: int, packed: bytes, port: bytes) -> Tuple[str, int]:
    """The address and port of one end of a socket."""
    text = socket.inet_ntop(family, packed if family == socket.AF_INET6 else packed[:4])
    return text, _PORT.unpack(port)[0]


def read_all(protocol: str, family: int) -> Iterator[Row]:
    """All sockets of a protocol (tcp, udp, udplite) and family, in time in proportion to their number, but for those that a
    change hides meanwhile. Raises OSError where the kernel cannot be asked.
    """
    ask = _Ask(protocol, family, _ALL, lambda uid: True)
    try:
        for rows in ask.messages():
            yield from rows
    finally:
        ask.close()


def read_waiting(
    protocol: str, family: int, wanted: Callable[[int], bool], patience: Patience
) -> Tuple[List[Waiting], bool]:
    """The waiting sockets of `wanted` users of one protocol (tcp, udp, udplite) and family, and whether none can be missing.
    Raises OSError where the kernel cannot be asked.
    """
    ask = _Ask(protocol, family, _WAITING[protocol], wanted)
    try:
        with patience.spending():
            return _read(ask, patience)
    finally:
        ask.close()


def _read(ask: _Ask, patience: Patience) -> Tuple[List[Waiting], bool]:
    found: List[Waiting] = []
    complete = True
    parts = [_Part()]
    while parts:
        part = parts.pop()
        rows, whole = ask.once(part)
        halves = [] if whole else part.halves(ask.length)
        if halves and patience.has_time():
            parts += halves
            continue
        if not whole:  # the rest as it comes
            parts = parts if patience.has_time() else []
            rows, _whole = ask.once(part if parts else _Part(part.low), sys.maxsize)
            complete = False
        found += rows
    return list(dict.fromkeys(found)), complete


def read_until_settled(read: Callable[[Set[int]], List[_One]], patience: Patience) -> Tuple[List[_One], bool]:
    """All that some readings of a table tell, and whether nothing can be missing: what hides others was told, and is closed
    afterwards. `read` adds the inodes of all that it is told.
    """
    found: List[_One] = []
    before: Set[int] = set()
    for number in range(_READINGS):
        now: Set[int] = set()
        found += read(now)
        if number and before <= now:
            return found, True
        if not patience.has_time():
            break
        before = now
    return found, False


def _opened() -> socket.socket:
    """A socket to ask: the kernel fills messages as long as one that has been waited for, which its first is not."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:  # only Linux has it
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    asked = socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG)
    try:
        asked.send(struct.pack("=IHHII", 16, _NOTHING, _ACKNOWLEDGED, 1, 0))
        asked.recv(_LONGEST)
    except OSError:
        asked.close()
        raise
    return asked


def _parts(data: bytes) -> Iterator[Tuple[int, bytes]]:
    """The parts of a netlink message."""
    place = 0
    while place + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, place)
        if length < 16:
            return
        yield kind, data[place + 16 : place + length]
        place += (length + 3) & ~3
