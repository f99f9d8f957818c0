# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index: what its gate lets pass, long lists, which are asked as a whole, and that many rules are answered in order."""

import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.facts import RequestFacts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.index import PAIRS, REMEMBERED, Gate


@pytest.mark.parametrize(
    "net, mask, passing",
    [
        (0x0A000000, 0xFF000000, range(0x0A00, 0x0B00)),
        (0x0A010000, 0xFFFF0000, range(0x0A01, 0x0A02)),
        (0x0A010000, 0xFFFE0000, range(0x0A01, 0x0A03)),
        (0x80000000, 0x80000000, range(0x8000, 0x10000)),
        (0, 0, range(0x10000)),
        (0x00000003, 0x00FF00FF, range(0x10000)),  # a mask with holes in its first half
        (0x0A000000, 0xFFFA0000, range(0x10000)),
    ],
)
def test_the_gate_lets_a_network_pass_and_nothing_else(net, mask, passing):
    gate = Gate()
    gate.open(net, mask)
    assert len(gate.nets4) == 0x10000
    assert [number for number, byte in enumerate(gate.nets4) if byte] == list(passing)


def passes(policy, address, hostname=None):
    client = RequestFacts(Request("sshd", address, hostname=hostname), policy.dialect).client
    gate = policy.compile().gate
    return (gate.near(client), gate.met(client.name_lower))


def test_what_the_gate_says_of_a_client():
    policy = Policy.parse(
        "sshd: 10.1.0.0/16 192.0.2.1 203.0.113. [2001:db8::]/32\nx: h.example.com .net .a.net\n22: ALL EXCEPT [2001:db9::1]\n",
        None,
    )
    near = ["10.1.2.3", "192.0.2.1", "203.0.113.9", "2001:db8::1"]
    far = ["10.2.2.3", "198.51.100.1", "2001:dba::1", "::1", None]
    assert [passes(policy, address) for address in near] == [(True, [])] * len(near)
    assert [passes(policy, address) for address in far] == [(False, [])] * len(far)
    assert passes(policy, "::ffff:198.51.100.1") == (False, [])  # Debian takes it for the IPv4 address
    assert passes(Policy.parse("ALL: 10.\n", None, "redhat"), "::ffff:198.51.100.1")[
        0
    ]  # text with dots can begin or end as a rule says
    names = {
        "H.example.com": [b"h.example.com"],
        "x.net": [b".net"],
        "x.a.net": [b".a.net", b".net"],
        ".net": [],
        "h.example.org": [],
        "net": [],
        ".x.net": [b".net"],
        "h": [],
    }
    assert dict((name, passes(policy, "198.51.100.1", name)[1]) for name in names) == names


@pytest.mark.parametrize("dialect, quick", [("debian", True), ("redhat", True), ("suse12", False)])
@pytest.mark.parametrize(
    "token",
    [
        "9.9.9.9",
        "10.1.2.3",
        "10.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.1.",
        "10.",
        "h.example.com",
        ".Example.com",
    ],
)
def test_what_most_rules_say_makes_no_pattern(dialect, quick, token):
    policy = Policy.parse("sshd: %s\n" % token, None, dialect)
    policy.compile()
    assert (not policy.allow.cache.clients) is quick


@pytest.mark.parametrize(
    "token",
    [
        "ALL",
        "KNOWN",
        "localhost",
        "*.com",
        "www.",
        "300.",
        "10",
        "10.1.2.3x",
        "10.0.0.0/8x",
        "255.255.255.255",
        "010.1.2.3",
        "@g",
    ],
)
def test_what_only_a_pattern_can_tell(token):
    policy = Policy.parse("sshd: %s\n" % token, None)
    policy.compile()
    assert list(policy.allow.cache.clients) == [token.encode()]


def test_daemon_names_are_remembered_up_to_a_number():
    policy = Policy.parse("d1*: ALL\nd2: ALL\n", "ALL: ALL\n")
    index = policy.compile()

    def parts(number):
        return index.parts_for(RequestFacts(Request("d%d" % number, "10.1.2.3"), policy.dialect))

    assert len(parts(1)) == len(parts(2)) == 2 and len(parts(3)) == 1
    assert parts(1) is parts(1) and parts(1) is not parts(2)
    for number in range(REMEMBERED):
        parts(number)
    assert len(index._known) == REMEMBERED
    assert len(parts(REMEMBERED)) == 1 and len(index._known) == 1


def test_plain_daemon_names_are_looked_up_and_others_tried():
    policy = Policy.parse("sshd: ALL\nin.ftpd@10.: ALL\ns*: ALL\n22: ALL\nlocalhost: ALL\n", None, "redhat")
    index = policy.compile()
    assert sorted(index.daemons) == [b"22", b"in.ftpd", b"sshd"] and list(index.patterns) == [b"s*", b"localhost"]
    assert index.parts_for(RequestFacts(Request("x", "10.1.2.3"), policy.dialect)) == ()


