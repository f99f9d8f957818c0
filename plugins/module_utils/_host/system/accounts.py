# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Users of a host and the groups they are in, and the ports that names of services stand for."""

import grp
import os
import pwd
from typing import Dict, List, NamedTuple, Optional, Tuple

from ..files.files import read
from ..files.root import Root


class User(NamedTuple):
    name: str
    uid: int
    gid: int
    groups: Tuple[int, ...]


class Accounts:
    """Answers from the running host's own databases, or from the files of an image."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._services: Optional[Dict[Tuple[str, str], int]] = None

    def user(self, name: str) -> Optional[User]:
        """A user by name or number; None where there is none of that name."""
        return self._live(name) if self._root.is_host else self._from_files(name)

    def group(self, name: str) -> Optional[int]:
        """The number of a group by name or number; None where there is none of that name."""
        if name.isdecimal():
            return int(name)
        if self._root.is_host:
            try:
                return grp.getgrnam(name).gr_gid
            except KeyError:
                return None
        for fields in self._lines("/etc/group", ":"):
            if len(fields) > 2 and fields[0] == name and fields[2].isdecimal():
                return int(fields[2])
        return None

    def port(self, name: str, protocol: str) -> Optional[int]:
        """The port of a service by its number or its name in /etc/services; None for an unknown name."""
        if name.isdecimal():
            return int(name) if int(name) < 65536 else None
        if self._services is None:
            self._services = {}
            for fields in self._lines("/etc/services", None):
                number, _slash, kind = fields[1].partition("/") if len(fields) > 1 else ("", "", "")
                if number.isdecimal():
                    for alias in [fields[0]] + fields[2:]:
                        self._services.setdefault((alias, kind), int(number))
        return self._services.get((name, protocol))

    def _live(self, name: str) -> Optional[User]:
        try:
            entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
        except KeyError:
            return User(name, int(name), -1, ()) if name.isdecimal() else None
        try:
            groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
        except OSError:
            groups = tuple(group.gr_gid for group in grp.getgrall() if entry.pw_name in group.gr_mem)
        return User(entry.pw_name, entry.pw_uid, entry.pw_gid, groups)

    def _from_files(self, name: str) -> Optional[User]:
        for fields in self._lines("/etc/passwd", ":"):
            if len(fields) > 3 and name in (fields[0], fields[2]) and fields[2].isdecimal() and fields[3].isdecimal():
                groups = tuple(
                    int(group[2])
                    for group in self._lines("/etc/group", ":")
                    if len(group) > 3 and fields[0] in group[3].split(",") and group[2].isdecimal()
                )
                return User(fields[0], int(fields[2]), int(fields[3]), groups)
        return User(name, 0, 0, ()) if name in ("root", "0") else None

    def _lines(self, path: str, separator: Optional[str]) -> List[List[str]]:
        data = read(self._root, path).data or b""
        lines = data.decode("utf-8", "surrogateescape").splitlines()
        return [line.split("#", 1)[0].rstrip("\n").split(separator) for line in lines if line.split("#", 1)[0].strip()]
