# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Everything on a host that accepts connections: what its super-servers are configured to start, and what listens
now.
"""

import hashlib
import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..._host.system.accounts import Accounts, User
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.daemon_users import becomes
from ..._host.system.daemons import named_by_port
from ..._host.system.libraries import OTHER_LIBWRAP, Libraries, Linkage
from ..._host.system.people import is_of_the_system, is_person, is_persons_process
from ..._host.system.processes import PROC, Process, list_processes, read_arguments, sees_file
from ..._libwrap.printable import printable
from ..._host.system.readers import user_name
from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..._host.system.ssh_sessions import serves_a_session
from ..._host.system.ssh_start import shown_words
from ..._host.system.tables_seen import place_of
from ..._host.system.sockets import Socket, doubt_of_sockets, list_sockets, socket_owners
from ..._superservers.service import Service
from ..._superservers.tcpd import ON_LISTENING_SOCKET, is_tcpd
from ..._superservers.tcpd import daemon as daemon_of
from .argv0 import names_by_argv0
from .brought import as_their_own
from .configured import Configured, asks_as
from .doubts import doubt_about, doubt_of_running, files_of, held_apart
from .launchers import hands_on
from .linker import REMEDY, LoaderOf, held_in_doubt, why_of_process, why_of_service
from .listener import (
    LIBWRAP,
    TCPD,
    XINETD,
    Asker,
    Listener,
    OwnCheck,
    as_called,
    as_it_runs,
    check_of_started,
    own_check,
)
from .not_reloaded import held_until_read
from .other_tables import held_against, who_asks, why_of_any, why_of_service as why_of_other_tables
from .persons import MAX_PLACES, bounded, holder, is_persons, named_as_persons
from .preloaded import held_where_preloaded, why_of_preloaded
from .remedies import AS_ROOT, FILTER, INSTALL, remedy_of_process, remedy_of_service
from .started_as import started_as
from .tcpd_itself import REMEDY as TCPD_ITSELF, doubt_tcpd
from .unanswered import checked_unless_seen, held_unless_seen

_ROOT = User("root", 0, 0, (0,))
# openbsd-inetd -l knows this path: it asks by itself and starts the server in tcpd's place
_OPENBSD_TCPD = "/usr/sbin/tcpd"
_INETDS = ("inetd", "inetutils-inetd", "openbsd-inetd")

#: Sockets of nfsd(8) belong to no process. mountd is asked about mounts of NFSv2 and v3 alone.
_NFS = 2049
_KERNEL = "the kernel itself serves NFS, and asks nobody (mountd asks about mounts of NFSv2 and v3 alone)"

Place = Tuple[str, int]  # protocol, port
PlaceOf = Callable[[str, Sequence[str]], Optional[str]]


#: Measured with xinetd and tcpd (UDP with wait): a client that the tables deny is served while the server stays.
FIRST_PACKET = "the tables are asked about the first packet only: until the server ends, it answers every client"


ORDINARY = "it runs as an ordinary user, who may let it do something else"
NAME_LATER = "it is started through tcpd, under a name that only systemd knows when a connection comes (%s)"
NAME_TCPD = "Name /usr/sbin/tcpd as the server in its place."
OTHER_NAME = "it is tcpd by another name, and which daemon that asks for and starts is not followed"


class Answer(NamedTuple):
    """Who asks for a service."""

    askers: Optional[Tuple[Asker, ...]]
    evidence: str
    own_tables: Tuple[str, ...] = ()
    also: Tuple[str, ...] = ()  # further names of the daemon's own check
    remedy: str = ""  # what makes the daemon itself ask
    instead: str = ""  # the remedy where neither that nor anything in front of it helps
    other_names: bool = False  # it may ask under names that are not known


class Machine(NamedTuple):
    root: Root
    libraries: Libraries
    accounts: Accounts
    configurations: Configurations  # of the daemons that are the host's
    of_persons: Configurations  # of processes of persons: what these name takes nothing from the others' bound
    processes: Dict[int, Process]
    sockets: List[Socket]  # listening ones
    owners: Dict[int, List[int]]
    loader_of: LoaderOf = lambda unit: None  # what a unit of systemd sets that decides which libraries it gets
    own_place_of: PlaceOf = lambda unit, paths: None  # by which it sees something of its own at one of some paths
    doubt: str = ""  # why a socket may be missing


def look_at(root: Root) -> Machine:
    """The running host's processes and sockets; an image has none."""
    processes: Dict[int, Process] = {}
    sockets: List[Socket] = []
    owners: Dict[int, List[int]] = {}
    if root.is_host:
        processes = {process.pid: process for process in list_processes()}
        sockets = [entry for entry in list_sockets() or [] if entry.listening]
        owners = socket_owners()
    return Machine(
        root,
        Libraries(root),
        Accounts(root),
        Configurations(root),
        Configurations(root),
        processes,
        sockets,
        owners,
        doubt=doubt_of_sockets() if root.is_host else "",
    )


