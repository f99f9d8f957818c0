# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Processes that listen by themselves, and whether each asks for itself."""

import hashlib
import os
import re
from typing import Any, Dict, List, Sequence, Set, Tuple

from ..._host.system.connection import command_name
from ..._host.system.daemons import named_by_port
from ..._host.system.ephemeral_ports import is_kernels_choice
from ..._host.system.service_programs import is_the_services_own
from ..._host.system.people import is_of_the_system, is_person, is_persons_process
from ..._host.system.processes import Process, read_arguments
from ..._libwrap.printable import printable
from ..._host.system.ssh_sessions import serves_a_session
from ..._host.system.tables_seen import place_of
from ..._host.system.sockets import Socket
from .argv0 import names_by_argv0
from .doubts import doubt_about
from .linker import REMEDY, why_of_process
from .listener import Listener, OwnCheck, as_called, own_check
from .machine import Answer, Machine, Place, asker_of, link_of, of_ordinary, process_user
from .other_tables import held_against, who_asks, why_of_any
from .persons import MAX_PLACES, holder, is_persons, named_as_persons
from .remedies import AS_ROOT, FILTER, remedy_of_process
from .unanswered import held_unless_seen

# sockets of nfsd(8) belong to no process; mountd is asked about mounts of NFSv2 and v3 alone
_NFS = 2049
_KERNEL = "the kernel itself serves NFS, and asks nobody (mountd asks about mounts of NFSv2 and v3 alone)"

_NOT_STARTED = "systemd did not start it as a service, and who did may let it do something else"


def listening_processes(machine: Machine, taken: Set[int]) -> List[Listener]:
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
    user = answer.askers[0].user if answer.askers else process_user(process)
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
        link = link_of(machine, link, process)
    read = machine.of_persons if is_person(process.uid) else machine.configurations
    check = own_check(read, machine.libraries, link, program, arguments[1:], place[1])
    check = as_called(check, arguments[0] if arguments else "")
    check = check._replace(names=names_by_argv0(check, link, arguments))
    doubt = doubt_about(read, process, arguments, place[0], check)
    if doubt is not None:
        check = check._replace(asks=doubt.asks, reason=doubt.reason, remedy=doubt.remedy or check.remedy)
        check = check._replace(other_names=check.other_names or doubt.other_names)
    check = _of_a_script(of_ordinary(_linked(machine, process, check), [process.uid]), process)
    asker = asker_of(check, check.names[0], None, process)
    askers = None if check.asks is None else (asker,) if check.asks else ()
    answer = Answer(
        askers, check.reason, check.known.own_tables, check.names[1:], check.remedy, other_names=check.other_names
    )
    return answer, check.names[0]


def _of_a_script(check: OwnCheck, process: Process) -> OwnCheck:
    """The check of a process that the system may not have started: who did may have written over its memory. Only systemd
    tells what it started.
    """
    if not check.asks or command_name(1) != "systemd" or is_the_services_own(process):
        return check
    return check._replace(asks=None, reason="%s, but %s" % (check.reason, _NOT_STARTED), remedy="")


def _linked(machine: Machine, process: Process, check: OwnCheck) -> OwnCheck:
    """A process's check as it stands, or one of which it is not known what answers it."""
    why = why_of_process(process, bool(check.known.asks_in), machine.loader_of) if check.asks else ""
    return check._replace(asks=None, reason="%s, but %s" % (check.reason, why), remedy=REMEDY) if why else check


def _program(process: Process, arguments: Tuple[str, ...]) -> str:
    """The path of a process's program; where its link may not be seen, by its first argument, which a user can choose."""
    if process.executable:
        return process.executable
    return arguments[0] if arguments and arguments[0].startswith("/") and not is_persons_process(process) else ""


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
