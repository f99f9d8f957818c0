# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Under which daemon names libwrap is asked about an ssh connection: the server's own, and that of a super-server before
it.

An ssh server that xinetd starts is asked about twice where it links libwrap: by xinetd, under the name that `libwrap =`
gives, and by itself.
"""

from typing import List, Optional

from ..._libwrap.programs import is_ssh_server_name
from ..._host.system.accounts import Accounts
from ..._host.system.connection import Connection, SshServer, command_name, find_ssh_server, is_standalone
from ..._host.system.sockets import list_sockets, socket_owners
from ..._host.files.root import Root
from ..._superservers.service import Service


def find_doors(root: Root, connection: Optional[Connection]) -> List[SshServer]:
    """All names that are asked about the connection (never none): the first is the one that decides first."""
    server = find_ssh_server(root)
    if root.is_host and is_standalone():
        return [server]
    doors = [_door(service) for service in _services(root, connection) if _comes_through(root, service, connection)]
    names = [door.daemon for door in doors]
    if not doors or (server.guarded is not False and server.daemon not in names):
        doors.append(server)
    return doors


def asked_name(service: Service) -> Optional[str]:
    """The name that libwrap is asked for before the server of a service starts; None where nobody asks."""
    if service.via_tcpd or (service.kind == "xinetd" and service.own_daemon is not None):
        return service.seen_as
    return None


def listens_on(root: Root, service: Service) -> List[int]:
    """The TCP ports of a service, by its configuration."""
    attributes = dict(service.attributes)
    accounts = Accounts(root)
    if service.kind == "systemd":
        names = [word.rsplit(":", 1)[-1] for word in attributes.get("listens", "").split()]
    else:
        names = [attributes.get("port") or attributes.get("service", service.name).rsplit(":", 1)[-1].split("/")[0]]
    ports = [accounts.port(name, "tcp") for name in names]
    return [port for port in ports if port is not None]


def is_ssh_server(root: Root, service: Service, connection: Optional[Connection]) -> bool:
    """Whether a super-server's service is an ssh server: by its program's name, or since the task's own connection came
    in on its port.
    """
    if is_ssh_server_name(service.server.rpartition("/")[2]):
        return True
    port = None if connection is None else connection.server_port
    return port is not None and root.is_host and not is_standalone() and port in listens_on(root, service)


def is_on(root: Root, service: Service) -> bool:
    """Whether a service is started for clients: by its configuration, or since its super-server still listens for it. A
    socket unit that nothing enables may have been started by hand, and xinetd may not have read its file anew.
    """
    if not service.disabled:
        return True
    ports = listens_on(root, service) if root.is_host else []
    sockets = list_sockets() or [] if ports else []
    held = [entry for entry in sockets if entry.protocol == "tcp" and entry.listening and entry.port in ports]
    owners = socket_owners() if held else {}
    return any(_starts(service, owners.get(entry.inode, [])) for entry in held)


def _starts(service: Service, holders: List[int]) -> bool:
    """Whether processes that hold a listening socket may be the super-server of a service; True where none is seen."""
    if service.kind == "systemd":
        return not holders or 1 in holders
    names = [command_name(pid) for pid in holders]
    return not names or any("inetd" in name or name == "busybox" for name in names)


def _services(root: Root, connection: Optional[Connection]) -> List[Service]:
    """The ssh servers that a super-server starts and that are asked about before."""
    from ..services.configured import configured_services

    return [
        service
        for service in configured_services(root).services
        if asked_name(service) is not None and is_ssh_server(root, service, connection) and is_on(root, service)
    ]


def _comes_through(root: Root, service: Service, connection: Optional[Connection]) -> bool:
    """Whether the connection came in on a port of the service; where the port is not known, it may have."""
    if connection is None or connection.server_port is None:
        return True
    ports = listens_on(root, service)
    return not ports or connection.server_port in ports


def _door(service: Service) -> SshServer:
    return SshServer(
        asked_name(service) or service.daemon,
        True,
        "%s line %d starts it through tcpd or asks by itself" % (service.path, service.line),
    )
