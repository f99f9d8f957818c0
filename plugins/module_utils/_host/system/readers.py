# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Running daemons that ask libwrap and that an owner or mode would keep from reading the tables."""

import os
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .access import Access, may_read, read_access, read_acl
from .accounts import User, group_name, user_name
from .asked import Asked
from .commands import FOLDERS
from .connection import command_name
from .libraries import Libraries
from .programs import trusted_program
from .people import is_of_the_system, is_person, is_persons_process
from .processes import PROC, Process, list_processes, read_arguments, reads_anything, sees_file
from ..files.root import Root

_ALL_READ = 0o444


class BlockedReader(NamedTuple):
    pid: Optional[int]  # None: it does not run now, and a super-server or another daemon will start it
    command: str
    uid: int
    user: str  # its name, or the number
    groups: Tuple[str, ...]  # names or numbers, its own group first
    path: str  # the table that it could not read
    daemon_groups: Tuple[str, ...]  # those of its groups that are no person's
    service: str = ""  # the service that it asks for, where it is not a process that was found by what it maps
    doubt: str = ""  # why it is not known whether it asks libwrap; empty where it is
    vetoes: bool = True  # False: a program that a service's user starts may look so, and keeps nobody from a mode


class Tightening(NamedTuple):
    """A table whose new owner, group or mode takes it from somebody."""

    path: str
    real_path: str
    before: Optional[Access]  # None: there is no table yet, and everybody is let in
    after: Access

    def blocks(self, uid: int, gid: int, groups: Sequence[int]) -> bool:
        """Whether a user without capabilities can read the table now, or meets none, and could not then."""
        could = self.before is None or may_read(self.before, uid, gid, groups)
        return could and not may_read(self.after, uid, gid, groups)


def find_tightenings(
    root: Root, paths: Sequence[str], uid: Optional[int], gid: Optional[int], mode: Optional[int]
) -> List[Tightening]:
    """Those of the tables that somebody may lose once they have this owner and mode.

    None for `uid`, `gid` or `mode`: as the file has it, and for a new file root's own and 0600. An ACL counts, since
    it is kept.
    """
    found = []
    for path in paths:
        real_path = root.resolve(path)
        before = read_access(real_path)
        after = Access(
            uid if uid is not None else before.uid if before else os.geteuid(),
            gid if gid is not None else before.gid if before else os.getegid(),
            mode if mode is not None else before.mode if before else 0o600,
            read_acl(real_path),
        )
        readable = after.mode & _ALL_READ == _ALL_READ and not after.acl
        only_more = before == after._replace(mode=before.mode) and not before.mode & ~after.mode if before else False
        if not readable and not only_more:
            found.append(Tightening(path, real_path, before, after))
    return found


def find_blocked_readers(
    root: Root,
    paths: Sequence[str],
    uid: Optional[int],
    gid: Optional[int],
    mode: Optional[int],
    proc: str = PROC,
) -> List[BlockedReader]:
    """Processes that map libwrap, or may do so, can read the tables now (or meet none), and could not once they have this
    owner and mode.

    `uid`, `gid` and `mode` as in find_tightenings(). For a root other than the host's nothing is looked for: no running
    process reads an image.
    """
    tightened = find_tightenings(root, paths, uid, gid, mode)
    if not root.is_host or not tightened:
        return []
    readers = _askers(root, proc)
    return [
        _describe(reader, table.path)
        for table in tightened
        for reader in readers
        if sees_file(reader.process, table.real_path, proc) is not False
        and table.blocks(reader.process.uid, reader.process.gid, reader.process.groups)
    ]


class _Reader(NamedTuple):
    process: Process
    doubt: str  # as in BlockedReader
    vetoes: bool


def _askers(root: Root, proc: str) -> List[_Reader]:
    """Processes that may still ask libwrap and that a file's mode can hold back.

    Only a program that root put there counts, and no process of a person's: else anybody could keep the administrator
    from tightening a mode. Without CAP_SYS_PTRACE (a container's root) nobody's maps may be read but our own: then the
    program's ELF header counts. One whose maps nobody read to their end may ask.
    """
    libraries = Libraries(root)
    asked = Asked(proc)
    services = command_name(1, proc) == "systemd"
    found = []
    for process in list_processes(proc):
        if process.maps_libwrap is False or reads_anything(process) or is_persons_process(process, proc):
            continue
        if trusted_program(process.pid, proc) is False or asked.has_asked(process):
            continue
        links = any(libraries.find_libwrap(program).libwrap for program in _programs(process, proc))
        if links or process.maps_libwrap or process.unseen:
            # whoever runs something as a service's user loads libwrap without asking it: such a process has no say
            vetoes = (links or asked.listens(process)) and (not services or is_of_the_system(process, proc))
            found.append(_Reader(process, "" if links or process.maps_libwrap else process.unseen, vetoes))
    return found


def _programs(process: Process, proc: str) -> List[str]:
    """Where the program of a process may be: its own link, its first argument, or a system folder."""
    if process.executable:
        return [process.executable]
    first = next(iter(read_arguments(process.pid, proc)), "")
    if first.startswith("/"):
        return [first]
    return [os.path.join(folder, process.command) for folder in FOLDERS]


def remedies(blocked: Sequence[BlockedReader]) -> str:
    """What the administrator may do about it, in one sentence that helps all of them."""
    users = sorted({reader.user for reader in blocked})
    everybody = [
        group for group in blocked[0].daemon_groups if all(group in reader.daemon_groups for reader in blocked)
    ]
    ways = []
    if everybody:
        ways.append(
            "give the tables a group of which the user %s is a member (group: %s, mode: '0640')"
            % (" and ".join(users), everybody[0])
        )
    ways.append("an ACL with mode: '0640' (setfacl -m %s)" % ",".join("u:%s:r" % user for user in users))
    return "%s, or mode '0644', or accept it with unreadable_daemons: warn" % ", or ".join(ways)


def blocked_reader(pid: Optional[int], command: str, user: User, path: str, service: str = "") -> BlockedReader:
    """Who could no longer read a table, for people: the user's groups by their names on the running host."""
    groups = [user.gid] + [group for group in user.groups if group != user.gid]
    return BlockedReader(
        pid,
        command,
        user.uid,
        user.name,
        tuple(group_name(group) for group in groups),
        path,
        tuple(group_name(group) for group in groups if not is_person(group)),
        service,
    )


def _describe(reader: _Reader, path: str) -> BlockedReader:
    process = reader.process
    user = User(user_name(process.uid), process.uid, process.gid, process.groups)
    told = blocked_reader(process.pid, process.command, user, path)
    return told._replace(doubt=reader.doubt, vetoes=reader.vetoes)
