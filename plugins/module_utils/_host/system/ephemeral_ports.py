# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The ports that the kernel gives to sockets that ask for none (ip(7), ip_local_port_range)."""

import os
from typing import Tuple

from .processes import PROC


def is_kernels_choice(port: int) -> bool:
    """Whether a port is one of those that the kernel gives to sockets that ask for none: it may be another after the next start."""
    low, high = _ephemeral()
    return low <= port <= high


def _ephemeral(proc: str = PROC) -> Tuple[int, int]:
    try:
        with open(os.path.join(proc, "sys/net/ipv4/ip_local_port_range"), encoding="ascii") as stream:
            low, high = stream.read().split()
            return int(low), int(high)
    except (OSError, ValueError):
        return 32768, 60999
