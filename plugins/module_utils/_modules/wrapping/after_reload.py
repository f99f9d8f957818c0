# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Before inetd or xinetd reads its files again: whether it goes on listening where the operator came in.

Somebody may have changed the files since the program read them last. Then it is the reload that closes the port, or lets
others in, and no rollback takes that back, for the program has never read the old files.
"""

import ipaddress
from typing import List, Optional, Sequence, Tuple

from ..._host.files.root import Root
from ..._host.rollback.kept import told_at
from ..._host.files.unread import changed_since
from ..._host.system.connection import Connection, command_name, is_standalone, plain_address
from ..._host.system.origins import ports_passed
from ..._host.system.processes import started_at
from ..._host.system.sockets import Socket, list_sockets, socket_owners
from ..._libwrap.printable import printable
from ..._superservers.service import Service
from ..._superservers.xinetd import NOT_STARTED, PATH
from ..errors import TaskError
from ..lockout.asked_names import is_ssh_server, listens_on
from ..lockout.guard import own_connection
from ..lockout.not_read import refuse_unread
from .plan import WrappingArguments
from .reload import readers

SOON = 1.0  # second: a file that was written while its super-server started may have been read without a trace


def check_doors(arguments: WrappingArguments, root: Root, kind: str, after: Sequence[Service]) -> List[str]:
    """Warnings about a port that the task came in at. Raise TaskError where a reload would close it, and under strict
    where it may let nobody in. `after`: the services of this kind as the files say then.
    """
    warnings: List[str] = []
    if not root.is_host or kind == "systemd" or arguments.lockout_guard == "disabled":
        return warnings
    connection = own_connection(arguments, root)
    for entry, holder in _held(_ways_in(arguments, root, connection, after), kind):
        here = [service for service in _all_services(root, kind, after) if entry.port in listens_on(root, service)]
        doors = [service for service in here if _opens(service, entry, connection)]
        if doors:
            warnings += _unread(arguments, doors, entry, holder)
            continue
        where = "".join(" (%s line %d)" % (service.path, service.line) for service in here[:1])
        raise TaskError(
            "Nothing was changed: %(name)s listens on port %(port)d, where this task may have come in, and its files do "
            "not say so any more%(where)s: somebody has changed them, and %(name)s has not read them since. When it "
            "does, it closes that port, and no rollback opens it again. Correct its files, and reload it while you can "
            "come in another way. lockout_guard: disabled leaves this out."
            % {"name": printable(command_name(holder)), "port": entry.port, "where": printable(where)}
        )
    return warnings


def _unread(arguments: WrappingArguments, doors: Sequence[Service], entry: Socket, holder: int) -> List[str]:
    """A warning where a file of such a service was changed since its super-server read it, as far as that is known: who
    may come in, when, as whom, and how many at once may say something else now. The time of a file's last reading shows
    nothing here: Ansible's own template and copy read what they have written.
    """
    began = started_at(holder)
    paths = sorted(set(service.path for service in doors) | set(PATH for service in doors if service.kind == "xinetd"))
    since = 0.0 if began is None else max(began, told_at(holder)) + SOON
    unread = [path for path in paths if changed_since(path, since)]
    if began is None or not unread:
        return []
    name = printable(command_name(holder))
    text = (
        "%(files)s was changed, and %(name)s, which listens on port %(port)d for this task, has not been started or told "
        "by this collection to read it since: the next reload may put it into effect, and no rollback of this task takes "
        "that back. Look at the file, restart %(name)s while you can come in another way, and run the task again"
    ) % {"files": printable(" and ".join(unread)), "name": name, "port": entry.port}
    return refuse_unread(arguments, text)


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
