# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Everything on a host that accepts connections: what its super-servers are configured to start, then what else listens now."""

from typing import List, Set

from .brought import as_their_own
from .configured import Configured
from .listener import Listener
from .listening_processes import listening_processes
from .machine import Machine
from .persons import bounded
from .preloaded import held_where_preloaded, why_of_preloaded
from .superserver_services import as_configured, started_by_hand


def find_services(machine: Machine, configured: Configured) -> List[Listener]:
    """Configured services that are switched on, then listening processes that none of them accounts for."""
    machine = machine._replace(loader_of=configured.loader_of, own_place_of=configured.own_place_of)
    found: List[Listener] = []
    taken: Set[int] = set()
    for service in configured.services:
        if service.protocol in ("none", "unix") or (service.disabled and not started_by_hand(machine, service)):
            continue
        covered = as_configured(machine, configured, service, taken)
        if covered is not None:
            found.append(covered)
    users = {pid: process.uid for pid, process in machine.processes.items()}
    found += bounded(as_their_own(found, listening_processes(machine, taken), machine.processes), users)
    why = why_of_preloaded(machine.root)
    return [held_where_preloaded(service, why) for service in found]
