# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who but root may change what stands at a path: the file itself, or a folder or link on the way to it."""

import os
import stat
from typing import Dict, List, Optional, Tuple

from ..._libwrap.printable import printable
from ..files.files import read
from ..files.root import Root
from ..files.way import Way
from .accounts import group_name, user_name
from .access import EVERYBODY, GROUP, USER, AclEntry, Writer, access_of, read_acl, writers_of

_TOLD = 3  # of those who may, by name
_OTHERS_WRITE = 0o022


def who_changes(root: Root, path: str) -> Optional[str]:
    """Who but root may change what stands at a path, or put something there; None where nobody may.

    Nothing is opened but folders. Of a way that cannot be gone to its end (a user's own file system) the part that can
    be gone tells.
    """
    while path.startswith("/"):
        try:
            return _in_words(root, root.reach(path, lambda way: _changers(root, way)))
        except OSError:
            if path.rstrip("/") == "":
                return None
            path = os.path.dirname(path.rstrip("/"))
    return None


def _changers(root: Root, way: Way) -> List[Writer]:
    """Those who may change it, each once. A sticky folder keeps what stands in it for its owner (rename(2))."""
    lists: Dict[Tuple[int, int], Tuple[AclEntry, ...]] = {
        (folder.st_dev, folder.st_ino): read_acl(root.outside(way.names[:count]))
        for count, folder in enumerate(way.folders)
    }
    # the folder of an image is where it was unpacked: its own mode says nothing of the host that it will be
    base = None if root.is_host else (way.folders[0].st_dev, way.folders[0].st_ino)

    def writers(folder: os.stat_result) -> List[Writer]:
        identity = (folder.st_dev, folder.st_ino)
        return [] if identity == base else writers_of(access_of(folder, lists.get(identity, ())))

    found: List[Writer] = []
    for step in way.steps:
        sticky = step.folder.st_mode & stat.S_ISVTX
        found += [] if sticky else writers(step.folder)
        if not stat.S_ISLNK(step.info.st_mode) or (sticky and step.folder.st_mode & _OTHERS_WRITE):
            found.append((USER, step.info.st_uid))
    if way.info is None:
        found += writers(way.folders[-1])
    elif way.names and not stat.S_ISCHR(way.info.st_mode):  # a device keeps nothing: who writes to it changes no answer
        found += writers_of(access_of(way.info, read_acl(root.outside(way.names))))
    return list(dict.fromkeys(one for one in found if not _is_roots(one)))


def _is_roots(writer: Writer) -> bool:
    """Whether it is root, or whoever runs this: an image may have been unpacked without root's rights."""
    kind, number = writer
    return kind == USER and number in (0, os.geteuid()) or kind == GROUP and number in (0, os.getegid())


def _in_words(root: Root, changers: List[Writer]) -> Optional[str]:
    if not changers:
        return None
    if (EVERYBODY, 0) in changers:
        return "everybody"
    words = ["%s %s" % (kind, _name(root, kind, number)) for kind, number in changers[:_TOLD]]
    return " and ".join(words) + (" and %d more" % (len(changers) - _TOLD) if len(changers) > _TOLD else "")


def _name(root: Root, kind: str, number: int) -> str:
    """The name of a user or a group, or its number where it has none."""
    if root.is_host:
        return printable(user_name(number) if kind == USER else group_name(number))
    data = read(root, "/etc/passwd" if kind == USER else "/etc/group").data or b""
    for line in data.decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(":")
        if fields[2:3] == [str(number)]:
            return printable(fields[0])
    return str(number)
