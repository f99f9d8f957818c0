# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What systemd reads when it starts the service of an ssh server anew: it must, where the server listens at systemd's socket
(Accept=no, the default of Ubuntu since 22.10).
"""

import os
from typing import List

from ..errors import HostError
from ..files.rollback import UNITS, listens_for_init, unit_of
from .commands import find_program, run

_DROP_INS = (UNITS, "/run/systemd/system")
_ASKED = ("FragmentPath", "DropInPaths", "EnvironmentFiles")


def read_at_start(pid: int) -> List[str]:
    """Patterns of the files: the unit, its drop-ins and its EnvironmentFile=; [] for a server that listens by itself."""
    unit = unit_of(pid) if listens_for_init(pid) else ""
    program = find_program("systemctl")
    if not unit or program is None:
        return []
    try:
        told = run([program, "show"] + ["--property=" + name for name in _ASKED] + [unit]).output
    except HostError:
        return []
    words = [word for line in os.fsdecode(told).splitlines() for word in line.partition("=")[2].split()]
    found = [word for word in words if word.startswith("/")]
    folders = [os.path.join(folder, unit + ".d") for folder in _DROP_INS]
    return found + [os.path.join(folder, "*.conf") for folder in folders if os.path.isdir(folder)]
