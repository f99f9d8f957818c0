# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services whose configuration was changed and that the running inetd or xinetd has not read since: it starts what the
old one says.
"""

from typing import Iterable

from ..._host.files.unread import is_unread
from ..._host.system.processes import Process, started_at
from ..._libwrap.printable import printable
from .listener import Listener

_SOON = 1.0  # second: a file that was written while the super-server started may have been read without a trace


def held_until_read(service: Listener, starters: Iterable[Process]) -> Listener:
    """The service as it is, or one of which it is not known who asks: `starters` have not read its file yet."""
    running = list(starters)
    if not service.askers or not service.path or not running:
        return service
    moments = [started_at(process.pid) for process in running]
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments) or not is_unread(service.path, max(known) + _SOON):
        return service
    name = printable(running[0].command)
    evidence = "%s, but %s has not been read since it was changed: the running %s starts what the old one said" % (
        service.evidence,
        printable(service.path),
        name,
    )
    return service._replace(
        asked_always=None,
        evidence=evidence,
        remedy="Let %s read it: the state reloaded of its service, or reload: true of %s_tcpd." % (name, service.kind),
    )
