# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How long /proc may take to tell what users other than root have mounted and mapped. Thousands of mounts in a
namespace of their own make each answer slow; who makes it slow loses the answers, and nobody else does.
"""

import errno
import os
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import Dict, Iterator, List, Tuple

#: Processor seconds of one run for each user of a service, and for all people together. A usual answer takes 0.0001.
MAX_SECONDS = 5.0
# the users from here on are people, or of a range that a person may use (login.defs(5), subuid(5))
FIRST_PERSON = 1000
OF_THE_SYSTEM = range(61184, 65536)  # systemd's dynamic users, and nobody, whom some daemons run as
_SUBORDINATES = "/etc/subuid"

_spent: Dict[Tuple[int, str], float] = {}
_users: Dict[Tuple[str, int], int] = {}  # by the folder in /proc and its inode, which another process does not get


class Unanswered(OSError):
    """The user of a process has no time left, or the kernel gave no answer in time: nobody looked at the process."""

    def __init__(self, folder: str) -> None:
        super().__init__(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), folder)


@lru_cache(maxsize=None)
def subordinates(path: str = _SUBORDINATES) -> Tuple[range, ...]:
    """The numbers that people have besides their own (subuid(5))."""
    try:
        with open(path, "rb") as stream:
            text = stream.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ()
    found = re.findall(r"^[^:\n]+:[ \t]*(\d{1,10})[ \t]*:[ \t]*(\d{1,10})[ \t]*$", text, re.MULTILINE)
    return tuple(range(int(first), int(first) + int(count)) for first, count in found)


def real_user(folder: str) -> int:
    """The user of a process, by its folder in /proc; -1 where it is gone. The owner of the folder says less: that of a
    process that may not be looked into is root.

    Users give processes in a namespace of their own 65536 groups, and each look at the status costs 0.03 seconds then:
    it counts as their time, and where none is left such a process is taken for one of theirs.
    """
    try:
        process = (folder, os.stat(folder).st_ino)
        if process in _users:
            return _users[process]
        if skips_status(folder):
            return FIRST_PERSON
        with reading_status() as read, open(os.path.join(folder, "status"), "rb") as stream:
            uid = next((int(line.split()[1]) for line in stream if line.startswith(b"Uid:")), -1)
            read.append(uid)
    except OSError:
        return -1
    if uid > 0:  # root may become a user, and does not come back
        _users[process] = uid
    return uid


def skips_status(folder: str) -> bool:
    """Whether people have no time left, and the process is in another user namespace than ours."""
    if _spent.get((FIRST_PERSON, ""), 0.0) < MAX_SECONDS:
        return False
    try:
        if 0 < os.stat(folder).st_uid < FIRST_PERSON:  # a service that systemd gave a namespace of its own
            return False
        ours = os.readlink(os.path.join(os.path.dirname(folder), "self", "ns", "user"))
        return os.readlink(os.path.join(folder, "ns", "user")) != ours
    except OSError:
        return False


@contextmanager
def reading_status() -> Iterator[List[int]]:
    """Count what is done within as time of people, where the list that is given then holds one as its last number."""
    whose: List[int] = []
    start = time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)
    try:
        yield whose
    finally:
        if whose and whose[-1] >= FIRST_PERSON:
            seconds = time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) - start
            _spent[FIRST_PERSON, ""] = _spent.get((FIRST_PERSON, ""), 0.0) + seconds


def has_time(folder: str, purse: str = "") -> bool:
    """Whether the user of a process has time left. A question whose answer protects somebody has a `purse` of its own,
    which no other question empties.
    """
    return _spent.get((_payer(folder), purse), 0.0) < MAX_SECONDS


def spend(folder: str, seconds: float, purse: str = "") -> None:
    """Count time of the user of a process; that of root is not counted."""
    payer = _payer(folder)
    if payer:
        _spent[payer, purse] = _spent.get((payer, purse), 0.0) + seconds


@contextmanager
def taking_time(folder: str) -> Iterator[None]:
    """Count what is done within as time of the user of a process."""
    start = time.process_time()
    try:
        yield
    finally:
        spend(folder, time.process_time() - start)


def _payer(folder: str) -> int:
    """Who pays for a process: root, the user of a service, or people together."""
    uid = real_user(folder)
    if uid in OF_THE_SYSTEM and not any(uid in numbers for numbers in subordinates()):
        return uid
    return min(uid, FIRST_PERSON)
