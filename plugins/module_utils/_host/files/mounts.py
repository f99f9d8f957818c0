# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is mounted, as mountinfo tells it (proc(5)).

The answers of some file systems come from a user's own program (FUSE): it may never give one, and then not even SIGKILL
ends whoever asks. Where fuse.conf says user_allow_other, root's questions reach it too.
"""

import functools
import os
from typing import Dict, List

from ..rollback.mountinfo import Mount, read_mounts

MAX_BYTES_OF_ONE = 1024 * 1024  # of another process's: some eight thousand mounts
_KERNELS = frozenset(
    b"proc sysfs tracefs debugfs securityfs configfs cgroup cgroup2 pstore bpf efivarfs fusectl binfmt_misc nfsd "
    b"rpc_pipefs selinuxfs".split()
)


def is_mount_point(real_path: str) -> bool:
    """True where the file itself is a mount (a container's bind mount); False where that cannot be told."""
    return any(mount.point == real_path for mount in read_mounts())


@functools.lru_cache(maxsize=None)
def is_kernels(device: int) -> bool:
    """Whether the files of a device (stat(2)) are questions to the kernel, which may answer each once: /proc/kmsg."""
    if os.major(device):
        return False
    number = b"%d:%d" % (os.major(device), os.minor(device))
    return any(mount.device == number and mount.kind in _KERNELS for mount in read_mounts())


@functools.lru_cache(maxsize=None)
def users_mounts() -> Dict[bytes, str]:
    """The mounts of users' programs in our own namespace: their numbers, and where they are."""
    return users_mounts_among(read_mounts())


def users_mounts_among(mounts: List[Mount]) -> Dict[bytes, str]:
    """The same of these mounts: file systems of FUSE that another user than root has mounted."""
    return {
        mount.number: mount.point
        for mount in mounts
        if mount.kind.startswith(b"fuse")
        and any(one.startswith(b"user_id=") and one != b"user_id=0" for one in mount.options.split(b","))
    }
