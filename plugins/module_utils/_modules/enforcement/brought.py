# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Listening processes whose program somebody else than root can replace, or that the system did not start by itself.

Who may run something as a user of the system's, such as a web server's scripts, chooses the names of these processes and,
from 1024 on, their ports: they do not decide what becomes of other daemons.
"""

from ..._host.system.people import is_of_the_system
from ..._host.system.processes import read_process
from ..._host.system.programs import trusted_program
from ..._libwrap.printable import printable
from ..services.listener import Listener


def brought_along(service: Listener) -> str:
    """The process of such a service in words; empty for one of the host's, and for one that a super-server starts."""
    told = ""
    for pid in service.pids if service.kind == "process" else ():
        process = read_process(pid)
        if process is not None and trusted_program(pid) is not False and is_of_the_system(process):
            return ""
        told = told or "process %d, %s, of user %s" % (pid, printable(service.program or ""), service.runs_as)
    return told
