# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whose connection this run came through, as the host sees it, and whether libwrap guards it."""

import os
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..._libwrap.programs import SSHD, SSHD_SESSION, is_ssh_server_name
from ..files.files import stat_file
from .apart import read_memory
from .libraries import Libraries
from .mappings import find_mapped_libwrap, genuine_libwraps
from .processes import PROC, read_process, sees_file
from ..files.root import Root
from .sockets import Socket, list_sockets, socket_owners


class Connection(NamedTuple):
    address: str  # the client's, as the server's socket has it
    port: Optional[int]
    server_address: Optional[str]
    server_port: Optional[int]
    source: str  # how it was found, for messages
    open: bool = True  # whether the host still has it; a terminal multiplexer remembers yesterday's
    mistaken: bool = False  # whether the shell or the environment named another one, which is not open


class SshServer(NamedTuple):
    daemon: str  # the name that libwrap is asked with
    guarded: Optional[bool]  # whether it obeys the tables; None: not known
    reason: str
    seen: bool = True  # whether it is the process that serves this run; else only the usual places tell


_TITLE = re.compile(r"\A([A-Za-z0-9._-]+):(?: |\Z)")
SESSIONS = "/run/systemd/sessions"
_MAX_ANCESTORS = 64
_PSEUDO_TERMINALS = range(136, 144)  # the major numbers of Unix98's (devices.txt of the kernel)
# an address, with the scope of a link-local one; never a name
_ADDRESS = re.compile(r"\A(?=[0-9a-fA-F]*[:.])[0-9a-fA-F:.]+(?:%[A-Za-z0-9_.-]+)?\Z")
_LISTENER = re.compile(r"\A[A-Za-z0-9._-]+: (/\S+) .*\[listener\]")


def find_connection(
    told: Optional[str], proc: str = PROC, sessions: str = SESSIONS, controller: Optional[int] = None
) -> Optional[Connection]:
    """The ssh connection of this run: what the controller was told, else the environment of this process and its
    ancestors, else the ssh server's socket, else the login session. None where nothing of that tells.

    `told` is SSH_CONNECTION as the login user's shell has it. "" proves nothing: a shell may unset it, set it anew, or
    print what it likes. What names a connection that is not open any more counts only where nothing else tells, and
    what names none of those that the ssh server above this run holds does not count at all. `controller` is Ansible's own
    process, where that is of this host.
    """
    chain = _chain(controller, proc)
    held = _from_sockets(chain, proc)
    old: Optional[Connection] = None
    for found in _named(told, chain, proc):
        if is_open(found, proc) and (not held or any(_same_client(found, one) for one in held)):
            return found._replace(mistaken=old is not None)
        old = old or found
    real = held[0] if held else from_session("self", proc, sessions)  # a session tells no port
    if old is None:
        return real
    return old._replace(open=False) if real is None else real._replace(mistaken=True)


def find_enclosing_connection(proc: str = PROC) -> Optional[Connection]:
    """The connection of an ssh server of this host that this process runs below, however the task reached it; None
    where there is none, or the server has another /etc than this process (a chroot, a container).
    """
    chain = ancestors(os.getpid(), proc)
    servers = [read_process(pid, proc) for pid in chain if is_server(pid, proc)]
    if not any(process is not None and sees_file(process, "/etc", proc) for process in servers):
        return None
    held = _from_sockets(chain, proc)
    return held[0] if held else None


def _same_client(first: Connection, second: Connection) -> bool:
    """Whether two texts are of one connection; IPv4 may be written in two ways."""
    return (plain_address(first.address), first.port) == (plain_address(second.address), second.port)


def _named(told: Optional[str], chain: Sequence[int], proc: str) -> Iterator[Connection]:
    """What the shell of the login, the environment, and that of each process above name, in this order."""
    texts = [(told or "", "the shell of the login"), (os.environ.get("SSH_CONNECTION", ""), "the environment")]
    for pid in chain:
        if is_server(pid, proc):
            break  # its environment is of whoever started it
        texts.append((environment(pid, proc).get("SSH_CONNECTION", ""), "the environment of process %d" % pid))
    for text, source in texts:
        found = parse_connection(text, source)
        if found is not None:
            yield found


def is_open(connection: Connection, proc: str = PROC) -> bool:
    """Whether the host has a socket of the connection; True where it does not show its sockets."""
    sockets = list_sockets(proc)
    if sockets is None:
        return True
    return any(_is_of(entry, connection) for entry in sockets)


def _is_of(entry: Socket, connection: Connection) -> bool:
    """Whether a socket is the server's end of a connection. A user may make sockets with another's address, but none
    that is connected with both ends.
    """
    ends = [(connection.address, connection.port, entry.remote_address, entry.remote_port)]
    if connection.server_address is not None:
        ends.append((connection.server_address, connection.server_port, entry.address, entry.port))
    return (
        entry.protocol == "tcp"
        and entry.connected
        and all((plain_address(end[0]), end[1]) == (plain_address(end[2]), end[3]) for end in ends)
    )


