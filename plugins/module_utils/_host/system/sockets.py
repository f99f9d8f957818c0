# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The sockets of the host's own network namespace, as /proc/net shows them, and the processes that hold them."""

import errno
import os
import socket
import struct
import sys
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Set, Tuple

from .people import is_person
from .processes import PROC
from .sock_diag import Patience, end_of, read_all, read_until_settled, read_waiting
from .time_of_users import real_user

_TABLES = (
    ("tcp", 4, "tcp"),
    ("tcp6", 6, "tcp"),
    ("udp", 4, "udp"),
    ("udp6", 6, "udp"),
    ("udplite", 4, "udp"),
    ("udplite6", 6, "udp"),
)
_TCP_LISTEN = 0x0A
#: Both sides have agreed, and this one has not ended it: anybody can make sockets of the other states with another's address (include/net/tcp_states.h).
_TCP_CONNECTED = (0x01, 0x08)
_TCP_ENDED = b"06"  # TIME_WAIT: whoever ends a connection leaves one for a minute
_WAITING_STATES = (
    0x0A,
    0x07,
)  # of TCP one that listens, of UDP one that is not connected; the kernel's own have no process
_WAITING = tuple(b"%02X" % state for state in _WAITING_STATES)
_LINK = "socket:["
_DOUBT = (
    "users open and close so many sockets that the kernel's list of those that wait for clients may have left out some: "
    "a service may be missing"
)
MAX_FILES = 65536  # open files of one process that are looked at,
MAX_FILES_OF_USER = 4 * MAX_FILES  # of all processes of one user other than root, and
# of all people together: one has 65536 users of his own in a namespace (subuid(5)), whose processes may share their files
MAX_FILES_OF_PEOPLE = 2 * MAX_FILES_OF_USER
MAX_SOCKETS_OF_USER = 4096  # of each person that listen, and as many others
MAX_SOCKETS_OF_PEOPLE = 4 * MAX_SOCKETS_OF_USER


class Socket(NamedTuple):
    protocol: str  # tcp or udp
    family: int  # 4 or 6
    address: str  # the local one
    port: int
    remote_address: str
    remote_port: int
    listening: bool  # TCP: listens; UDP: takes datagrams from anybody
    uid: int
    inode: int
    connected: bool = True  # TCP: an open connection


def list_sockets(proc: str = PROC) -> Optional[List[Socket]]:
    """All TCP and UDP sockets of our network namespace; None on a system that has no /proc/net. Of people's a bounded
    number: MAX_SOCKETS_OF_USER of each that listen and as many others, and MAX_SOCKETS_OF_PEOPLE of all together, those of
    lower users first.
    """
    found: List[Socket] = []
    seen = False
    kept = _Kept()
    for name, family, protocol in _TABLES:
        path = os.path.join(proc, "net", name)
        if proc == PROC and os.path.exists(path):
            try:
                found += _of_kernel(name, family, protocol, kept)
                seen = True
                continue
            except OSError:
                pass  # an old kernel, which tells them as text alone
        try:
            found += _of_table(path, family, protocol, kept)
        except OSError:
            continue
        seen = True
    return kept.rest(found) if seen else None


def _of_kernel(name: str, family: int, protocol: str, kept: "_Kept") -> List[Socket]:
    """Asked by sock_diag(7): /proc/net walks a table of UDP from its start again for each page that it tells."""
    found = []
    number = socket.AF_INET if family == 4 else socket.AF_INET6
    for row in read_all(name.rstrip("6"), family):
        if (row.inode or row.state in _WAITING_STATES) and kept.asks_for(row.uid):
            address, port = end_of(number, row.local, row.local_port)
            remote = end_of(number, row.distant, row.distant_port)
            entry = _socket(protocol, family, (address, port), remote, row.state, (row.uid, row.inode))
            if kept.takes(entry):
                found.append(entry)
    return found


def _of_table(path: str, family: int, protocol: str, kept: "_Kept") -> List[Socket]:
    found = []
    with open(path, "rb") as stream:
        next(stream, None)
        for line in stream:
            parsed = _parse(line.decode("ascii", "replace"), family, protocol) if kept.asks_for_line(line) else None
            if parsed is not None and kept.takes(parsed):
                found.append(parsed)
    return found


