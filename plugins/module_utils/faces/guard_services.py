# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whether the operator comes through a service that changes: an ssh server that a superserver starts."""

from typing import Any, Dict, Optional, Sequence

from ..host.operator import SshServer
from ..host.root import Root
from ..superservers.service import Service
from .guard import Guarded, find_guarded
from .guard_doors import SSH_DAEMONS


def own_service(before: Sequence[Service], after: Sequence[Service]) -> Optional[Service]:
    """The ssh server that goes through tcpd from now on, or no longer does; None where no such service changes."""
    for old, new in zip(before, after):
        if old.via_tcpd != new.via_tcpd and not new.disabled and new.server.rpartition("/")[2] in SSH_DAEMONS:
            return new
    return None


def find_operator(params: Dict[str, Any], root: Root, service: Service) -> Guarded:
    """Who comes through the service. The connection itself is all that is asked of it; the tables are asked by service_guard."""
    guarded = find_guarded(params, root)
    if guarded.connection is None and not guarded.unknown:
        return guarded
    return guarded._replace(server=SshServer(service.seen_as, True, "%s starts it" % service.kind), note="")