def parse_connection(text: str, source: str) -> Optional[Connection]:
    """SSH_CONNECTION: client address, client port, server address, server port (ssh(1)); None for anything else."""
    words = text.split()
    if len(words) != 4 or not words[1].isdecimal() or not words[3].isdecimal() or not _ADDRESS.match(words[0]):
        return None
    return Connection(words[0], int(words[1]), words[2], int(words[3]), source)


def address_forms(connection: Connection, proc: str = PROC) -> List[str]:
    """The texts in which libwrap may see the client's address: an IPv4 client of an IPv6 socket comes as
    `::ffff:a.b.c.d`.

    sshd hides that in SSH_CONNECTION, so the kernel is asked; where it does not tell, both forms are returned.
    """
    address = connection.address
    plain = address[7:] if address.lower().startswith("::ffff:") and "." in address else address
    if ":" in plain:
        return [plain]
    mapped = "::ffff:" + plain
    families = set(entry.family for entry in list_sockets(proc) or [] if _is_of(entry, connection))
    if families == set([4]):
        return [plain]
    return [mapped] if families == set([6]) else [plain, mapped]


def find_ssh_server(root: Root, proc: str = PROC) -> SshServer:
    """The ssh server that this run came through, or that the host has: its daemon name, and whether it links
    libwrap.

    A host may have two, of which one asks: the process that serves this run tells before the usual places do.
    """
    daemon = "sshd"
    libraries = Libraries(root)
    places = [SSHD_SESSION, SSHD]
    seen = False
    if root.is_host:
        for pid in ancestors(os.getpid(), proc):
            if not is_server(pid, proc):
                continue
            daemon = _name_of(pid, command_name(pid, proc), proc)
            listener = _LISTENER.match(_title(pid, proc))
            seen = True
            if listener is not None:
                places = _places_of(listener.group(1)) + places
                break
            found = _asks(pid, daemon, libraries, proc)
            if found is not None:
                return found
    for programs in places:
        for program in programs:
            if stat_file(root, program).kind != "file":
                continue
            linkage = libraries.find_libwrap(program)
            if linkage.libwrap is None:
                return SshServer(daemon, None, "%s: %s" % (program, linkage.reason), seen)
            if linkage.libwrap:
                return SshServer(daemon, True, "%s links libwrap" % program, seen)
            return SshServer(daemon, False, "%s does not link libwrap" % program, seen)
    return SshServer(daemon, None, "no ssh server was found in the usual places")


def _asks(pid: int, daemon: str, libraries: Libraries, proc: str) -> Optional[SshServer]:
    """What the process that serves a connection is linked with; None where neither its memory nor its program may be
    seen.
    """
    found = find_mapped_libwrap(pid, genuine_libwraps(), proc)
    if found.mapped:
        return SshServer(daemon, True, "process %d (%s) has libwrap in its memory" % (pid, command_name(pid, proc)))
    try:
        program = os.readlink(os.path.join(proc, str(pid), "exe"))
    except OSError:
        return None
    linkage = libraries.find_libwrap(program)
    if linkage.libwrap is None:
        return None
    if not linkage.libwrap and found.unseen:
        return SshServer(daemon, None, "%s does not link libwrap, but %s" % (program, found.unseen))
    return SshServer(
        daemon, linkage.libwrap, "%s %s libwrap" % (program, "links" if linkage.libwrap else "does not link")
    )


def _places_of(program: str) -> List[Tuple[str, ...]]:
    """Where the program that asks may be, for a server that was started from another place than the usual ones."""
    if program in SSHD[:1]:
        return []
    prefix = os.path.dirname(os.path.dirname(program))
    return [(os.path.join(prefix, "libexec", "sshd-session"),), (program,)]


def is_standalone(proc: str = PROC) -> bool:
    """Whether the ssh server that this run came through listens by itself, so that no super-server is before it."""
    return any(is_server(pid, proc) and _LISTENER.match(_title(pid, proc)) for pid in ancestors(os.getpid(), proc))


def is_below_server(proc: str = PROC) -> bool:
    """Whether an ssh server is among the processes above this one: not in a terminal multiplexer, which outlives the
    login that started it.
    """
    return any(is_server(pid, proc) for pid in ancestors(os.getpid(), proc))


def may_be_anybodys(controller: Optional[int] = None, proc: str = PROC) -> bool:
    """Whether somebody may sit before this run, or Ansible's own process `controller`, whom nothing above it names: it has a
    pseudo terminal (of tmux, screen, machinectl shell), or a user started it through process 1, as run0 does. SUDO_UID names who
    did (run0(1)), and no process above is that user's; with sudo(8) the shell that it was typed in is.
    """
    chain = [os.getpid()] + _chain(controller, proc)
    if any(_has_pseudo_terminal(pid, proc) for pid in chain):
        return True
    names = [os.environ.get("SUDO_UID", "")] + [environment(pid, proc).get("SUDO_UID", "") for pid in chain]
    users = set(int(name) for name in names if name.isdecimal() and name != "0")
    return bool(users) and not users & set(_owner(pid, proc) for pid in chain)


