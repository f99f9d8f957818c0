# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services whose configuration was changed, where nothing shows that the running inetd or xinetd has read it since: it may
start what the old one says.

The time of a file's last reading shows nothing: any user may have read it.
"""

from typing import Iterable

from ..._host.files.unread import changed_since
from ..._host.rollback.kept import told_at
from ..._host.system.processes import Process, started_at
from ..._host.system.unit_reload import reloaded_at
from ..._libwrap.printable import printable
from .listener import Listener

# second: the kernel counts the start of a process in hundredths, and the times of files in steps of its own
_STEP = 0.1
# systemd tells the second alone. A file that was written in it counts as read: a play writes a file and reloads at once.
# What root writes right after a reload, in the same second, is taken for read by mistake.
_SECOND = 1.0


def held_until_read(service: Listener, starters: Iterable[Process]) -> Listener:
    """The service as it is, or one of which it is not known who asks: some of `starters` may not have read its file yet."""
    if not service.askers or not service.path:
        return service
    # each of them: a client makes inetd start a copy of itself for a service of its own, and that copy is new
    late = next((process for process in starters if _may_have_the_old(process.pid, service.path)), None)
    if late is None:
        return service
    name = printable(late.command)
    evidence = (
        "%s, but nothing shows that the running %s has read %s since it was changed: it may start what stood there before"
        % (
            service.evidence,
            name,
            printable(service.path),
        )
    )
    return service._replace(
        asked_always=None,
        evidence=evidence,
        remedy="Let %s read it: the state reloaded of its service under systemd, elsewhere a restart; reload: true of "
        "%s_tcpd does it with each change. SIGHUP by hand leaves no trace." % (name, service.kind),
    )


def _may_have_the_old(pid: int, path: str) -> bool:
    """Whether a file was changed since a process was started, and since it was told to read it, by this collection or by
    systemd: root alone makes these times.
    """
    began = started_at(pid)
    if began is None or not changed_since(path, max(began, told_at(pid)) + _STEP):
        return False
    reloaded = reloaded_at(pid)
    return not reloaded or changed_since(path, reloaded + _SECOND)
