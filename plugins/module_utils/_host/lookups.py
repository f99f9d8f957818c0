# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the engine asks of the world, answered by a host: pattern files, netgroups, users, groups."""

import copy
import ctypes
import errno
import grp
import os
import pwd
import re
import socket
import stat
from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from .._libwrap.lint.commands import lone_program
from .._libwrap.lookups import Lookups, Part, Unreadable, Unsettled, Withheld
from .._libwrap.pattern_files import MAX_ALL_BYTES, MAX_BYTES
from .errors import HostError
from .files import private
from .files.files import FileState, read, stat_file
from .files.reading import ANSWERS, is_null, open_unseen
from .files.root import Root
from .files.way import Way
from .system.processes import PROC
from .system.shown import Foreign, stat_below
from .system.changers import who_changes
from .system.access import Access, access_of, may_read, may_search, read_acl
from .system.detect import built_without_netgroups
from .system.folders_on_way import folders_of

TableText = Union[bytes, None, Unreadable]

_NOT_FOUND = 127
_LOOKS = 10  # at a file that a daemon does not find: its owner may put another there and back
MAX_LOOKS = 1000000  # at groups and hosts of an image's netgroups, in one run
MAX_GROUPS = 10000  # of netgroups that one names, however deep; whether a host is in more is not known
_TRIPLE = re.compile(r"\(([^,()]*),([^,()]*),([^,()]*)\)")


def table_text(state: FileState) -> TableText:
    """A file as the engine takes a table: its bytes, None where there is nothing to open, Unreadable where open(2)
    fails. Raises HostError where another program may have another answer.
    """
    if not state.is_answer:
        raise HostError(
            "cannot read %s: %s: what libwrap reads there is not known. Run again, and if that does not help find out who "
            "holds the file (lslocks, lsof)." % (state.path, os.strerror(state.errno))
        )
    if state.data is not None:
        return state.data
    if state.kind in ("missing", "dangling"):
        return None
    return Unreadable(state.errno)


class _Guard(NamedTuple):
    """What decides who can read a file."""

    file: Access
    folders: List[Access]  # that whoever opens it comes through
    real_path: str
    identity: Tuple[int, int]


