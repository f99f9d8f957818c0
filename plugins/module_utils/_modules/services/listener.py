# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""One thing that accepts connections, who makes it obey the tables, and what the tables then are to it."""

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.system.access import may_read, read_access
from ..._host.system.accounts import User
from ..._host.system.contents import MAX_CONTENTS
from ..._host.system.daemon_configurations import Configurations, TooMuchToRead
from ..._host.system.daemon_requests import untold_by
from ..._host.system.daemon_users import user_in_configuration
from ..._host.system.daemons import is_opened, known_daemon, names_asked, switched_on
from ..._host.system.folders_on_way import may_reach
from ..._host.system.known_daemons import ASK_FOR_THEMSELVES, Known, Opening
from ..._host.system.libraries import NO_LIBWRAP, Libraries, Linkage
from ..._host.system.processes import Process, reads_anything
from ..._host.system.ssh_session_program import other_session
from ..._host.files.reading import FileState
from ..._host.files.root import Root
from ..._libwrap.printable import printable
from ..._superservers.service import Service

TCPD, LIBWRAP, XINETD = "tcpd", "libwrap", "xinetd"


class Asker(NamedTuple):
    by: str  # tcpd, libwrap, xinetd
    daemon: str  # the name it gives to libwrap
    user: Optional[User]  # as whom it reads the tables; None: not known
    process: Optional[Process]  # where it runs already, with its capabilities
    untold: Tuple[str, ...] = ()  # what it does not tell libwrap (daemon_requests.py)


class Listener(NamedTuple):
    name: str
    kind: str  # inetd, xinetd, systemd, process
    protocol: str  # tcp or udp
    daemon: str
    askers: Optional[Tuple[Asker, ...]]  # None: it could not be found out
    evidence: str
    runs_as: Optional[str]
    listens: Tuple[Tuple[str, str, int], ...]  # protocol, address, port
    port: Optional[int]
    pids: Tuple[int, ...]
    program: Optional[str]
    own_tables: Tuple[str, ...]
    restrictions: Tuple[Tuple[str, str], ...]  # xinetd's only_from and no_access
    path: Optional[str]
    line: Optional[int]
    personal: bool  # a user's own process: no service of the host, and nobody's enforcement
    also: Tuple[str, ...] = ()  # further names that it asks, or would ask, libwrap under
    remedy: str = ""  # what makes it ask, or stands in for that; empty where it asks
    wrappable: bool = False  # tcpd can be put in front of it
    filtered_by: Tuple[str, ...] = ()  # programs that refuse by address whom the tables deny: nftables, sshd
    asked_always: Optional[bool] = True  # False: its askers are not asked about all that comes; None: perhaps never
    configured: Tuple[Tuple[str, int], ...] = ()  # protocol, port: where its super-server shall listen for it
    other_names: bool = False  # it may ask under names that are not known
    gave_way: bool = False  # personal only since it has the name of a daemon that it does not speak for (brought.py)

    @property
    def places(self) -> List[Tuple[str, int]]:
        """(protocol, port) of each place where it listens, or would by its configuration."""
        found = sorted({(protocol, port) for protocol, _address, port in self.listens})
        return found or list(self.configured) or ([] if self.port is None else [(self.protocol, self.port)])

    @property
    def asked_of(self) -> Optional[List[str]]:
        """Who asks libwrap about all that comes; [] nobody, None: it could not be found out."""
        if self.askers and not self.asked_always:
            return None if self.asked_always is None else []
        return None if self.askers is None else [asker.by for asker in self.askers]

    @property
    def enforced_by(self) -> Optional[List[str]]:
        """Who makes it obey the tables; [] nobody, None: it could not be found out."""
        asked = self.asked_of
        return list(self.filtered_by) or None if asked is None else asked + list(self.filtered_by)


class OwnCheck(NamedTuple):
    """Whether a daemon asks libwrap itself."""

    asks: Optional[bool]  # None: it cannot be told
    reason: str  # how that was found out
    known: Known
    names: Tuple[str, ...]  # those that it asks under, or would
    remedy: str  # what makes it ask; empty where nothing is known that would
    user: Optional[User] = None  # who asks, where that is not the daemon's own user (Known.asks_as)
    program: str = ""  # the known program that it is, which may go by another name here
    untold: Tuple[str, ...] = ()  # what it does not tell libwrap of a connection
    files: Tuple[str, ...] = ()  # the configuration that this was read from
    called: bool = False  # one of `names`, the program's, stands for what it is started as
    other_names: bool = False  # it may ask under names that are not known
    session: str = ""  # the program that it starts for a connection, which asks in its place
    session_files: Tuple[str, ...] = ()  # what says which program that is


