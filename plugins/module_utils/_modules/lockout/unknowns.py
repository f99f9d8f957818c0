# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""All that libwrap may come to know of one client whose address is given: its name, its user, the server's name,
netgroups.

What DNS, identd and NIS will say when the client comes back cannot be known, so every answer that a rule could tell
apart is tried.
"""

import re
from typing import Any, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..._libwrap.decision import Decision
from ..._libwrap.lookups import Lookups
from ..._libwrap.pattern_files import read_host_file
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..._libwrap.rules import Rule

_LABEL = "portcullis-any-name"  # a first label that no rule has
_SEPARATORS = re.compile(r"[ \t\r\n,]+")
_NUMERIC = re.compile(r"\A[0-9./]*\Z")
_WORDS = frozenset(("all", "local", "known", "unknown", "paranoid", "except", ""))
_MOST = 5000  # requests tried together; beyond that names, users and server names are varied one after the other

Name = Tuple[Optional[str], bool]  # hostname and paranoid


class Answered(NamedTuple):
    request: Request
    decision: Decision


def ask_in_every_state(policy: Policy, requests: Sequence[Request]) -> List[Answered]:
    """What the tables answer to each request in every state that cannot be known."""
    names, users, servers = _subjects(policy, policy.lookups)
    found = []
    for world in _worlds(policy):
        for request in requests:
            for state in _states(request, names, users, servers):
                found.append(Answered(state, world.decide(state)))
    return found


class _Netgroups(Lookups):
    """The host's answers, but every netgroup holds every name, or none."""

    def __init__(self, lookups: Lookups, member: bool) -> None:
        self._lookups = lookups
        self._member = member

    def in_netgroup(self, group: str, host: str) -> Optional[bool]:
        return self._member

    def asks_netgroups(self) -> bool:
        return self._lookups.asks_netgroups()

    def host_file(self, path: str) -> Any:
        return self._lookups.host_file(path)

    def may_name(self, path: str, named: str) -> bool:
        return self._lookups.may_name(path, named)

    def user_exists(self, name: str) -> bool:
        return self._lookups.user_exists(name)

    def group_exists(self, name: str) -> bool:
        return self._lookups.group_exists(name)

    def interface_exists(self, name: str) -> Optional[bool]:
        return self._lookups.interface_exists(name)

    def aclexec_status(self, command: str) -> Optional[int]:
        return self._lookups.aclexec_status(command)


def _worlds(policy: Policy) -> List[Policy]:
    """The policy as it is; with netgroups, one where they hold everybody and one where they hold nobody."""
    if not policy.lookups.asks_netgroups():
        return [policy]
    if not any(re.search(rb"(?:^|[ \t,@:])@", rule.daemon_field + b":" + rule.client_field) for rule in policy.rules):
        return [policy]
    texts = policy.allow.source, policy.deny.source
    return [
        Policy.parse(texts[0], texts[1], policy.dialect, _Netgroups(policy.lookups, member)) for member in (False, True)
    ]


def _states(
    request: Request, names: Sequence[Name], users: Sequence[Optional[str]], servers: Sequence[Name]
) -> Iterable[Request]:
    together = len(names) * len(users) * len(servers) <= _MOST
    for position, (server, server_paranoid) in enumerate(servers):
        for place, user in enumerate(users):
            for number, (name, paranoid) in enumerate(names):
                if together or (position > 0) + (place > 0) + (number > 0) <= 1:
                    yield request.replace(
                        hostname=name,
                        paranoid=paranoid,
                        user=user,
                        server_hostname=server,
                        server_paranoid=server_paranoid,
                    )


def _subjects(policy: Policy, lookups: Lookups) -> Tuple[List[Name], List[Optional[str]], List[Name]]:
    """Names of the client, users, and names of the server that some rule tells apart; unknown comes first in each."""
    clients: Set[str] = set()
    users: Set[str] = set()
    servers: Set[str] = set()
    for rule in policy.rules:
        for token in _tokens(rule.client_field):
            user, host = _at_sign(token)
            if user is not None:
                users.update(_examples(user, lookups))
            clients.update(_examples(host, lookups))
        for token in _tokens(rule.daemon_field):
            daemon, host = _at_sign(token)
            if daemon is not None:
                servers.update(_examples(host, lookups))
    known_servers: List[Name] = _as_names(servers) if servers or _asks_server(policy.rules) else [(None, False)]
    known_users: List[Optional[str]] = [None]
    return _as_names(clients), known_users + (sorted(users) + [_LABEL] if users else []), known_servers


def _asks_server(rules: Sequence[Rule]) -> bool:
    return any(b"@" in rule.daemon_field for rule in rules)


def _as_names(examples: Set[str]) -> List[Name]:
    ordinary = sorted(examples | set((_LABEL, _LABEL + ".invalid")))
    unknown: List[Name] = [(None, False), (None, True)]
    return unknown + [(name, False) for name in ordinary]


def _tokens(field: bytes) -> List[str]:
    # a path keeps its case
    return [
        token if "/" in token else token.lower()
        for token in _SEPARATORS.split(field.decode("utf-8", "surrogateescape"))
        if token
    ]


def _at_sign(token: str) -> Tuple[Optional[str], str]:
    before, sign, after = token.partition("@")
    return (before, after) if sign and before else (None, token)


def _examples(token: str, lookups: Lookups) -> List[str]:
    """Names that a host pattern matches and, where that is possible, no narrower pattern does."""
    if token in _WORDS or token.startswith(("@", "[")):
        return []
    if token.startswith("/"):
        words = read_host_file(token.encode("utf-8", "surrogateescape"), lookups).words
        return [
            example for word in words for example in _examples(word.decode("utf-8", "surrogateescape").lower(), lookups)
        ]
    if "*" in token or "?" in token:
        return [token.replace("*", "").replace("?", "x"), token.replace("*", _LABEL).replace("?", "x")]
    if token.startswith("."):
        return [_LABEL + token]
    if token.endswith("."):
        return [token + _LABEL]
    return [] if _NUMERIC.match(token) or "/" in token else [token]
