# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Why what a daemon's program and configuration say of it does not hold for a process that runs it."""

import re
from typing import List, NamedTuple, Optional, Sequence

from ..._host.files.unread import changed_since
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.known_daemons import STARTERS
from ..._host.system.processes import Process, started_at
from ..._host.system.ssh_session_program import other_session
from ..._host.system.tables_seen import TABLES, has_our_place, other_file
from ..._libwrap.printable import printable
from .listener import OwnCheck
from .other_tables import ASK_BESIDE

OWN_FILES = "Give it the host's own files (BindPaths= and the like), or look there what it says of libwrap."
_MAX_FILES = 1000  # of one daemon that are compared
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
    other, files = read.noted(lambda: other_session(read, arguments, check.session) if check.session else "")
    if other:
        return Doubt(None, other)
    return doubt_of_running(read, process, check._replace(session_files=files))


def doubt_of_running(read: Configurations, process: Process, check: OwnCheck) -> Optional[Doubt]:
    """Why what was read for a check is not what a process has read."""
    return _sees_others(read, process, check) or not_restarted(process, check)


def files_of(check: OwnCheck) -> List[str]:
    """The files that an answer depends on besides the daemon's program: its configuration, and what asks for it."""
    helpers = (check.session,) if check.session else check.known.asks_in
    return [path for path in dict.fromkeys(check.files + check.session_files + helpers) if path not in TABLES]


def held_apart(check: OwnCheck, setting: str) -> OwnCheck:
    """Not known where a unit gives its daemon files of its own in the place of those that the answer depends on."""
    reason = "%s, but its unit gives it other files than the host's (%s)" % (check.reason, printable(setting))
    return check._replace(asks=None, reason=reason, remedy=OWN_FILES)


def _sees_others(read: Configurations, process: Process, check: OwnCheck) -> Optional[Doubt]:
    """Measured on Debian 13: vsftpd and sshd with BindPaths= over their configuration or over sshd-session, and vsftpd
    below `unshare -m`, serve whom the tables refuse.
    """
    # one of these listens in a chroot, and has read its configuration before
    if not read.root.is_host or has_our_place(process, check.program.rsplit("/", 1)[-1] not in ASK_BESIDE):
        return None
    files = files_of(check)
    other = other_file(process, files[:_MAX_FILES])
    if other is None and len(files) <= _MAX_FILES:
        return None
    told = "another %s" % printable(other) if other else "some of its files as others"
    reason = "%s, but process %d %s %s than the host (in mounts of its own)" % (
        check.reason,
        process.pid,
        "sees" if other else "may see",
        told,
    )
    return Doubt(None, reason, OWN_FILES)


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
