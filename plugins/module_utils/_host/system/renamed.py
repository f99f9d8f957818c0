# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that go by another name than the one they are known by: copies, and what a package manager moved aside."""

import os
from typing import Dict, List, Optional

from ..errors import HostError
from ..files.files import list_folder, open_file
from ..files.root import Root
from .commands import FOLDERS
from .known_daemons import BY_PROGRAM, INETDS

_ASIDE = (".distrib", ".diverted", ".real", ".orig", ".bin", ".old", ".wrapped")  # dpkg-divert(1), and habit
_NAMES = frozenset([name for name, row in BY_PROGRAM.items() if row.links] + list(INETDS))
_BLOCK = 1024 * 1024
MAX_COPY = 64 * 1024 * 1024  # bytes of a program that is compared; the largest of the table have a few
OPTIONS = (  # what daemons call the setting that makes them ask; each stands so in a real one
    "tcp_wrappers",
    "tcpwrappers",
    "tcpwrapper",
    "tcpwrap",
    "use_libwrap",
    "libwrap",
    "libwrap.hosts_access",
    "usewrap",
)


class Copies:
    """What programs of one host are copies of; every program is looked at once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._installed: Optional[Dict[int, List[str]]] = None
        self._answers: Dict[str, str] = {}

    def original(self, path: str) -> str:
        """The path of the known daemon that has the bytes of the program at `path`; `path` where there is none, and
        where it goes by a known name itself.
        """
        if path not in self._answers:
            self._answers[path] = self._find(path)
        return self._answers[path]

    def _find(self, path: str) -> str:
        folder, name = os.path.split(path)
        for ending in _ASIDE:
            if name.endswith(ending) and name[: -len(ending)] in _NAMES:
                return os.path.join(folder, name[: -len(ending)])
        if name in BY_PROGRAM or name in INETDS:
            return path
        try:
            alike = [known for known in self._of_size(self._size(path)) if self._same(path, known)]
        except (HostError, OSError):
            return path
        return alike[0] if alike else path

    def _of_size(self, size: int) -> List[str]:
        if self._installed is None:
            self._installed = {}
            for folder in FOLDERS:
                for known in [os.path.join(folder, name) for name in self._names(folder) if name in _NAMES]:
                    try:
                        self._installed.setdefault(self._size(known), []).append(known)
                    except (HostError, OSError):
                        continue
        return self._installed.get(size, []) if size <= MAX_COPY else []

    def _names(self, folder: str) -> List[str]:
        try:
            return list_folder(self._root, folder)
        except HostError:
            return []

    def _size(self, path: str) -> int:
        with open_file(self._root, path) as stream:
            return os.fstat(stream.fileno()).st_size

    def _same(self, path: str, other: str) -> bool:
        with open_file(self._root, path) as one, open_file(self._root, other) as two:
            while True:
                block = one.read(_BLOCK)
                if block != two.read(_BLOCK):
                    return False
                if not block:
                    return True