def find_services(machine: Machine, configured: Configured) -> List[Listener]:
    """Configured services that are switched on, then listening processes that none of them accounts for."""
    machine = machine._replace(loader_of=configured.loader_of, own_place_of=configured.own_place_of)
    found: List[Listener] = []
    taken: Set[int] = set()
    for service in configured.services:
        if service.protocol in ("none", "unix") or (service.disabled and not _started_by_hand(machine, service)):
            continue
        covered = _configured(machine, configured, service, taken)
        if covered is not None:
            found.append(covered)
    users = {pid: process.uid for pid, process in machine.processes.items()}
    found += bounded(as_their_own(found, _listening(machine, taken), machine.processes), users)
    why = why_of_preloaded(machine.root)
    return [held_where_preloaded(service, why) for service in found]


def _configured(machine: Machine, configured: Configured, service: Service, taken: Set[int]) -> Optional[Listener]:
    protocol, places = _transport(machine, service)
    starters = _starters(machine, configured, service)
    sockets = _sockets(machine, service, places, starters)
    taken.update(entry.inode for entry in sockets)
    holders = [pid for entry in sockets for pid in machine.owners.get(entry.inode, []) if pid not in starters]
    process = machine.processes.get(holders[0]) if holders else None
    user = asks_as(machine.accounts, service)
    port = next((port for _protocol, port in places), None)
    inetd = configured.inetd if service.kind == "inetd" and _inetd_asks(starters) else ""
    answer = _unnamed(machine, service) or _askers(machine, service, user, process, inetd, port)
    running, askers = _running(machine, starters), answer.askers
    daemon, asking = (askers[0].daemon, askers[0].user) if askers else (service.daemon, user)
    covered = Listener(
        printable(service.name),
        service.kind,
        protocol,
        printable(daemon),
        askers,
        answer.evidence,
        asking.name if asking else printable(service.user),
        tuple(sorted({(entry.protocol, entry.address, entry.port) for entry in sockets})),
        port,
        tuple(sorted(set(holders))),
        service.server or None,
        answer.own_tables,
        tuple((name, value) for name, value in service.attributes if name in ("only_from", "no_access")),
        printable(service.path),
        service.line,
        False,
        tuple(printable(name) for name in answer.also),
        "" if askers else answer.instead or remedy_of_service(service, answer.remedy),
        service.wrappable and not service.via_tcpd and answer.evidence != OTHER_NAME,
        configured=tuple(sorted(set(places))),
        other_names=answer.other_names,
    )
    holding = _holding(machine, sockets, starters)
    covered = held_in_doubt(covered, why_of_service(service, holding or running))
    covered = held_against(covered, lambda: why_of_other_tables(service, process, holding))
    return _as_it_is_met(service, covered, holding or running)


def _transport(machine: Machine, service: Service) -> Tuple[str, List[Place]]:
    """The protocol that a service is shown with, and where it listens by its configuration."""
    protocol = "udp" if "udp" in service.protocol else "tcp"
    return protocol, _places(machine, service, protocol)


