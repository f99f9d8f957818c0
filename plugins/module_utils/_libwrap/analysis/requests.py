# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""One request as an example of a set."""

from typing import Any, Dict, List, Optional, Tuple

from ..errors import HostsAccessError
from ..facts import PARANOID, UNKNOWN
from ..request import Request
from .endpoints import Example, server_fields
from .ranges import Ranges, address_at, pairs
from .space import Space


def text_of(word: bytes) -> Optional[str]:
    """A class's word as a field of a request: None is unknown."""
    return None if word == UNKNOWN else word.decode("utf-8", "surrogateescape")


def example_of(
    space: Space, example: Example, states: int, place: int, fixed: Optional[Dict[str, Any]] = None
) -> Request:
    """The plainest request at a position, in one of some states; ``fixed`` are fields that the question gives."""
    user, _answers, _number = min(space.take_apart(states))
    names = space.take_apart(states)[min(space.take_apart(states))]
    name = space.names.words[(names & -names).bit_length() - 1]
    address, hostname, paranoid = server_fields(example.server)
    fields: Dict[str, Any] = {
        "daemon": example.daemon.decode("utf-8", "surrogateescape"),
        "address": address_at(place),
        "server_port": example.port,
        "server_address": address,
        "server_hostname": hostname,
        "server_paranoid": paranoid,
        "user": text_of(space.users.words[user]),
        "hostname": None if name in (UNKNOWN, PARANOID) else text_of(name),
        "paranoid": name == PARANOID,
    }
    fields.update(fixed or {})
    return Request(**fields)


def place_in(space: Space, states: int, ranges: Ranges) -> Tuple[int, int]:
    """A position among some ranges at which clients exist, and those of the states that have clients there."""
    numbers = sorted(set(number for _user, _answers, number in space.take_apart(states)))
    for start, end in pairs(ranges):
        for number in numbers:
            place = space.first_address(number if space.classes is not None else None, start, end)
            if place is not None:
                return place, states if space.classes is None else states & space.states(classes=(number,))
    raise HostsAccessError("no client is in an empty set")


def open_questions(space: Space, states: int) -> List[str]:
    """The questions whose answer decides whether a client is in some of these states."""
    seen = set(answers for _user, answers, _number in space.take_apart(states))
    if not seen:
        return []
    found = []
    for bit, question in enumerate(space.questions):
        space.patience.spend()
        if any(answers ^ 1 << bit not in seen for answers in seen):
            found.append(question)
    return found
