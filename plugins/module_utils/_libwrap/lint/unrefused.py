# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons whose clients hosts.allow grants by name while no rule refuses anybody else: those rules decide nothing."""

import re
from typing import TYPE_CHECKING, Dict, Iterator, List, NamedTuple, Set, Tuple

from .rules import all_clients, all_daemons
from ..patterns import DaemonPattern, PatternList
from ..rules import Rule

if TYPE_CHECKING:
    from ..policy import Policy

_ALLOW = re.compile(rb"[ \t\r\n]*(?:allow[ \t\r\n]*)?\Z", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")  # another word has a finding of its own
#: Pairs of a daemon and a list that are looked at; beyond them nothing is said.
_LIMIT = 20000


class Unrefused(NamedTuple):
    daemon: str
    rule: Rule  # the first one that grants some of its clients


def unrefused_daemons(policy: "Policy") -> Iterator[Unrefused]:
    """Each daemon that a rule of hosts.allow names plainly, in the order of the rules."""
    refused, lists = _refused(policy)
    if any(len(one) == 1 and any(all_daemons(pattern) for pattern in one[0]) for one in lists):
        return
    left = _LIMIT
    judged: Set[str] = set()
    for rule in policy.allow.rules:
        if not _grants(rule) or (len(rule.clients) == 1 and any(all_clients(one) for one in rule.clients[0])):
            continue
        for daemon in rule.named_daemons:
            name = daemon.lower()
            if name in judged or name in refused or not _NAME.match(name):
                continue
            judged.add(name)
            left -= len(lists)
            if left < 0:
                return
            if not any(_may_match(one, name.encode("utf-8", "backslashreplace")) for one in lists):
                yield Unrefused(daemon, rule)


def _refused(policy: "Policy") -> Tuple[Set[str], List[PatternList]]:
    """The daemons that rules which may refuse name plainly, and the lists of daemons that hold more than plain names."""
    names: Set[str] = set()
    lists: Dict[bytes, PatternList] = {}
    for rule in policy.allow.rules + policy.deny.rules:
        if rule.table.name == "allow" and _grants(rule):
            continue
        names.update(name.lower() for name in rule.named_daemons if len(rule.daemons) == 1)
        if len(rule.named_daemons) != sum(len(segment) for segment in rule.daemons):
            lists[rule.daemon_field] = rule.daemons
    return names, list(lists.values())


def _grants(rule: Rule) -> bool:
    """Whether the rule does nothing but grant; an option may refuse, or be what the rule is for."""
    return rule.option_field is None or bool(_ALLOW.match(rule.option_field))


def _may_match(segments: PatternList, name: bytes) -> bool:
    """Whether a list may match a daemon: at some port, or at some end of the server's."""
    if not any(_may_be(pattern, name) for pattern in segments[0]):
        return False
    # behind a second EXCEPT nothing is told
    return len(segments) != 2 or not any(_is(pattern, name) for pattern in segments[1])


def _may_be(pattern: DaemonPattern, name: bytes) -> bool:
    return pattern.port is not None or pattern.name.matches(name, name)


def _is(pattern: DaemonPattern, name: bytes) -> bool:
    return pattern.port is None and pattern.host is None and pattern.name.matches(name, name)