class HostLookups(Lookups):
    """Answers from the host in `root`: the running one is asked through its own C library, an image by its files."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._files: Dict[str, TableText] = {}
        self._left = MAX_ALL_BYTES
        self._seen: Dict[str, private.Seen] = {}
        self._guards: Dict[str, _Guard] = {}
        self._hidden: FrozenSet[str] = frozenset()
        self._moving: Set[str] = set()  # of those, whose owner changes or replaces them all the time
        self._proc: Optional[FrozenSet[int]] = None
        self._netgroups: Optional[Dict[str, str]] = None
        self._hosts: Dict[str, Optional[Set[str]]] = {}  # of a netgroup, with those of the groups that it names
        self._looks_left = MAX_LOOKS
        self._sources: Optional[Set[str]] = None
        self._without: Optional[bool] = None
        self._changers: Dict[str, Optional[str]] = {}
        self._names: Dict[str, Set[str]] = {}  # of users and groups of an image
        self._unsettled: FrozenSet[str] = frozenset()

    def asks_netgroups(self) -> bool:
        """Whether a libwrap of the host does: Debian 13's is built without the library for them."""
        if self._without is None:
            self._without = built_without_netgroups(self._root)
        return not self._without

    def in_netgroup(self, group: str, host: str) -> Optional[bool]:
        """innetgr(3) on the running host, /etc/netgroup of an image; None where that cannot be told, False where its libwrap
        asks for none.
        """
        if not self.asks_netgroups():
            return False
        return _innetgr(group, host) if self._root.is_host else self._in_netgroup_file(group, host)

    def host_file(self, path: str) -> TableText:
        """The bytes of a `/file` pattern below the root, a Part of a long one, and of each behind MAX_ALL_BYTES of all;
        None where it does not exist, Withheld where somebody leads to it who may not read it, Unsettled where libwrap
        may find something else. Each is read once.
        """
        if path in self._unsettled:
            return Unsettled()
        if path in self._hidden:
            return Unsettled() if path in self._moving else Unreadable(errno.EACCES)
        if path not in self._files:
            found = self._read(path, min(MAX_BYTES, self._left))
            seen = self._seen.get(path)
            if self._root.is_host and seen is not None and not private.may_be_told(seen):
                found = Withheld()
            self._left -= len(found) if isinstance(found, bytes) else 0
            self._files[path] = found
        return self._files[path]

    def hidden_from(self, uid: int, gid: int, groups: Sequence[int]) -> Tuple[str, ...]:
        """Those of the files that were read through these look-ups which a process without capabilities could not."""
        hidden = [
            path
            for path, guard in self._guards.items()
            if not may_read(guard.file, uid, gid, groups)
            or not all(may_search(folder, uid, gid, groups) for folder in guard.folders)
        ]
        self._moving.update(path for path in hidden if not all(self._is_as_read(path) for _time in range(_LOOKS)))
        return tuple(sorted(hidden))

    def unseen_by(self, pid: int, proc: str = PROC) -> Tuple[str, ...]:
        """Those of the files that were read which a process of the running host does not see, or sees another in the
        place of: its service may hide folders (ProtectHome=, PrivateTmp=).
        """
        folder = os.path.join(proc, str(pid))
        if not self._root.is_host or not self._guards or not os.path.exists(os.path.join(folder, "root")):
            return ()
        return tuple(sorted(path for path, guard in self._guards.items() if not self._is_seen(path, guard, folder)))

    def _is_seen(self, path: str, guard: _Guard, folder: str) -> bool:
        """Whether a process finds the very file that was read; one that was replaced meanwhile is noted as moving."""
        for _time in range(_LOOKS):
            before = self._is_as_read(path)
            if _is_seen(guard, folder):
                return True
            if not before or not self._is_as_read(path):
                self._moving.add(path)
                return False
        return False

    def _is_as_read(self, path: str) -> bool:
        """Whether the very file stands at its path that was read there, with the same owners and modes on the way."""
        try:
            now = self._root.reach(path, lambda way: None if way.info is None else self._guard(way, way.info))
        except OSError:
            return False
        return now == self._guards[path]

    def hiding(self, paths: Sequence[str]) -> "HostLookups":
        """The same look-ups for somebody who cannot read these files."""
        other = copy.copy(self)
        other.files_read = None
        other._hidden = frozenset(paths)
        return other

    def who_changes(self, path: str) -> Optional[str]:
        """Who but root may change what stands at a path below the root, in words; each is looked at once."""
        if path not in self._changers:
            self._changers[path] = who_changes(self._root, path)
        return self._changers[path]

    def changed_by_others(self) -> Dict[str, str]:
        """Those of the files that were read which somebody else than root may change or put there, and who."""
        found = ((path, self.who_changes(path)) for path in sorted(self._files))
        return {path: who for path, who in found if who is not None}

    def unsettling(self, paths: Iterable[str]) -> "HostLookups":
        """The same look-ups where nobody knows what is in these files."""
        other = copy.copy(self)
        other.files_read = None
        other._unsettled = frozenset(paths)
        return other

    def may_name(self, path: str, named: str) -> bool:
        """Whether what `named` holds may be told because the file at `path` names it. An image is of one hand."""
        self.host_file(named)
        seen, target = self._seen.get(path), self._seen.get(named)
        return not self._root.is_host or seen is None or target is None or private.may_name(seen, target)

    def _read(self, path: str, limit: int) -> TableText:
        try:
            return self._root.reach(path, lambda way: self._read_way(path, way, limit))
        except OSError as exc:
            return Unreadable(exc.errno or 0) if exc.errno in ANSWERS else Unsettled()

    def _read_way(self, path: str, way: Way, limit: int) -> TableText:
        if self._root.is_host and private.depends_on_reader(way, self._proc_devices()):
            return Unsettled()
        if way.info is None:
            return None
        if is_null(way.info):
            return b""
        if stat.S_ISDIR(way.info.st_mode) or stat.S_ISSOCK(way.info.st_mode):
            return Unreadable(errno.EISDIR if stat.S_ISDIR(way.info.st_mode) else errno.ENXIO)
        if not stat.S_ISREG(way.info.st_mode):
            return Unsettled()  # libwrap waits for what somebody writes there
        with os.fdopen(open_unseen(way), "rb") as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode):
                return Unsettled()
            self._seen[path] = private.seen(way, info)
            self._guards[path] = self._guard(way, info)
            text = stream.read(limit + 1)
        return text if len(text) <= limit else Part(text[:limit])

    def _guard(self, way: Way, info: os.stat_result) -> _Guard:
        """The access of a file, and of all folders that whoever opens it comes through."""
        real_path = self._root.outside(way.names)
        folders = folders_of(self._root, way)
        return _Guard(access_of(info, read_acl(real_path)), folders, real_path, (info.st_dev, info.st_ino))

    def _proc_devices(self) -> FrozenSet[int]:
        if self._proc is None:
            self._proc = private.proc_devices()
        return self._proc

    def user_exists(self, name: str) -> bool:
        """getpwnam(3) on the running host, /etc/passwd of an image."""
        if not self._root.is_host:
            return name in self._first_fields("/etc/passwd")
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    def group_exists(self, name: str) -> bool:
        """getgrnam(3) on the running host, /etc/group of an image."""
        if not self._root.is_host:
            return name in self._first_fields("/etc/group")
        try:
            grp.getgrnam(name)
        except KeyError:
            return False
        return True

    def interface_exists(self, name: str) -> Optional[bool]:
        """if_nametoindex(3) on the running host; None for an image, whose interfaces are made when it starts."""
        if not self._root.is_host:
            return None
        try:
            socket.if_nametoindex(name)
        except (OSError, UnicodeError):
            return False
        return True

    def program_runs(self, path: str) -> Optional[bool]:
        """Whether a file below the root may be executed by somebody; None where it may not be looked at."""
        state = self._state(path)
        if state is None or state.kind == "unreadable":
            return None
        return state.kind == "file" and bool((state.mode or 0) & 0o111)

    def folder_exists(self, path: str) -> Optional[bool]:
        """Whether there is a folder below the root; None where that may not be looked at."""
        state = self._state(path)
        return None if state is None or state.kind == "unreadable" else state.kind == "directory"

    def _state(self, path: str) -> Optional[FileState]:
        try:
            return stat_file(self._root, path)
        except HostError:
            return None

    def aclexec_status(self, command: str) -> Optional[int]:
        """127, as sh(1) ends, where the command is one program that the host lacks or that nobody may execute, and only
        root can change that; else None: nothing is executed, so nobody knows.
        """
        program = lone_program(os.fsencode(command))
        if program is None or self.program_runs(program.decode("ascii")) is not False:
            return None
        if self.who_changes(program.decode("ascii")) is not None:
            return None
        return _NOT_FOUND

    def _first_fields(self, path: str) -> Set[str]:
        if path not in self._names:
            data = read(self._root, path).data or b""
            self._names[path] = {os.fsdecode(line.split(b":", 1)[0]) for line in data.splitlines() if b":" in line}
        return self._names[path]

    def _in_netgroup_file(self, group: str, host: str) -> Optional[bool]:
        sources = self._netgroup_sources()
        if sources & {"files", "db", "compat", ""}:
            if self._netgroups is None:
                data = read(self._root, "/etc/netgroup").data or b""
                self._netgroups = _parse_netgroups(data.decode("utf-8", "surrogateescape"))
            if group not in self._hosts:
                hosts, looked = _hosts_of(self._netgroups, group) if self._looks_left > 0 else (None, 0)
                self._looks_left -= looked
                self._hosts[group] = hosts
            hosts = self._hosts[group]
            if hosts is None:
                return None
            if "" in hosts or host.lower() in hosts:
                return True
        return False if sources <= {"files", "db", ""} else None  # NIS and LDAP of an image cannot be asked

    def _netgroup_sources(self) -> Set[str]:
        if self._sources is None:
            self._sources = self._read_netgroup_sources()
        return self._sources

    def _read_netgroup_sources(self) -> Set[str]:
        data = read(self._root, "/etc/nsswitch.conf").data
        if data is None:
            return {""}  # BSD and old systems: the file alone
        for line in data.decode("utf-8", "replace").splitlines():
            name, colon, rest = line.partition("#")[0].partition(":")
            if colon and name.strip() == "netgroup":
                return set(re.sub(r"\[[^][]*\]", " ", rest).split())
        return {"nis"}


