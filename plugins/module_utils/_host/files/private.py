# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the text of a file may stand in a result where somebody else than root leads to it, by a link or by its name.

Findings and answers quote the words of files of hosts: a user whose file a table names could have us show a private key.
Whoever may change any link, folder or file on the way may lead us there.
"""

import os
import stat
from typing import FrozenSet, NamedTuple, Set

from ..rollback.mountinfo import read_mounts
from .root import Root
from .way import Step, Way

SEVERAL = -1  # more users than one, who have not the same rights


class Seen(NamedTuple):
    """What was read, as the open file and its folders told."""

    uid: int
    mode: int
    everybodys: bool  # whoever it is may read it
    leaders: FrozenSet[int]  # who but root may change where its path leads, or what it says


def seen(way: Way, info: os.stat_result) -> Seen:
    """What the open file of a way is."""
    leaders: Set[int] = set()
    for step in way.steps:
        leaders |= _changers(step)
    everybodys = info.st_mode & 0o044 == 0o044 and all(folder.st_mode & 0o011 == 0o011 for folder in way.folders)
    return Seen(info.st_uid, info.st_mode, everybodys, frozenset(leaders))


def _changers(step: Step) -> Set[int]:
    """Who but root may put something else in the place of one name on the way, or has put there what it is.

    A sticky folder keeps what stands in it, whoever moved it there: to move a file takes no right to it, but to move a
    folder somewhere else takes the right to write in it (rename(2)).
    """
    found = set() if _is_roots(step.info.st_uid) else {step.info.st_uid}
    kept = step.folder.st_mode & stat.S_ISVTX and stat.S_ISDIR(step.info.st_mode)
    if step.folder.st_mode & 0o022 and not kept:
        found.add(SEVERAL)
    return found


def led_astray(root: Root, path: str, real_path: str, writing: bool) -> bool:
    """Whether somebody else than root leads `path` by a link of his to `real_path`, where it was found, and may not read
    what is there; with `writing`, or it is not his, or not there. Raises OSError as root.reach() does.
    """

    def judge(way: Way) -> bool:
        links = [step for step in way.steps if stat.S_ISLNK(step.info.st_mode)]
        leaders = set(one for step in links for one in _changers(step))
        if root.location(way).real_path != real_path:
            return any(_changers(step) for step in way.steps)  # it leads elsewhere than a moment ago
        if not leaders or way.info is None:
            return bool(leaders) and writing
        return (writing and not leaders <= {way.info.st_uid}) or not may_be_told(seen(way, way.info))

    return root.reach(path, judge)


def may_be_told(target: Seen) -> bool:
    """Whether a file holds nothing that any of those who may change the way to it does not know himself."""
    return target.everybodys or target.leaders <= {target.uid}


def may_name(naming: Seen, target: Seen) -> bool:
    """Whether the text of `target` may be told because the other file names it: all who may write that, or change the
    way to it, may read it.
    """
    writers = set(naming.leaders)
    if not _is_roots(naming.uid):
        writers.add(naming.uid)
    if naming.mode & 0o022:
        writers.add(SEVERAL)
    return target.everybodys or writers <= {target.uid}


def depends_on_reader(way: Way, proc: FrozenSet[int]) -> bool:
    """Whether another process may find another file behind a way, or none: it leads through a /proc (one of the devices
    `proc`), or through a link that the kernel follows for its owner alone where fs.protected_symlinks is on.
    """
    return any(
        step.info.st_dev in proc
        or stat.S_ISLNK(step.info.st_mode)
        and step.folder.st_mode & (stat.S_ISVTX | 0o002) == stat.S_ISVTX | 0o002
        and step.info.st_uid != step.folder.st_uid
        for step in way.steps
    )


def proc_devices() -> FrozenSet[int]:
    """The devices of all file systems of the kind proc that are mounted; empty where the system has no such list."""
    found = set()
    for mount in read_mounts():
        major, _colon, minor = mount.device.partition(b":")
        if mount.kind == b"proc" and major.isdigit() and minor.isdigit():
            found.add(os.makedev(int(major), int(minor)))
    return frozenset(found)


def _is_roots(uid: int) -> bool:
    return uid in (0, os.geteuid())
