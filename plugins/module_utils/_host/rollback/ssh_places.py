# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The ports of an ssh server while it reads its files again, and who takes one of them."""

import os
import signal
import time
from typing import Any, List, NamedTuple, Optional, Sequence, Set

from .clocks import TICK, now
from .log import log
from .processes import sockets_of

_BINDS = 5.0  # seconds that an ssh server may take until it listens again
MOST_THIEVES = 10  # times that a port is taken from somebody who has taken it


class Places:
    """The ports that an ssh server listens at. It closes them when it reads its files again, and binds them anew: one from
    net.ipv4.ip_unprivileged_port_start on is anybody's in between (sighup_restart() of sshd.c).
    """

    def __init__(self, pid: int) -> None:
        own = sockets_of(pid, "/proc")
        there = _tcp_sockets() if _shares_network(pid) else []
        self._own = set(one.place for one in there if one.inode in own and one.listening)
        self._before = set(one.inode for one in there)

    def taken_by(self) -> Optional[int]:
        """The number of the user who has taken one of the ports; None where all listen again, or nobody seen has one."""
        there = self.wait()
        if self._own <= self._listening(there):
            return None
        return next((one.uid for one in self._strangers(there)), None)

    def wait(self) -> List["_TcpSocket"]:
        """All sockets as soon as the server listens everywhere again, or somebody else does, or after a while."""
        end = now() + _BINDS
        while True:
            there = _tcp_sockets()
            if self._own <= self._listening(there) or self._strangers(there) or now() > end:
                return there
            time.sleep(TICK / 10)

    def set_free(self, uid: int) -> None:
        """End the processes of a user that hold one of the ports."""
        theirs = set(one.inode for one in self._strangers(_tcp_sockets()) if one.uid == uid)
        for pid in _pids_of_user(uid):
            if sockets_of(pid, "/proc") & theirs:
                log(
                    "process %d of user %d took a port of sshd while that read its files again: it is ended"
                    % (pid, uid)
                )
                os.kill(pid, signal.SIGKILL)
        end = now() + _BINDS
        while any(one.inode in theirs for one in _tcp_sockets()) and now() < end:
            time.sleep(TICK / 10)

    def _listening(self, there: Sequence["_TcpSocket"]) -> Set[str]:
        """Where a server of this user listens anew: the old sockets may be there until it has seen the signal."""
        mine = [one for one in there if one.listening and one.uid == os.geteuid()]
        return set(one.place for one in mine if one.inode not in self._before)

    def _strangers(self, there: Sequence["_TcpSocket"]) -> List["_TcpSocket"]:
        """What listens anew for somebody else where that keeps the server from a place of its own."""
        theirs = [one for one in there if one.listening and one.uid != os.geteuid() and one.inode not in self._before]
        return [one for one in theirs if any(_stands_against(one.place, place) for place in self._own)]


def _stands_against(other: str, place: str) -> bool:
    """Whether one who listens at a place keeps a server from another (ip(7), ipv6(7)); a server of IPv6 alone keeps none
    from IPv4, but who knows that of another's?
    """
    (address, _colon, port), (own, _colon, own_port) = other.rpartition(":"), place.rpartition(":")
    if port != own_port:
        return False
    everywhere = not address.strip("0")
    if len(address) != len(own):
        return everywhere and len(address) > len(own)
    return address == own or everywhere or not own.strip("0")


class Halted:
    """The processes of a user stand still: one that has lost a port would take it again at once."""

    def __init__(self, uid: int) -> None:
        self._uid = uid
        self._pids: Set[int] = set()

    def __enter__(self) -> None:
        for _time in range(MOST_THIEVES):
            new = set(_pids_of_user(self._uid)) - self._pids
            if not new:
                return
            self._signal(new, signal.SIGSTOP)
            self._pids |= new

    def __exit__(self, *_error: Any) -> None:
        self._signal(self._pids, signal.SIGCONT)

    def _signal(self, pids: Set[int], number: int) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except OSError:
                continue


class _TcpSocket(NamedTuple):
    place: str  # address and port, as the kernel writes them
    listening: bool
    uid: int
    inode: str


def _tcp_sockets() -> List[_TcpSocket]:
    """The TCP sockets of this network namespace (proc(5))."""
    found = []
    for name in ("tcp", "tcp6"):
        try:
            with open("/proc/net/" + name) as stream:
                lines = [line.split() for line in stream]
        except OSError:
            continue
        found += [
            _TcpSocket(words[1], words[3] == "0A", int(words[7]), words[9]) for words in lines[1:] if len(words) > 9
        ]
    return found


def _shares_network(pid: int) -> bool:
    try:
        return os.path.samestat(os.stat("/proc/%d/ns/net" % pid), os.stat("/proc/self/ns/net"))
    except OSError:
        return False


def _pids_of_user(uid: int) -> List[int]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat("/proc/" + entry).st_uid == uid:
                found.append(int(entry))
        except OSError:
            continue
    return found