def as_it_runs(libraries: Libraries, link: Linkage, pid: int) -> Linkage:
    """What a program links, with what its process shows that maps libwrap."""
    if link.libwrap:
        return link
    users = libraries.find_users_mapped(pid)
    if users is None:
        return Linkage(None, (), "its process maps libwrap, and what else it maps cannot be seen")
    return Linkage(True, (), "its process maps libwrap", users)


def own_check(
    read: Configurations,
    libraries: Libraries,
    link: Linkage,
    program: str,
    arguments: Tuple[str, ...],
    port: Optional[int] = None,
) -> OwnCheck:
    """Whether a daemon asks libwrap itself about a connection to `port`. `link` is what its program links, or its
    process has (as_it_runs).
    """
    check = _own_check(read, libraries, link, program, arguments, port)
    if libraries.contents.unread(program) and (link.libwrap or check.known.asks_in):
        reason = "whether it asks cannot be told: the programs of this host have more than %d bytes together, and %s "
        reason = (reason + "was not read") % (MAX_CONTENTS, printable(program))
        return check._replace(asks=None, reason=reason, remedy="")
    return check


def _own_check(
    read: Configurations,
    libraries: Libraries,
    link: Linkage,
    program: str,
    arguments: Tuple[str, ...],
    port: Optional[int],
) -> OwnCheck:
    original = libraries.copies.original(program) if link.libwrap else program
    check, files = read.noted(lambda: _check_of(read, libraries, link, original, arguments, port))
    try:
        untold = untold_by(read, original, arguments) if check.asks else ()
    except TooMuchToRead as exc:
        untold, check = (), check._replace(asks=None, reason=printable(str(exc)))
    session = _session(libraries, link, original, check)
    check = check._replace(program=original, untold=untold, files=files, session=session)
    if original != program:
        named = check.known.named_by or check.known.daemon not in (None, "sshd")  # sshd asks by what it is called
        names = check.names if named else (program.rsplit("/", 1)[-1],)
        return check._replace(names=names, reason="%s; it is %s by another name" % (check.reason, printable(original)))
    option = libraries.option_for_libwrap(program) if check.asks and not check.known.links else ""
    if option:
        reason = "it links libwrap and has a setting for it (%s), so it may ask only when told to" % option
        return check._replace(asks=None, reason=reason)
    return check


def _session(libraries: Libraries, link: Linkage, program: str, check: OwnCheck) -> str:
    """The program that a daemon starts for a connection and that asks for it; empty where it asks by itself."""
    if not check.asks or not check.known.names_asker or link.libwrap:
        return ""
    return next((other for other in check.known.asks_in if libraries.holds(program, other)), "")


def _check_of(
    read: Configurations,
    libraries: Libraries,
    link: Linkage,
    program: str,
    arguments: Tuple[str, ...],
    port: Optional[int],
) -> OwnCheck:
    """What is known of a program by its name."""
    known = known_daemon(program)
    try:
        names = names_asked(read, program, arguments, port or 0)
        asks, reason, remedy = _asks(
            libraries, link, program, known, lambda: switched_on(read, program, arguments, port or 0)
        )
        user = user_in_configuration(known.asks_as, read, arguments) if asks and known.asks_as else None
    except TooMuchToRead as exc:
        unknown = link.libwrap or bool(known.asks_in)
        daemon = known.daemon or program.rsplit("/", 1)[-1]
        return OwnCheck(
            None if unknown else link.libwrap, printable(str(exc)) if unknown else link.reason, known, (daemon,), ""
        )
    if asks and not names.told:
        asks, reason = None, "it links libwrap, but under which name it asks cannot be known from what may be read"
    elif asks and known.partly:
        asks, reason = False, "it links libwrap, but %s" % known.partly
    elif asks and known.opening is not None:
        asks, reason, remedy = _opened(known.opening, arguments, reason)
    elif asks and names.unasked:
        asks, reason = False, "it links libwrap, but hands on without a question what is %s" % ", ".join(names.unasked)
        remedy = known.switch.remedy if known.switch is not None else ""
    unknown_names = asks is not False and (not names.told or link.other_names)
    return OwnCheck(asks, reason, known, names.names, remedy, user, called=names.called, other_names=unknown_names)


def as_called(check: OwnCheck, argv0: str) -> OwnCheck:
    """With the name that a program asks under that asks by its argv[0] (OwnCheck.called)."""
    if not check.called:
        return check
    own, name = check.program.rsplit("/", 1)[-1], argv0.rsplit("/", 1)[-1]
    if not name:
        return check._replace(asks=None, reason="it links libwrap, but under which name it asks cannot be told")
    return check._replace(names=tuple(name if one == own else one for one in check.names))