def _as_it_is_met(service: Service, covered: Listener, starters: List[Process]) -> Listener:
    """A service by what its clients meet now: a super-server that did not read the change, a server that stays."""
    if covered.askers and _stays(service) and all(asker.by != LIBWRAP for asker in covered.askers):
        return covered._replace(asked_always=False, remedy=FILTER, wrappable=False)
    return covered if service.kind == "systemd" else held_until_read(covered, starters)


def _stays(service: Service) -> bool:
    """Whether its server gets the socket itself, and reads what comes after the first packet."""
    return service.socket_type == "dgram" and service.wait


def _holding(machine: Machine, sockets: Sequence[Socket], starters: Set[int]) -> List[Process]:
    """The super-servers that wait at a service's sockets."""
    return _running(
        machine, {pid for entry in sockets for pid in machine.owners.get(entry.inode, []) if pid in starters}
    )


def _running(machine: Machine, pids: Set[int]) -> List[Process]:
    return [machine.processes[pid] for pid in sorted(pids) if pid in machine.processes]


def _sockets(machine: Machine, service: Service, places: Sequence[Place], starters: Set[int]) -> List[Socket]:
    """The sockets at which whoever starts a service listens for it."""
    return [
        entry
        for entry in machine.sockets
        if (entry.protocol, entry.port) in places
        and _listens_at(service, entry)
        and (starters & set(machine.owners[entry.inode]) if machine.owners.get(entry.inode) else entry.uid == 0)
    ]


def _listens_at(service: Service, entry: Socket) -> bool:
    """Two services of inetd.conf may have one port at different addresses; a name in an address's place is not looked
    up.
    """
    wanted = service.default_address
    if service.kind == "inetd" and ":" in service.name:
        wanted = service.name.rsplit(":", 1)[0]
    if wanted is None or not re.match(r"[\d.,]+\Z", wanted):
        return True
    return entry.address.replace("::ffff:", "") in wanted.split(",")


def _started_by_hand(machine: Machine, service: Service) -> bool:
    """A socket unit that nothing wants, but that systemd holds open all the same."""
    if service.kind != "systemd":
        return False
    places = _places(machine, service, "tcp")
    return any(
        (entry.protocol, entry.port) in places and 1 in machine.owners.get(entry.inode, []) for entry in machine.sockets
    )


def _askers(
    machine: Machine,
    service: Service,
    user: Optional[User],
    process: Optional[Process],
    inetd: str,
    port: Optional[int],
) -> Answer:
    """Who asks for a configured service. `inetd`: which inetd runs with a check of its own, "" where none does."""
    askers, reasons, via_tcpd = _starter_asks(service, user, inetd)
    answer = _at_tcpd(machine, service, user, askers, reasons) if via_tcpd else None
    if answer is not None:
        return answer
    if askers and _stays(service):
        reasons.append(FIRST_PACKET)
    if via_tcpd and is_tcpd(service.server):
        reasons.append("tcpd without the daemon's name starts itself in an endless loop")
        return Answer(tuple(askers), "; ".join(reasons))
    if not service.server.startswith("/"):
        reasons.append("the server is part of %s" % service.kind if not askers else "")
        return Answer(tuple(askers), "; ".join(reason for reason in reasons if reason))
    check = _check_of_started(machine, service, process, port)
    if machine.root.is_host:
        check = _of_ordinary(check, [one.uid for one in (user, process) if one is not None])
    tables = check.known.own_tables
    names = check.names if check.known.daemon or check.known.named_by else (service.daemon,)
    if check.asks:
        user = becomes(check.known, machine.accounts, started_as(machine.root, service.server, user))
        askers.append(_asker(check, names[0], user, process))
        reasons.append(check.reason)
    elif check.asks is None and not askers:
        missing = stat_file(machine.root, service.server).kind in ("missing", "dangling")
        return Answer(None, check.reason, tables, names, check.remedy, INSTALL if missing else "", check.other_names)
    elif not askers:
        reasons.append(check.reason)
    also = names if check.known.links else ()
    return Answer(tuple(askers), "; ".join(reasons), tables, also, check.remedy, other_names=check.other_names)


