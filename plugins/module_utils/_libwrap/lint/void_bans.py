# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Bans of hosts.deny that a rule of hosts.allow makes void: `ALL: ALL EXCEPT ...` grants everybody who is not excepted,
before they are read.
"""

import re
from typing import TYPE_CHECKING, Iterator, List, Tuple

from ..finding import quote
from ..request import Request
from ..rules import Rule

if TYPE_CHECKING:
    from ..policy import Policy

_ALL = (b"ALL", b"0.0.0.0/0.0.0.0")
_ADDRESS = re.compile(rb"[0-9]+(?:\.[0-9]+){3}\Z|\[[0-9A-Fa-f:.]+\]\Z")
_ADDRESSES = re.compile(rb"[0-9][0-9./]*\Z|\[[^\]]*\](?:/[0-9]+)?\Z")
_ALLOW = re.compile(rb"[ \t\r\n]*(?:allow[ \t\r\n]*)?\Z", re.IGNORECASE)
#: Bans that are looked at.
_LIMIT = 10000


def void_bans(policy: "Policy") -> Iterator[Tuple[str, int, int]]:
    """(client, line of the ban, line of the grant) for each ban of one address that is never read."""
    wide = [rule for rule in policy.allow.rules if _is_wide(rule)]
    if not wide or policy.deny.unreadable is not None:
        return
    looked = 0
    for rule in policy.deny.rules:
        for address in _banned(rule):
            looked += 1
            if looked > _LIMIT:
                return
            daemon = next((pattern.token for pattern in rule.daemons[0]), b"")
            name = "any daemon" if daemon.upper() == b"ALL" else daemon.decode("utf-8", "surrogateescape")
            decision = policy.decide(Request(daemon=name, address=address.decode("ascii").strip("[]")))
            if decision.granted and decision.rule_object is not None and decision.rule_object in wide:
                yield quote(address), rule.line, decision.rule_object.line


def _is_wide(rule: Rule) -> bool:
    """Whether it grants everybody but addresses."""
    daemons, clients = rule.daemons, rule.clients
    return (
        len(daemons) == 1
        and len(clients) == 2
        and any(pattern.token.upper() == b"ALL" for pattern in daemons[0])
        and any(pattern.token.upper() in _ALL for pattern in clients[0])
        and all(_ADDRESSES.match(pattern.token) for pattern in clients[1])
        and (rule.option_field is None or bool(_ALLOW.match(rule.option_field)))
    )


def _banned(rule: Rule) -> List[bytes]:
    """The single addresses that a rule without exceptions refuses."""
    if len(rule.daemons) != 1 or len(rule.clients) != 1:
        return []
    return [pattern.token for pattern in rule.clients[0] if _ADDRESS.match(pattern.token)]