def _opened(opening: Opening, arguments: Sequence[str], reason: str) -> Tuple[Optional[bool], str, str]:
    """Whether a daemon asks about all that comes where an option may open it, how that is known, and the remedy."""
    opened = is_opened(opening, arguments)
    if opened is False:
        return True, reason, ""
    told = "%s, but " % reason
    if opened is None:
        return (
            None,
            told + "whether it has the option -%s cannot be told from its words" % opening.letter,
            opening.remedy,
        )
    return False, told + opening.partly, opening.remedy


def check_of_started(
    read: Configurations, libraries: Libraries, link: Linkage, service: Service, port: Optional[int] = None
) -> OwnCheck:
    """The same of the server that a super-server starts: for each connection, or with the socket that listens."""
    check = own_check(read, libraries, link, service.server, service.args, port)
    check = as_called(check, service.argv0 or service.server)
    words = ("sshd",) + service.args
    other, files = read.noted(lambda: other_session(read, words, check.session) if check.session else "")
    check = check._replace(session_files=files)
    if other:
        return check._replace(asks=None, reason=other)
    if check.asks is False or service.wait or not check.known.accepted_alone:
        return check
    reason = "it links libwrap, but does not ask about a connection that it gets from a super-server"
    return check._replace(asks=False, reason=reason, remedy="")


def _asks(
    libraries: Libraries, link: Linkage, program: str, known: Known, switched: Callable[[], Optional[bool]]
) -> Tuple[Optional[bool], str, str]:
    """Whether the program, or one that asks for it, links libwrap and is told to use it; how that is known; and the
    remedy. `switched` tells whether its configuration does.
    """
    links, reason = _links(link, known)
    for other in known.asks_in:
        if links or (known.names_asker and not libraries.holds(program, other)):
            continue
        asks, why = _links(libraries.find_libwrap(other), known)
        if asks:
            links, reason = True, "%s asks for it and links libwrap" % other
        elif links is False and libraries.is_there(other) and (asks is None or why != NO_LIBWRAP):
            links, reason = asks, "%s would ask for it: %s" % (other, why)
    if links and known.switch is not None:
        on = switched()
        if on is False:
            return False, "it links libwrap, but its configuration does not use it", known.switch.remedy
        if on is None:
            return (
                None,
                "it links libwrap and asks only when told to, and whether it is told to cannot be known from what may be read",
                known.switch.remedy,
            )
        reason += ", and its configuration uses it"
    return links, reason, ""


def _links(link: Linkage, known: Known) -> Tuple[Optional[bool], str]:
    """Whether what a program links makes it ask, and why: a library between asks only for who calls its own server."""
    names = sorted({printable(path.rsplit("/", 1)[-1]) for path in link.users})
    if not link.libwrap or not names:
        return link.libwrap, link.reason
    if any(name.startswith(known.through) for name in names if known.through):
        if len(link.through) > 2:
            return True, "it links libwrap through %s" % ", ".join(link.through[1:-1])
        return True, link.reason
    told = "a library that it uses links libwrap (%s)" % ", ".join(names)
    if all(name.startswith(ASK_FOR_THEMSELVES) for name in names):
        return False, told + ", but the program does not ask"
    return None, told + ", and it is not known whether the program asks"


def reads_table(root: Root, state: FileState, asker: Asker) -> Optional[bool]:
    """Whether an asker can read a table as it stands; a missing one that it can look for is empty and harms nobody. None:
    its user is not known.
    """
    missing = state.kind in ("missing", "dangling")
    if asker.process is not None and reads_anything(asker.process):
        return True
    if asker.user is None:
        return True if missing else None
    if asker.user.reads_anything and asker.process is None:
        return True
    if not may_reach(root, state.path, asker.user.uid, asker.user.gid, asker.user.groups):
        return False
    if missing:
        return True
    access = read_access(state.real_path)
    if access is None:
        return None
    return may_read(access, asker.user.uid, asker.user.gid, asker.user.groups)


def reads_tables(root: Root, tables: List[FileState], askers: Tuple[Asker, ...]) -> Optional[bool]:
    """Whether every asker can read both tables; None where that is not known of one."""
    answers = [reads_table(root, state, asker) for asker in askers for state in tables]
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def merged(services: List[Listener]) -> Dict[str, Optional[List[str]]]:
    """Who enforces, by the name that libwrap sees; where services of one name differ, the least that holds for all."""
    found: Dict[str, Optional[List[str]]] = {}
    for service in services:
        names = service.enforced_by
        for daemon in names_of(service):
            if daemon not in found:
                found[daemon] = names
            else:
                before = found[daemon]
                if before and (names is None or len(names) < len(before)):
                    found[daemon] = names
    return found


def names_of(service: Listener) -> Tuple[str, ...]:
    """All names that libwrap is asked for about a service, or would be; none of a user's own process, for everybody calls a
    program as he likes.
    """
    return (
        () if service.personal else (service.daemon,) + tuple(name for name in service.also if name != service.daemon)
    )
