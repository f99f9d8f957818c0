# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules that never decide anything, with the rules that cover them together, and rules that could go without any change."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .endpoints import Endpoint, Endpoints
from .outcomes import Answer, answer_of
from .ranges import EVERYTHING
from .redundant import Removal
from .space import Region, Space, holds, minus
from .sweep import FREE, Rules, Sweep

SAME, OPPOSITE, MIXED = "same", "opposite", "mixed"
MATCHES_NOTHING = "matches nothing"
DUPLICATE = "duplicate"
AFTER_CATCH_ALL = "after a catch-all"
COVERED = "covered"
REDUNDANT = "redundant"


#: A rule that could go. ``reason``: ``matches nothing``; ``duplicate``, ``after a catch-all`` or ``covered`` by the earlier rules
#: ``by``, which together match all that it matches; ``redundant``: it decides, but the rules ``by`` after it (or the default)
#: would decide the same. ``verdict``: whether those answer the ``same``, the ``opposite`` or ``mixed``; None where there are none.
class Dead(NamedTuple):
    rule: Any
    reason: str
    by: Tuple[Any, ...]
    verdict: Optional[str]
    never_decides: bool


#: A cover of more rules than this is reported as found, without trying to do with fewer.
TRIES = 24


class Search(object):
    """One look at all rules of a policy."""

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        self.space = Space([policy])
        self.endpoints = Endpoints(self.space).all
        self.rules = Rules(self.space, policy)
        self.at = [self.rules.at(endpoint.lists) for endpoint in self.endpoints]
        self.answers: Dict[int, Answer] = {}
        self.regions = [self.space.region_of(policy, rule) for rule in policy.rules]

    def answer(self, rule: Any) -> Answer:
        """What a rule answers."""
        if rule.number not in self.answers:
            self.answers[rule.number] = answer_of(self.policy, rule)
        return self.answers[rule.number]

    def region(self, rule: Any) -> Region:
        """The clients that a rule matches."""
        return self.regions[rule.number]

    def dead(self) -> List[Dead]:
        """The rules that never decide, in order."""
        alive: Set[int] = set()
        for rules in self.at:
            work = Sweep(self.space)
            for rule in rules:
                if not work.groups:
                    break
                if work.take(self.region(rule), rule.number):
                    alive.add(rule.number)
        suspects = [rule for rule in self.policy.rules if rule.number not in alive]
        return self._explained(suspects) if suspects else []

    def _explained(self, suspects: Sequence[Any]) -> List[Dead]:
        wanted = set(rule.number for rule in suspects)
        first = self._first_of_kind()
        catch_all = self._catch_all()
        owners: Dict[int, Set[int]] = dict((number, set()) for number in wanted)
        ends: Dict[int, List[Endpoint]] = dict((number, []) for number in wanted)
        found = []
        pending: Set[int] = set()
        for rule in suspects:
            twin = first[self._key(rule)]
            if not any(self._exists(rule, endpoint) for endpoint in self.endpoints):
                found.append(Dead(rule, MATCHES_NOTHING, (), None, True))
            elif twin is not rule:
                found.append(Dead(rule, DUPLICATE, (twin,), self._verdict(rule, [twin]), True))
            elif catch_all is not None and rule.number > catch_all.number:
                found.append(Dead(rule, AFTER_CATCH_ALL, (catch_all,), self._verdict(rule, [catch_all]), True))
            else:
                pending.add(rule.number)
        for endpoint, rules in zip(self.endpoints, self.at):
            if any(rule.number in pending for rule in rules):
                self._collect(endpoint, rules, pending, owners, ends)
        for number in pending:
            rule = self.policy.rules[number]
            by = [self.policy.rules[owner] for owner in self._fewer(rule, sorted(owners[number]), ends[number])]
            found.append(Dead(rule, COVERED, tuple(by), self._verdict(rule, by), True))
        found.sort(key=lambda dead: dead.rule.number)
        return found

    def _collect(
        self,
        endpoint: Endpoint,
        rules: Sequence[Any],
        wanted: Set[int],
        owners: Dict[int, Set[int]],
        ends: Dict[int, List[Endpoint]],
    ) -> None:
        """Who owns what the wanted rules would match at one end."""
        work = Sweep(self.space)
        for rule in rules:
            region = self.region(rule)
            if rule.number in wanted and region:
                ends[rule.number].append(endpoint)
                wide = 0
                for mask, _ranges in region:
                    wide |= mask
                for states, group, limit in work.done + [(group.states, group, rule.number) for group in work.groups]:
                    for mask, ranges in region if states & wide else ():
                        if not mask & states:
                            continue
                        own = group.owners_in(ranges)
                        bound = min(limit, rule.number)
                        owners[rule.number].update([owner for owner in own if 0 <= owner < bound])
                        if limit < rule.number and own and (FREE in own or max(own) >= limit):
                            owners[rule.number].add(limit)
            elif rule.number not in wanted:
                work.take(region, rule.number)

    def _exists(self, rule: Any, endpoint: Endpoint) -> bool:
        """Whether any request at one end matches the rule."""
        if self.space.daemon_key(self.policy, rule) not in endpoint.lists:
            return False
        return any(group.free for group in Sweep(self.space, self.region(rule)).groups) if self.region(rule) else False

    def _fewer(self, rule: Any, owners: List[int], ends: Sequence[Endpoint]) -> List[int]:
        """A cover with no rule in it that the others make superfluous."""
        by_end = [
            [
                owner
                for owner in owners
                if self.space.daemon_key(self.policy, self.policy.rules[owner]) in endpoint.lists
            ]
            for endpoint in ends
        ]
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
        return bool([group for group in Sweep(self.space, region).groups if group.free])

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

    def redundant(self, dead: Sequence[Dead]) -> List[Dead]:
        """The rules that decide but whose removal, one at a time, would change no answer."""
        gone = set(one.rule.number for one in dead)
        found = []
        for rule, by in Removal(self).changeless(gone):
            found.append(Dead(rule, REDUNDANT, by, SAME, False))
        return found


def dead_rules(policy: Any, redundant: bool = True) -> List[Dead]:
    """The rules that could go, in the order in which libwrap tries them."""
    if not policy.rules:
        return []
    look = Search(policy)
    found = look.dead()
    if redundant:
        found += look.redundant(found)
        found.sort(key=lambda dead: dead.rule.number)
    return found
