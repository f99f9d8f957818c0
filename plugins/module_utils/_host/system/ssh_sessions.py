# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who is logged in over ssh, and from where: by the sockets of sshd's sessions, and by logind where those may not be
seen.
"""

import os
import re
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple

from .asked import is_ssh_program
from .processes import PROC, Process, list_processes, read_arguments
from ..._libwrap.printable import printable
from .programs import trusted_program
from .sockets import Socket, list_sockets, socket_owners


class SshSession(NamedTuple):
    user: str
    address: str  # as libwrap sees it: an IPv4 client of an IPv6 socket as ::ffff:a.b.c.d


SESSIONS = "/run/systemd/sessions"
# "sshd: alice@pts/0", "sshd-session: root@notty": after the login; before it there is no @
_TITLE = re.compile(r"\A[A-Za-z0-9._-]+: ([^ @]+)@")
# a listener's is "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
_OF_SESSION = re.compile(r"\A[A-Za-z0-9._-]+: (?!/.*\[listener\])")
_ANY = {4: "0.0.0.0", 6: "::"}
_ADDRESS = re.compile(r"\A(?=[0-9a-fA-F]*[:.])[0-9a-fA-F:.]+\Z")


def serves_a_session(process: Process, arguments: Sequence[str]) -> bool:
    """Whether an ssh server's process serves one connection, by its title: it asked when that came, and asks about none
    to a port that the session forwards (ssh -R).
    """
    return is_ssh_program(process) and _OF_SESSION.match(" ".join(arguments)) is not None


def list_ssh_sessions(proc: str = PROC, sessions: str = SESSIONS) -> List[SshSession]:
    """Each user and address once. A connection that is not logged in yet is none, nor is one that a session forwards."""
    found = _by_sockets(proc)
    known = set((session.user, _plain(session.address)) for session in found)
    found.update(entry for entry in _by_logind(sessions) if entry not in known)
    return sorted(found)


def _by_sockets(proc: str) -> Set[SshSession]:
    sockets = [entry for entry in list_sockets(proc) or [] if entry.protocol == "tcp"]
    owners = socket_owners(proc)
    users = _users_of_sessions(owners, proc)
    listening = [entry for entry in sockets if entry.listening]
    # what a session listens on is forwarded; a server of root's is not, though it may have the same port elsewhere
    forwarded = set(_place(entry) for entry in listening if users.keys() & set(owners.get(entry.inode, ())))
    servers = set(_place(entry) for entry in listening if entry.uid == 0) - forwarded
    found = set()
    for entry in sockets:
        anywhere = _place(entry._replace(address=_ANY[entry.family]))
        if entry.listening or _place(entry) in forwarded or not {_place(entry), anywhere} & servers:
            continue
        for pid in owners.get(entry.inode, ()):
            if pid in users:
                found.add(SshSession(users[pid], entry.remote_address))
    return found


def _place(entry: Socket) -> Tuple[int, str, int]:
    return entry.family, entry.address, entry.port


def _users_of_sessions(owners: Dict[int, List[int]], proc: str) -> Dict[int, str]:
    """Who is logged in, by the process that serves the session: it shares a socket with one of root's, which accepted the
    connection. Of another's process nothing is asked but its name: a user may call one as he likes.
    """
    servers = {process.pid: process.uid for process in list_processes(proc) if is_ssh_program(process)}
    with_root: Set[int] = set()
    for pids in owners.values():
        if any(servers.get(pid) == 0 for pid in pids):
            with_root.update(pid for pid in pids if pid in servers)
    users = {}
    for pid in sorted(with_root):
        match = _TITLE.match(" ".join(read_arguments(pid, proc, "ssh sessions")))
        if match is not None and trusted_program(pid, proc) is not False:
            users[pid] = printable(match.group(1))
    return users


def _by_logind(folder: str) -> Set[SshSession]:
    found: Set[SshSession] = set()
    try:
        names = [name for name in os.listdir(folder) if not name.endswith(".ref")]
    except OSError:
        return found
    for name in names:
        try:
            with open(os.path.join(folder, name), "rb") as stream:
                text = stream.read(65536).decode("utf-8", "replace")
        except OSError:
            continue
        values = dict(line.partition("=")[::2] for line in text.splitlines())
        address = values.get("REMOTE_HOST", "")
        if (
            values.get("REMOTE") == "1"
            and values.get("SERVICE") == "sshd"
            and values.get("STATE") != "closing"
            and _ADDRESS.match(address)
        ):
            found.add(SshSession(printable(values.get("USER", "somebody")), address))
    return found


def _plain(address: str) -> str:
    return address[7:] if address.lower().startswith("::ffff:") and "." in address else address
