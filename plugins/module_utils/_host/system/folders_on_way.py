# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who may get to a file: whoever opens it looks up a name in each folder on the way, those of links among them."""

from typing import Dict, List, Sequence, Tuple

from ..files.root import Root
from ..files.way import Way
from .access import Access, AclEntry, access_of, may_search, read_acl


def lists_of(root: Root, way: Way) -> Dict[Tuple[int, int], Tuple[AclEntry, ...]]:
    """The access control lists of all folders that whoever goes a way comes through, by device and inode."""
    places = {(folder.st_dev, folder.st_ino): way.names[:count] for count, folder in enumerate(way.folders)}
    for step in way.steps:
        places.setdefault((step.folder.st_dev, step.folder.st_ino), list(step.place))
    return {identity: read_acl(root.outside(names)) for identity, names in places.items()}


def folders_of(root: Root, way: Way) -> List[Access]:
    """The access of all folders that whoever goes a way comes through, those of the real path first."""
    lists = lists_of(root, way)
    folders = {(one.st_dev, one.st_ino): one for one in way.folders}
    for step in way.steps:
        folders.setdefault((step.folder.st_dev, step.folder.st_ino), step.folder)
    return [access_of(folder, lists[identity]) for identity, folder in folders.items()]


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
