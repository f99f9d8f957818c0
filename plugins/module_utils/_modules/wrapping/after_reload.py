# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Before inetd or xinetd reads its files again: whether it goes on listening where the operator came in.

Somebody may have changed the files since the program read them last. Then it is the reload that closes the port, and no
rollback opens it again, for the program has never read the old files.
"""

import ipaddress
from typing import List, Optional, Sequence, Tuple

from ..._host.files.root import Root
from ..._host.system.connection import Connection, command_name, is_standalone, plain_address
from ..._host.system.origins import ports_passed
from ..._host.system.sockets import Socket, list_sockets, socket_owners
from ..._libwrap.printable import printable
from ..._superservers.service import Service
from ..._superservers.xinetd import NOT_STARTED
from ..errors import TaskError
from ..lockout.asked_names import is_ssh_server, listens_on
from ..lockout.guard import own_connection
from .plan import WrappingArguments
from .reload import readers


def check_doors(arguments: WrappingArguments, root: Root, kind: str, after: Sequence[Service]) -> None:
    """Raise TaskError where a port that the task came in at is one that a reload would close. `after`: the services of
    this kind as the files say then.
    """
    if not root.is_host or kind == "systemd" or arguments.lockout_guard == "disabled":
        return
    connection = own_connection(arguments, root)
    for entry, holder in _held(_ways_in(arguments, root, connection, after), kind):
        here = [service for service in _all_services(root, kind, after) if entry.port in listens_on(root, service)]
        if any(_opens(service, entry, connection) for service in here):
            continue
        where = "".join(" (%s line %d)" % (service.path, service.line) for service in here[:1])
        raise TaskError(
            "Nothing was changed: %(name)s listens on port %(port)d, where this task may have come in, and its files do "
            "not say so any more%(where)s: somebody has changed them, and %(name)s has not read them since. When it "
            "does, it closes that port, and no rollback opens it again. Correct its files, and reload it while you can "
            "come in another way. lockout_guard: disabled leaves this out."
            % {"name": printable(command_name(holder)), "port": entry.port, "where": printable(where)}
        )


def _ways_in(
    arguments: WrappingArguments, root: Root, connection: Optional[Connection], after: Sequence[Service]
) -> List[int]:
    """The ports that the task may have come in at; where nothing tells, those of all ssh servers of the files."""
    if connection is not None and connection.server_port is not None:
        return ports_passed(connection)
    if connection is None and (arguments.rollback_session or {}).get("transport") != "ssh" or is_standalone():
        return []
    return [port for one in after if is_ssh_server(root, one, None) for port in listens_on(root, one)]


def _held(ports: Sequence[int], kind: str) -> List[Tuple[Socket, int]]:
    """The listening sockets of some ports that programs hold which read the files again, each with such a process."""
    waiting = [one for one in list_sockets() or [] if one.protocol == "tcp" and one.listening and one.port in ports]
    pids = readers(kind) if waiting else []
    owners = socket_owners() if pids else {}
    return [(entry, pid) for entry in waiting for pid in pids if pid in owners.get(entry.inode, ())]


def _all_services(root: Root, kind: str, after: Sequence[Service]) -> List[Service]:
    """The services of inetd and xinetd: xinetd may read inetd.conf, too."""
    from ..services.configured import configured_services

    others = [one for one in configured_services(root).services if one.kind not in (kind, "systemd")]
    return list(after) + others


def _opens(service: Service, entry: Socket, connection: Optional[Connection]) -> bool:
    """Whether a service is on, and listens at an address where the task may come in again."""
    if service.disabled or (service.reason or "").startswith(NOT_STARTED):
        return False
    told = dict(service.attributes)
    text = told.get("bind") or told.get("interface") or service.default_address or service.name.rpartition(":")[0]
    try:
        wanted = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return True  # none, all of them, or a name
    came = None if connection is None else connection.server_address
    return wanted.is_unspecified or str(wanted) in (plain_address(entry.address), plain_address(came or ""))
