# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether process 1, and so what systemd starts and what starts with the host, has the files and the network of this
run (namespaces(7)). An ssh server may live in namespaces of its own, and this run with it.
"""

import os
from typing import Iterable

from .processes import PROC, read_process, sees_file

_INIT = 1


def init_sees(paths: Iterable[str], proc: str = PROC) -> bool:
    """Whether each of these files or folders is the same for process 1. Where that may not be looked at, it is."""
    init = read_process(_INIT, proc)
    return init is None or all(sees_file(init, path, proc) is not False for path in paths)


def init_has_this_network(proc: str = PROC) -> bool:
    """Whether process 1 is in our network namespace. Where that may not be looked at, it is."""
    try:
        ours, theirs = (os.readlink(os.path.join(proc, name, "ns", "net")) for name in ("self", str(_INIT)))
    except OSError:
        return True
    return ours == theirs
