# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare against brute force: inside the sets answers change as said, outside none changes."""

import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from random_policies import DIALECTS, changed_tables, every_request, random_tables


def check(before, after, requests, story):
    """Every request changes hands as exactly one of the sets says, or as none does and not at all."""
    changes = before.compare(after)
    seen = 0
    for change in changes:
        if not change.depends:
            assert before.decide(change.witness).access == change.before, story + (change, change.witness)
            assert after.decide(change.witness).access == change.after, story + (change, change.witness)
            assert change.before != change.after
        assert change.matches(change.witness), story + (change, change.witness)
    for request in requests:
        old, new = before.decide(request).access, after.decide(request).access
        holding = [change for change in changes if change.matches(request)]
        sure = [change for change in holding if not change.depends]
        if old != new:
            seen += 1
            assert any((change.before, change.after) == (old, new) for change in holding), story + (
                request,
                old,
                new,
                changes,
            )
        else:
            assert not sure, story + (request, old, new, sure)
        assert len(sure) < 2, story + (request, sure)
    return changes, seen


@pytest.mark.parametrize("dialect", DIALECTS)
def test_compare_says_what_changes_and_no_more(dialect):
    rng = random.Random("compare " + dialect)
    requests = every_request(rng, 0.02)
    sets = seen = equal = 0
    for _number in range(20):
        tables = random_tables(rng)
        others = random_tables(rng) if rng.random() < 0.15 else changed_tables(rng, tables)
        before, after = Policy.parse(tables[0], tables[1], dialect), Policy.parse(others[0], others[1], dialect)
        changes, count = check(before, after, requests, (dialect, tables, others))
        sets, seen, equal = sets + len(changes), seen + count, equal + (not changes)
    assert sets > 20 and seen > 50 and equal > 2


def test_compare_of_two_builds():
    rng = random.Random("builds")
    requests = every_request(rng, 0.02)
    for _number in range(20):
        tables = random_tables(rng, 4)
        one, other = rng.sample(DIALECTS, 2)
        check(
            Policy.parse(tables[0], tables[1], one),
            Policy.parse(tables[0], tables[1], other),
            requests,
            (one, other, tables),
        )


def test_a_policy_equals_itself_in_other_words():
    before = Policy.parse("sshd: 10.0.0.0/8\n", "ALL: ALL\n")
    after = Policy.parse("sshd: 10.0.0.0/9\nsshd: 10.128.0.0/9\nsshd: 10.1.2.3\n", "in.telnetd: ALL\nALL: ALL\n")
    assert before.compare(after) == [] and after.compare(before) == []


def test_what_a_change_says():
    before = Policy.parse("sshd: 10.2.0.0/16\n", "ALL: ALL\n")
    after = Policy.parse("sshd: 10.1.0.0/16 EXCEPT 10.1.2.0/24\nsshd: 10.2.0.0/16\n", "ALL: ALL\n")
    assert [repr(change) for change in before.compare(after)] == [
        "sshd: 10.1.0.0/16 except 10.1.2.0/24: denied -> granted"
    ]
    assert [repr(change) for change in after.compare(before)] == [
        "sshd: 10.1.0.0/16 except 10.1.2.0/24: granted -> denied"
    ]


def test_an_exception_may_hold_a_network_that_changes_again():
    before = Policy.parse("sshd: 10.0.0.0/8\n", "ALL: ALL\n")
    after = Policy.parse("sshd: 10.1.0.0/16 EXCEPT 10.1.2.0/24\n", "ALL: ALL\n")
    assert [repr(change) for change in before.compare(after)] == [
        "sshd: 10.0.0.0/8 except 10.1.0.0/16; 10.1.2.0/24: granted -> denied"
    ]
