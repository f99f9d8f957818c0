# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The sockets of the host's own network namespace, as /proc/net shows them, and the processes that hold them."""

import itertools
import os
import socket
import struct
import sys
from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple

from .people import is_person
from .processes import PROC
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
_LINK = "socket:["
MAX_FILES = 65536  # open files of one process that are looked at,
MAX_FILES_OF_USER = 4 * MAX_FILES  # of all processes of one user other than root, and
# of all people together: one has 65536 users of his own in a namespace (subuid(5)), whose processes may share their files
MAX_FILES_OF_PEOPLE = 2 * MAX_FILES_OF_USER


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
    """All TCP and UDP sockets of our network namespace; None on a system that has no /proc/net."""
    found: List[Socket] = []
    seen = False
    for name, family, protocol in _TABLES:
        try:
            with open(os.path.join(proc, "net", name), "rb") as stream:
                lines = stream.read().decode("ascii", "replace").splitlines()
        except OSError:
            continue
        seen = True
        for line in lines[1:]:
            parsed = _parse(line, family, protocol)
            if parsed is not None:
                found.append(parsed)
    return found if seen else None


def socket_owners(proc: str = PROC) -> Dict[int, List[int]]:
    """For each inode of list_sockets() the processes that hold it, by number. Without root only our own processes can
    be seen.

    The files of people are looked at last, and of those the ones of higher users, which may be of a namespace.
    """
    try:
        users = {int(name): real_user(os.path.join(proc, name)) for name in os.listdir(proc) if name.isdigit()}
    except OSError:
        return {}
    people = {uid for uid in set(users.values()) if is_person(uid)}
    owners: Dict[int, List[int]] = {entry.inode: [] for entry in list_sockets(proc) or []}
    left = {uid: MAX_FILES_OF_USER for uid in users.values()}
    left_for_people = MAX_FILES_OF_PEOPLE
    for pid in sorted(users, key=lambda pid: (users[pid] if users[pid] in people else 0, pid)):
        uid = users[pid]
        limit = min(MAX_FILES, left[uid]) if uid else sys.maxsize
        limit = min(limit, left_for_people) if uid in people else limit
        looked = 0
        for looked, inode in enumerate(_inodes(os.path.join(proc, str(pid), "fd"), limit), 1):
            if inode in owners and owners[inode][-1:] != [pid]:
                owners[inode].append(pid)
        left[uid] -= looked
        left_for_people -= looked if uid in people else 0
    return {inode: sorted(pids) for inode, pids in owners.items() if pids}


def _inodes(folder: str, limit: int) -> Iterable[int]:
    """For each open file of a process the socket that it is, or -1; `limit` files at most."""
    try:
        with os.scandir(folder) as entries:
            for entry in itertools.islice(entries, limit):
                try:
                    target = os.readlink(entry.path)
                except OSError:
                    continue
                yield int(target[len(_LINK) : -1]) if target.startswith(_LINK) else -1
    except OSError:
        return


def _parse(line: str, family: int, protocol: str) -> Optional[Socket]:
    fields = line.split()
    if len(fields) < 10:
        return None
    address, port = _endpoint(fields[1], family)
    remote, remote_port = _endpoint(fields[2], family)
    state = int(fields[3], 16)
    listening = state == _TCP_LISTEN if protocol == "tcp" else remote_port == 0
    connected = protocol == "tcp" and state in _TCP_CONNECTED
    numbers = int(fields[7]), int(fields[9])
    return Socket(protocol, family, address, port, remote, remote_port, listening, numbers[0], numbers[1], connected)


def _endpoint(text: str, family: int) -> Tuple[str, int]:
    """The kernel prints each 32-bit word of an address as a number of its own byte order."""
    digits, _colon, port = text.partition(":")
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    packed = struct.pack(("<" if sys.byteorder == "little" else ">") + "%dI" % len(words), *words)
    return socket.inet_ntop(socket.AF_INET if family == 4 else socket.AF_INET6, packed), int(port, 16)
