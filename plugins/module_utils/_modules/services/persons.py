# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What people's own processes count for among a host's services: which sockets are theirs, and how much of them is told.

Anybody may start thousands of processes with thousands of sockets, and call his program what he likes.
"""

from typing import Dict, List, Optional, Sequence, Set

from ..._host.system.people import is_person, is_persons_process
from ..._host.system.processes import Process
from ..._host.system.sockets import Socket
from ..._libwrap.printable import printable
from .listener import Listener

MAX_SERVICES = 200  # of all people together that are told one by one,
MAX_PLACES = 50  # places of each of them, and processes of each, and
MAX_TEXT = 200  # characters of its names and its program


def is_persons(process: Process, sockets: Sequence[Socket]) -> bool:
    """Whether a process that holds these sockets serves a person there: it is his own, or a set-uid program, whatever
    it made of its own ids, that was given a socket of his.
    """
    given = not is_person(process.uid) and any(is_person(entry.uid) for entry in sockets)
    return given or is_persons_process(process)


def named_as_persons(command: str) -> str:
    """The name of a person's process as a service, which no service of the host has."""
    return "%s (a user's own process)" % command


def holder(processes: Dict[int, Process], pids: Sequence[int], entry: Socket) -> Optional[Process]:
    """The process that serves a socket: the last one that holds it, since systemd and a parent keep a copy. A person's
    process that was given a daemon's socket does not serve in its place.
    """
    others = [pid for pid in pids if pid != 1] or list(pids)
    if len(others) > 1 and not is_person(entry.uid):
        known = (processes[pid] for pid in others if pid in processes)
        return next((one for one in known if not is_persons_process(one)), processes.get(others[0]))
    return processes.get(others[0]) if others else None


def bounded(listeners: Sequence[Listener], users: Dict[int, int]) -> List[Listener]:
    """The services, of those of people so many and so much of each as fits in every answer; the rest as one of them.
    Each of the people has as many of his own told as the others. `users`: the user of each process, by number.
    """
    personal = [one for one in listeners if one.personal]
    if len(personal) > MAX_SERVICES:
        told: Dict[int, int] = {}
        ranks = []
        for place, one in enumerate(personal):
            uid = users.get(one.pids[0], 0) if one.pids else 0
            told[uid] = told.get(uid, 0) + 1
            ranks.append((told[uid], uid, place))
        kept: Set[int] = {place for _rank, _uid, place in sorted(ranks)[: MAX_SERVICES - 1]}
        rest = [one for place, one in enumerate(personal) if place not in kept]
        personal = [one for place, one in enumerate(personal) if place in kept] + [_together(rest)]
    return [one for one in listeners if not one.personal] + [_cut(one) for one in personal]


def _together(listeners: Sequence[Listener]) -> Listener:
    """Services of people that are too many to be told one by one."""
    evidence = "%d more services are users' own processes, so what they do is nobody's enforcement" % len(listeners)
    places = sorted({place for one in listeners for place in one.listens})
    first = listeners[0]
    return Listener(
        "more services of users",
        "process",
        first.protocol,
        "more-services-of-users",
        (),
        evidence,
        None,
        tuple(places),
        places[0][2] if places else None,
        tuple(sorted({pid for one in listeners for pid in one.pids})),
        None,
        (),
        (),
        None,
        None,
        True,
    )


def _cut(one: Listener) -> Listener:
    evidence = one.evidence
    if len(one.listens) > MAX_PLACES:
        evidence += "; it listens at %d more places" % (len(one.listens) - MAX_PLACES)
    return one._replace(
        name=_short(one.name),
        daemon=_short(one.daemon),
        program=None if one.program is None else _short(printable(one.program)),
        evidence=_short(evidence, 2 * MAX_TEXT),
        listens=one.listens[:MAX_PLACES],
        pids=one.pids[:MAX_PLACES],
    )


def _short(text: str, most: int = MAX_TEXT) -> str:
    return text if len(text) <= most else text[:most] + "..."
