# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a running process is a program of the system, or one that somebody brought along."""

import os
from typing import Optional

from .mappings import only_roots
from .processes import PROC
from .shown import Foreign, stat_shown

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
    if not only_roots(os.path.realpath(path) if os.path.lexists(path) else os.path.dirname(path)):
        return False
    try:
        info = stat_shown(os.path.join(proc, str(pid)), "exe")
        return info.st_uid == 0 if replaced else os.path.samestat(info, os.stat(path))
    except Foreign:
        return False  # in a namespace of their own, users call their programs as they like
    except OSError:
        return replaced
