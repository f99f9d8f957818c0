# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that go by another name than the one they are known by: copies, and what a package manager moved aside."""

import os
from typing import Dict, List, NamedTuple, Optional

from ..errors import HostError
from ..files.files import list_folder
from ..files.root import Root
from .commands import FOLDERS
from .contents import Contents, Key
from .known_daemons import BY_PROGRAM, INETDS

_ASIDE = (".distrib", ".diverted", ".real", ".orig", ".bin", ".old", ".wrapped")  # dpkg-divert(1), and habit
_NAMES = frozenset([name for name, row in BY_PROGRAM.items() if row.links] + list(INETDS))
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


class _Digests(NamedTuple):
    paths: Dict[Optional[bytes], str]
    complete: bool  # False: some were too much to read


class Copies:
    """What programs of one host are copies of; every program is looked at once. `contents` knows of each that was too
    much to read.
    """

    def __init__(self, root: Root, contents: Contents) -> None:
        self._root = root
        self._contents = contents
        self._installed: Optional[Dict[int, Dict[Key, str]]] = None  # by size: the first name of each file
        self._digests: Dict[int, _Digests] = {}  # of these, by size
        self._answers: Dict[str, str] = {}
        self._of_files: Dict[Key, Optional[str]] = {}  # None: too much to read

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
            key, size = self._contents.key(path)
            known = self._of_size(size)
            if not known or key in known:
                return known.get(key, path)
            if key not in self._of_files:
                self._of_files[key] = self._alike(path, size)
        except (HostError, OSError):
            return path
        found = self._of_files[key]
        if found is None:
            self._contents.leave_unread(path)
        return found or path

    def _alike(self, path: str, size: int) -> Optional[str]:
        """The known daemon of this size with the bytes of a program, empty where there is none; None where that cannot be
        told.
        """
        digest = self._contents.digest(path)
        if size not in self._digests:
            self._digests[size] = self._digests_of(size)
        known = self._digests[size]
        if digest in known.paths:
            return known.paths[digest]
        return None if digest is None or not known.complete else ""

    def _digests_of(self, size: int) -> "_Digests":
        paths: Dict[Optional[bytes], str] = {}
        complete = True
        for path in self._of_size(size).values():
            try:
                digest = self._contents.digest(path)
            except (HostError, OSError):
                continue
            if digest is None:
                complete = False
            else:
                paths.setdefault(digest, path)
        return _Digests(paths, complete)

    def _of_size(self, size: int) -> Dict[Key, str]:
        if self._installed is None:
            self._installed = {}
            for folder in FOLDERS:
                for known in [os.path.join(folder, name) for name in self._names(folder) if name in _NAMES]:
                    try:
                        key, its_size = self._contents.key(known)
                    except (HostError, OSError):
                        continue
                    self._installed.setdefault(its_size, {}).setdefault(key, known)
        return self._installed.get(size, {}) if size <= MAX_COPY else {}

    def _names(self, folder: str) -> List[str]:
        try:
            return list_folder(self._root, folder)
        except HostError:
            return []
