# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No realistic shape of tables makes the analysis explode: how much longer four times the rules take, measured side by side."""

import random
import time

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.shadowed import shadowed_among
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from random_policies import DIALECTS, random_tables

DAEMONS = ["sshd", "in.telnetd", "in.ftpd", "vsftpd", "rpcbind", "slapd", "nrpe", "snmpd", "imapd", "in.tftpd"]
#: Four times the rules: n log n is 4.8 times, n squared 16 times.
MOST = 9.0


def _mixed(count):
    rng = random.Random(count)
    rules = []
    for number in range(count):
        one, two = rng.randrange(256), rng.randrange(256)
        clients = [
            "10.%d.%d.0/255.255.255.0" % (one, two),
            "host%d.site%d.example.com" % (number, rng.randrange(count // 10)),
            ".site%d.example.com EXCEPT 10.%d.%d.7" % (rng.randrange(count // 10), one, two),
            "10.%d.0.0/255.255.0.0 EXCEPT 10.%d.%d.0/255.255.255.0" % (one, one, two),
            "[2001:db8:%x::]/48" % rng.randrange(65536),
        ]
        rules.append("%s: %s" % (rng.choice(DAEMONS), clients[number % 5]))
    return rules


SHAPES = {
    "mixed": (_mixed, 1000),
    "a user at each network": (
        lambda count: ["%s: user%d@10.%d.0.0/255.255.0.0" % (DAEMONS[n % 10], n % 50, n % 256) for n in range(count)],
        500,
    ),
    "networks EXCEPT a suffix": (
        lambda count: [
            "%s: 10.%d.%d.0/255.255.255.0 EXCEPT .dept%d.example.com"
            % (DAEMONS[n % 10], n // 256 % 256, n % 256, n % 97)
            for n in range(count)
        ],
        1500,
    ),
    "suffixes EXCEPT a name": (
        lambda count: ["sshd: .site%d.example.com EXCEPT bad.site%d.example.com" % (n, n) for n in range(count)],
        700,
    ),
    "daemons at a server's address": (
        lambda count: [
            "vsftpd@192.168.%d.%d: 10.%d.%d.9" % (n // 250, n % 250, n // 256, n % 256) for n in range(count)
        ],
        1000,
    ),
    "a daemon for each rule": (
        lambda count: ["svc%d: 10.%d.%d.9" % (n, n // 256, n % 256) for n in range(count)] + ["ALL: .example.com"],
        1500,
    ),
    "addresses": (
        lambda count: ["ALL: 10.%d.%d.9" % (n * 7919 % 256, n * 104729 // 256 % 256) for n in range(count)],
        2500,
    ),
    "names": (lambda count: ["sshd: host%d.example.com" % n for n in range(count)], 2000),
}


def _policy(rules):
    return Policy.parse("".join(rule + "\n" for rule in rules), "ALL: ALL\n")


def _seconds(work, policies):
    """The least processor time of several tries, each on a policy that nothing is known of yet."""
    taken = []
    for one in policies:
        start = time.process_time()
        work(*one)
        taken.append(time.process_time() - start)
    return min(taken)


def _compare(before, after):
    assert before.compare(after)


@pytest.mark.parametrize(
    "host",
    [lambda n: "10.%d.%d.1" % (n // 250, n % 250), lambda n: "h%d.example.org" % (n % 8)],
    ids=["address", "name"],
)
def test_sets_of_rules_with_users_cost_little_beside_their_findings(host):
    """Each of 4,000 rules has a user of its own, and Python looks at none of the 16 million pairs of them."""
    text = "".join("sshd: u%d@%s\n" % (n, host(n)) for n in range(4000))
    policies = [(Policy.parse(text, "ALL: ALL\n"),) for _try in range(4)]
    findings = _seconds(lambda policy: policy.findings(), policies[:2])
    assert _seconds(lambda policy: policy.sets("sshd"), policies[2:]) < 12 * findings


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("what", ["shadowed", "compare"])
def test_the_costs_grow_little_faster_than_the_rules(shape, what):
    make, base = SHAPES[shape]

    def once(count):
        rules = make(count)
        if what == "shadowed":
            return _seconds(lambda policy: policy.shadowed_rules(), [(_policy(rules),)])
        return _seconds(_compare, [(_policy(rules), _policy(["ALL: 172.16.0.0/255.255.0.0"] + rules))])

    few, twice = [min(once(count) for _try in range(3)) for count in (base, 2 * base)]
    many = []
    for _try in range(3):  # the first that is fast enough says that it can be
        many.append(once(4 * base))
        if many[-1] < MOST * max(few, 0.002) and many[-1] < 4.5 * max(twice, 0.002):
            return
    raise AssertionError((few, twice, many))


@pytest.mark.parametrize(
    "rules",
    [
        ["sshd: *lab%d*.example.com" % n if n % 2 else "sshd: *-%d.dmz.*" % n for n in range(40)],
        ["sshd: user%d@.dept%d.example.com" % (n, n) for n in range(6000)],
    ],
    ids=["wildcards", "users and names"],
)
def test_what_cannot_be_told_is_refused_soon(rules):
    policy = _policy(rules)
    start, unit = time.process_time(), 0.0
    with pytest.raises(HostsAccessError):
        policy.shadowed_rules()
    refused = time.process_time() - start
    start = time.process_time()
    unit = sum(number * number for number in range(2000000)) and time.process_time() - start
    assert refused < 20 * unit, (refused, unit)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_some_rules_by_themselves_are_shadowed_where_they_are_among_all(dialect):
    rng = random.Random("among " + dialect)
    found = 0
    for _number in range(40):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        shadowed = set(one.rule.number for one in policy.shadowed_rules(redundant=False))
        for rule in policy.rules:
            alone = shadowed_among(policy, [rule])
            assert bool(alone) == (rule.number in shadowed), (dialect, allow, deny, rule)
            found += len(alone)
    assert found > 20
