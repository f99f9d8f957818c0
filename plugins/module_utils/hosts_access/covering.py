# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Rules that one earlier rule covers word by word: cheap, and enough to refuse an addition that is plainly too late."""

from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Sequence, Tuple

from .identity import RuleKey

Standing = NamedTuple("Standing", [
    ("table", str),
    ("line", int),
    ("key", RuleKey),
])

_Simple = Tuple[FrozenSet[bytes], FrozenSet[bytes], Standing]


def find_covering(rules: Sequence[Standing], wanted: Iterable[Standing]) -> Dict[Standing, Standing]:
    """For each wanted rule, the first earlier rule that matches whatever it matches; `rules` in the order libwrap tries them.

    Sound, not complete: a union of rules that covers another is found by the analysis of sets, not here.
    """
    doomed = {}  # type: Dict[Standing, Standing]
    asked = set(wanted)
    by_daemon = {}  # type: Dict[bytes, List[_Simple]]
    for rule in rules:
        daemons, clients = _before_except(rule.key[0]), _before_except(rule.key[1])
        if rule in asked and daemons and clients:
            candidates = by_daemon.get(b"ALL", []) + [one for name in sorted(daemons)[:1] for one in by_daemon.get(name, [])]
            for earlier_daemons, earlier_clients, earlier in candidates:
                if _within(daemons, earlier_daemons) and _within(clients, earlier_clients):
                    doomed[rule] = earlier
                    break
        if len(daemons) == len(set(rule.key[0])) and len(clients) == len(set(rule.key[1])):
            simple = (daemons, clients, rule)
            for name in daemons:
                by_daemon.setdefault(name, []).append(simple)
    return doomed


def _before_except(words: Tuple[bytes, ...]) -> FrozenSet[bytes]:
    """What a list can match at most; EXCEPT only takes away. Comparison ignores case."""
    found = []  # type: List[bytes]
    for word in words:
        if word.upper() == b"EXCEPT":
            return frozenset(found)
        found.append(b"ALL" if word.upper() == b"ALL" else word)
    return frozenset(found)


def _within(inner: FrozenSet[bytes], outer: FrozenSet[bytes]) -> bool:
    return b"ALL" in outer or inner <= outer
