# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Sets of daemons and clients in words that people use."""

from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Sequence, Set, Tuple

from .endpoints import Endpoint, Endpoints
from .networks_text import networks_text
from .ranges import ALL_IPV4, Ranges, meet
from .space import Space
from .words import Words


#: A text, and how many things it names: the fewer, the shorter.
class Description(NamedTuple):
    text: str
    terms: int


_NOBODY_NAMES = "a name that no rule matches"
_OTHERS = "any other daemon"
#: So many names are written out; the rest is counted.
SHOWN = 24


def listed(words: Sequence[str]) -> str:
    """Words with commas; many are counted."""
    if len(words) <= SHOWN:
        return ", ".join(words)
    return "%s and %d more" % (", ".join(words[:SHOWN]), len(words) - SHOWN)


def words_in(words: Words, mask: int, others: str) -> List[str]:
    """Some classes of words as patterns and words; a class that no pattern matches is called ``others``."""
    found = []
    terms = words.terms_in(mask)
    for text, covered in terms:
        if covered & mask and not covered & ~mask:
            found.append(_show(text))
            mask &= ~covered
    for text, covered in terms:
        if not mask:
            break
        own = words.own(text)
        if own & mask and not own & ~mask:
            found.append("%s except %s" % (_show(text), " and ".join(words_in(words, covered & ~mask, others))))
            mask &= ~covered
    while mask:
        low = mask & -mask
        found.append(words.title(low.bit_length() - 1, others))
        mask ^= low
    return found


