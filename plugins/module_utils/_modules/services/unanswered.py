# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Processes that nobody looked at, because those of their user take too long: whether they ask is not known."""

import os

from ..._host.system.mappings import NO_TIME
from ..._host.system.processes import PROC, Process
from ..._host.system.time_of_users import has_time
from .listener import Listener, OwnCheck

_WHY = "whether it asks cannot be told: %s" % NO_TIME
_REMEDY = "Look for the processes that the kernel takes long to tell of in /proc, end them, and run the task again."


def held_unless_seen(service: Listener, process: Process) -> Listener:
    """The service of a process as it is, or one of which it is not known who asks. Of a user's own there is no doubt."""
    if service.personal or _is_seen(process):
        return service
    return service._replace(askers=None, evidence=_WHY, remedy=_REMEDY, other_names=True)


def checked_unless_seen(check: OwnCheck, process: Process) -> OwnCheck:
    """The same of what is known of the server that a super-server has started."""
    return check if _is_seen(process) else check._replace(asks=None, reason=_WHY, remedy=_REMEDY, other_names=True)


def _is_seen(process: Process, proc: str = PROC) -> bool:
    """What was not answered earlier is not answered now: a user gets no more time in a run."""
    return has_time(os.path.join(proc, "%d" % process.pid))
