# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The running processes of the host, as /proc shows them: who they are, what they may read, and whether they map
libwrap.
"""

import os
from typing import Dict, List, NamedTuple, Optional, Tuple

PROC = "/proc"

# bits of CapEff that let a process read any file: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_READS_ANYTHING = 1 << 1 | 1 << 2

Process = NamedTuple(
    "Process",
    [
        ("pid", int),
        ("command", str),  # the kernel's short name, printable
        ("executable", Optional[str]),  # None: not to be seen, or a kernel thread
        ("uid", int),  # the one that file access is checked with
        ("gid", int),
        ("groups", Tuple[int, ...]),
        ("capabilities", int),  # effective; 0 in a user namespace that is not ours
        ("maps_libwrap", Optional[bool]),  # None: its maps may not be read
    ],
)


def list_processes(proc: str = PROC) -> List[Process]:
    """All processes by number; one that ends meanwhile is left out, and a system without /proc has none."""
    try:
        names = os.listdir(proc)
    except OSError:
        return []
    found = (read_process(int(name), proc) for name in sorted(names, key=_number) if name.isdigit())
    return [process for process in found if process is not None]


def read_process(pid: int, proc: str = PROC) -> Optional[Process]:
    """One process, or None where it is gone."""
    folder = os.path.join(proc, str(pid))
    fields = _status(folder)
    if fields is None:
        return None
    uids = fields.get("Uid", "").split()
    gids = fields.get("Gid", "").split()
    if len(uids) < 4 or len(gids) < 4:
        return None
    executable = _link(os.path.join(folder, "exe"))
    capabilities = int(fields.get("CapEff", "0"), 16) if _same_user_namespace(folder, proc) else 0
    return Process(
        pid,
        printable(fields.get("Name", "")),
        executable,
        int(uids[3]),
        int(gids[3]),
        tuple(int(group) for group in fields.get("Groups", "").split()),
        capabilities,
        maps_library(pid, b"libwrap.so", proc),
    )


def read_arguments(pid: int, proc: str = PROC) -> List[str]:
    """The words a process was started with; [] where it is gone, and for a kernel thread."""
    try:
        with open(os.path.join(proc, str(pid), "cmdline"), "rb") as stream:
            data = stream.read(65536)
    except OSError:
        return []
    return [os.fsdecode(word) for word in data.split(b"\0")[:-1]]


def maps_library(pid: int, name: bytes, proc: str = PROC) -> Optional[bool]:
    """True where the process has a file whose base name starts with `name` in its memory; None where that may not be
    read.
    """
    try:
        with open(os.path.join(proc, str(pid), "maps"), "rb") as stream:
            return any(b"/" + name in line for line in stream)
    except OSError:
        return None


def sees_file(process: Process, path: str, proc: str = PROC) -> Optional[bool]:
    """True where `path` of the process (its own root and mounts) is the file or folder that it is for us.

    A process in a container or a chroot has tables of its own. None where that may not be looked at.
    """
    try:
        ours = os.stat(path)
    except OSError:
        return sees_file(process, os.path.dirname(path), proc) if path != "/" else None
    try:
        theirs = os.stat(os.path.join(proc, str(process.pid), "root") + path)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def reads_anything(process: Process) -> bool:
    """True where its capabilities pass every file's mode."""
    return bool(process.capabilities & _READS_ANYTHING)


def printable(text: str) -> str:
    """Text of the machine made safe to show: what is not printable is escaped."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _number(name: str) -> int:
    return int(name) if name.isdigit() else -1


def _status(folder: str) -> Optional[Dict[str, str]]:
    try:
        with open(os.path.join(folder, "status"), encoding="utf-8", errors="surrogateescape") as stream:
            return dict((key, value.strip()) for key, _colon, value in (line.partition(":") for line in stream))
    except OSError:
        return None


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
