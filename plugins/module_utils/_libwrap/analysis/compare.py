# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who gains and who loses: the requests that two policies answer differently, as few sets as can be."""

from typing import Any, Dict, FrozenSet, Iterator, List, Optional, Sequence, Set, Tuple

from ..facts import RequestFacts
from ..lookups import Lookups
from ..pattern_files import HostFileLoop
from ..patterns import World, list_matches
from ..request import Request
from .common import changed_rules
from .describe import Description, daemons_text, describe_clients
from .endpoints import Endpoint, Endpoints
from .outcomes import answer_of, default_answer
from .patience import A_DECISION, Patience
from .ranges import EVERYTHING, Ranges, contains, join, meet, position_of, union
from .requests import example_of, open_questions, place_in
from .slices import Chosen, slice_of
from .space import Region, Space, disjoint, merged
from .sweep import NOBODY, Done, Rules, stretches, sweep

#: What is answered: the access, and what it depends on.
Label = Tuple[str, Tuple[str, ...]]
#: Rules of the one policy and of the other, and whether the default of both: what they answer is settled.
Settled = Tuple[Sequence[FrozenSet[Any]], bool]
#: What stands for their answers.
SETTLED: Label = ("settled", ())
#: So many rules that ask for names and addresses at once are taken apart when they change; of more, everything is
#: looked at.
MIXED = 40


class Change(object):
    """A set of requests that change hands.

    - ``daemon``: which daemons, as text; ``clients``: which clients, as text.
    - ``before``, ``after``: granted, denied, delegated or aborted, with what it depends on where it depends on
    something.
    - ``witness``: one request of the set. ``depends``: the questions about the world that the set rests on.
    """

    __slots__ = ("daemon", "clients", "before", "after", "witness", "depends", "_space", "_lists", "_region", "terms")

    def __init__(
        self,
        daemon: str,
        description: Description,
        before: Label,
        after: Label,
        witness: Request,
        depends: Tuple[str, ...],
        space: Space,
        lists: FrozenSet[FrozenSet[Any]],
        region: Region,
    ) -> None:
        self.daemon = daemon
        self.clients = description.text
        self.terms = description.terms
        self.before = _said(before)
        self.after = _said(after)
        self.witness = witness
        self.depends = depends
        self._space = space
        self._lists = lists
        self._region = region

    def matches(self, request: Request) -> bool:
        """Whether a request is in the set; where the set rests on the world, whether it can be."""
        place = position_of(request.address)
        if place is None:
            return False
        hit = []
        for policy in self._space.policies:
            facts, world = RequestFacts(request, policy.dialect), World(policy.dialect, policy.lookups)
            try:
                hit += [
                    self._space.daemon_key(policy, rule)
                    for rule in policy.rules
                    if list_matches(rule.daemons, facts, world)
                ]
            except HostFileLoop:
                return False
        if frozenset(hit) not in self._lists:
            return False
        states = self._space.states_of(request, place)
        return any(mask & states and contains(ranges, place) for mask, ranges in self._region)

    def as_dict(self) -> Dict[str, Any]:
        """Plain values for results."""
        return {
            "daemon": self.daemon,
            "clients": self.clients,
            "before": self.before,
            "after": self.after,
            "witness": self.witness.as_dict(),
            "depends": list(self.depends),
        }

    def __repr__(self) -> str:
        return "%s: %s: %s -> %s" % (self.daemon, self.clients, self.before, self.after)


def _said(label: Label) -> str:
    access, depends = label
    return "%s (depends on %s)" % (access, ", ".join(depends)) if depends else access


