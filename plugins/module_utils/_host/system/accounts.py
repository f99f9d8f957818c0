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


class Accounts:
    """Answers from the running host's own databases, or from the files of an image."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._read: Dict[str, List[List[str]]] = {}
        self._services: Optional[Dict[Tuple[str, str], int]] = None

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
        for fields in self._lines("/etc/group", ":"):
            if len(fields) > 2 and fields[0] == name and _number(fields[2]) is not None:
                return _number(fields[2])
        return None

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
        for fields in self._lines("/etc/passwd", ":"):
            if len(fields) < 4 or name not in (fields[0], fields[2]):
                continue
            uid, gid = _number(fields[2]), _number(fields[3])
            if uid is not None and gid is not None:
                return User(fields[0], uid, gid, self._groups_of(fields[0]))
        return User(name, 0, 0, ()) if name in ("root", "0") else None

    def _groups_of(self, name: str) -> Tuple[int, ...]:
        """The further groups of a user of an image."""
        lists = [group for group in self._lines("/etc/group", ":") if len(group) > 3 and name in group[3].split(",")]
        return tuple(number for number in (_number(group[2]) for group in lists) if number is not None)

    def _lines(self, path: str, separator: Optional[str]) -> List[List[str]]:
        if path not in self._read:
            lines = (read(self._root, path).data or b"").decode("utf-8", "surrogateescape").splitlines()
            bare = [line.split("#", 1)[0].rstrip("\n") for line in lines]
            self._read[path] = [line.split(separator) for line in bare if line.strip()]
        return self._read[path]


def _number(text: str) -> Optional[int]:
    """A number of a user, a group or a port; None for other text, and for digits without end."""
    return int(text) if _NUMBER.match(text) else None
