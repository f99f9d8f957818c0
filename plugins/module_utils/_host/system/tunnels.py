# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Processes that serve a tunnel: they hold a device of the kernel open through which its packets come."""

import itertools
import os
from typing import Set, Tuple

from .processes import PROC
from .sockets import MAX_FILES, list_sockets, socket_owners

_DEVICES = ("/dev/net/tun", "/dev/ppp")


def tunnel_ports(proc: str = PROC) -> Set[Tuple[str, int]]:
    """(protocol, port) of each socket at which a process listens that holds such a device open."""
    owners = socket_owners(proc)
    listening = [(entry, owners.get(entry.inode, [])) for entry in list_sockets(proc) or [] if entry.listening]
    holders = {pid for pid in {pid for _entry, pids in listening for pid in pids} if _holds_device(pid, proc)}
    return {(entry.protocol, entry.port) for entry, pids in listening if not holders.isdisjoint(pids)}


def _holds_device(pid: int, proc: str) -> bool:
    folder = os.path.join(proc, str(pid), "fd")
    try:
        with os.scandir(folder) as entries:
            return any(os.readlink(entry.path) in _DEVICES for entry in itertools.islice(entries, MAX_FILES))
    except OSError:
        return False