class Comparison(object):
    """Two policies beside each other."""

    def __init__(
        self,
        before: Any,
        after: Any,
        settled: Optional[Settled] = None,
        space: Optional[Space] = None,
        endpoints: Optional[Endpoints] = None,
        patience: Optional[Patience] = None,
    ) -> None:
        """`space` and `endpoints`: those of more policies, where their comparisons shall speak of the same sets."""
        self.policies = (before, after)
        self.patience = patience or Patience()
        self.space = space or Space(self.policies, patience=self.patience)
        self.endpoints = endpoints or Endpoints(self.space)
        self.zones = self.space.zones()
        self.rules = (Rules(self.space, before), Rules(self.space, after))
        self.labels: List[Dict[int, Label]] = []  # by the rules' numbers
        self.defaults: List[Label] = []
        for policy in self.policies:
            shared: Dict[Label, Label] = {}
            answers = ((rule.number, answer_of(policy, rule)[:2]) for rule in policy.rules)
            self.labels.append(dict((number, shared.setdefault(label, label)) for number, label in answers))
            answer = default_answer(policy)
            self.defaults.append((answer.access, answer.depends))
        if settled is not None:
            self._settle(settled)

    def _settle(self, settled: Settled) -> None:
        for side, (policy, rules) in enumerate(zip(self.policies, settled[0])):
            self.labels[side].update((rule.number, SETTLED) for rule in policy.rules if rule in rules)
        if settled[1]:
            self.defaults = [SETTLED, SETTLED]

    def changes(self) -> List[Change]:
        """Everything that changes hands, the shortest description first."""
        everything = self.defaults[0] != self.defaults[1]
        keys = [
            [
                (
                    rule.table.name,
                    self.space.daemon_key(policy, rule),
                    self.space.client_keys[rule],
                    labels[rule.number],
                )
                for rule in policy.rules
            ]
            for policy, labels in zip(self.policies, self.labels)
        ]
        touched = changed_rules(keys[0], keys[1])
        rules = [[policy.rules[place] for place in places] for policy, places in zip(self.policies, touched)]
        found: Dict[Tuple[Label, Label, int, Ranges], List[int]] = {}
        for number, endpoint in enumerate(self.endpoints.all):
            self.patience.spend()
            region = None if everything else self._touched_region(endpoint, rules)
            if region is not None and not region:
                continue
            for (old, new), parts in self.differences(endpoint, region).items():
                for states, ranges in self._level(parts):
                    found.setdefault((old, new, states, ranges), []).append(number)
        return self.described(found)

    def _touched_region(self, endpoint: Endpoint, rules: Sequence[Sequence[Any]]) -> Optional[Region]:
        """The clients of the rules that are not in both policies; None for all clients."""
        boxes = []
        mixed = 0
        for policy, changed in zip(self.policies, rules):
            for rule in changed:
                if self.space.daemon_key(policy, rule) in endpoint.lists:
                    for states, ranges in self.space.region_of(policy, rule):
                        boxes.append((states, ranges))
                        mixed += states != self.space.everyone and len(ranges) > 2
        return None if mixed > MIXED else disjoint(boxes, self.space.everyone)

    def differences(self, endpoint: Endpoint, region: Optional[Region] = None) -> Dict[Tuple[Label, Label], Region]:
        """The clients (None: all) that the policies answer differently for one server's end, by the two answers."""
        sides = [
            sweep(self.space, policy, rules.at(endpoint.lists), region, self.patience)
            for policy, rules in zip(self.policies, self.rules)
        ]
        found: Dict[Tuple[Label, Label], Dict[Ranges, int]] = {}
        runs = [self._all_runs(side, sides[side]) for side in (0, 1)]
        for old, old_runs in zip(sides[0], runs[0]):
            self.patience.spend(1 + len(runs[1]) // 4)
            for new, new_runs in zip(sides[1], runs[1]):
                both = old[0] & new[0]
                if not both:
                    continue
                if len(old_runs) == 1 and len(new_runs) == 1 and old_runs[0][2] == new_runs[0][2]:
                    continue
                for pair, ranges in self._overlay(old_runs, new_runs, old[1].number).items():
                    parts = found.setdefault(pair, {})
                    parts[ranges] = parts.get(ranges, 0) | both
        return dict((pair, [(states, ranges) for ranges, states in parts.items()]) for pair, parts in found.items())

    def _all_runs(self, side: int, sides: Sequence[Done]) -> List[List[Tuple[int, int, Label]]]:
        """The runs of every state. Hundreds share one division of the addresses, and where all of it is answered alike
        one look does for all.
        """
        labels = self.labels[side]
        seen: Dict[int, Tuple[Set[Label], List[Tuple[int, int, Label]]]] = {}
        found = []
        for done in sides:
            _states, group, limit = done
            label = self.defaults[side] if limit == NOBODY else labels[limit]
            if id(group) not in seen:
                seen[id(group)] = (
                    set([labels[owner] for owner in set(group.owners) if owner >= 0] + [label]),
                    list(self._runs(side, done)),
                )
            answers, runs = seen[id(group)]
            found.append(runs if answers == {label} else list(self._runs(side, done)))
        return found

    def _runs(self, side: int, done: Done) -> Iterator[Tuple[int, int, Label]]:
        """Stretches with their answers, equal neighbours joined."""
        labels, default = self.labels[side], self.defaults[side]
        first, last, answer = -1, -1, default
        for start, end, owner in stretches(done):
            label = default if owner == NOBODY else labels[owner]
            if start != last or label != answer:
                if first >= 0:
                    yield first, last, answer
                first, answer = start, label
            last = end
        if first >= 0:
            yield first, last, answer

    def _overlay(
        self, old: List[Tuple[int, int, Label]], new: List[Tuple[int, int, Label]], number: Optional[int]
    ) -> Dict[Tuple[Label, Label], Ranges]:
        pieces: Dict[Tuple[Label, Label], List[Tuple[int, int]]] = {}
        one = other = 0
        while one < len(old) and other < len(new):
            start, end = max(old[one][0], new[other][0]), min(old[one][1], new[other][1])
            pair = (old[one][2], new[other][2])
            if (
                start < end
                and pair[0] != pair[1]
                and SETTLED not in pair
                and self.space.first_address(number, start, end) is not None
            ):
                pieces.setdefault(pair, []).append((start, end))
            if old[one][1] <= new[other][1]:
                one += 1
            else:
                other += 1
        return dict((pair, union(found)) for pair, found in pieces.items())

    def _level(self, region: Region) -> Region:
        """The same clients in as few parts as can be: what makes no difference to an address is left out."""
        parts: Region = []
        for zone, bits, by_class in self.zones:
            here = [(states, meet(ranges, zone)) for states, ranges in region]
            if zone != EVERYTHING:
                here = [(self.space.relax(states, bits, by_class), ranges) for states, ranges in here]
            here = [part for part in here if part[1]]
            parts += self.space.existing(here) if by_class and self.space.classes is not None else here
        return _wider(merged(parts))

    def described(self, found: Dict[Tuple[Label, Label, int, Ranges], List[int]]) -> List[Change]:
        """Sets of clients, each with the numbers of its server's ends, as changes; the shortest description first."""
        joined: Dict[Tuple[Label, Label, Tuple[int, ...], int], Ranges] = {}
        for (old, new, states, ranges), numbers in found.items():
            key = (old, new, tuple(numbers), states)
            joined[key] = join(joined[key], ranges) if key in joined else ranges
        changes = []
        for (old, new, places, states), ranges in joined.items():
            endpoints = [self.endpoints.all[number] for number in places]
            daemon = daemons_text(self.endpoints, endpoints)
            lists = frozenset(endpoint.lists for endpoint in endpoints)
            for part, description in describe_clients(self.space, states, ranges):
                witness, depends = self._witness(endpoints, part, ranges, old, new)
                changes.append(
                    Change(daemon, description, old, new, witness, depends, self.space, lists, [(part, ranges)])
                )
        changes.sort(key=lambda change: (change.terms, len(change.clients) + len(change.daemon), repr(change)))
        return changes

    def _witness(
        self, endpoints: Sequence[Endpoint], states: int, ranges: Ranges, old: Label, new: Label
    ) -> Tuple[Request, Tuple[str, ...]]:
        """A request of the set that both policies were asked about; with what it rests on if their answers rest on the
        world.
        """
        place, here = place_in(self.space, states, ranges)
        example = endpoints[0].examples[0]
        request = example_of(self.space, example, here, place)
        self.patience.spend(A_DECISION * len(self.policies))
        answers = [policy.decide(request) for policy in self.policies]
        depends = (
            list(open_questions(self.space, states))
            + list(old[1])
            + list(new[1])
            + list(example.server.depends if example.server else ())
        )
        if [answer.access for answer in answers] != [old[0], new[0]]:
            depends += self.endpoints.questions
        return request, tuple(sorted(set(depends)))


def _wider(region: Region) -> Region:
    """Parts with the same states as one."""
    found: Dict[int, Ranges] = {}
    for states, ranges in region:
        found[states] = join(found[states], ranges) if states in found else ranges
    return list(found.items())


def compare(
    before: Any, after: Any, settled: Optional[Settled] = None, patience: Optional[Patience] = None
) -> List[Change]:
    """The requests that two policies answer differently, [] when they are equivalent.

    `settled`: what is decided by these rules, before or after, or by the default of either where the last is true, is
    left out.

    :raises HostsAccessError: the rules cannot be told apart, or the time is over.
    """
    if settled is None:
        before, after = _slices(before, after)
    return Comparison(before, after, settled, patience=patience).changes()


def _slices(before: Any, after: Any) -> Tuple[Any, Any]:
    """Of both policies the rules that have to do with what is not the same in both; all of them where the rest answers
    otherwise too.
    """
    worlds = (before.lookups, after.lookups)
    if before.dialect is not after.dialect or worlds[0] is not worlds[1] and set(map(type, worlds)) != {Lookups}:
        return before, after
    if default_answer(before) != default_answer(after):
        return before, after
    sides = [
        [(rule.table.name, rule.daemon_field, rule.client_field, rule.option_field) for rule in policy.rules]
        for policy in (before, after)
    ]
    touched = changed_rules(sides[0], sides[1])
    chosen = Chosen(
        [policy.rules[place] for policy, places in zip((before, after), touched) for place in places], before.dialect
    )
    return slice_of(before, chosen), slice_of(after, chosen)
