# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules that one earlier rule covers word by word: cheap, and enough to refuse an addition that is plainly too late."""

from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from .identity import RuleKey


class Standing(NamedTuple):
    table: str
    line: int
    key: RuleKey


_Simple = Tuple[int, Standing, FrozenSet[bytes], FrozenSet[bytes]]


def find_covering(rules: Sequence[Standing], wanted: Iterable[Standing]) -> Dict[Standing, Standing]:
    """For each wanted rule, the first earlier rule that matches whatever it matches; `rules` in the order libwrap tries
    them.

    Sound, not complete: a union of rules that covers another is found by the analysis of sets, not here.
    """
    doomed: Dict[Standing, Standing] = {}
    asked = set(wanted)
    # by a daemon and a client that they name: whatever covers a rule names each of the rule's words, or ALL
    named: Dict[Tuple[bytes, bytes], List[_Simple]] = {}
    for number, rule in enumerate(rules):
        daemons, clients = _before_except(rule.key[0]), _before_except(rule.key[1])
        if rule in asked and daemons and clients:
            for name in (b"ALL", min(daemons)):
                found = [_first(named.get((name, word), ()), daemons, clients) for word in (b"ALL", min(clients))]
                covers = [one for one in found if one is not None]
                if covers:
                    doomed[rule] = min(covers)[1]
                    break
        if len(daemons) == len(set(rule.key[0])) and len(clients) == len(set(rule.key[1])):
            simple = (number, rule, daemons, clients)
            for name in daemons:
                for word in clients:
                    named.setdefault((name, word), []).append(simple)
    return doomed


def _first(
    candidates: Sequence[_Simple], daemons: FrozenSet[bytes], clients: FrozenSet[bytes]
) -> Optional[Tuple[int, Standing]]:
    for number, rule, earlier_daemons, earlier_clients in candidates:
        if _within(daemons, earlier_daemons) and _within(clients, earlier_clients):
            return number, rule
    return None


def _before_except(words: Tuple[bytes, ...]) -> FrozenSet[bytes]:
    """What a list can match at most; EXCEPT only takes away. Comparison ignores case."""
    found: List[bytes] = []
    for word in words:
        if word.upper() == b"EXCEPT":
            return frozenset(found)
        found.append(b"ALL" if word.upper() == b"ALL" else word)
    return frozenset(found)


def _within(inner: FrozenSet[bytes], outer: FrozenSet[bytes]) -> bool:
    return b"ALL" in outer or inner <= outer
