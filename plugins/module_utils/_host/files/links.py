# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a symbolic link of a host says, without following it, and which links lead to a program."""

import itertools
import os
import posixpath
from typing import Dict, List, NamedTuple, Optional

from ..errors import HostError
from .root import Root

_PROGRAM_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec")
_MAX_ENTRIES = 20000  # of one folder that are looked at
_MAX_NAMES = 400  # of one program in one folder that are kept


class _Folder(NamedTuple):
    """The names in a folder, by what they are: the real path that a link leads to, or the number of an inode."""

    links: Dict[str, List[str]]
    inodes: Dict[int, List[str]]


def read_link(root: Root, path: str) -> Optional[str]:
    """The text of the link at `path` (its folder's links are followed within the root); None where there is no link."""
    folder, name = posixpath.split(path.rstrip("/"))
    try:
        return os.readlink(os.path.join(root.locate(folder or "/").real_path, name))
    except OSError:
        return None


class OtherNames:
    """The links to the programs of a host; each folder is looked through once, however many programs are asked for."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._folders: Dict[str, _Folder] = {}

    def find(self, path: str) -> List[str]:
        """The paths of links and hard links to a program, in its own folder and the usual ones, whose base name is not
        its own.
        """
        found: List[str] = []
        try:
            location = self._root.locate(path)
            info = os.stat(location.real_path)
        except (OSError, HostError):
            return found
        looked_in = set()
        for folder in (posixpath.dirname(path),) + _PROGRAM_FOLDERS:
            try:
                real_folder = self._root.locate(folder).real_path
                if real_folder in looked_in:
                    continue
                looked_in.add(real_folder)
                names = self._names_of(real_folder, location.real_path, info)
            except (OSError, HostError):
                continue
            found += [posixpath.join(folder, name) for name in names if name != posixpath.basename(path)]
        return sorted(found)

    def _names_of(self, real_folder: str, target: str, info: os.stat_result) -> List[str]:
        """The names in a folder that are, or lead to, the file `target`."""
        if real_folder not in self._folders:
            self._folders[real_folder] = self._look_through(real_folder)
        folder = self._folders[real_folder]
        same = folder.inodes.get(info.st_ino, [])
        return folder.links.get(target, []) + [name for name in same if _is_same(real_folder, name, info)]

    def _look_through(self, real_folder: str) -> _Folder:
        folder = _Folder({}, {})
        with os.scandir(real_folder) as entries:
            for entry in itertools.islice(entries, _MAX_ENTRIES):
                if entry.is_symlink():
                    target = self._target(entry.path)
                    names = [] if target is None else folder.links.setdefault(target, [])
                else:
                    names = folder.inodes.setdefault(entry.inode(), [])
                if len(names) < _MAX_NAMES:
                    names.append(entry.name)
        return folder

    def _target(self, real_path: str) -> Optional[str]:
        try:
            return self._root.locate(self._root.inside(real_path)).real_path
        except (OSError, HostError):
            return None


def _is_same(real_folder: str, name: str, info: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.lstat(os.path.join(real_folder, name)), info)
    except OSError:
        return False