def list_waiting(proc: str = PROC) -> Tuple[List[Socket], str]:
    """Those of list_sockets() that wait for clients, none of which of the system's is hidden by what people open and close
    meanwhile; and why one may be missing all the same, empty where none is.
    """
    found = [entry for entry in list_sockets(proc) or [] if entry.listening]
    told = {(entry.protocol, entry.family, entry.address, entry.port, entry.inode) for entry in found}
    sure, complete = _waiting(proc)
    found += [entry for entry in sure if entry[:4] + (entry.inode,) not in told]
    return found, "" if complete else _DOUBT


def _waiting(proc: str) -> Tuple[List[Socket], bool]:
    """The waiting sockets of all but people, and whether none can be missing, whoever opens and closes his own meanwhile."""
    people: Dict[int, bool] = {}

    def wanted(uid: int) -> bool:
        if uid not in people:
            people[uid] = is_person(uid)
        return not people[uid]

    found: List[Socket] = []
    complete = True
    patience = Patience()
    for name, family, protocol in _TABLES if proc == PROC else ():
        none = "0.0.0.0" if family == 4 else "::"
        try:
            rows, whole = read_waiting(name.rstrip("6"), family, wanted, patience)
            found += [
                Socket(protocol, family, row.address, row.port, none, 0, True, row.uid, row.inode, False)
                for row in rows
            ]
        except OSError:
            rest, whole = _settled(os.path.join(proc, "net", name), family, protocol, wanted, patience)
            found += rest
        complete = complete and whole
    return found, complete


def _settled(
    path: str, family: int, protocol: str, wanted: Callable[[int], bool], patience: Patience
) -> Tuple[List[Socket], bool]:
    """The same from a table of /proc/net, read until it holds still: old kernels do not answer sock_diag(7)."""

    def read(inodes: Set[int]) -> List[Socket]:
        found = []
        with open(path, "rb") as stream:
            next(stream, None)
            for line in stream:
                fields = line.split(None, 10)
                waits = fields[3:4] == [b"0A" if protocol == "tcp" else b"07"]
                if len(fields) > 9 and (waits or protocol == "udp"):
                    inodes.add(int(fields[9]))  # of TCP, those that wait come first: no other hides one
                    if waits and wanted(int(fields[7])):
                        found.append(_parse(line.decode("ascii", "replace"), family, protocol))
        return [entry for entry in found if entry is not None]

    try:
        with patience.spending():
            return read_until_settled(read, patience)
    except OSError:
        return [], True  # this kernel has no such sockets


class _Kept:
    """How many sockets of each person were kept; a session may open half a million, and each question reads them all."""

    def __init__(self) -> None:
        self._people: Dict[int, bool] = {}
        self._counts: Dict[Tuple[int, bool], int] = {}
        self._full: Set[int] = set()
        self._left = 4 * MAX_SOCKETS_OF_PEOPLE  # to take apart, of all people

    def asks_for_line(self, line: bytes) -> bool:
        """Whether a line is to be taken apart: not one of a connection that has ended, or of a user who has enough."""
        fields = line.split(None, 10)
        if len(fields) < 8 or fields[3] == _TCP_ENDED:
            return False
        if fields[9:10] == [b"0"] and fields[3] not in _WAITING:
            return False  # no process holds it: it closes, or waits in a queue to be accepted
        return self.asks_for(int(fields[7]))

    def asks_for(self, uid: int) -> bool:
        """Whether a user has not enough yet."""
        return uid not in self._full and (self._left > 0 or not self._is_persons(uid))

    def takes(self, entry: Socket) -> bool:
        """Whether a socket is kept."""
        if not self._is_persons(entry.uid):
            return True
        self._left -= 1
        counts = [self._counts.get((entry.uid, listening), 0) for listening in (entry.listening, not entry.listening)]
        if min(counts) >= MAX_SOCKETS_OF_USER:
            self._full.add(entry.uid)
        self._counts[(entry.uid, entry.listening)] = counts[0] + 1
        return counts[0] < MAX_SOCKETS_OF_USER

    def _is_persons(self, uid: int) -> bool:
        if uid not in self._people:
            self._people[uid] = is_person(uid)
        return self._people[uid]

    def rest(self, found: List[Socket]) -> List[Socket]:
        """What is kept of people together."""
        theirs = [number for number, entry in enumerate(found) if self._is_persons(entry.uid)]
        if len(theirs) <= MAX_SOCKETS_OF_PEOPLE:
            return found
        left = set(sorted(theirs, key=lambda number: found[number].uid)[MAX_SOCKETS_OF_PEOPLE:])
        return [entry for number, entry in enumerate(found) if number not in left]


