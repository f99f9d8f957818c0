# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on the lists of a rule, and on the rule as a whole."""

from typing import Any, Callable, Dict, List, Tuple

from ..dialects import Dialect
from ..finding import CLOSES, NONE, OPENS, quote
from .traps import Trap, trap
from .brackets import network_of
from ..patterns import ALL, STRING, ClientPattern, DaemonPattern, PatternList
from ..rules import Rule

#: A trap and how many EXCEPTs stand before it.
Placed = Tuple[Trap, int]


def list_traps(
    segments: PatternList,
    whose: str,
    traps_of: Callable[[Any], List[Trap]],
    is_all: Callable[[Any], bool],
    dialect: Dialect,
) -> List[Placed]:
    """What is wrong with a daemon or client list; ``traps_of`` answers for one word of it."""
    found = _except_traps(segments, whose, is_all)
    for depth, segment in enumerate(segments):
        for pattern in segment:
            token = pattern.token
            if token[:1] == b"#" and not dialect.comment_anywhere:
                found.append((trap("trailing-comment", pattern=quote(token), whose=whose), depth))
                return found
            if token != b"\\":
                found += [(one, depth) for one in traps_of(pattern)]
    return found


def _except_traps(segments: PatternList, whose: str, is_all: Callable[[Any], bool]) -> List[Placed]:
    count = len(segments)
    if count == 1:
        if segments[0]:
            return []
        return [(trap("empty-list", whose=whose), 0)]
    found: List[Placed] = []
    if not segments[0]:
        found.append((trap("except-first", whose=whose), 0))
    if not segments[-1]:
        found.append((trap("except-last", whose=whose), 0))
    for depth in range(1, count - 1):
        if not segments[depth]:
            found.append((trap("except-empty", whose=whose), depth - 1))
    if count > 2 and all(segments):
        found.append((trap("except-nested", word=quote(segments[2][0].token)), 0))
    for depth in range(1, count):
        last = depth + 1 == count or not any(segments[depth + 1 :])
        if last and segments[depth] and any(is_all(pattern) for pattern in segments[depth]):
            found.append((trap("except-all"), depth - 1))
    return found


def all_daemons(pattern: DaemonPattern) -> bool:
    """Whether a daemon pattern matches every request."""
    return pattern.port is None and pattern.host is None and pattern.name.kind == ALL


def all_clients(pattern: ClientPattern) -> bool:
    """Whether a client pattern matches every request."""
    string = pattern.host.string
    return (
        (pattern.user is None or pattern.user.kind == ALL)
        and pattern.host.kind == STRING
        and string is not None
        and string.kind == ALL
    )


def whole_rule_traps(
    daemons: PatternList, clients: PatternList, meant: bool, in_order: bool, dialect: Dialect
) -> List[Trap]:
    """What can be said of the rule as a whole; ``in_order``: its options have no error."""
    found: List[Trap] = []
    if meant and in_order and len(daemons) == 1 and len(clients) == 1:
        if any(map(all_daemons, daemons[0])) and any(map(all_clients, clients[0])):
            found.append(trap("allow-everything"))
    if dialect.net4 == "suse12" and _compares_numbers(daemons, clients):
        found.append(trap("address-warnings"))
    return found


def _compares_numbers(daemons: PatternList, clients: PatternList) -> bool:
    """Whether an address or network of the rule may meet a subject that is none."""
    for segment in daemons:
        for pattern in segment:
            if pattern.name.network is not None or (pattern.host is not None and _is_number(pattern.host)):
                return True
    for segment in clients:
        for pattern in segment:
            if _is_number(pattern.host) or (pattern.user is not None and pattern.user.network is not None):
                return True
    return False


def _is_number(host: Any) -> bool:
    return network_of(host) is not None or host.token[:1] in (b"/", b"[")


class Duplicates(object):
    """The rules seen so far by what they match."""

    def __init__(self) -> None:
        self._seen: Dict[Tuple[str, Any, Any], int] = {}  # the line, twice, and whether it grants

    def trap(self, rule: Rule, daemons: PatternList, clients: PatternList, meant: bool) -> List[Trap]:
        """A rule with the same daemons and clients as an earlier one of its table."""
        return self.of(rule.table.name, _key(daemons), _key(clients), rule.line, meant)

    def of(self, table: str, daemons: Any, clients: Any, line: int, meant: bool) -> List[Trap]:
        """The same for a list of one word given as that word, as :func:`_key` has it."""
        known = self._seen.setdefault((table, daemons, clients), line * 2 + meant)
        if known >> 1 == line:
            return []
        first = bool(known & 1)
        reach = NONE if first == meant else OPENS if first else CLOSES
        return [trap("duplicate", reach=reach, line=known >> 1)]


def _key(segments: PatternList) -> Any:
    if len(segments) == 1 and len(segments[0]) == 1:
        return segments[0][0].token
    return tuple(frozenset(pattern.token for pattern in segment) for segment in segments)