def _at_tcpd(
    machine: Machine, service: Service, user: Optional[User], askers: List[Asker], reasons: List[str]
) -> Optional[Answer]:
    """Add tcpd to who asks, and how that is known; the whole answer where it sees no client, or is no tcpd and nobody
    else asks.
    """
    starter = printable(service.tcpd or "tcpd")
    if service.wait and service.socket_type == "stream":
        reasons.append("it is started through %s on the listening socket, where %s" % (starter, ON_LISTENING_SOCKET))
        return Answer((), "; ".join(reasons))
    doubt = doubt_tcpd(machine.root, machine.libraries, service.tcpd) if service.tcpd else None
    reasons.append("it is started through %s" % starter if doubt is None else doubt.reason)
    if doubt is None:
        askers.append(Asker(TCPD, service.daemon, started_as(machine.root, service.tcpd or "", user), None))
    elif not askers:
        return Answer(None if doubt.asks is None else (), "; ".join(reasons), instead=TCPD_ITSELF)
    return None


def _check_of_started(machine: Machine, service: Service, process: Optional[Process], port: Optional[int]) -> OwnCheck:
    """What the server does that a super-server starts, or another that this one starts in its place."""
    link = machine.libraries.find_libwrap(service.server)
    if process is not None:
        link = _link_of(machine, link, process)
    check = _server_check(machine, service, process, link, port)
    if process is not None:
        check = checked_unless_seen(check, process)
    why = "" if check.asks else hands_on(machine.root, machine.libraries, service.server, service.args)
    return check._replace(asks=None, reason=why, remedy="", other_names=True) if why else check


def _unnamed(machine: Machine, service: Service) -> Optional[Answer]:
    """Of a service that tcpd asks for under a name that is not known here, or by another name of its own, where it asks
    under the base name of argv[0]; None for others.
    """
    untold = dict(service.attributes).get("untold_name")
    if service.via_tcpd and untold:
        return Answer(None, NAME_LATER % printable(untold), other_names=True)
    if service.via_tcpd or not service.server.startswith("/") or not machine.libraries.is_tcpd(service.server):
        return None
    names = tuple(daemon_of(word) for word in (service.argv0, service.server) if word)
    return Answer(None, OTHER_NAME, (), names, instead=NAME_TCPD)


def _server_check(
    machine: Machine, service: Service, process: Optional[Process], link: Linkage, port: Optional[int]
) -> OwnCheck:
    """Whether the server of a service asks by itself: the one that has its socket now, else the one that will be
    started.
    """
    if process is None or not service.wait:
        check = check_of_started(machine.configurations, machine.libraries, link, service, port)
        own = machine.own_place_of(service.name, files_of(check)) if check.asks and service.kind == "systemd" else None
        return held_apart(check, own) if own else check
    running = as_started(service, process)
    check = check_of_started(machine.configurations, machine.libraries, link, running, port)
    doubt = doubt_of_running(machine.configurations, process, check) if check.asks else None
    if doubt is None:
        return check
    return check._replace(asks=doubt.asks, reason=doubt.reason, remedy=doubt.remedy)


def as_started(service: Service, process: Process) -> Service:
    """With the words of the process that has the service's socket now: its unit may have changed since."""
    if _base(process.executable or "") != _base(service.server):
        return service
    arguments = read_arguments(process.pid)
    words = shown_words(arguments)
    if not arguments or words is None or (": " in arguments[0] and not arguments[0].startswith("sshd: ")):
        return service  # a title hides them
    return service._replace(args=tuple(words), argv0=arguments[0] if ": " not in arguments[0] else service.argv0)