def _chain(controller: Optional[int], proc: str) -> List[int]:
    """The processes above this one, then Ansible's own and those above it."""
    chain = ancestors(os.getpid(), proc)
    if controller is not None and controller not in chain:
        chain += [controller] + ancestors(controller, proc)
    return chain


def _has_pseudo_terminal(pid: int, proc: str) -> bool:
    """By the device number of its controlling terminal (proc(5)); a console and a serial line have other numbers."""
    words = _text(os.path.join(proc, str(pid), "stat")).rpartition(")")[2].split()
    return len(words) > 4 and words[4].isdecimal() and int(words[4]) >> 8 & 255 in _PSEUDO_TERMINALS


def _owner(pid: int, proc: str) -> int:
    try:
        return os.stat(os.path.join(proc, str(pid))).st_uid
    except OSError:
        return -1


def ancestors(pid: int, proc: str = PROC) -> List[int]:
    """The processes above `pid`, nearest first."""
    chain: List[int] = []
    for _step in range(_MAX_ANCESTORS):
        match = re.search(r"^PPid:\s*(\d+)", _text(os.path.join(proc, str(pid), "status")), re.MULTILINE)
        if match is None or int(match.group(1)) in (0, pid) or int(match.group(1)) in chain:
            break
        pid = int(match.group(1))
        chain.append(pid)
    return chain


def _name_of(pid: int, command: str, proc: str) -> str:
    """The name that sshd asks libwrap with, which its process title starts with; sshd-session asks as sshd."""
    match = _TITLE.match(_title(pid, proc))
    name = match.group(1) if match else command
    for ending in ("-session", "-auth"):
        if name.endswith(ending):
            name = name[: -len(ending)]
    return name


def is_server(pid: int, proc: str = PROC) -> bool:
    """Whether a process is one of an ssh server."""
    return is_ssh_server_name(command_name(pid, proc))


def command_name(pid: int, proc: str = PROC) -> str:
    """What the kernel calls a process; "" where there is none."""
    return _text(os.path.join(proc, str(pid), "comm")).strip()


def _title(pid: int, proc: str) -> str:
    return _memory(pid, proc, "cmdline").replace("\0", " ")


def is_of_a_login(pid: int, proc: str = PROC) -> bool:
    """Whether a process belongs to somebody's login, which may be over, or to what systemd runs for a user."""
    return "/user.slice/" in _text(os.path.join(proc, str(pid), "cgroup"))


def environment(pid: int, proc: str = PROC) -> Dict[str, str]:
    """The variables that a process was started with; {} where they may not be read."""
    found = {}
    for entry in _memory(pid, proc, "environ").split("\0"):
        name, equals, value = entry.partition("=")
        if equals:
            found[name] = value
    return found


def from_session(pid: str, proc: str = PROC, sessions: str = SESSIONS) -> Optional[Connection]:
    """logind knows where a session comes from, and the control group of a process knows the session (works after sudo
    and setsid).
    """
    match = re.search(r"/session-([A-Za-z0-9]+)\.scope", _text(os.path.join(proc, pid, "cgroup")))
    if match is None:
        return None
    values = dict(line.partition("=")[::2] for line in _text(os.path.join(sessions, match.group(1))).splitlines())
    address = values.get("REMOTE_HOST", "")
    if values.get("REMOTE") != "1" or values.get("STATE") == "closing" or not _ADDRESS.match(address):
        return None
    return Connection(address, None, None, None, "the login session")


def _from_sockets(chain: Sequence[int], proc: str) -> List[Connection]:
    """The connections that the ssh servers among the ancestors hold, the one they serve first, as far as can be told."""
    servers = [pid for pid in chain if is_server(pid, proc) and not _LISTENER.match(_title(pid, proc))]
    return served(servers, list_sockets(proc) or [], socket_owners(proc)) if servers else []


def served(servers: Sequence[int], sockets: Sequence[Socket], owners: Dict[int, List[int]]) -> List[Connection]:
    """The connections that processes of an ssh server serve, those on a port that is listened on first: they may
    forward others.
    """
    ports = set(entry.port for entry in sockets if entry.protocol == "tcp" and entry.listening)
    held = [
        entry
        for entry in sockets
        if entry.protocol == "tcp" and not entry.listening and set(servers).intersection(owners.get(entry.inode, ()))
    ]
    return [
        Connection(
            plain_address(entry.remote_address),
            entry.remote_port,
            plain_address(entry.address),
            entry.port,
            "the ssh server's socket",
        )
        for entry in sorted(held, key=lambda entry: entry.port not in ports)
    ]


def plain_address(address: str) -> str:
    """An address without its scope, and of an IPv4 client as such: a socket of IPv6 has it as ::ffff:a.b.c.d."""
    address = address.partition("%")[0]
    return address[7:] if address.lower().startswith("::ffff:") and "." in address else address


def _memory(pid: int, proc: str, name: str) -> str:
    try:
        return read_memory(os.path.join(proc, str(pid)), name, purse="connection").decode("utf-8", "replace")
    except OSError:
        return ""


def _text(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
