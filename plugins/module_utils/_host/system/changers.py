# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who but root may change what stands at a path: the file itself, or a folder or link on the way to it."""

import os
import stat
from typing import Dict, List, NamedTuple, Optional
from weakref import WeakKeyDictionary

from ..._libwrap.printable import printable
from ..files.files import read
from ..files.root import Root
from ..files.way import Way
from .accounts import group_name, user_name
from .access import EVERYBODY, GROUP, USER, Writer, access_of, read_acl, writers_of
from .folders_on_way import lists_of

_TOLD = 3  # of those who may, by name
_OTHERS_WRITE = 0o022
# of an image, whose files are read once: they may be long, and asked for by thousands of rules
_NAMES: "WeakKeyDictionary[Root, Dict[str, Dict[str, str]]]" = WeakKeyDictionary()


class Changers(NamedTuple):
    """Who but root may change what a path leads to."""

    folders: Dict[str, List[Writer]]  # on the way, by name: who may replace what the way goes through there
    owner: List[Writer]
    writers: List[Writer]  # of what stands there besides its owner


def who_changes(root: Root, path: str) -> Optional[str]:
    """Who but root may change what stands at a path, or put something there; None where nobody may.

    Nothing is opened but folders. Of a way that cannot be gone to its end (a user's own file system) the part that can
    be gone tells.
    """
    found = changers(root, path)
    every = [one for folder in found.folders.values() for one in folder] + found.owner + found.writers
    return in_words(root, list(dict.fromkeys(every)))


def changers(root: Root, path: str) -> Changers:
    """The same one by one, each folder with its name as the host that lives in this root would write it."""
    while path.startswith("/"):
        try:
            return root.reach(path, lambda way: _changers(root, way))
        except OSError:
            if path.rstrip("/") == "":
                break
            path = os.path.dirname(path.rstrip("/"))
    return Changers({}, [], [])


def _changers(root: Root, way: Way) -> Changers:
    """Those who may change it, each once in a folder. A sticky folder keeps what stands in it for its owner (rename(2))."""
    lists = lists_of(root, way)
    base = (way.folders[0].st_dev, way.folders[0].st_ino)

    def writers(folder: os.stat_result) -> List[Writer]:
        identity = (folder.st_dev, folder.st_ino)
        # the folder of an image is where it was unpacked: its own mode says nothing of the host that it will be
        if identity == base and not root.is_host:
            return []
        return [(USER, folder.st_uid)] + writers_of(access_of(folder, lists[identity]))

    folders: Dict[str, List[Writer]] = {}
    owner: List[Writer] = []
    for step in way.steps:
        sticky = step.folder.st_mode & stat.S_ISVTX
        found = folders.setdefault("/" + "/".join(step.place), [])
        found += writers(step.folder)[: 1 if sticky else None]
        if stat.S_ISLNK(step.info.st_mode) and sticky and step.folder.st_mode & _OTHERS_WRITE:
            found.append((USER, step.info.st_uid))
    own: List[Writer] = []
    if way.info is None:
        folders.setdefault("/" + "/".join(way.names), []).extend(writers(way.folders[-1]))
    elif way.names:
        owner = [(USER, way.info.st_uid)]
        # who writes to a device changes no answer of it
        if not stat.S_ISCHR(way.info.st_mode):
            own = writers_of(access_of(way.info, read_acl(root.outside(way.names))))
    told = {name: _others(found) for name, found in folders.items()}
    return Changers({name: found for name, found in told.items() if found}, _others(owner), _others(own))


def _others(found: List[Writer]) -> List[Writer]:
    return list(dict.fromkeys(one for one in found if not _is_roots(one)))


def _is_roots(writer: Writer) -> bool:
    """Whether it is root, or whoever runs this: an image may have been unpacked without root's rights."""
    kind, number = writer
    return kind == USER and number in (0, os.geteuid()) or kind == GROUP and number in (0, os.getegid())


def in_words(root: Root, found: List[Writer]) -> Optional[str]:
    """A few of them by name; None for nobody."""
    if not found:
        return None
    if (EVERYBODY, 0) in found:
        return "everybody"
    words = ["%s %s" % (kind, _name(root, kind, number)) for kind, number in found[:_TOLD]]
    return " and ".join(words) + (" and %d more" % (len(found) - _TOLD) if len(found) > _TOLD else "")


def _name(root: Root, kind: str, number: int) -> str:
    """The name of a user or a group, or its number where it has none."""
    if root.is_host:
        return printable(user_name(number) if kind == USER else group_name(number))
    names = _NAMES.setdefault(root, {})
    if kind not in names:
        names[kind] = _names_of_image(root, "/etc/passwd" if kind == USER else "/etc/group")
    return printable(names[kind].get(str(number), str(number)))


def _names_of_image(root: Root, path: str) -> Dict[str, str]:
    """The name of each number, by its first line."""
    names: Dict[str, str] = {}
    for line in (read(root, path).data or b"").decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(":", 3)
        if len(fields) > 2:
            names.setdefault(fields[2], fields[0])
    return names
