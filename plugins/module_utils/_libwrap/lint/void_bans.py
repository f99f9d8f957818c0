# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Bans that a rule before them makes void: a grant of hosts.allow, or one above the ban, decides before they are read.
DenyHosts, BlockHosts and fail2ban write such bans beside the usual `sshd: ALL`.
"""

import re
from typing import TYPE_CHECKING, Iterator, List, NamedTuple, Optional, Set, Tuple

from ..finding import quote
from ..request import Request
from ..rules import Rule

if TYPE_CHECKING:
    from ..policy import Policy

_ALL = (b"ALL", b"0.0.0.0/0.0.0.0")
_ADDRESS = re.compile(rb"[0-9]+(?:\.[0-9]+){3}\Z|\[[0-9A-Fa-f:.]+\]\Z")
_ADDRESSES = re.compile(rb"[0-9][0-9./]*\Z|\[[^\]]*\](?:/[0-9]+)?\Z")
_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_ALLOW = re.compile(rb"[ \t\r\n]*(?:allow[ \t\r\n]*)?\Z", re.IGNORECASE)
_DENY = re.compile(rb"(?:\A|.*:)[ \t\r\n]*deny[ \t\r\n]*\Z", re.IGNORECASE | re.DOTALL)
#: Decisions that are asked for.
_LIMIT = 10000
#: Daemons that grants name: so many are asked for where a ban is for all.
_DAEMONS = 8


class VoidBan(NamedTuple):
    client: str
    at: str  # " at sshd" where other daemons obey the ban, else empty
    ban: Rule
    grant: Rule


def void_bans(policy: "Policy") -> Iterator[VoidBan]:
    """Each ban of one address that a rule which looks at addresses alone keeps from being read."""
    bans = [rule for table in (policy.allow, policy.deny) for rule in table.rules if _banned(rule)]
    if not bans or not policy.allow.rules or policy.deny.unreadable is not None:
        return
    work = _Work(policy)
    for rule in bans if work.grants else ():
        for address in _banned(rule):
            found = _voided(work, rule, address)
            if work.left < 0:
                return
            if found is not None:
                yield found


class _Work(object):
    """What all bans of a policy share."""

    def __init__(self, policy: "Policy") -> None:
        self.policy = policy
        self.left = _LIMIT
        self.grants = {id(rule) for rule in policy.allow.rules if _by_address(rule)}
        self.named: List[str] = []  # the first daemons that these name
        self.for_all = False  # whether one is for all daemons
        seen: Set[bytes] = set()
        for rule in policy.allow.rules:
            if id(rule) in self.grants and rule.daemon_field not in seen:
                seen.add(rule.daemon_field)
                names, everybody = _daemons_of(rule)
                self.for_all = self.for_all or everybody
                self.named += [name for name in names if name not in self.named][: _DAEMONS - len(self.named)]

    def grant(self, ban: Rule, daemon: str, address: bytes) -> Optional[Rule]:
        """The rule that grants the client before the ban is read; None where the ban holds, or a name may decide."""
        self.left -= 1
        decision = self.policy.decide(Request(daemon=daemon, address=address.decode("ascii").strip("[]")), dry_run=True)
        grant = decision.rule_object
        if not decision.granted or decision.depends or grant is None or id(grant) not in self.grants:
            return None
        # a duplicate has a finding of its own
        return None if grant.table is ban.table and _names(grant, address) else grant


def _voided(work: _Work, rule: Rule, address: bytes) -> Optional[VoidBan]:
    """What keeps the ban of one address from being read, wholly or at some daemons."""
    names, everybody = _daemons_of(rule)
    wholly = work.grant(rule, "any daemon", address) if everybody and work.for_all else None
    if wholly is not None:
        return VoidBan(quote(address), "", rule, wholly)
    asked = work.named if everybody else names
    grants = [(name, work.grant(rule, name, address)) for name in asked]
    found = [(name, grant) for name, grant in grants if grant is not None]
    if everybody:  # who grants a service to one address, and bans the address elsewhere, means it
        found = [(name, grant) for name, grant in found if not _names(grant, address)]
    if not found:
        return None
    part = everybody or len(found) < len(asked)
    at = " at " + ", ".join(sorted({name for name, _grant in found})) if part else ""
    return VoidBan(quote(address), at, rule, found[0][1])


def _by_address(rule: Rule) -> bool:
    """Whether it grants by addresses alone."""
    clients = [pattern.token for segment in rule.clients for pattern in segment]
    return all(token.upper() in _ALL or _ADDRESSES.match(token) for token in clients) and (
        rule.option_field is None or bool(_ALLOW.match(rule.option_field))
    )


def _names(rule: Rule, address: bytes) -> bool:
    return any(pattern.token == address for pattern in rule.clients[0])


def _daemons_of(rule: Rule) -> Tuple[List[str], bool]:
    """The plain names of a rule, and whether it is for all daemons."""
    tokens = [pattern.token for pattern in rule.daemons[0]]
    everybody = any(token.upper() == b"ALL" for token in tokens)
    return [] if everybody else [token.decode("ascii") for token in tokens if _NAME.match(token)], everybody


def _banned(rule: Rule) -> List[bytes]:
    """The single addresses that a rule without exceptions refuses."""
    if rule.table.name == "allow" and not (rule.option_field and _DENY.match(rule.option_field)):
        return []
    if len(rule.daemons) != 1 or len(rule.clients) != 1:
        return []
    return [pattern.token for pattern in rule.clients[0] if _ADDRESS.match(pattern.token)]
