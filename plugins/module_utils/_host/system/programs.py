# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a running process is a program of the system, or one that somebody brought along."""

import os
from typing import Optional

from ..files.unasked import is_missing
from .mappings import only_roots
from .processes import PROC
from .shown import Foreign, stat_shown
from .time_of_users import Unanswered

_DELETED = " (deleted)"


def trusted_program(pid: int, proc: str = PROC) -> Optional[bool]:
    """Whether the process runs a program that only root can have put where it is. None: that may not be looked at.

    The path is looked at first: on a file system of a user's own even a question about an owner may be a trap.
    """
    link = os.path.join(proc, str(pid), "exe")
    try:
        path = os.readlink(link)
    except OSError:
        return None
    replaced = path.endswith(_DELETED)  # by an upgrade since it started: its folder tells
    path = path[: -len(_DELETED)] if replaced else path
    if not _is_roots_alone(path):
        return False
    try:
        info = stat_shown(os.path.join(proc, str(pid)), "exe")
        return info.st_uid == 0 if replaced else os.path.samestat(info, os.stat(path))
    except Foreign:
        return False  # in a namespace of their own, users call their programs as they like
    except Unanswered:
        return None
    except OSError:
        return replaced


def _is_roots_alone(path: str, links: int = 2) -> bool:
    """Whether only root can put a program where it is, or was. Nothing is asked for below a folder of somebody else's.

    A name on the way may have become a link since the program was started, as /usr/sbin in an upgrade.
    """
    if only_roots(path):
        return True
    folder, name = os.path.split(path)
    if not only_roots(folder):
        moved = _target(folder)
        return moved is not None and links > 0 and _is_roots_alone(os.path.join(moved, name), links - 1)
    target = _target(path)
    return only_roots(target) if target is not None else is_missing(path)


def _target(path: str) -> Optional[str]:
    """Where a link in a folder of root's alone leads; None for anything else."""
    folder = os.path.dirname(path)
    if path == "/" or not only_roots(folder):
        return None
    try:
        return os.path.normpath(os.path.join(folder, os.readlink(path)))  # of a mount's own folder nobody is asked that
    except OSError:
        return None
