# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The host as a look at its services sees it, and what such a look says of one service."""

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.system.accounts import Accounts, User, user_name
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.libraries import OTHER_LIBWRAP, Libraries, Linkage
from ..._host.system.people import is_person
from ..._host.system.processes import Process, list_processes
from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._host.system.sockets import Socket, list_waiting, socket_owners
from .linker import LoaderOf
from .listener import LIBWRAP, Asker, OwnCheck, as_it_runs

Place = Tuple[str, int]  # protocol, port
PlaceOf = Callable[[str, Sequence[str]], Optional[str]]
_ORDINARY = "it runs as an ordinary user, who may let it do something else"


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
    doubt = ""
    if root.is_host:
        processes = {process.pid: process for process in list_processes()}
        sockets, doubt = list_waiting()
        owners = socket_owners(sockets=sockets)
    return Machine(
        root,
        Libraries(root),
        Accounts(root),
        Configurations(root),
        Configurations(root),
        processes,
        sockets,
        owners,
        doubt=doubt,
    )


def link_of(machine: Machine, link: Linkage, process: Process) -> Linkage:
    """What a program links, with what a process that runs it has in its memory."""
    if process.maps_libwrap:
        return as_it_runs(machine.libraries, link, process.pid)
    if link.libwrap is False and process.unseen:
        return Linkage(None, (), "%s, but it may have loaded libwrap: %s" % (link.reason, process.unseen))
    other = ""
    if link.libwrap and process.maps_libwrap is False:  # LD_LIBRARY_PATH, or a build of somebody's own
        other = machine.libraries.find_other_mapped(process.pid)
    return Linkage(False, (), OTHER_LIBWRAP % printable(other)) if other else link


def of_ordinary(check: OwnCheck, uids: Sequence[int]) -> OwnCheck:
    """The check of what runs as these users: an ordinary one may let any process of their own do something else."""
    if not check.asks or not any(is_person(uid) for uid in uids):
        return check
    return check._replace(asks=None, reason="%s, but %s" % (check.reason, _ORDINARY), remedy="")


def asker_of(check: OwnCheck, name: str, user: Optional[User], process: Optional[Process]) -> Asker:
    """A daemon that asks by itself. `user`: as whom it is started where it does not run."""
    if check.known.asks_as:
        return Asker(LIBWRAP, name, check.user, None, check.untold)
    return Asker(LIBWRAP, name, process_user(process) if process else user, process, check.untold)


def process_user(process: Process) -> User:
    """The user that a process runs as, with its groups."""
    return User(user_name(process.uid), process.uid, process.gid, process.groups)