def _show(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _restriction(words: Words, mask: int, noun: str) -> Tuple[str, int]:
    """`` named .example.com`` or `` unless named ...``: how a set of names narrows clients; "" for all."""
    if mask == words.everything:
        return "", 0
    others = "a %s that no rule matches" % noun
    inside = words_in(words, mask, others)
    if len(inside) == 1:
        return " with the %s %s" % (noun, inside[0]), 1
    outside = words_in(words, words.everything & ~mask, others)
    if len(outside) < len(inside):
        return " unless the %s is %s" % (noun, listed(outside)), len(outside)
    return " with the %s %s" % (noun, listed(inside)), len(inside)


def describe_clients(space: Space, states: int, ranges: Ranges) -> Iterator[Tuple[int, Description]]:
    """A set of clients, taken apart where one sentence cannot say it: (states, in words)."""
    parts: Dict[Tuple[int, int, int], Set[int]] = {}
    for (user, answer, number), names in space.take_apart(states).items():
        parts.setdefault((names, user, answer), set()).add(number)
    by_user: Dict[Tuple[int, int, FrozenSet[int]], List[int]] = {}
    for (names, user, answer), numbers in sorted(parts.items()):
        by_user.setdefault((names, answer, frozenset(numbers)), []).append(user)
    groups: Dict[Tuple[int, FrozenSet[int], Tuple[int, ...]], List[int]] = {}
    for (names, answer, classes), users in by_user.items():
        groups.setdefault((names, classes, tuple(users)), []).append(answer)
    for (names, classes, some_users), answers in groups.items():
        group = (list(some_users), sorted(answers), sorted(classes))
        yield space.some_states(names, *group), _sentence(space, names, group, ranges)


def _sentence(space: Space, names: int, group: Tuple[List[int], List[int], List[int]], ranges: Ranges) -> Description:
    users, answers, classes = group
    users_mask = sum(1 << user for user in users)
    partial = space.classes is not None and len(classes) != len(space.classes.classes)
    universe = space.universe
    if partial and 0 not in classes:
        ranges, universe = meet(ranges, ALL_IPV4), ALL_IPV4
    addresses, terms = networks_text(ranges, universe)
    text, more = _restriction(space.names, names, "name")
    if (
        addresses == "ALL"
        and text.startswith(" with the name ")
        and not partial
        and users_mask == space.users.everything
    ):
        plain = words_in(space.names, names, _NOBODY_NAMES)
        if all(word[:1] == "." or " " not in word for word in plain):
            addresses, text = listed(plain), ""
    text = addresses + text
    said, count = _restriction(space.users, users_mask, "user")
    text, terms = text + said, terms + more + count
    if partial:
        said, count = _classes_text(space, classes)
        text, terms = text + said, terms + count
    if len(answers) != len(space.answers):
        said, count = _answers_text(space, answers)
        text, terms = text + said, terms + count
    return Description(text, terms)


def _classes_text(space: Space, classes: Sequence[int]) -> Tuple[str, int]:
    """Which patterns on the text of an IPv4 address match."""
    every = space.classes.classes if space.classes is not None else []
    vectors = [every[number] for number in classes]
    sides = [_side(side, space.octet_tokens(), "matching ", "not matching ", " or ") for side in _cubes(vectors, every)]
    return " " + " or ".join(side for side, _count in sides), sum(count for _side, count in sides)


def _answers_text(space: Space, answers: Sequence[int]) -> Tuple[str, int]:
    """Which answers of the world a set rests on."""
    every, vectors = (
        [tuple(bool(answer >> bit & 1) for bit in range(len(space.questions))) for answer in some]
        for some in (space.answers, answers)
    )
    sides = [_side(side, space.questions, "", "not ", " and not ") for side in _cubes(vectors, every)]
    return " if " + " or ".join(side for side, _count in sides), sum(count for _side, count in sides)


def _cubes(some: Sequence[Tuple[bool, ...]], every: Sequence[Tuple[bool, ...]]) -> List[Dict[int, bool]]:
    """Some vectors as what they have in common, where that tells them from all others; else one by one."""
    shared = dict(
        (place, some[0][place])
        for place in range(len(some[0]))
        if all(vector[place] == some[0][place] for vector in some)
    )
    if sum(1 for vector in every if all(vector[place] == value for place, value in shared.items())) == len(some):
        needed = dict(shared)
        for place in list(shared):
            value = needed.pop(place)
            if sum(1 for vector in every if all(vector[one] == other for one, other in needed.items())) != len(some):
                needed[place] = value
        return [needed]
    return [dict(enumerate(vector)) for vector in some]


def _side(side: Dict[int, bool], words: Sequence[str], positive: str, negative: str, between: str) -> Tuple[str, int]:
    yes = [words[place] for place, value in sorted(side.items()) if value]
    no = [words[place] for place, value in sorted(side.items()) if not value]
    text = positive + " and ".join(yes) if yes else ""
    if no:
        text += (" and " if yes else "") + negative + between.join(no)
    return text, len(side)


def daemons_text(endpoints: Endpoints, chosen: Sequence[Endpoint]) -> str:
    """Some ends of the server as daemons, with ports and addresses where these matter."""
    every = _by_daemon(endpoints.all)
    some = _by_daemon(chosen)
    whole = [daemon for daemon in some if some[daemon] == every[daemon]]
    partly = [daemon for daemon in some if daemon not in whole]
    missing = [daemon for daemon in every if daemon not in some]
    names = [_daemon(endpoints, daemon) for daemon in sorted(whole)]
    rest = [_daemon(endpoints, daemon) for daemon in sorted(missing)]
    closed = not any(
        name.startswith(_OTHERS) for name in rest
    )  # else ALL would be more than the daemons that are meant
    found = []
    if not missing and not partly:
        found.append("ALL")
    elif not partly and closed and len(rest) < len(names):
        found.append("ALL except " + listed(rest))
    elif names:
        found.append(listed(names))
    shared: Dict[str, List[int]] = {}
    for daemon in sorted(partly):
        shared.setdefault(_where(endpoints, some[daemon], every[daemon]), []).append(daemon)
    for where, daemons in shared.items():
        everyone = len(daemons) == len(every)
        found.append(("ALL" if everyone else listed([_daemon(endpoints, daemon) for daemon in daemons])) + where)
    return "; ".join(found)


def _by_daemon(endpoints: Sequence[Endpoint]) -> Dict[int, Set[Any]]:
    found: Dict[int, Set[Any]] = {}
    for endpoint in endpoints:
        for example in endpoint.examples:
            found.setdefault(example.daemon_class, set()).add((example.port, example.server))
    return found


def _daemon(endpoints: Endpoints, number: int) -> str:
    return endpoints.daemons.title(number, _OTHERS)


def _where(endpoints: Endpoints, some: Set[Any], every: Set[Any]) -> str:
    """Ports and addresses of the server that a part of the ends has."""
    ports = sorted(set(port for port, _server in some if port is not None))
    servers = set(server for _port, server in some)
    words = []
    if set(port for port, _server in some) != set(port for port, _server in every):
        other = any(port is None for port, _server in some)
        words.append(
            " on port %s" % ", ".join(str(port) for port in ports)
            if not other
            else " on ports other than %s" % ", ".join(str(port) for port in endpoints.ports if port not in ports)
        )
    if servers != set(server for _port, server in every):
        matched = sorted(
            set(
                " and ".join(sorted(token.decode("utf-8", "replace") for _dialect, token in server.matched))
                or "no other address pattern"
                for server in servers
                if server is not None
            )
        )
        words.append(" where the server matches " + " or ".join(matched))
    return "".join(words)
