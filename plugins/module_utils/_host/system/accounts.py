# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Users of a host and the groups they are in, and the ports that names of services stand for."""

import grp
import os
import pwd
import re
from typing import Dict, List, NamedTuple, Optional, Tuple

from ..files.files import read
from ..files.root import Root


_NUMBER = re.compile(r"[0-9]{1,10}\Z")  # as many digits as the kernel's users, groups and ports can have


class User(NamedTuple):
    name: str
    uid: int
    gid: int
    groups: Tuple[int, ...]
    passes_modes: Optional[bool] = None  # whether a file's mode does not hold it back; None: as usual, root alone

    @property
    def reads_anything(self) -> bool:
        """Whether it reads every file, whatever its mode."""
        return self.uid == 0 if self.passes_modes is None else self.passes_modes


class Accounts:
    """Answers from the running host's own databases, or from the files of an image."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._users: Optional[Dict[str, User]] = None
        self._groups: Optional[Dict[str, int]] = None
        self._services: Optional[Dict[Tuple[str, str], int]] = None

    @property
    def of_host(self) -> bool:
        """Whether they are the running host's."""
        return self._root.is_host

    def user(self, name: str) -> Optional[User]:
        """A user by name or number; None where there is none of that name."""
        return self._live(name) if self._root.is_host else self._from_files(name)

    def group(self, name: str) -> Optional[int]:
        """The number of a group by name or number; None where there is none of that name."""
        if _number(name) is not None:
            return _number(name)
        if self._root.is_host:
            try:
                return grp.getgrnam(name).gr_gid
            except KeyError:
                return None
        if self._groups is None:
            self._groups = {}
            for fields in self._lines("/etc/group", ":"):
                number = _number(fields[2]) if len(fields) > 2 else None
                if number is not None:
                    self._groups.setdefault(fields[0], number)
        return self._groups.get(name)

    def port(self, name: str, protocol: str) -> Optional[int]:
        """The port of a service by its number or its name in /etc/services; None for an unknown name."""
        asked = _number(name)
        if asked is not None:
            return asked if asked < 65536 else None
        if self._services is None:
            self._services = {}
            for fields in self._lines("/etc/services", None):
                text, _slash, kind = fields[1].partition("/") if len(fields) > 1 else ("", "", "")
                number = _number(text)
                if number is not None:
                    for alias in [fields[0]] + fields[2:]:
                        self._services.setdefault((alias, kind), number)
        return self._services.get((name, protocol))

    def _live(self, name: str) -> Optional[User]:
        uid = _number(name)
        try:
            entry = pwd.getpwnam(name) if uid is None else pwd.getpwuid(uid)
        except KeyError:
            return None if uid is None else User(name, uid, -1, ())
        try:
            groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
        except OSError:
            groups = tuple(group.gr_gid for group in grp.getgrall() if entry.pw_name in group.gr_mem)
        return User(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)

    def _from_files(self, name: str) -> Optional[User]:
        if self._users is None:
            self._users = self._users_of_image()
        known = self._users.get(name)
        return User(name, 0, 0, ()) if known is None and name in ("root", "0") else known

    def _users_of_image(self) -> Dict[str, User]:
        """The users by name and by number, the first line for each, with the further groups that they are in."""
        groups: Dict[str, List[int]] = {}
        for fields in self._lines("/etc/group", ":"):
            number = _number(fields[2]) if len(fields) > 3 else None
            if number is not None:
                for member in set(fields[3].split(",")):
                    groups.setdefault(member, []).append(number)
        users: Dict[str, User] = {}
        for fields in self._lines("/etc/passwd", ":"):
            uid, gid = (_number(fields[2]), _number(fields[3])) if len(fields) > 3 else (None, None)
            if uid is not None and gid is not None:
                user = User(fields[0], uid, gid, tuple(groups.get(fields[0], ())))
                users.setdefault(fields[0], user)
                users.setdefault(fields[2], user)
        return users

    def _lines(self, path: str, separator: Optional[str]) -> List[List[str]]:
        lines = (read(self._root, path).data or b"").decode("utf-8", "surrogateescape").splitlines()
        bare = [line.split("#", 1)[0].rstrip("\n") for line in lines]
        return [line.split(separator) for line in bare if line.strip()]


def _number(text: str) -> Optional[int]:
    """A number of a user, a group or a port; None for other text, and for digits without end."""
    return int(text) if _NUMBER.match(text) else None


def user_name(uid: int) -> str:
    """The name of a user of the running host, or the number as text."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The name of a group of the running host, or the number as text."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
