# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a symbolic link of a host says, without following it, and which links lead to a program."""

import itertools
import os
import posixpath
from typing import List, Optional

from ..errors import HostError
from .root import Root

_PROGRAM_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/libexec")
_MAX_ENTRIES = 20000  # of one folder that are looked at


def read_link(root: Root, path: str) -> Optional[str]:
    """The text of the link at `path` (its folder's links are followed within the root); None where there is no link."""
    folder, name = posixpath.split(path.rstrip("/"))
    try:
        return os.readlink(os.path.join(root.locate(folder or "/").real_path, name))
    except OSError:
        return None


def find_other_names(root: Root, path: str) -> List[str]:
    """The paths of links and hard links to a program, in its own folder and the usual ones, whose base name is not its
    own.
    """
    found: List[str] = []
    try:
        location = root.locate(path)
        info = os.stat(location.real_path)
    except (OSError, HostError):
        return found
    looked_in = set()
    for folder in (posixpath.dirname(path),) + _PROGRAM_FOLDERS:
        try:
            real_folder = root.locate(folder).real_path
            if real_folder in looked_in:
                continue
            looked_in.add(real_folder)
            found += [
                posixpath.join(folder, name)
                for name in _names_of(root, real_folder, location.real_path, info)
                if name != posixpath.basename(path)
            ]
        except (OSError, HostError):
            continue
    return sorted(found)


def _names_of(root: Root, real_folder: str, target: str, info: os.stat_result) -> List[str]:
    """The names in a folder that are, or lead to, the file `target`."""
    found = []
    with os.scandir(real_folder) as entries:
        for entry in itertools.islice(entries, _MAX_ENTRIES):
            if entry.is_symlink():
                if _leads_to(root, entry.path, target):
                    found.append(entry.name)
            elif entry.inode() == info.st_ino and os.path.samestat(entry.stat(follow_symlinks=False), info):
                found.append(entry.name)
    return found


def _leads_to(root: Root, real_path: str, target: str) -> bool:
    try:
        return root.locate(root.inside(real_path)).real_path == target
    except (OSError, HostError):
        return False