def _is_seen(guard: _Guard, folder: str) -> bool:
    """Whether a process finds the very file where it is; True also where that may not be seen."""
    try:
        theirs = stat_below(folder, guard.real_path)
    except (FileNotFoundError, NotADirectoryError, Foreign):
        return False
    except OSError:
        return True
    return (theirs.st_dev, theirs.st_ino) == guard.identity


def _innetgr(group: str, host: str) -> Optional[bool]:
    try:
        function = ctypes.CDLL(None).innetgr
    except (OSError, AttributeError):
        return None
    domain = ctypes.create_string_buffer(256)
    libc = ctypes.CDLL(None)
    known = libc.getdomainname(domain, 255) == 0 and domain.value not in (b"", b"(none)")
    function.restype = ctypes.c_int
    function.argtypes = [ctypes.c_char_p] * 4
    return bool(function(os.fsencode(group), os.fsencode(host), None, domain.value if known else None))


def _parse_netgroups(text: str) -> Dict[str, str]:
    """netgroup(5): a name, then triples and other groups; a backslash at the end continues the line."""
    groups: Dict[str, str] = {}
    for line in text.replace("\\\n", " ").splitlines():
        words = line.strip().split(None, 1)
        if len(words) == 2 and not line.startswith("#"):
            groups.setdefault(words[0], words[1])
    return groups


def _hosts_of(groups: Dict[str, str], group: str) -> Tuple[Optional[Set[str]], int]:
    """The hosts of a group and of those that it names, however deep, "" for all hosts; None where they are more than
    MAX_GROUPS. With them, how many groups and hosts were looked at.
    """
    hosts: Set[str] = set()
    pending, seen = [group], {group}
    while pending:
        text = groups.get(pending.pop(), "")
        hosts.update(match.group(1).strip().lower() for match in _TRIPLE.finditer(text))
        others = set(_TRIPLE.sub(" ", text).split()) - seen
        seen |= others
        if len(seen) > MAX_GROUPS:
            return None, len(seen) + len(hosts)
        pending.extend(sorted(others))
    return hosts, len(seen) + len(hosts)
