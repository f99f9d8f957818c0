# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who stands behind an ssh connection that a process of this very host opened.

A host that is its own jump host, a person who is logged in and runs Ansible there, a relay such as sslh or xinetd's
redirect: the ssh server sees an address of the host itself, which the tables nearly always let in. The way in is that
of whoever came to the process that opened the connection.
"""

from typing import Dict, List, NamedTuple, Sequence, Set

from .connection import (
    SESSIONS,
    Connection,
    ancestors,
    command_name,
    environment,
    from_session,
    is_of_a_login,
    is_open,
    is_server,
    parse_connection,
    plain_address,
    served,
)
from .mappings import find_mapped_libwrap, genuine_libwraps
from .processes import PROC
from ..._libwrap.printable import printable
from .ssh_sessions import list_ssh_sessions
from .sockets import Socket, list_sockets, socket_owners

_MOST = 10  # hosts may be reached through themselves several times


class Origins(NamedTuple):
    connections: List[Connection]  # of those who came to this host, nearest first
    relays: List[str]  # processes that ask libwrap by themselves before they pass a connection on


def find_origins(connection: Connection, proc: str = PROC, sessions: str = SESSIONS) -> Origins:
    """Those behind a connection; nothing where it comes from another host, or where the host does not tell."""
    found = Origins([], [])
    sockets = _open_sockets(proc)
    owners: Dict[int, List[int]] = {}
    waiting, seen = [connection], [connection]
    while waiting and len(seen) < _MOST:
        ends = _ends(waiting.pop(0), sockets)
        if ends and not owners:
            owners = socket_owners(proc)
        for pid in sorted(set(pid for entry in ends for pid in owners.get(entry.inode, ()))):
            for further in _behind(pid, found.relays, owners, proc, sessions):
                if all(further[:4] != other[:4] for other in seen):
                    seen.append(further)
                    waiting.append(further)
                    found.connections.append(further)
    return found


def comes_from_here(connection: Connection, proc: str = PROC) -> bool:
    """Whether a process of this host opened the connection: a relay, whose clients meet other rules and ports than its
    own, or a client.
    """
    return bool(_ends(connection, _open_sockets(proc)))


def find_relays(connection: Connection, proc: str = PROC) -> List[str]:
    """The processes of this host that opened a connection for clients of their own, in words. One that serves nobody,
    such as a tunnel that the host opened to the outside, is none.
    """
    sockets = [entry for entry in list_sockets(proc) or [] if entry.protocol == "tcp"]
    accepting = set(entry.port for entry in sockets if entry.listening)
    ends = _ends(connection, [entry for entry in sockets if entry.connected])
    owners = socket_owners(proc) if ends else {}
    found = ["a process that is not shown" for entry in ends if not owners.get(entry.inode)]
    for pid in sorted(set(pid for entry in ends for pid in owners.get(entry.inode, ()))):
        served_at = ", ".join(str(port) for port in sorted(_ports_of(pid, sockets, owners) & accepting))
        if served_at and not is_server(pid, proc):
            found.append("%s (process %d, port %s)" % (printable(command_name(pid, proc)), pid, served_at))
    return found


def ports_passed(connection: Connection, proc: str = PROC) -> List[int]:
    """The ports of this host that a connection came in at: the ssh server's, and those where the processes of this host
    that pass it on accepted it.
    """
    sockets = [entry for entry in list_sockets(proc) or [] if entry.protocol == "tcp"]
    ports = set([] if connection.server_port is None else [connection.server_port])
    ends = _ends(connection, [entry for entry in sockets if entry.connected])
    owners = socket_owners(proc) if ends else {}
    for pid in set(pid for entry in ends for pid in owners.get(entry.inode, ())):
        ports |= _ports_of(pid, sockets, owners) & set(entry.port for entry in sockets if entry.listening)
    return sorted(ports)


def _ports_of(pid: int, sockets: Sequence[Socket], owners: Dict[int, List[int]]) -> Set[int]:
    """The ports of this host's ends of the connections that a process has."""
    return set(entry.port for entry in sockets if entry.connected and pid in owners.get(entry.inode, ()))


def _open_sockets(proc: str) -> List[Socket]:
    """Both ends of the host's own connections are among them."""
    return [entry for entry in list_sockets(proc) or [] if entry.protocol == "tcp" and entry.connected]


def _ends(connection: Connection, sockets: Sequence[Socket]) -> List[Socket]:
    """The client's ends of a connection, where it is one from this host to itself. Not every socket with its address and
    port is: a user may bind to an address that is not the host's.
    """
    return [
        entry
        for entry in sockets
        if connection.port is not None
        and (plain_address(entry.address), entry.port) == (plain_address(connection.address), connection.port)
        and entry.remote_port == connection.server_port
        and connection.server_address is not None
        and plain_address(entry.remote_address) == plain_address(connection.server_address)
    ]


def _behind(pid: int, relays: List[str], owners: Dict[int, List[int]], proc: str, sessions: str) -> List[Connection]:
    """Who came to a process that opened a connection: whom an ssh server serves with it, or the login that a client
    was started in; all who are logged in, where it shows none.
    """
    if is_server(pid, proc):
        return served([pid], list_sockets(proc) or [], owners)[:1]  # the others are what it forwards
    if find_mapped_libwrap(pid, genuine_libwraps(), proc).mapped:
        relays.append("%s (process %d)" % (printable(command_name(pid, proc)), pid))
    chain = [pid] + ancestors(pid, proc)
    for one in chain:
        if is_server(one, proc):
            break
        found = parse_connection(
            environment(one, proc).get("SSH_CONNECTION", ""), "the environment of process %d" % one
        )
        if found is not None:
            if not is_open(found, proc):
                return _logged_in(proc)
            # a terminal multiplexer, which no ssh server is above of, remembers a login that may be left standing
            return [found] + ([] if any(is_server(above, proc) for above in chain) else _logged_in(proc))
    login = from_session(str(pid), proc, sessions)
    if login is not None:
        return [login]
    # ssh that goes on in the background (ControlPersist) has its title where its environment was, and no parent
    return _logged_in(proc) if is_of_a_login(pid, proc) or not environment(pid, proc) else []


def _logged_in(proc: str) -> List[Connection]:
    """All who are logged in over ssh: one of them started the client, or uses the terminal multiplexer that remembers an
    older login.
    """
    return [Connection(one.address, None, None, None, "a login") for one in list_ssh_sessions(proc)]
