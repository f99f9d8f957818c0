# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who may read a file: by its owner, mode and access control list, as the kernel decides it (acl(5))."""

import os
import struct
from typing import List, NamedTuple, Optional, Sequence, Tuple

ACL_ATTRIBUTE = "system.posix_acl_access"
_CAPABILITIES = "security.capability"
_SET_ID = 0o6000
_READ = 4
_WRITE = 2
_SEARCH = 1
_USER, _GROUP_OBJ, _GROUP, _MASK = 2, 4, 8, 16

AclEntry = Tuple[int, int, int]  # tag, permission, id
Writer = Tuple[str, int]  # a kind, and a number
USER, GROUP, EVERYBODY = "user", "group", "everybody"


class Access(NamedTuple):
    uid: int
    gid: int
    mode: int
    acl: Tuple[AclEntry, ...]  # () where the file has none


def read_access(real_path: str) -> Optional[Access]:
    """Owner, mode and ACL of a file as it stands; None where it does not exist or may not be looked at."""
    try:
        info = os.stat(real_path)
    except OSError:
        return None
    return access_of(info, read_acl(real_path))


def access_of(info: os.stat_result, acl: Tuple[AclEntry, ...]) -> Access:
    """The access that a file's status and its list say."""
    return Access(info.st_uid, info.st_gid, info.st_mode & 0o7777, acl)


def read_acl(real_path: str) -> Tuple[AclEntry, ...]:
    """The access control list of a file; () where it has none or the system keeps it otherwise."""
    if not hasattr(os, "getxattr"):
        return ()
    try:
        raw = os.getxattr(real_path, ACL_ATTRIBUTE)
    except OSError:
        return ()
    return parse_acl(raw)


def gives_rights(real_path: str) -> bool:
    """Whether a program that is started gets a user, a group or capabilities of its file's (execve(2)): set-id bits,
    setcap(8).
    """
    try:
        if os.stat(real_path).st_mode & _SET_ID:
            return True
        return hasattr(os, "getxattr") and bool(os.getxattr(real_path, _CAPABILITIES))
    except OSError:
        return False


def parse_acl(raw: bytes) -> Tuple[AclEntry, ...]:
    """The kernel's own form: version 2, then tag, permission and id of each entry, little endian."""
    if len(raw) < 4 or struct.unpack_from("<I", raw)[0] != 2 or (len(raw) - 4) % 8:
        return ()
    entries: List[AclEntry] = []
    for offset in range(4, len(raw), 8):
        tag, permission, who = struct.unpack_from("<HHI", raw, offset)
        entries.append((tag, permission, who))
    return tuple(entries)


def may_read(access: Access, uid: int, gid: int, groups: Sequence[int]) -> bool:
    """Whether a process of this user, group and further groups, without capabilities, may open the file for reading."""
    return _may(access, uid, gid, groups, _READ)


def may_search(access: Access, uid: int, gid: int, groups: Sequence[int]) -> bool:
    """The same for looking a name up in a folder."""
    return _may(access, uid, gid, groups, _SEARCH)


def writers_of(access: Access) -> List[Writer]:
    """Who besides its owner may write: (EVERYBODY, 0), and each user and group by number."""
    found: List[Writer] = [(EVERYBODY, 0)] if access.mode & 0o002 else []
    if not access.mode & 0o020:
        return found
    if not any(tag == _MASK for tag, _permission, _who in access.acl):
        return found + [(GROUP, access.gid)]
    for tag, permission, who in access.acl:
        if permission & _WRITE and tag in (_USER, _GROUP, _GROUP_OBJ):
            found.append((USER, who) if tag == _USER else (GROUP, access.gid if tag == _GROUP_OBJ else who))
    return found


def _may(access: Access, uid: int, gid: int, groups: Sequence[int], wanted: int) -> bool:
    """Whether the permission is there.

    After a chmod the mode's group bits are the mask of an ACL, so `access.mode` may be a mode that is yet to be set.
    """
    if uid == access.uid:
        return bool(access.mode >> 6 & wanted)
    members = set(groups) | {gid}
    # with no group bits in the mode Linux does not look at the list at all: not even its named users are held back
    if not access.mode & 0o070 or not any(tag == _MASK for tag, _permission, _who in access.acl):
        return bool(access.mode >> (3 if access.gid in members else 0) & wanted)
    mask = access.mode >> 3
    for tag, permission, who in access.acl:
        if tag == _USER and who == uid:
            return bool(permission & mask & wanted)
    granted = [
        permission
        for tag, permission, who in access.acl
        if (tag == _GROUP and who in members) or (tag == _GROUP_OBJ and access.gid in members)
    ]
    if granted:
        return any(permission & mask & wanted for permission in granted)
    return bool(access.mode & wanted)
