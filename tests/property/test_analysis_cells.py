# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The division of all requests that the analysis rests on, asked piece by piece, and shadowed rules against brute force."""

import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.endpoints import Endpoints
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.requests import example_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.requests import open_questions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.space import Space
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.sweep import NOBODY, Rules
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.sweep import stretches, sweep
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from random_policies import DIALECTS, every_request, random_tables


def pieces(policy):
    """(request, number of the rule that decides it or None, whether the world must be asked) for every piece."""
    space = Space([policy])
    rules = Rules(space, policy)
    for endpoint in Endpoints(space).all:
        for done in sweep(space, policy, rules.at(endpoint.lists)):
            for start, end, owner in stretches(done):
                place = space.first_address(done[1].number, start, end)
                assert place is not None
                asked = bool(open_questions(space, done[0])) or place >= 1 << 33
                for states in (done[0], 1 << (done[0].bit_length() - 1)):
                    yield (
                        example_of(space, endpoint.examples[-1], states, place),
                        None if owner == NOBODY else owner,
                        asked,
                    )


def without(policy, dialect, rule):
    """The policy without one rule."""
    tables = [policy.allow.data, policy.deny.data]
    side = 0 if rule.table is policy.allow else 1
    tables[side] = tables[side][: rule.start] + tables[side][rule.end :]
    return Policy.parse(tables[0], tables[1], dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_piece_decides_as_said(dialect):
    rng = random.Random("pieces " + dialect)
    count = 0
    for _number in range(25):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        questions = Space([policy]).questions
        for request, owner, asked in pieces(policy):
            if asked and questions:
                continue
            decision = policy.decide(request)
            rule = decision.rule_object
            count += 1
            assert (None if rule is None else rule.number) == owner, (dialect, allow, deny, request, owner)
    assert count > 1000


@pytest.mark.parametrize("dialect", DIALECTS)
def test_shadowed_rules_never_decide_and_all_others_do(dialect):
    rng = random.Random("shadowed " + dialect)
    requests = every_request(rng, 0.1)
    found = 0
    for _number in range(25):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        shadowed = dict((one.rule.number, one) for one in policy.shadowed_rules() if one.never_decides)
        found += len(shadowed)
        story = (dialect, allow, deny)
        deciding = set(
            policy.decide(request).rule_object.number
            for request in requests
            if policy.decide(request).rule_object is not None
        )
        assert not deciding.intersection(shadowed), story + (shadowed,)
        living = set(owner for _request, owner, _asked in pieces(policy))
        assert living.isdisjoint(shadowed) and len(living - {None}) + len(shadowed) == len(policy.rules), story
        for one in shadowed.values():
            # without the rules that cover it, the rule decides something again
            assert all(rule.number < one.rule.number for rule in one.by), story
            assert one.reason == "matches nothing" or one.by, story
            if one.reason == "covered" and len(one.by) == 1:
                only = Policy.parse(
                    *[
                        b"".join(rule.raw for rule in table.rules if rule in (one.by[0], one.rule))
                        for table in (policy.allow, policy.deny)
                    ],
                    dialect=dialect,
                )
                left = only.shadowed_rules()
                assert [other.rule.text for other in left if other.never_decides] == [one.rule.text], story
    assert found > 15


@pytest.mark.parametrize("dialect", DIALECTS)
def test_redundant_rules_and_only_they_can_go(dialect):
    rng = random.Random("redundant " + dialect)
    requests = every_request(rng, 0.05)
    could = 0
    for _number in range(15):
        allow, deny = random_tables(rng, 4)
        policy = Policy.parse(allow, deny, dialect)
        listed = dict((one.rule.number, one) for one in policy.shadowed_rules())
        could += len(listed)
        for rule in policy.rules:
            smaller = without(policy, dialect, rule)
            story = (dialect, allow, deny, rule, listed)
            if rule.number in listed:
                assert policy.compare(smaller) == [], story
                for request in requests:
                    one, other = policy.decide(request), smaller.decide(request)
                    assert (one.access, list(one.actions)) == (other.access, list(other.actions)), story + (request,)
            elif not rule.options and not policy.compare(smaller):
                # the same access, so what differs must be what is done on the way
                assert any(later.option_field for later in policy.rules[rule.number :]), story
    assert could > 10
