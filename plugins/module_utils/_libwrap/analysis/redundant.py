# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules whose removal changes nothing: whatever they decide, the next rule that matches would decide the same.

The rules that an end can meet are gone through from the last to the first. Those after a rule are kept in runs of one
answer: what a rule decides and the run right behind it matches stays as it is; of the rest one client most often tells.
"""

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Set, Tuple

from .claims import Claims
from .neighbours import Neighbours
from .outcomes import default_answer
from .space import Region
from .sweep import NOBODY

if TYPE_CHECKING:
    from .shadowed import Search


class Run(object):
    """Rules one after the other that answer alike; ``last`` is the number of the last."""

    __slots__ = ("kind", "claims", "last")

    def __init__(self, kind: Any, claims: Claims, last: int) -> None:
        self.kind = kind
        self.claims = claims
        self.last = last


class Removal(object):
    """What would change if a rule went, for every rule."""

    def __init__(self, look: "Search") -> None:
        self.look = look
        self.kinds: Dict[int, Any] = {NOBODY: self._kind(default_answer(look.policy))}

    def _kind(self, answer: Any) -> Any:
        return (answer.access, answer.depends, answer.effects or ())

    def kind(self, number: int) -> Any:
        """What tells two rules' answers apart."""
        found = self.kinds.get(number)
        if found is None:
            found = self.kinds[number] = self._kind(self.look.answer(self.look.numbered[number]))
        return found

    def changeless(self, gone: Set[int]) -> List[Tuple[Any, Tuple[Any, ...]]]:
        """The rules that could go, each with the rules that would decide in its place; ``gone`` are those that never
        decide.
        """
        rules = self.look.policy.rules
        needed = set(gone)
        needed.update(rule.number for rule in rules if self.kind(rule.number)[1])
        instead: Dict[int, Set[int]] = {}
        for _endpoint, at in self.look.ends():
            doubtful = [place for place, rule in enumerate(at) if rule.number not in needed]
            if doubtful:
                _End(self, at, doubtful[-1]).judge(needed, instead)
        return [
            (
                self.look.numbered[number],
                tuple(self.look.numbered[other] for other in sorted(instead[number]) if other != NOBODY),
            )
            for number in sorted(instead)
            if number not in needed
        ]


class _End(object):
    """The rules that one end of the server can meet, up to the last that is in doubt looked at one by one."""

    def __init__(self, removal: Removal, rules: Sequence[Any], last: int) -> None:
        self.removal = removal
        self.look = removal.look
        self.rules = rules
        self.last = last
        self.runs: List[Run] = []  # the one right behind the rule is the last
        self._neighbours: Optional[Neighbours] = None

    def judge(self, needed: Set[int], instead: Dict[int, Set[int]]) -> None:
        """Add to the rules that are needed, and to those that would decide instead of the others."""
        before = Claims(self.look.space)
        for rule in self.rules[: self.last + 1]:
            before.add(self.look.region(rule), rule.number)
        for place in range(len(self.rules) - 1, -1, -1):
            rule = self.rules[place]
            self.look.patience.spend()
            if place <= self.last:
                before.undo()
                if rule.number not in needed:
                    by = self._by(rule, before)
                    if by is None:
                        needed.add(rule.number)
                    elif by:
                        instead.setdefault(rule.number, set()).update(by)
            self._follow(rule)

    def _follow(self, rule: Any) -> None:
        """One more rule is behind those that are still to be looked at."""
        kind = self.removal.kind(rule.number)
        if not self.runs or self.runs[-1].kind != kind:
            self.runs.append(Run(kind, Claims(self.look.space), rule.number))
        self.runs[-1].claims.add(self.look.region(rule), rule.number)

    def _by(self, rule: Any, before: Claims) -> Optional[List[int]]:
        """Who would decide the same in the rule's place: NOBODY is the default; [] where it decides nothing here, None
        where an answer changes.
        """
        kind = self.removal.kind(rule.number)
        own = before.without_parts(self.look.region(rule))
        decides = _client(before, [], own)
        if decides is None:
            return []
        behind = self.runs[-1] if self.runs and self.runs[-1].kind == kind else None
        client: Optional[Tuple[int, int]] = decides
        if behind is not None:
            client = _client(before, [behind.claims], behind.claims.without_parts(own))
            if client is None:
                return self._behind().cover(_left(own, before), rule.number, behind.last + 1)[0]
        if client is not None and self._others_answer(client, kind, self.runs if behind is None else self.runs[:-1]):
            return None
        found, whole = self._behind().owners(_left(own, before), rule.number, NOBODY)
        found += [] if whole else [NOBODY]
        return found if all(self.removal.kind(number) == kind for number in found) else None

    def _others_answer(self, client: Tuple[int, int], kind: Any, runs: Sequence[Run]) -> bool:
        """Whether the first of some runs that matches a client, or the default, answers otherwise."""
        if all(run.kind != kind for run in runs) and self.removal.kind(NOBODY) != kind:
            return True
        for run in reversed(runs):
            self.look.patience.spend()
            if run.claims.holds(client):
                return bool(run.kind != kind)
        return bool(self.removal.kind(NOBODY) != kind)

    def _behind(self) -> Neighbours:
        """The rules at this end by what they match; made when the first is asked for."""
        if self._neighbours is None:
            self._neighbours = Neighbours(self.look, self.rules)
        return self._neighbours


def _left(region: Region, before: Claims) -> Region:
    """A region without what rules on addresses match."""
    found = []
    for states, ranges in region:
        pieces = tuple(place for piece in before.free_of([before.covered], ranges) for place in piece)
        if pieces:
            found.append((states, pieces))
    return found


def _client(before: Claims, others: Sequence[Claims], region: Region) -> Optional[Tuple[int, int]]:
    """A client of a region at an address that none of some rules on addresses matches."""
    covers = [before.covered] + [claims.covered for claims in others]
    for states, ranges in region:
        client = before.space.client_in(states, before.free_of(covers, ranges))
        if client is not None:
            return client
    return None
