# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a file carries besides its bytes: owner, mode, ACL, security label and other extended attributes."""

import errno
import os
import stat
from typing import Dict, Optional

# hashes of the content: copied to new bytes they would make the kernel refuse the file
_ACL = "system.posix_acl_access"  # a new file gets one of its folder's default (acl(5))
_CONTENT_HASHES = ("security.ima", "security.evm")


def read_extended(descriptor: int) -> Dict[str, bytes]:
    """All extended attributes of an open file (ACL and SELinux label are among them); {} where the system has none."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = os.listxattr(descriptor)
    except OSError as exc:
        if exc.errno in (errno.ENOTSUP, errno.ENOSYS):
            return {}
        raise
    return {name: os.getxattr(descriptor, name) for name in names if name not in _CONTENT_HASHES}


def write_extended(descriptor: int, wanted: Dict[str, bytes]) -> None:
    """Make an open file carry `wanted`; what it has already is not touched, but for an access list that it has from its
    folder: that one goes. Raises OSError where one cannot be set.
    """
    present = read_extended(descriptor)
    if _ACL in present and _ACL not in wanted:
        os.removexattr(descriptor, _ACL)
    for name in sorted(wanted):
        if present.get(name) != wanted[name]:
            os.setxattr(descriptor, name, wanted[name])


def apply_owner_and_mode(
    descriptor: int, uid: Optional[int], gid: Optional[int], mode: Optional[int], change: bool = True
) -> bool:
    """Bring owner, group and permission bits (None: as they are) of an open file right; True where something differed.

    `change=False` only looks. Owner first: chown takes set-id bits away and a secret must not be readable by the wrong
    owner's group.
    """
    info = os.fstat(descriptor)
    new_uid = info.st_uid if uid is None else uid
    new_gid = info.st_gid if gid is None else gid
    new_mode = stat.S_IMODE(info.st_mode) if mode is None else mode
    owner_differs = (new_uid, new_gid) != (info.st_uid, info.st_gid)
    mode_differs = new_mode != stat.S_IMODE(info.st_mode)
    if change and owner_differs:
        if mode_differs:
            os.fchmod(descriptor, new_mode & stat.S_IMODE(info.st_mode))
        os.fchown(descriptor, new_uid, new_gid)
    if change and (owner_differs or mode_differs):
        os.fchmod(descriptor, new_mode)
    return owner_differs or mode_differs
