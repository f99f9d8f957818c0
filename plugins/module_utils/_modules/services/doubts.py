# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Why what a daemon's program and configuration say of it does not hold for a process that runs it."""

import re
from typing import NamedTuple, Optional, Sequence

from ..._host.files.unread import changed_since
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.known_daemons import STARTERS
from ..._host.system.processes import Process, started_at
from ..._host.system.ssh_session_program import other_session
from ..._host.system.tables_seen import TABLES
from ..._libwrap.printable import printable
from .listener import OwnCheck

_TICK = 0.05  # seconds: the kernel counts the start of a process in hundredths
_TITLE = re.compile(r"[A-Za-z0-9_.-]+: ")


class Doubt(NamedTuple):
    """What counts in the place of the daemon's own check."""

    asks: Optional[bool]
    reason: str
    remedy: str = ""  # what ends the doubt
    other_names: bool = False  # under which name somebody asks is not known either


def doubt_about(
    read: Configurations, process: Process, arguments: Sequence[str], protocol: str, check: OwnCheck
) -> Optional[Doubt]:
    """None where the check counts as it stands. `arguments`: with argv[0]."""
    if (check.program or process.executable or process.command).rsplit("/", 1)[-1] in STARTERS:
        return Doubt(
            None,
            "it is a super-server, and no configuration that was read has a service at this port",
            other_names=True,
        )
    if not check.asks:
        return None
    if check.known.switch is not None and arguments and _TITLE.match(arguments[0]):
        return Doubt(None, "its process goes by another title, so its command line cannot be seen")
    if protocol == "udp" and check.known.tcp_alone:
        return Doubt(False, "it links libwrap, but asks about connections of TCP alone")
    other = other_session(read, arguments, check.session) if check.session else ""
    if other:
        return Doubt(None, other)
    return not_restarted(process, check)


def not_restarted(process: Process, check: OwnCheck) -> Optional[Doubt]:
    """A daemon reads its configuration when it is started; one that reads it again when it is told to leaves no trace."""
    started = started_at(process.pid) if check.files else None
    for path in check.files:
        if started is not None and path not in TABLES and changed_since(path, started + _TICK):
            reason = "%s, but %s was changed after process %d was started: it may still do what stood there before" % (
                check.reason,
                printable(path),
                process.pid,
            )
            return Doubt(None, reason, "Restart it.")
    return None
