# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The order in which two tables are replaced, so that the files never answer as neither policy does.

Two renames are not one. Between them a table that holds the whole new policy stands in hosts.allow: the rules of both
tables with an explicit ending, and a last rule that lets nothing through to hosts.deny.
"""

from typing import Callable, List, NamedTuple, Optional, Tuple

from ..._host.files.commit import Move
from ..._libwrap.policy import Policy
from ..._libwrap.rules import Rule

ALLOW, DENY = 0, 1
_LAST = b"ALL: ALL: %s\n"
_ENDINGS = (b"allow", b"deny", b"twist")

Text = Optional[bytes]


class Moves(NamedTuple):
    there: List[Move]
    back: List[Move]
    note: Optional[str]  # why the files answer as neither policy for a moment, where they do


def plan_moves(
    before: Tuple[Text, Text],
    after: Tuple[Text, Text],
    rewrite: Tuple[bool, bool],
    parse: Callable[[Text, Text], Policy],
    keeps: Callable[[Text, Text], bool],
) -> Moves:
    """The renames from `before` to `after` (hosts.allow and hosts.deny each) and those that undo them.

    `rewrite`: a table that must be made anew although its text stays (owner or mode). `parse` reads two tables.
    `keeps(allow, deny)` tells whether two tables let the operators in; asked only where no single move commits both.
    """
    changed = [number for number in (ALLOW, DENY) if before[number] != after[number]]
    rest = [number for number in (ALLOW, DENY) if rewrite[number] and number not in changed]
    there = [Move(number, after[number]) for number in rest]
    back = [Move(number, before[number]) for number in rest]
    if len(changed) < 2:
        return Moves(
            [Move(number, after[number]) for number in changed] + there,
            [Move(number, before[number]) for number in changed] + back,
            None,
        )
    forward, backward = whole_policy(parse(*after)), whole_policy(parse(*before))
    first = ALLOW
    note = None
    if forward is None or backward is None:
        first = ALLOW if keeps(after[ALLOW], before[DENY]) else DENY
        note = (
            "the two tables could not be replaced in one moment, for %s: %s came first, which keeps the operators in, "
            "and the other right after it. Both are in place, and nothing is left to do. Where the moment between them "
            "matters, change one table in each task."
            % (
                "this libwrap has no options allow and deny"
                if not parse(*after).dialect.extended_options
                else "a rule in them cannot be written with an explicit allow or deny",
                "hosts.allow" if first == ALLOW else "hosts.deny",
            )
        )
    return Moves(_way(forward, after, (first, 1 - first)), _way(backward, before, (1 - first, first)), note)


def whole_policy(policy: Policy) -> Optional[bytes]:
    """Both tables as one hosts.allow that decides every request, whatever hosts.deny holds; None where that cannot be
    written.

    It is read back: each rule must have the daemons, clients and options that it has now, and the explicit ending after
    them.
    """
    dialect = policy.dialect
    if not dialect.extended_options:
        return None
    if "hang" in (policy.allow.stop, policy.deny.stop):
        return None
    # where libwrap cannot read hosts.deny to its end, Debian's refuses what no rule matched; an unfinished hosts.allow
    # just ends there
    refuses = policy.deny.stop is not None and dialect.unreadable_deny == "denied"
    lines = []
    for rule in policy.rules:
        if any(option.name.lower() == b"aclexec" for option in rule.options):
            return None  # its failure means other things in hosts.allow than in hosts.deny
        lines.append(_explicit(rule, b"allow" if rule.table is policy.allow else b"deny"))
    text = b"".join(lines) + _LAST % (b"deny" if refuses else b"allow")
    again = Policy.parse(text, b"", dialect)
    if again.allow.stop or len(again.rules) != len(policy.rules) + 1:
        return None
    for rule, copy in zip(policy.rules, again.rules):
        if not _same(rule, copy, b"allow" if rule.table is policy.allow else b"deny"):
            return None
    return text


def _way(whole: Optional[bytes], target: Tuple[Text, Text], order: Tuple[int, int]) -> List[Move]:
    if whole is not None:
        return [Move(ALLOW, whole), Move(DENY, target[DENY]), Move(ALLOW, target[ALLOW])]
    return [Move(number, target[number]) for number in order]


def _ends(rule: Rule) -> bool:
    """Whether the rule's last option decides by itself, or is an error, which denies in either table."""
    return bool(rule.options) and (rule.options[-1].name.lower() in _ENDINGS or rule.options[-1].error is not None)


def _explicit(rule: Rule, word: bytes) -> bytes:
    raw = rule.raw.rstrip(b" \t\r\n")
    return raw + b"\n" if _ends(rule) else raw + b": " + word + b"\n"


def _same(rule: Rule, copy: Rule, word: bytes) -> bool:
    if rule.daemon_field.split() != copy.daemon_field.split() or rule.client_field.split() != copy.client_field.split():
        return False
    old = [(option.name, option.value, option.error) for option in rule.options]
    new = [(option.name, option.value, option.error) for option in copy.options]
    if _ends(rule):
        return old == new
    return new[:-1] == old and new[-1:] == [(word, None, None)]
