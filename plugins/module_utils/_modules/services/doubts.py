# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Why what a daemon's program and configuration say of it does not hold for a process that runs it."""

import re
from typing import NamedTuple, Optional, Sequence

from ..._host.system.processes import Process
from .listener import OwnCheck

_INETDS = ("inetd", "inetutils-inetd", "openbsd-inetd", "xinetd")
_TITLE = re.compile(r"[A-Za-z0-9_.-]+: ")


class Doubt(NamedTuple):
    """What counts in the place of the daemon's own check."""

    asks: Optional[bool]
    reason: str


def doubt_about(process: Process, arguments: Sequence[str], protocol: str, check: OwnCheck) -> Optional[Doubt]:
    """None where the check counts as it stands. `arguments`: with argv[0]."""
    if check.asks is False:
        return None
    if (process.executable or process.command).rsplit("/", 1)[-1] in _INETDS:
        return Doubt(None, "it is a super-server, and no configuration that was read has a service at this port")
    if not check.asks:
        return None
    if check.known.switch is not None and arguments and _TITLE.match(arguments[0]):
        return Doubt(None, "its process goes by another title, so its command line cannot be seen")
    if protocol == "udp" and check.known.tcp_alone:
        return Doubt(False, "it links libwrap, but asks about connections of TCP alone")
    return None
