# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the text of a file may stand in a result where somebody else than root leads to it, by a link or by its name.

Findings and answers quote the words of files of hosts: a user whose file a table names could have us show a private key.
"""

import os
import stat
from typing import NamedTuple, Optional, Tuple

from .root import MAX_LINKS

SEVERAL = -1  # more users than one may change it


class Seen(NamedTuple):
    """What was read, as the open file told: who owns it, its mode, and its path with all links followed."""

    real_path: str
    uid: int
    mode: int


def may_be_told(path: str, seen: Seen) -> bool:
    """Whether a file that `path` leads to holds nothing that whoever may change the way does not know himself."""
    if _everybody_reads(seen):
        return True
    who, direct = _who_leads(path)
    return who is None or seen.uid == who or seen.real_path == direct


def may_name(path: str, seen: Seen, target: Seen) -> bool:
    """Whether the text of `target` may be told because the file at `path` names it: whoever writes that may read it."""
    if _everybody_reads(target):
        return True
    who = _who_leads(path)[0]
    if who is None and not _is_roots(seen.uid):
        who = seen.uid
    if who is None and seen.mode & 0o022:
        who = SEVERAL
    return who is None or target.uid == who


def _everybody_reads(seen: Seen) -> bool:
    if not seen.mode & 0o004:
        return False
    folder = os.path.dirname(seen.real_path)
    while True:
        try:
            if not os.lstat(folder).st_mode & 0o001:
                return False
        except OSError:
            return False
        if folder == "/":
            return True
        folder = os.path.dirname(folder)


def _who_leads(path: str) -> Tuple[Optional[int], str]:
    """Who but root may change where a path leads: the owner of the first link, folder or file on the way that another
    user may change, SEVERAL, or None where there is none; and the path from there on without links.
    """
    pending = [part for part in path.split("/") if part not in ("", ".")][::-1]
    done = "/"
    links = 0
    while pending:
        part = pending.pop()
        here = os.path.dirname(done) if part == ".." else os.path.join(done, part)
        direct = os.path.join(here, *pending[::-1])
        try:
            info = os.lstat(here)
        except OSError:
            return None, direct
        if not _is_roots(info.st_uid):
            return info.st_uid, direct
        if stat.S_ISLNK(info.st_mode):
            links += 1
            if links > MAX_LINKS:
                return SEVERAL, direct
            target = os.readlink(here)
            done = "/" if target.startswith("/") else done
            pending.extend([part for part in target.split("/") if part not in ("", ".")][::-1])
            continue
        if stat.S_ISDIR(info.st_mode) and info.st_mode & 0o022 and not info.st_mode & stat.S_ISVTX:
            return SEVERAL, direct
        done = here
    return None, done


def _is_roots(uid: int) -> bool:
    return uid in (0, os.geteuid())
