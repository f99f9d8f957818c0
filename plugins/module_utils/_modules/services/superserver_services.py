# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A service that a super-server is configured to start: where it listens, and who asks for it."""

import os
import re
from typing import List, Optional, Sequence, Set, Tuple

from ..._host.system.accounts import User
from ..._host.system.daemon_users import becomes
from ..._host.system.libraries import Linkage
from ..._host.system.people import is_persons_process
from ..._host.system.processes import Process, read_arguments, sees_file
from ..._libwrap.printable import printable
from ..._host.files.reading import stat_file
from ..._host.system.ssh_start import shown_words
from ..._host.system.sockets import Socket
from ..._superservers.service import Service
from ..._superservers.tcpd import ON_LISTENING_SOCKET, is_tcpd
from ..._superservers.tcpd import daemon as daemon_of
from .configured import Configured, asks_as
from .doubts import doubt_of_running, files_of, held_apart
from .launchers import hands_on
from .linker import held_in_doubt, why_of_service
from .listener import LIBWRAP, TCPD, XINETD, Asker, Listener, OwnCheck, check_of_started
from .machine import Answer, Machine, Place, asker_of, link_of, of_ordinary
from .not_reloaded import held_until_read
from .other_tables import held_against, why_of_service as why_of_other_tables
from .remedies import FILTER, INSTALL, remedy_of_service
from .started_as import started_as
from .tcpd_itself import REMEDY as TCPD_ITSELF, doubt_tcpd
from .unanswered import checked_unless_seen

_ROOT = User("root", 0, 0, (0,))
# openbsd-inetd -l knows this path: it asks by itself and starts the server in tcpd's place
_OPENBSD_TCPD = "/usr/sbin/tcpd"
_INETDS = ("inetd", "inetutils-inetd", "openbsd-inetd")
# measured with xinetd and tcpd (UDP with wait): a client that the tables deny is served while the server stays
_FIRST_PACKET = "the tables are asked about the first packet only: until the server ends, it answers every client"
_NAME_LATER = "it is started through tcpd, under a name that only systemd knows when a connection comes (%s)"
_NAME_TCPD = "Name /usr/sbin/tcpd as the server in its place."
_OTHER_NAME = "it is tcpd by another name, and which daemon that asks for and starts is not followed"


def as_configured(machine: Machine, configured: Configured, service: Service, taken: Set[int]) -> Optional[Listener]:
    """A service as its clients meet it, and into `taken` the sockets at which it is met."""
    protocol, places = _transport(machine, service)
    starters = _starters(machine, configured, service)
    sockets = _sockets(machine, service, places, starters)
    taken.update(entry.inode for entry in sockets)
    holders = [pid for entry in sockets for pid in machine.owners.get(entry.inode, []) if pid not in starters]
    process = machine.processes.get(holders[0]) if holders else None
    user, port = asks_as(machine.accounts, service), next((port for _protocol, port in places), None)
    inetd = configured.inetd if service.kind == "inetd" and _inetd_asks(starters) else ""
    answer = _unnamed(machine, service) or _askers(machine, service, user, process, inetd, port)
    askers, holding = answer.askers, _holding(machine, sockets, starters)
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
        service.wrappable and not service.via_tcpd and answer.evidence != _OTHER_NAME,
        configured=tuple(sorted(set(places))),
        other_names=answer.other_names,
    )
    waiting = holding or _running(machine, starters)
    covered = held_in_doubt(covered, why_of_service(service, waiting))
    covered = held_against(covered, lambda: why_of_other_tables(service, process, holding))
    return _as_it_is_met(service, covered, waiting)


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


def started_by_hand(machine: Machine, service: Service) -> bool:
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
        reasons.append(_FIRST_PACKET)
    if via_tcpd and is_tcpd(service.server):
        reasons.append("tcpd without the daemon's name starts itself in an endless loop")
        return Answer(tuple(askers), "; ".join(reasons))
    if not service.server.startswith("/"):
        reasons.append("the server is part of %s" % service.kind if not askers else "")
        return Answer(tuple(askers), "; ".join(reason for reason in reasons if reason))
    check = _check_of_started(machine, service, process, port)
    if machine.root.is_host:
        check = of_ordinary(check, [one.uid for one in (user, process) if one is not None])
    tables = check.known.own_tables
    names = check.names if check.known.daemon or check.known.named_by else (service.daemon,)
    if check.asks:
        user = becomes(check.known, machine.accounts, started_as(machine.root, service.server, user))
        askers.append(asker_of(check, names[0], user, process))
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
        link = link_of(machine, link, process)
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
        return Answer(None, _NAME_LATER % printable(untold), other_names=True)
    if service.via_tcpd or not service.server.startswith("/") or not machine.libraries.is_tcpd(service.server):
        return None
    names = tuple(daemon_of(word) for word in (service.argv0, service.server) if word)
    return Answer(None, _OTHER_NAME, (), names, instead=_NAME_TCPD)


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
