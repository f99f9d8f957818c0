# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The ports of ssh servers that users may bind, which one of them may take while a server reads its files again (ip(7))."""

import os
from typing import List

from ..rollback.ssh_servers import listens_for_init, servers
from .processes import PROC
from .sockets import list_sockets, socket_owners

_USUAL = 1024  # of a kernel that does not say


def ports_of_users(proc: str = PROC) -> List[int]:
    """Those at which a server listens by itself that is told to read the drop-in."""
    told = set(pid for pid, _words in servers() if not listens_for_init(pid))
    owners = socket_owners(proc) if told else {}
    start = first_of_users(proc)
    return sorted(
        set(
            entry.port
            for entry in (list_sockets(proc) or [] if told else [])
            if entry.protocol == "tcp"
            and entry.listening
            and entry.port >= start
            and told & set(owners.get(entry.inode, []))
        )
    )


def first_of_users(proc: str = PROC) -> int:
    """The first port that a program without rights may bind."""
    try:
        with open(os.path.join(proc, "sys/net/ipv4/ip_unprivileged_port_start"), "r") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return _USUAL
