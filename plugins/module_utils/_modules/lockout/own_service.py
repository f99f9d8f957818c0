# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the operator comes through a service that changes: an ssh server that a super-server starts."""

from typing import Optional, Sequence

from ..._host.system.connection import SshServer
from ..._host.system.origins import comes_from_here
from ..._host.files.root import Root
from ..._superservers.service import Service
from ..arguments import LockoutArguments
from .guard import Guarded, find_guarded, own_connection
from .asked_names import is_on, is_ssh_server


def own_service(
    arguments: LockoutArguments, root: Root, before: Sequence[Service], after: Sequence[Service]
) -> Optional[Service]:
    """The ssh server that goes through tcpd from now on, or no longer does; None where no such service changes.

    Where the task came through another process of this host, any service may be the relay.
    """
    connection = own_connection(arguments, root)
    changed = [new for old, new in zip(before, after) if old.via_tcpd != new.via_tcpd and is_on(root, new)]
    own = [new for new in changed if is_ssh_server(root, new, connection)]
    if not own and connection is not None and comes_from_here(connection):
        own = changed
    return own[0] if own else None


def find_operator(arguments: LockoutArguments, root: Root, service: Service) -> Guarded:
    """Who comes through the service. The connection itself is all that is asked of it; the tables are asked by
    newly_checked.
    """
    guarded = find_guarded(arguments, root)
    if guarded.connection is None and not guarded.unknown:
        return guarded
    return guarded._replace(server=SshServer(service.seen_as, True, "%s starts it" % service.kind), note="")