def _base(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _link_of(machine: Machine, link: Linkage, process: Process) -> Linkage:
    """What a program links, with what a process that runs it has in its memory."""
    if process.maps_libwrap:
        return as_it_runs(machine.libraries, link, process.pid)
    if link.libwrap is False and process.unseen:
        return Linkage(None, (), "%s, but it may have loaded libwrap: %s" % (link.reason, process.unseen))
    other = ""
    if link.libwrap and process.maps_libwrap is False:  # LD_LIBRARY_PATH, or a build of somebody's own
        other = machine.libraries.find_other_mapped(process.pid)
    return Linkage(False, (), OTHER_LIBWRAP % printable(other)) if other else link


def _starter_asks(service: Service, user: Optional[User], inetd: str) -> Tuple[List[Asker], List[str], bool]:
    """Who asks before the server of a service is started, how that is known, and whether it is started through tcpd."""
    askers: List[Asker] = []
    reasons: List[str] = []
    if service.kind == "xinetd" and service.own_daemon is not None:
        # measured on 2.3.15: its child has become the service's user when it asks
        askers.append(Asker(XINETD, service.own_daemon, user, None))
        reasons.append("xinetd asks libwrap before it starts the server")
    via_tcpd = service.via_tcpd
    if service.kind == "inetd" and service.socket_type == "stream" and not service.wait and inetd:
        if inetd == "openbsd" and via_tcpd:
            askers.append(Asker(LIBWRAP, service.daemon, _ROOT, None))
            reasons.append("inetd runs with its own libwrap check")
            if service.tcpd == _OPENBSD_TCPD:
                via_tcpd = False
                reasons.append("it starts the server without tcpd")
        elif service.own_daemon is not None:
            askers.append(Asker(LIBWRAP, service.own_daemon, _ROOT, None))
            reasons.append("inetd runs with its own libwrap check")
    return askers, reasons, via_tcpd


def _listening(machine: Machine, taken: Set[int]) -> List[Listener]:
    """Processes that listen; those of one program that run alike are one service, others are not. A socket whose
    holder may not be seen stands for itself.
    """
    groups: Dict[Tuple[Any, ...], List[Socket]] = {}
    holders: Dict[Tuple[Any, ...], List[Process]] = {}
    for entry in machine.sockets:
        if entry.inode in taken or _is_client(machine, entry):
            continue
        process = holder(machine.processes, machine.owners.get(entry.inode, []), entry)
        if process is None:
            unseen = (entry.protocol, entry.address, entry.port)
            key: Tuple[Any, ...] = (entry.protocol, "people") if is_person(entry.uid) else unseen
        else:
            port = entry.port if _answers_by_port(machine, process) else 0
            alike = process._replace(pid=0)
            theirs = is_person(entry.uid)
            key = (entry.protocol, port, alike, _digest(read_arguments(process.pid)), place_of(process), theirs)
            if process not in holders.setdefault(key, []):
                holders[key].append(process)
        groups.setdefault(key, []).append(entry)
    return [_process(machine, holders.get(key, []), groups[key]) for key in groups]


def _digest(words: Sequence[str]) -> bytes:
    """Thousands of processes may have 64 KiB of words each, which are 1.3 MB as a tuple."""
    return hashlib.sha256(b"\0".join(os.fsencode(word) for word in words)).digest()


def _answers_by_port(machine: Machine, process: Process) -> bool:
    """Whether each port of a process is a service of its own. Of its program no more is opened than of any that is
    judged.
    """
    program = process.executable or process.command
    if named_by_port(program) or machine.libraries.whose(process.pid) is not None or is_persons_process(process):
        return named_by_port(program)
    return program.startswith("/") and named_by_port(machine.libraries.copies.original(program))


def _unseen(sockets: List[Socket]) -> Listener:
    """Sockets of a process that may not be seen. Root sees every holder, but of people who hold more files than are looked at."""
    listens = tuple(sorted({(entry.protocol, entry.address, entry.port) for entry in sockets}))
    protocol, port = sockets[0].protocol, sockets[0].port
    reason = "the process that holds the socket may not be seen: run as root, in a container with CAP_SYS_PTRACE"
    place = "%s port %d" % (protocol, port)
    if port == _NFS and sockets[0].uid == 0 and os.geteuid() == 0:
        return Listener(
            "nfsd", "process", protocol, "nfsd", (), _KERNEL, "root", listens, port, (), None, (), (), None, None, False,
            remedy=FILTER,
        )  # fmt: skip
    people = is_person(sockets[0].uid)
    personal = people and os.geteuid() == 0
    listens = listens[:MAX_PLACES] if people else listens
    name = named_as_persons(place) if personal else place
    return Listener(
        name, "process", protocol, place, None, reason, None, listens, port, (), None, (), (), None, None, personal
    )


def _process(machine: Machine, processes: List[Process], sockets: List[Socket]) -> Listener:
    if not processes:
        return _unseen(sockets)
    listens = tuple(sorted({(entry.protocol, entry.address, entry.port) for entry in sockets}))
    protocol, port = sockets[0].protocol, sockets[0].port
    process = processes[0]
    persons = is_persons(process, sockets)
    arguments = tuple(read_arguments(process.pid))
    program = _program(process, arguments)
    answer, daemon = _own_answer(machine, process, persons, program, arguments, (protocol, port))
    user = answer.askers[0].user if answer.askers else _process_user(process)
    personal = persons or _is_anothers(machine, process, arguments)
    listener = Listener(
        named_as_persons(process.command) if personal else process.command,
        "process",
        protocol,
        printable(daemon),
        answer.askers,
        answer.evidence,
        user.name if user else None,
        listens,
        port,
        tuple(sorted(process.pid for process in processes)),
        program or None,
        answer.own_tables,
        (),
        None,
        None,
        personal,
        tuple(printable(name) for name in answer.also),
        "" if answer.askers else answer.instead or remedy_of_process(daemon, answer.remedy),
        other_names=answer.other_names,
    )
    listener = held_against(listener, lambda: why_of_any(who_asks(process, program, machine.processes)))
    return held_unless_seen(listener, process)


def _is_anothers(machine: Machine, process: Process, arguments: Sequence[str]) -> bool:
    """Whether a process is no service of the host's, although its users are none of the people."""
    if serves_a_session(process, arguments):
        return True
    return machine.libraries.whose(process.pid) is not None and not is_of_the_system(process)


def _own_answer(
    machine: Machine, process: Process, persons: bool, program: str, arguments: Tuple[str, ...], place: Place
) -> Tuple[Answer, str]:
    """Whether a process that listens at `place` asks by itself, and the name that it does so under."""
    whose = machine.libraries.whose(process.pid)
    if whose is not None:
        reason = "%s, so what it does is nobody's enforcement" % whose
        return Answer((), reason), program.rsplit("/", 1)[-1] or process.command
    if not program:
        return Answer(None, "its program may not be seen", instead=AS_ROOT), process.command
    if persons:
        return Answer((), "it is a user's own process, so what it does is nobody's enforcement"), process.command
    if serves_a_session(process, arguments):
        reason = "it serves a login, and does not ask about connections to a port that the login forwards"
        return Answer((), reason), process.command
    link = machine.libraries.find_libwrap_in(process.pid, program)
    # anybody can load libwrap and not ask it; a daemon of the host's is believed
    if not is_person(process.uid):
        link = _link_of(machine, link, process)
    read = machine.of_persons if is_person(process.uid) else machine.configurations
    check = own_check(read, machine.libraries, link, program, arguments[1:], place[1])
    check = as_called(check, arguments[0] if arguments else "")
    check = check._replace(names=names_by_argv0(check, link, arguments))
    doubt = doubt_about(read, process, arguments, place[0], check)
    if doubt is not None:
        check = check._replace(asks=doubt.asks, reason=doubt.reason, remedy=doubt.remedy or check.remedy)
        check = check._replace(other_names=check.other_names or doubt.other_names)
    check = _of_ordinary(_linked(machine, process, check), [process.uid])
    asker = _asker(check, check.names[0], None, process)
    askers = None if check.asks is None else (asker,) if check.asks else ()
    answer = Answer(
        askers, check.reason, check.known.own_tables, check.names[1:], check.remedy, other_names=check.other_names
    )
    return answer, check.names[0]


def _linked(machine: Machine, process: Process, check: OwnCheck) -> OwnCheck:
    """A process's check as it stands, or one of which it is not known what answers it."""
    why = why_of_process(process, bool(check.known.asks_in), machine.loader_of) if check.asks else ""
    return check._replace(asks=None, reason="%s, but %s" % (check.reason, why), remedy=REMEDY) if why else check


def _of_ordinary(check: OwnCheck, uids: Sequence[int]) -> OwnCheck:
    """The check of what runs as these users: an ordinary one may let any process of their own do something else."""
    if not check.asks or not any(is_person(uid) for uid in uids):
        return check
    return check._replace(asks=None, reason="%s, but %s" % (check.reason, ORDINARY), remedy="")


def _asker(check: OwnCheck, name: str, user: Optional[User], process: Optional[Process]) -> Asker:
    """A daemon that asks by itself. `user`: as whom it is started where it does not run."""
    if check.known.asks_as:
        return Asker(LIBWRAP, name, check.user, None, check.untold)
    return Asker(LIBWRAP, name, _process_user(process) if process else user, process, check.untold)


def _program(process: Process, arguments: Tuple[str, ...]) -> str:
    """The path of a process's program; where its link may not be seen, by its first argument, which a user can choose."""
    if process.executable:
        return process.executable
    return arguments[0] if arguments and arguments[0].startswith("/") and not is_persons_process(process) else ""


def _places(machine: Machine, service: Service, protocol: str) -> List[Place]:
    """The ports that a service listens on, by its configuration."""
    attributes = dict(service.attributes)
    if service.kind == "systemd":
        words = attributes.get("listens", "").split()
        ports = [machine.accounts.port(word.rsplit(":", 1)[-1], protocol) for word in words]
        return [
            (kind, port)
            for port in ports
            if port is not None
            for kind in service.protocol.split("/")
            if kind in ("tcp", "udp")
        ]
    name = attributes.get("port") or attributes.get("service", service.name).rsplit(":", 1)[-1].split("/")[0]
    port = machine.accounts.port(name, protocol)
    return [] if port is None else [(protocol, port)]


def _starters(machine: Machine, configured: Configured, service: Service) -> Set[int]:
    """The processes of a service's super-server: they run as root, to start servers as any user."""
    kind = "xinetd" if service.kind == "inetd" and configured.inetd == "xinetd" else service.kind
    if kind == "systemd":
        return {1}
    names = ("xinetd",) if kind == "xinetd" else _INETDS
    # everybody can call a process so, also a set-uid program of root's, through a link; a container's reads other files
    return {
        pid
        for pid, process in machine.processes.items()
        if process.command in names
        and process.uid == 0
        and os.path.basename(process.executable or process.command) in names + ("busybox",)
        and machine.libraries.whose(pid) is None
        and not is_persons_process(process)
        and sees_file(process, "/etc") is not False
    }


def _inetd_asks(starters: Set[int]) -> bool:
    """openbsd-inetd asks with -l, FreeBSD's with -w or -W."""
    for pid in starters:
        for word in read_arguments(pid)[1:]:
            if word.startswith("-") and not word.startswith("--") and set(word[1:]) & set("lwW"):
                return True
    return False


def _is_client(machine: Machine, entry: Socket) -> bool:
    """A UDP socket on a port of the kernel's own choice waits for answers, not for clients, unless its process was told
    the port.
    """
    if entry.protocol != "udp" or not is_kernels_choice(entry.port):
        return False
    process = holder(machine.processes, machine.owners.get(entry.inode, []), entry)
    return process is None or not _is_told(entry.port, read_arguments(process.pid))


def _is_told(port: int, arguments: Sequence[str]) -> bool:
    return any(re.search(r"(?<!\d)%d(?!\d)" % port, word) for word in arguments)


def is_kernels_choice(port: int) -> bool:
    """Whether a port is one of those that the kernel gives to sockets that ask for none: it may be another after the next start."""
    low, high = _ephemeral()
    return low <= port <= high


def _ephemeral(proc: str = PROC) -> Tuple[int, int]:
    try:
        with open(os.path.join(proc, "sys/net/ipv4/ip_local_port_range"), encoding="ascii") as stream:
            low, high = stream.read().split()
            return int(low), int(high)
    except (OSError, ValueError):
        return 32768, 60999


def _process_user(process: Process) -> User:
    return User(user_name(process.uid), process.uid, process.gid, process.groups)
