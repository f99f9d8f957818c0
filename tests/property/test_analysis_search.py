# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Search against brute force: what is there is found, what is found is there."""

import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import contains
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import position_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.search import Question
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from random_policies import ASKED_DAEMONS, ASKED_NAMES, ASKED_USERS, DIALECTS, every_request, random_tables

NETWORKS = [
    None,
    "10.1.2.0/28",
    "10.1.2.8/29",
    ["10.1.2.0/30", "192.0.2.1"],
    "0.0.0.0/0",
    "2001:db8::/32",
    "10.1.2.7",
    "2001:db8::7",
    "unknown",
]
EXCEPTIONS = [None, None, "10.1.2.4/30", ["10.1.2.3", "10.1.2.7"]]


def meant(request, question, single):
    """Whether a question is about a request, by its own reading."""
    place = position_of(request.address)
    if single is not None and request.address != single:
        return False
    if question.daemon is not None and request.daemon != question.daemon or not contains(question.ranges, place):
        return False
    name = "paranoid" if request.paranoid else request.hostname or "unknown"
    if question.hostname.startswith("."):
        if request.paranoid or request.hostname is None or not request.hostname.lower().endswith(question.hostname):
            return False
    elif question.hostname not in ("any", name):
        return False
    if question.user not in ("any", request.user or "unknown"):
        return False
    if question.server_address not in ("any", request.server_address or "unknown"):
        return False
    return question.server_port in (None, request.server_port)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_search_finds_whatever_brute_force_finds(dialect):
    rng = random.Random("search " + dialect)
    requests = every_request(rng, 0.1)
    proofs = witnesses = 0
    for _number in range(25):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        decisions = [(request, policy.decide(request).access) for request in requests]
        for _number in range(4):
            fields = {
                "daemon": rng.choice([None] + ASKED_DAEMONS),
                "network": rng.choice(NETWORKS),
                "except_": rng.choice(EXCEPTIONS),
            }
            if rng.random() < 0.4:
                fields["hostname"] = rng.choice(["unknown", "paranoid", ".example.com", ".com"] + ASKED_NAMES[2:])
            if rng.random() < 0.3:
                fields["user"] = rng.choice(["unknown"] + ASKED_USERS[1:])
            if rng.random() < 0.2:
                fields["server_address"] = rng.choice(["10.1.2.9", "192.0.2.5", "unknown"])
            if rng.random() < 0.2:
                fields["server_port"] = 22
            access = rng.choice(["granted", "denied", ("denied", "delegated"), "delegated"])
            question = Question(**fields)
            result = policy.search(access, **fields)
            there = [
                request
                for request, answer in decisions
                if (answer == access or answer in access) and meant(request, question, None)
            ]
            story = (dialect, allow, deny, access, fields, result)
            if result.found:
                witnesses += 1
                assert policy.decide(result.witness).access in ([access] if isinstance(access, str) else access), story
                assert meant(result.witness, question, None), story
            elif not result.depends:
                proofs += 1
                assert not there, story + (there[0],)
    assert proofs > 15 and witnesses > 15


@pytest.mark.parametrize("dialect", DIALECTS)
def test_one_searcher_answers_as_a_new_one_for_each_question(dialect):
    rng = random.Random("searcher " + dialect)
    for _number in range(8):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        searcher = policy.searcher()
        for _number in range(8):
            fields = {
                "daemon": rng.choice([None] + ASKED_DAEMONS),
                "network": rng.choice(NETWORKS),
                "except_": rng.choice(EXCEPTIONS),
                "hostname": rng.choice(["any", "any", "unknown", ".com"] + ASKED_NAMES[2:]),
                "server_port": rng.choice([None, 22]),
            }
            access = rng.choice(["granted", "denied", ("denied", "delegated")])
            one, other = searcher.search(access, Question(**fields)), policy.search(access, **fields)
            assert (one.found, one.depends, one.witness and one.witness.as_dict()) == (
                other.found,
                other.depends,
                other.witness and other.witness.as_dict(),
            ), (allow, deny, access, fields)