def socket_owners(proc: str = PROC, sockets: Optional[List[Socket]] = None) -> Dict[int, List[int]]:
    """For each inode of `sockets`, else of list_sockets(), the processes that hold it, by number. Without root only our own
    processes can be seen.

    The files of people are looked at last, and of those the ones of higher users, which may be of a namespace.
    """
    owners: Dict[int, List[int]] = {
        entry.inode: [] for entry in (list_sockets(proc) or [] if sockets is None else sockets)
    }
    for pid, target in open_files(proc):
        inode = int(target[len(_LINK) : -1]) if target.startswith(_LINK) else -1
        if inode in owners and owners[inode][-1:] != [pid]:
            owners[inode].append(pid)
    return {inode: sorted(pids) for inode, pids in owners.items() if pids}


def open_files(proc: str = PROC) -> Iterable[Tuple[int, str]]:
    """The processes with what each of their open files leads to, as far as so many are looked at: people's come last."""
    try:
        users = {int(name): real_user(os.path.join(proc, name)) for name in os.listdir(proc) if name.isdigit()}
    except OSError:
        return
    persons = {uid for uid in set(users.values()) if is_person(uid)}
    files = OpenFiles(proc)
    for pid in sorted(users, key=lambda pid: (users[pid] if users[pid] in persons else 0, pid)):
        try:
            for target in files.of(pid):
                yield pid, target
        except OSError:
            continue


class OpenFiles:
    """The open files of processes, so many of each process, of each user but root, and of people together."""

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._left: Dict[int, int] = {}
        self._left_for_people = MAX_FILES_OF_PEOPLE

    def of(self, pid: int) -> Iterable[str]:
        """Where each open file of a process leads, "" for one that was closed. Raises OSError where they may not be seen,
        and behind those that are looked at.
        """
        folder = os.path.join(self._proc, str(pid))
        uid = real_user(folder)
        left = self._left.setdefault(uid, MAX_FILES_OF_USER)
        limit = min(MAX_FILES, left) if uid else sys.maxsize
        limit = min(limit, self._left_for_people) if is_person(uid) else limit
        looked = 0
        try:
            with os.scandir(os.path.join(folder, "fd")) as entries:
                for entry in entries:
                    if looked >= limit:
                        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), folder)
                    looked += 1
                    yield _target(entry.path)
        finally:
            self._left[uid] -= looked
            self._left_for_people -= looked if is_person(uid) else 0


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _parse(line: str, family: int, protocol: str) -> Optional[Socket]:
    fields = line.split()
    if len(fields) < 10:
        return None
    numbers = int(fields[7]), int(fields[9])
    ends = _endpoint(fields[1], family), _endpoint(fields[2], family)
    return _socket(protocol, family, ends[0], ends[1], int(fields[3], 16), numbers)


def _socket(
    protocol: str, family: int, local: Tuple[str, int], remote: Tuple[str, int], state: int, numbers: Tuple[int, int]
) -> Socket:
    """`numbers`: the user's and the inode's."""
    listening = state == _TCP_LISTEN if protocol == "tcp" else remote[1] == 0
    connected = protocol == "tcp" and state in _TCP_CONNECTED
    return Socket(
        protocol, family, local[0], local[1], remote[0], remote[1], listening, numbers[0], numbers[1], connected
    )


def _endpoint(text: str, family: int) -> Tuple[str, int]:
    """The kernel prints each 32-bit word of an address as a number of its own byte order."""
    digits, _colon, port = text.partition(":")
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    packed = struct.pack(("<" if sys.byteorder == "little" else ">") + "%dI" % len(words), *words)
    return socket.inet_ntop(socket.AF_INET if family == 4 else socket.AF_INET6, packed), int(port, 16)
