# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules that never decide anything, with the rules that cover them together, and rules that could go without any
change.
"""

from typing import Any, Container, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .claims import Claims
from .endpoints import Endpoint, Endpoints
from .neighbours import TRIES, Neighbours
from .outcomes import Answer, answer_of
from .patience import Patience
from .ranges import EVERYTHING
from .redundant import Removal
from .slices import Chosen, slice_of
from .space import Region, Space, holds, minus
from .sweep import Rules

SAME, OPPOSITE, MIXED = "same", "opposite", "mixed"
MATCHES_NOTHING = "matches nothing"
DUPLICATE = "duplicate"
AFTER_CATCH_ALL = "after a catch-all"
COVERED = "covered"
REDUNDANT = "redundant"


#: A rule that could go. ``reason``: ``matches nothing``; ``duplicate``, ``after a catch-all`` or ``covered`` by the
#: earlier rules ``by``, which together match all that it matches; ``redundant``: it decides, but the rules ``by`` after
#: it (or the default) would decide the same. ``verdict``: whether those answer the ``same``, the ``opposite`` or
#: ``mixed``; None where there are none.
class Shadowed(NamedTuple):
    rule: Any
    reason: str
    by: Tuple[Any, ...]
    verdict: Optional[str]
    never_decides: bool


class Search(object):
    """One look at all rules of a policy."""

    def __init__(self, policy: Any, patience: Optional[Patience] = None) -> None:
        self.policy = policy
        self.patience = patience or Patience()
        self.space = Space([policy], patience=self.patience)
        self.endpoints = Endpoints(self.space).all
        self.rules = Rules(self.space, policy)
        self.answers: Dict[int, Answer] = {}
        self.numbered = dict((rule.number, rule) for rule in policy.rules)
        self.regions: Dict[int, Region] = dict(
            (rule.number, self.space.region_of(policy, rule)) for rule in policy.rules
        )
        #: The rules that no request at all matches.
        self.nothing = self._matching_nothing()

    def answer(self, rule: Any) -> Answer:
        """What a rule answers."""
        if rule.number not in self.answers:
            self.answers[rule.number] = answer_of(self.policy, rule)
        return self.answers[rule.number]

    def region(self, rule: Any) -> Region:
        """The clients that a rule matches."""
        return self.regions[rule.number]

    def _matching_nothing(self) -> Set[int]:
        lists = set(key for endpoint in self.endpoints for key in endpoint.lists)
        return set(
            rule.number
            for rule in self.policy.rules
            if self.space.daemon_key(self.policy, rule) not in lists or self.space.one_of(self.region(rule)) is None
        )

    def ends(self) -> Iterator[Tuple[Endpoint, List[Any]]]:
        """Every end with the rules that it can meet, the fewest rules first: what decides there decides."""
        counts = dict((key, len(rules)) for key, rules in self.rules.by_list.items())
        order = [(sum(counts[key] for key in one.lists), number) for number, one in enumerate(self.endpoints)]
        for _count, number in sorted(order):
            yield self.endpoints[number], self.rules.at(self.endpoints[number].lists)

    def shadowed(self, wanted: Optional[Container[int]] = None) -> List[Shadowed]:
        """The rules, of all or of those with the wanted numbers, that never decide, in order."""
        alive: Set[int] = set()
        for _endpoint, rules in self.ends():
            doubtful = [
                rule for rule in rules if (wanted is None or rule.number in wanted) and rule.number not in alive
            ]
            if not doubtful:
                continue
            claims, last = Claims(self.space), doubtful[-1].number
            for rule in rules:
                self.patience.spend()
                if rule.number > last:
                    break
                region = self.region(rule)
                doubted = rule.number not in alive and (wanted is None or rule.number in wanted)
                if doubted and claims.leaves(region) is not None:
                    alive.add(rule.number)
                claims.add(region, rule.number)
        suspects = [
            rule for rule in self.policy.rules if rule.number not in alive and (wanted is None or rule.number in wanted)
        ]
        return self._explained(suspects) if suspects else []

    def _explained(self, suspects: Sequence[Any]) -> List[Shadowed]:
        first = self._first_of_kind()
        catch_all = self._catch_all()
        found = []
        pending: Set[int] = set()
        for rule in suspects:
            twin = first[self._key(rule)]
            if rule.number in self.nothing:
                found.append(Shadowed(rule, MATCHES_NOTHING, (), None, True))
            elif twin is not rule:
                found.append(Shadowed(rule, DUPLICATE, (twin,), self._verdict(rule, [twin]), True))
            elif catch_all is not None and rule.number > catch_all.number:
                found.append(Shadowed(rule, AFTER_CATCH_ALL, (catch_all,), self._verdict(rule, [catch_all]), True))
            else:
                pending.add(rule.number)
        owners, ends = self._owners(pending) if pending else ({}, {})
        for number in pending:
            rule = self.numbered[number]
            by = [self.numbered[owner] for owner in self._fewer(rule, sorted(owners[number]), ends[number])]
            found.append(Shadowed(rule, COVERED, tuple(by), self._verdict(rule, by), True))
        found.sort(key=lambda shadowed: shadowed.rule.number)
        return found

    def _owners(self, wanted: Set[int]) -> Tuple[Dict[int, Set[int]], Dict[int, List[Endpoint]]]:
        """For each wanted rule the earlier rules that decide in its place, and the ends at which they do."""
        owners: Dict[int, Set[int]] = dict((number, set()) for number in wanted)
        ends: Dict[int, List[Endpoint]] = dict((number, []) for number in wanted)
        for endpoint, rules in self.ends():
            here = [number for number, rule in enumerate(rules) if rule.number in wanted]
            index = Neighbours(self, rules) if here else None
            for place in here:
                rule = rules[place]
                ends[rule.number].append(endpoint)
                if index is not None:
                    owners[rule.number].update(index.cover(self.region(rule), -1, rule.number)[0])
        return owners, ends

    def _fewer(self, rule: Any, owners: List[int], ends: Sequence[Endpoint]) -> List[int]:
        """A cover with no rule in it that the others make superfluous."""
        by_end = [
            [owner for owner in owners if self.space.daemon_key(self.policy, self.numbered[owner]) in endpoint.lists]
            for endpoint in ends
        ]
        by_end = [list(one) for one in sorted(set(tuple(here) for here in by_end))]
        client = self.space.one_of(self.region(rule))
        # most owners have a part only, and one client tells
        for owner in owners if client is None else [owner for owner in owners if holds(self.regions[owner], client)]:
            if all(owner in here for here in by_end) and not self._left(rule, [owner]):
                return [owner]
        if len(owners) > TRIES:
            return owners
        for owner in list(owners):
            if all(not self._left(rule, [other for other in here if other != owner]) for here in by_end):
                owners = [other for other in owners if other != owner]
                by_end = [[other for other in here if other != owner] for here in by_end]
        return owners

    def _left(self, rule: Any, owners: Sequence[int]) -> bool:
        """Whether these rules leave anything of the rule's clients."""
        region = self.region(rule)
        for owner in owners:
            region = minus(region, self.regions[owner])
            if not region:
                return False
        return self.space.one_of(region) is not None

    def _key(self, rule: Any) -> Any:
        daemons, clients = self.space.daemon_key(self.policy, rule), self.space.client_keys[rule]
        return daemons, clients[2:], clients[1] if len(clients[1]) < 2 else tuple(sorted(set(clients[1])))

    def _first_of_kind(self) -> Dict[Any, Any]:
        first: Dict[Any, Any] = {}
        for rule in self.policy.rules:
            first.setdefault(self._key(rule), rule)
        return first

    def _catch_all(self) -> Optional[Any]:
        for rule in self.policy.rules:
            if self._matches_everything(rule):
                return rule
        return None

    def _matches_everything(self, rule: Any) -> bool:
        region = self.region(rule)
        if len(region) != 1 or region[0] != (self.space.everyone, EVERYTHING):
            return False
        key = self.space.daemon_key(self.policy, rule)
        return all(key in endpoint.lists for endpoint in self.endpoints)

    def _verdict(self, rule: Any, by: Sequence[Any]) -> Optional[str]:
        same = [self.answer(other).access == self.answer(rule).access for other in by]
        if not same:
            return None
        return SAME if all(same) else MIXED if any(same) else OPPOSITE

    def redundant(self, shadowed: Sequence[Shadowed]) -> List[Shadowed]:
        """The rules that decide but whose removal, one at a time, would change no answer."""
        gone = set(one.rule.number for one in shadowed)
        found = []
        for rule, by in Removal(self).changeless(gone):
            found.append(Shadowed(rule, REDUNDANT, by, SAME, False))
        return found


def shadowed_among(policy: Any, rules: Sequence[Any], patience: Optional[Patience] = None) -> List[Shadowed]:
    """Those of some rules of a policy that never decide; rules that have nothing to do with them are not looked at.

    :raises HostsAccessError: the rules cannot be told apart, or the time is over.
    """
    if not rules:
        return []
    chosen = Chosen(rules, policy.dialect)
    last = max(rule.number for rule in rules)
    part = slice_of(policy, chosen, policy.rules[: last + 1])
    return Search(part, patience).shadowed(frozenset(rule.number for rule in rules))


def shadowed_rules(policy: Any, redundant: bool = True, patience: Optional[Patience] = None) -> List[Shadowed]:
    """The rules that could go, in the order in which libwrap tries them.

    :raises HostsAccessError: the rules cannot be told apart, or the time is over.
    """
    if not policy.rules:
        return []
    look = Search(policy, patience)
    found = look.shadowed()
    if redundant:
        found += look.redundant(found)
        found.sort(key=lambda shadowed: shadowed.rule.number)
    return found
