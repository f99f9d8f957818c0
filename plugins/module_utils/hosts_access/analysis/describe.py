# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Sets of daemons and clients in words that people use."""

from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Set, Tuple

from .endpoints import Endpoint, Endpoints
from .networks_text import networks_text
from .ranges import ALL_IPV4, Ranges, meet
from .space import Space
from .words import Words

#: A text, and how many things it names: the fewer, the shorter.
Description = NamedTuple("Description", [("text", str), ("terms", int)])

_NOBODY_NAMES = "a name that no rule matches"
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
    for text, covered in words.terms():
        if covered & mask and not covered & ~mask:
            found.append(_show(text))
            mask &= ~covered
    for text, covered in words.terms():
        own = words.own(text)
        if own & mask and not own & ~mask:
            found.append("%s except %s" % (_show(text), " and ".join(words_in(words, covered & ~mask, others))))
            mask &= ~covered
    number = 0
    while mask:
        if mask & 1:
            found.append(words.title(number, others))
        mask >>= 1
        number += 1
    return found


def _show(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _restriction(words: Words, mask: int, noun: str) -> Tuple[str, int]:
    """`` named .example.com`` or `` unless named ...``: how a set of names narrows clients; "" for all."""
    if mask == words.everything:
        return "", 0
    others = "a %s that no rule matches" % noun
    inside = words_in(words, mask, others)
    outside = words_in(words, words.everything & ~mask, others)
    if len(outside) < len(inside):
        return " unless the %s is %s" % (noun, listed(outside)), len(outside)
    return " with the %s %s" % (noun, listed(inside)), len(inside)


def describe_clients(space: Space, states: int, ranges: Ranges) -> Iterator[Tuple[int, Description]]:
    """A set of clients, taken apart where one sentence cannot say it: (states, in words)."""
    by_names = {}  # type: Dict[int, Set[Tuple[int, int, int]]]
    for key, names in space.take_apart(states).items():
        by_names.setdefault(names, set()).add(key)
    for names, keys in sorted(by_names.items()):
        users = sorted(set(key[0] for key in keys))
        answers = sorted(set(key[1] for key in keys))
        classes = sorted(set(key[2] for key in keys))
        groups = [(users, answers, classes)]
        if len(keys) != len(users) * len(answers) * len(classes):
            groups = [([user], [answer], [number]) for user, answer, number in sorted(keys)]
        for group in groups:
            mask = space.some_states(names, *group)
            yield mask, _sentence(space, names, group, ranges)


def _sentence(space: Space, names: int, group: Tuple[List[int], List[int], List[int]], ranges: Ranges) -> Description:
    users, answers, classes = group
    users_mask = sum(1 << user for user in users)
    partial = space.classes is not None and len(classes) != len(space.classes.classes)
    universe = space.universe
    if partial and 0 not in classes:
        ranges, universe = meet(ranges, ALL_IPV4), ALL_IPV4
    addresses, terms = networks_text(ranges, universe)
    text, more = _restriction(space.names, names, "name")
    if addresses == "ALL" and text.startswith(" with the name ") and not partial and users_mask == space.users.everything:
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
    tokens = space.octet_tokens()
    sides = []
    for number in classes:
        signature = space.classes.classes[number] if space.classes is not None else ()
        yes = [token for token, matched in zip(tokens, signature) if matched]
        no = [token for token, matched in zip(tokens, signature) if not matched]
        side = "matching " + " and ".join(yes) if yes else ""
        if no:
            side += (" but " if side else "") + "not matching " + " or ".join(no)
        sides.append(side)
    return " " + " or ".join(sides), len(sides) * len(tokens)


def _answers_text(space: Space, answers: Sequence[int]) -> Tuple[str, int]:
    sides = []
    for answer in answers:
        sides.append(" and ".join("%s%s" % ("" if answer >> bit & 1 else "not ", question) for bit, question in enumerate(space.questions)))
    return " if " + " or ".join(sides), len(sides)


def daemons_text(endpoints: Endpoints, chosen: Sequence[Endpoint]) -> str:
    """Some ends of the server as daemons, with ports and addresses where these matter."""
    every = _by_daemon(endpoints.all)
    some = _by_daemon(chosen)
    whole = [daemon for daemon in some if some[daemon] == every[daemon]]
    partly = [daemon for daemon in some if daemon not in whole]
    missing = [daemon for daemon in every if daemon not in some]
    names = [_daemon(endpoints, daemon) for daemon in sorted(whole)]
    rest = [_daemon(endpoints, daemon) for daemon in sorted(missing)]
    found = []
    if not missing and not partly:
        found.append("ALL")
    elif not partly and len(rest) < len(names):
        found.append("ALL except " + listed(rest))
    elif names:
        found.append(listed(names))
    shared = {}  # type: Dict[str, List[int]]
    for daemon in sorted(partly):
        shared.setdefault(_where(endpoints, some[daemon], every[daemon]), []).append(daemon)
    for where, daemons in shared.items():
        everyone = len(daemons) == len(every)
        found.append(("ALL" if everyone else listed([_daemon(endpoints, daemon) for daemon in daemons])) + where)
    return "; ".join(found)


def _by_daemon(endpoints: Sequence[Endpoint]) -> Dict[int, Set[Any]]:
    found = {}  # type: Dict[int, Set[Any]]
    for endpoint in endpoints:
        for example in endpoint.examples:
            found.setdefault(example.daemon_class, set()).add((example.port, example.server))
    return found


def _daemon(endpoints: Endpoints, number: int) -> str:
    return endpoints.daemons.title(number, "any other daemon")


def _where(endpoints: Endpoints, some: Set[Any], every: Set[Any]) -> str:
    """Ports and addresses of the server that a part of the ends has."""
    ports = sorted(set(port for port, _server in some if port is not None))
    servers = set(server for _port, server in some)
    words = []
    if set(port for port, _server in some) != set(port for port, _server in every):
        other = any(port is None for port, _server in some)
        words.append(" on port %s" % ", ".join(str(port) for port in ports) if not other else
                     " on ports other than %s" % ", ".join(str(port) for port in endpoints.ports if port not in ports))
    if servers != set(server for _port, server in every):
        matched = sorted(set(" and ".join(sorted(token.decode("utf-8", "replace") for _dialect, token in server.matched)) or "no other address pattern"
                             for server in servers if server is not None))
        words.append(" where the server matches " + " or ".join(matched))
    return "".join(words)
