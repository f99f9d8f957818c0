# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What libwrap looks up before it comes to the address that lets an operator in: the answer does not change that, but a
resolver or a port 113 that does not answer keeps each login waiting.
"""

from typing import Any, List, Optional

from ..._libwrap.dialects import Dialect
from ..._libwrap.facts import HostFacts, RequestFacts
from ..._libwrap.patterns import World, list_matches
from ..._libwrap.pattern_files import HostFileLoop
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..._libwrap.rules import Rule
from ..arguments import LockoutArguments
from .guard import Guarded, is_judged


class _Client(HostFacts):
    """The client's end of a connection, which remembers whether its name was asked for."""

    asked = False

    def __getattribute__(self, key: str) -> Any:
        if key == "name":
            self.asked = True
        return super().__getattribute__(key)


class _Facts(RequestFacts):
    """A request that remembers whether the client's name or user was asked for."""

    user_asked = False

    def __init__(self, request: Request, dialect: Dialect) -> None:
        super().__init__(request, dialect)
        self.watched = _Client(self.client.name, self.client.address, dialect)
        self.watched.asked = False
        self.client = self.watched

    def user_text(self, dialect: Dialect) -> bytes:
        self.user_asked = True
        return super().user_text(dialect)


def check_looked_up(arguments: LockoutArguments, guarded: Guarded, before: Policy, after: Policy) -> List[str]:
    """A warning where the new tables make libwrap look up who an operator is, and the old ones did not."""
    if not is_judged(arguments, guarded):
        return []
    for request in guarded.requests:
        rule = first_looked_up(after, request)
        if rule is not None and first_looked_up(before, request) is None:
            return [
                "For %s from %s, libwrap asks for the client's name or user at line %s of %s, '%s', before it comes to "
                "the address that lets it in. If nobody answers, each login waits, often longer than Ansible does. Put "
                "the operators' addresses first."
                % (request.daemon, request.address, rule.line, arguments.paths[rule.table.name], rule.text)
            ]
    return []


def first_looked_up(policy: Policy, request: Request) -> Optional[Rule]:
    """The first rule for which libwrap asks for the name or the user of a client of which it knows the address alone;
    None where it comes to an answer without.
    """
    facts = _Facts(request, policy.dialect)
    world = World(policy.dialect, policy.lookups)
    try:
        for rule in policy.rules:
            if not list_matches(rule.daemons, facts, world):
                continue
            matched = list_matches(rule.clients, facts, world)
            if facts.watched.asked or facts.user_asked:
                return rule
            if matched:
                return None
    except HostFileLoop:
        return None
    return None
