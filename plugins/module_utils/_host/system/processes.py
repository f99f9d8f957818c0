# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The running processes of the host, as /proc shows them: who they are, what they may read, and whether they map the
host's libwrap.
"""

import functools
import os
import time
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._libwrap.printable import printable
from .apart import read_memory
from .shown import Foreign, stat_below
from .mappings import Genuine, find_mapped_libwrap, genuine_libwraps
from .time_of_users import FIRST_PERSON, reading_status, skips_status

PROC = "/proc"
MAX_STATUS = 8192  # bytes of a person's process's status: six hundred groups or more; the rest of it has 1500

_BOOTTIME = 7  # CLOCK_BOOTTIME (clock_gettime(2)), which Python 3.6 has no name for

# capabilities that let a process read any file, by their bits
_READING = {"cap_dac_override": 1 << 1, "cap_dac_read_search": 1 << 2}
_READS_ANYTHING = 1 << 1 | 1 << 2


class Process(NamedTuple):
    pid: int
    command: str  # the kernel's short name, printable
    executable: Optional[str]  # None: not to be seen, or a kernel thread
    uid: int  # the one that file access is checked with
    gid: int
    groups: Tuple[int, ...]
    capabilities: int  # effective; 0 in a user namespace that is not ours
    maps_libwrap: Optional[bool]  # the host's own, see mappings.py; None: its maps may not be read, or nobody did
    unseen: str = ""  # why nobody looked at its maps to their end: it may have libwrap in its memory


def list_processes(proc: str = PROC, genuine: Optional[Genuine] = None) -> List[Process]:
    """All processes by number; one that ends meanwhile is left out, and a system without /proc has none. Where people
    have no time left, those in user namespaces of their own are left out, too (see time_of_users).

    `genuine` are the libraries that count as the host's libwrap, those of the running host where it is not given.
    """
    try:
        pids = [int(name) for name in os.listdir(proc) if name.isdigit()]
    except OSError:
        return []
    genuine = genuine_libwraps() if genuine is None else genuine
    found = [process for process in (_identity(pid, proc) for pid in sorted(pids)) if process is not None]
    return [_with_libwrap(process, genuine, proc) for process in found]


def read_process(pid: int, proc: str = PROC, genuine: Optional[Genuine] = None) -> Optional[Process]:
    """One process, or None where it is gone."""
    process = _identity(pid, proc)
    if process is None:
        return None
    return _with_libwrap(process, genuine_libwraps() if genuine is None else genuine, proc)


def _with_libwrap(process: Process, genuine: Genuine, proc: str) -> Process:
    found = find_mapped_libwrap(process.pid, genuine, proc)
    return process._replace(maps_libwrap=found.mapped, unseen=found.unseen)


def _identity(pid: int, proc: str) -> Optional[Process]:
    """A process without what it maps."""
    folder = os.path.join(proc, str(pid))
    if skips_status(folder):
        return None
    with reading_status() as whose:
        fields = _status(folder)
        if fields is None:
            return None
        uids = fields.get("Uid", "").split()
        gids = fields.get("Gid", "").split()
        if len(uids) < 4 or len(gids) < 4:
            return None
        whose.append(int(uids[0]))
    capabilities = int(fields.get("CapEff", "0"), 16) if _same_user_namespace(folder, proc) else 0
    return Process(
        pid,
        printable(fields.get("Name", "")),
        _link(os.path.join(folder, "exe")),
        int(uids[3]),
        int(gids[3]),
        _groups(fields.get("Groups", "")),
        capabilities,
        None,
    )


def read_arguments(pid: int, proc: str = PROC, purse: str = "") -> List[str]:
    """The words a process was started with; [] where it is gone, where the kernel does not answer (see read_memory()),
    and for a kernel thread.
    """
    try:
        data = read_memory(os.path.join(proc, str(pid)), "cmdline", 65536, purse)
    except OSError:
        return []
    return [os.fsdecode(word) for word in data.split(b"\0")[:-1]]


def read_environment(pid: int, proc: str = PROC) -> List[str]:
    """The variables (`NAME=value`) a process was started with, as far as it has not written over them; [] where they may
    not be read.
    """
    try:
        data = read_memory(os.path.join(proc, str(pid)), "environ", 65536)
    except OSError:
        return []
    return [os.fsdecode(word) for word in data.split(b"\0")]


def started_at(pid: int, proc: str = PROC) -> Optional[float]:
    """When a process was started, in seconds of the epoch; None where it is gone or the kernel does not tell."""
    try:
        with open(os.path.join(proc, str(pid), "stat"), "rb") as stream:
            ticks = int(stream.read(4096).rpartition(b")")[2].split()[19])
        since_boot = ticks / float(os.sysconf("SC_CLK_TCK"))
        return time.time() - (time.clock_gettime(_BOOTTIME) - since_boot)
    except (OSError, IndexError, ValueError):
        return None


def sees_file(process: Process, path: str, proc: str = PROC) -> Optional[bool]:
    """True where `path` of the process (its own root and mounts) is the file or folder that it is for us.

    A process in a container or a chroot has tables of its own, and so has one that mounts what it likes. None where
    that may not be looked at.
    """
    try:
        ours = os.stat(path)
    except OSError:
        return sees_file(process, os.path.dirname(path), proc) if path != "/" else None
    try:
        theirs = stat_below(os.path.join(proc, str(process.pid)), os.path.realpath(path))
    except (FileNotFoundError, NotADirectoryError, Foreign):
        return False
    except OSError:
        return None
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def reads_anything(process: Process) -> bool:
    """True where its capabilities pass every file's mode."""
    return bool(process.capabilities & _READS_ANYTHING)


def system_may(capabilities: Sequence[str], proc: str = PROC) -> bool:
    """Whether the system may give one of these capabilities for reading to what it starts: a container's often has few.
    Where that cannot be seen, it may.
    """
    fields = _status(os.path.join(proc, "1")) or {}
    bounding = int(fields.get("CapBnd") or "ffffffff", 16)
    return any(bounding & _READING.get(name, 0) for name in capabilities)


@functools.lru_cache(maxsize=100)
def _groups(text: str) -> Tuple[int, ...]:
    """One tuple for all processes with the same groups: in a namespace of his own a user gives each of his 65536."""
    return tuple(int(group) for group in text.split())


def _status(folder: str) -> Optional[Dict[str, str]]:
    """The fields of a process's status; of a person's process as many of them, and of its groups, as MAX_STATUS holds."""
    try:
        with open(os.path.join(folder, "status"), "rb", buffering=0) as stream:
            data = stream.read(MAX_STATUS)
            if len(data) == MAX_STATUS:
                if int(data.partition(b"\nUid:")[2].split()[0]) >= FIRST_PERSON:
                    data = data[: data.rindex(b" ")]  # the last number may be cut
                else:
                    data += stream.readall()
    except (OSError, IndexError, ValueError):
        return None
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return {key: value.strip() for key, _colon, value in (line.partition(":") for line in lines)}


def _link(path: str) -> Optional[str]:
    """The target of a link in /proc. A program that was replaced since it started is reported by its name."""
    try:
        target = os.readlink(path)
    except OSError:
        return None
    suffix = " (deleted)"
    return target[: -len(suffix)] if target.endswith(suffix) else target


def _same_user_namespace(folder: str, proc: str) -> bool:
    """Capabilities of another user namespace do not reach our files; where it cannot be seen, they count."""
    theirs = _link(os.path.join(folder, "ns", "user"))
    ours = _link(os.path.join(proc, "self", "ns", "user"))
    return theirs is None or ours is None or theirs == ours
