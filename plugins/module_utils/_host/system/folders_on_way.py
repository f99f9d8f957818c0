# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who may get to a file: whoever opens it looks up a name in each folder on the way, those of links among them."""

from typing import List, Sequence

from ..files.root import Root
from ..files.way import Way
from .access import Access, access_of, may_search, read_acl


def folders_of(root: Root, way: Way) -> List[Access]:
    """The access of all folders that whoever goes a way comes through."""
    names = [root.outside(way.names[:count]) for count in range(len(way.names) + 1)]
    real = [access_of(folder, read_acl(name)) for folder, name in zip(way.folders, names)]
    known = {(folder.st_dev, folder.st_ino) for folder in way.folders}
    passed = [step.folder for step in way.steps if (step.folder.st_dev, step.folder.st_ino) not in known]
    return real + [access_of(folder, ()) for folder in passed]


def may_reach(root: Root, path: str, uid: int, gid: int, groups: Sequence[int]) -> bool:
    """Whether a process without capabilities gets to what stands at a path. The folder of an image is where it was
    unpacked: its own mode says nothing of the host that it will be.
    """
    if not path.startswith("/"):
        return True
    try:
        folders = root.reach(path, lambda way: folders_of(root, way))
    except OSError:
        return True  # that is told elsewhere
    return all(may_search(folder, uid, gid, groups) for folder in folders[0 if root.is_host else 1 :])