def test_long_lists_are_answered_as_short_ones():
    size = 40
    assert size * size > PAIRS
    daemons, clients = ["d%d" % number for number in range(size)], ["10.%d." % number for number in range(size)]
    policy = Policy.parse("x: ALL\n%s: %s\nALL: 192.0.2.\n" % (" ".join(daemons), " ".join(clients)), "ALL: ALL\n")

    def line(daemon, address):
        decision = policy.decide(Request(daemon, address))
        return (decision.table, decision.line)

    assert [line(daemon, "10.7.1.1") for daemon in daemons] == [("allow", 2)] * size
    assert [line("d7", "10.%d.1.1" % number) for number in range(size)] == [("allow", 2)] * size
    assert line("d7", "10.40.1.1") == line("d40", "10.7.1.1") == ("deny", 1)
    assert line("d7", "192.0.2.1") == ("allow", 3) and line("x", "10.7.1.1") == ("allow", 1)


DAEMONS = ["sshd", "ALL", "22", "s*", "sshd@10.", "ALL EXCEPT x", "x sshd"]
CLIENTS = [
    "ALL",
    "10.1.2.3",
    "10.1.",
    "10.0.0.0/8",
    "10.0.0.3/255.0.0.255",
    "10.1.2.3 h.example.com",
    ".example.com",
    "www.",
    "*.com",
    "KNOWN",
    "LOCAL",
    "UNKNOWN",
    "[2001:db8::]/32",
    "[2001:db8::1]",
    ".3",
    ".cd",
    "bob@ALL",
    "10. EXCEPT 10.1.2.4",
    "EXCEPT ALL",
    "[2001:db8::1 10.1.",
    "unknown",
    "localhost",
    "192.0.2.0/24 10.9.",
    "p*",
]
REQUESTS = [
    Request("sshd", "10.1.2.3"),
    Request("sshd", "10.1.2.4", hostname="h.example.com"),
    Request("x", "192.0.2.3", hostname="WWW.example.com", user="bob"),
    Request("sshd", "2001:db8::1", server_port=22),
    Request("x", "2001:db8::2", hostname="gate", server_port=22),
    Request("sshd", "fe80::1%ab.cd"),
    Request("sshd", "::ffff:10.1.2.3", server_address="10.0.0.1"),
    Request("ssh", "010.1.2.3"),
    Request("sshd", None, hostname="localhost"),
    Request("sshd", "10.1.2.3", paranoid=True, user="bob"),
    Request("y", "203.0.113.9"),
    Request("sshd", "203.0.113.3", hostname=".example.com"),
    Request("22", "10.9.1.1", hostname="10.1.2.3"),
    Request("sshd", "2001:db8::1", hostname="10.1.x", user="bob", server_address="10.0.0.1"),
]


@pytest.mark.parametrize("dialect", ["debian", "redhat", "suse12", "netbsd", "macos"])
def test_of_many_rules_the_first_that_would_match_alone_decides(dialect):
    rules = ["%s: %s\n" % (daemons, clients) for daemons in DAEMONS for clients in CLIENTS]
    alone = {}
    for rule in rules:
        policy = Policy.parse(rule, None, dialect)
        alone[rule] = [policy.decide(request).table == "allow" for request in REQUESTS]
    assert len(set(tuple(met) for met in alone.values())) > 30  # the rules are told apart
    dice = random.Random(7)
    for size in [2] * 60 + [4] * 60 + [10] * 20 + [40] * 3 + [len(rules)]:
        chosen = dice.sample(rules, size)
        policy = Policy.parse("".join(chosen), None, dialect)
        for number, request in enumerate(REQUESTS):
            first = next((line for line, rule in enumerate(chosen, 1) if alone[rule][number]), None)
            assert policy.decide(request).line == first, (request, chosen)


def test_beginnings_of_addresses_and_of_names_side_by_side():
    policy = Policy.parse("sshd: 010.\nsshd: www.\n", None)
    clients = [("010.1.2.3", None), ("192.0.2.1", "www.x"), ("010.1.2.3", "www.x"), ("192.0.2.1", None)]
    assert [policy.decide(Request("sshd", address, hostname=name)).line for address, name in clients] == [1, 2, 1, None]


@pytest.mark.parametrize(
    "pattern, hostname",
    [(".b", "a.b"), (".b", "a..b"), (".b", "x.a..b"), (".b", "a...b"), ("a..", "a..b"), ("a...", "a...b")],
)
def test_a_pattern_may_begin_or_end_at_every_dot_of_a_name(pattern, hostname):
    """hosts_access(5): a pattern that begins with a dot matches names that end in it, one that ends in a dot names that begin with it."""
    policy = Policy.parse("sshd: %s\n" % pattern, "ALL: ALL\n")
    assert policy.decide(Request("sshd", "192.0.2.1", hostname=hostname)).granted
