# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module hosts_access_evaluate: single requests, networks, names, and what it does not claim."""

import ipaddress
import os
import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import tcpdmatch
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import TooSlow
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import check_assertions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.enforcement import Enforcement
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Asker, Listener
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.prover import Prover
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.search import Result, Searcher
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request


def ask(allow, deny, *assertions, **options):
    params = dict((name, option.get("default")) for name, option in evaluate.argument_spec().items())
    params.update(dialect="debian", allow_text=allow, deny_text=deny, assertions=list(assertions))
    params.update(options)
    return evaluate.run(Call(params))


def unmet(allow, deny, assertion):
    with pytest.raises(TaskError) as failure:
        ask(allow, deny, assertion)
    return str(failure.value)


def test_an_assertion_without_an_expectation_is_only_answered():
    result = ask(
        "sshd: 10.0.0.0/8\n",
        "ALL: ALL\n",
        {"daemon": "sshd", "address": "10.1.2.3"},
        {"daemon": "sshd", "address": "11.1.2.3"},
    )
    one, two = result["decisions"]
    assert (one["access"], one["table"], one["path"], one["line"], one["rule"], one["met"]) == (
        "granted",
        "allow",
        "allow_text",
        1,
        "sshd: 10.0.0.0/8",
        None,
    )
    assert (two["access"], two["table"], two["line"]) == ("denied", "deny", 1)
    assert result["changed"] is False and one["request"] == {"daemon": "sshd", "address": "10.1.2.3", "hostname": None}


def test_a_text_that_is_not_given_is_an_empty_table():
    (decision,) = ask("sshd: 10.\n", None, {"daemon": "sshd", "address": "11.1.2.3"})["decisions"]
    assert (decision["access"], decision["table"], decision["line"]) == ("granted", None, None)


def test_decisions_whose_expectation_is_met_can_be_left_out():
    tables = ("sshd: 10.0.0.0/8\n", "ALL: ALL\n")
    met, asked = (
        {"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"},
        {"daemon": "sshd", "network": "10.0.0.0/8"},
    )
    wrong = {"daemon": "sshd", "address": "10.1.2.3", "expect": "denied"}
    assert len(ask(*tables + (met, asked))["decisions"]) == 2
    (told,) = ask(*tables + (met, asked), return_decisions="unmet")["decisions"]
    assert told["met"] is None and told["otherwise"] is None
    with pytest.raises(TaskError) as failure:
        ask(*tables + (met, wrong, met), return_decisions="unmet")
    assert str(failure.value).startswith("1 of 3 assertions") and [
        one["met"] for one in failure.value.details["decisions"]
    ] == [False]


def test_an_unmet_decision_is_told_twice_in_the_same_words():
    """Its service and what enforces the tables for it, too: both are known only where decisions are described."""
    wrong = {"daemon": "sshd", "address": "10.1.2.3", "expect": "denied"}
    with pytest.raises(TaskError) as failure:
        ask("sshd: 10.0.0.0/8\n", "ALL: ALL\n", dict(wrong, expect="granted"), *[wrong] * 101)
    details = failure.value.details
    assert details["unmet"] == details["decisions"][1:101] and "service" in details["unmet"][0]


@pytest.mark.parametrize(
    "rule, single",
    [
        ("sshd: 192.0.2.0/24", True),
        ("sshd: .evil.example", True),
        ("ALL: KNOWN EXCEPT LOCAL", True),
        ("in.ftpd: x@.example", True),
        ("sshd: joe@ALL", False),
        ("sshd@192.0.2.9: ALL", False),
        ("sshd: @group", False),
        ("sshd: /etc/file", False),
    ],
)
def test_a_name_and_an_address_are_one_request_unless_a_rule_asks_for_more(rule, single, monkeypatch):
    searches = []
    monkeypatch.setattr(Searcher, "search", lambda *arguments: searches.append(arguments) or Result(False, None, ()))
    prover = Prover(Policy.parse(rule + "\n", "ALL: ALL\n"))
    (assertion,) = check_assertions(
        [{"daemon": "sshd", "address": "10.1.2.3", "hostname": "a.example", "expect": "granted"}], "assertions"
    )
    assertion = assertion._replace(expect=prover.policy.decide(prover.base_request(assertion)).access)
    assert prover.answer(assertion).met is True
    assert bool(searches) is not single


def test_a_network_is_proved_or_shown_a_counterexample_and_its_rule():
    tables = ("sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\n", "ALL: ALL\n")
    ask(
        *tables
        + (
            {"daemon": "sshd", "network": "10.0.0.0/8", "except": ["10.66.0.0/16"], "expect": "granted"},
            {"daemon": "sshd", "network": "10.66.0.0/16", "expect": "denied"},
        )
    )
    told = unmet(*tables + ({"daemon": "sshd", "network": "10.0.0.0/8", "expect": "granted"},))
    assert "deny_text line 1, 'ALL: ALL'" in told and "for instance 10.66." in told


def test_any_name_is_part_of_the_proof():
    tables = ("sshd: 10.1.2.3, .evil.example\n", "ALL: ALL\n")
    told = unmet(*tables + ({"daemon": "sshd", "address": "192.0.2.1", "expect": "denied"},))
    assert "allow_text line 1" in told and ".evil.example" in told
    ask(
        *tables
        + (
            {"daemon": "sshd", "address": "192.0.2.1", "hostname": "unknown", "expect": "denied"},
            {"daemon": "sshd", "address": "192.0.2.1", "hostname": "good.example", "expect": "denied"},
            {"daemon": "in.ftpd", "address": "192.0.2.1", "expect": "denied"},
        )
    )


def test_denied_is_met_by_a_process_that_exits_and_delegated_is_twist():
    ask(
        "a: ALL: twist /bin/echo no\n",
        "ALL: ALL\n",
        {"daemon": "a", "address": "10.1.2.3", "expect": "delegated"},
        {"daemon": "b", "address": "10.1.2.3", "expect": "denied"},
    )
    assert "is delegated" in unmet(
        "a: ALL: twist /bin/echo no\n", None, {"daemon": "a", "address": "10.1.2.3", "expect": "granted"}
    )


def test_what_does_not_hold_of_texts_is_said_of_no_host():
    wrong = {"daemon": "sshd", "address": "10.1.2.3", "expect": "denied"}
    assert unmet("sshd: 10.\n", "", wrong).startswith("1 of 1 assertion does not hold: sshd from 10.1.2.3: expected")


def test_a_text_without_a_newline_is_named_as_the_reason():
    wanted = {"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}
    assert unmet("sshd: 10.", "ALL: ALL", wanted).endswith(
        "expected granted, is denied because deny_text cannot be read to its end: its last line has no newline"
    )
    assert unmet("sshd: 10.: deny", "", dict(wanted, expect="denied")).endswith(
        "is granted because no rule matches (the last line of allow_text has no newline, so libwrap does not read it)"
    )


def test_a_tcpdmatch_that_hangs_is_asked_once(tmp_path, monkeypatch):
    """Each question about a FIFO of somebody's in the place of a file of hosts took 20 seconds, and the task failed."""
    asked = []

    def hangs(*words):
        asked.append(words)
        raise TooSlow("/usr/sbin/tcpdmatch did not end within 20 seconds and was stopped.")

    monkeypatch.setattr(tcpdmatch, "ask_tcpdmatch", hangs)
    hosts = tmp_path / "ok"
    os.mkfifo(str(hosts))
    assertions = [{"daemon": "sshd", "address": "10.1.2.%d" % number} for number in range(3)]
    result = ask("sshd: %s\n" % hosts, "ALL: ALL\n", *assertions, cross_check=True)
    told = [decision["cross_check"] for decision in result["decisions"]]
    assert [one["result"] for one in told] == ["not_comparable"] * 3 and len(asked) == 1
    assert str(hosts) in told[2]["reason"] and "did not end within 20 seconds" in told[2]["reason"]


def test_an_answer_that_depends_on_the_world_meets_nothing(monkeypatch):
    told = unmet(
        "sshd: ALL: aclexec /bin/true\n", "ALL: ALL\n", {"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}
    )
    assert "this depends on" in told and "aclexec" in told


def test_an_aclexec_of_a_program_that_the_host_lacks_refuses_in_hosts_allow_and_grants_in_hosts_deny():
    anybody = {"daemon": "sshd", "network": "10.0.0.0/8"}
    ask("sshd: ALL: aclexec /no/such %a\n", "ALL: ALL\n", dict(anybody, expect="denied"))
    ask("", "sshd: ALL: aclexec /no/such %a\nALL: ALL\n", dict(anybody, expect="granted"))
    told = unmet("sshd: ALL: aclexec /no/such %a\n", "ALL: ALL\n", dict(anybody, expect="granted"))
    assert "is denied" in told and "depends on" not in told


@pytest.mark.parametrize(
    "assertion, told",
    [
        ("sshd from 10.", "must be a mapping"),
        ({"daemon": "sshd"}, "names no client: give address or network"),
        (
            {"daemon": "sshd", "address": "10.1.2.3", "network": "10.0.0.0/8"},
            "has both address and network: give one of them",
        ),
        ({"daemon": "sshd", "address": 10.1}, "quotes"),
        ({"daemon": True, "address": "10.1.2.3"}, "daemon"),
        ({"daemon": 22, "address": "10.1.2.3"}, "server_port"),
        ({"daemon": "sshd", "address": "10.1.2.300"}, "no IPv4"),
        ({"daemon": "sshd", "address": "host.example"}, "hostname"),
        ({"daemon": "sshd", "network": "10.0.0.1/8"}, "host bits"),
        ({"daemon": "sshd", "network": "10.0.0.0"}, "[1].network is '10.0.0.0', one address. Write a network with its"),
        ({"deamon": "sshd", "address": "10.1.2.3"}, "'deamon', which it does not take. Write daemon for deamon. It"),
        ({"daemon": "sshd", "network": "10.0.0.0/40"}, "no IPv4 or IPv6 network"),
        ({"daemon": "sshd", "address": "10.1.2.3", "except": ["10.1.0.0/16"]}, "network only"),
        ({"daemon": "sshd", "address": "10.1.2.3", "expect": "allowed"}, "granted"),
        ({"daemon": "sshd", "address": "10.1.2.3", "expected": "granted"}, "'expected'"),
        ({"daemon": "sshd", "address": "10.1.2.3", "server_port": 0}, "65535"),
        ({"daemon": "sshd", "network": "10.0.0.0/8", "hostname": "resolve"}, "address only"),
    ],
)
def test_assertions_that_cannot_be_meant_are_refused_with_their_index(assertion, told):
    with pytest.raises(TaskError) as failure:
        check_assertions([{"daemon": "x", "address": "10.1.2.3"}, assertion], "assertions")
    assert "assertions[1]" in str(failure.value) and told in str(failure.value)


def test_a_proof_holds_for_every_sample_and_a_counterexample_is_one():
    random.seed(4)
    daemons, nets, names = (
        ["sshd", "in.ftpd"],
        ["10.0.0.0/30", "10.0.0.4/30", "10.0.0.8/31", "10.0.0.9", "ALL"],
        [".a.example", "b.example", "KNOWN", "LOCAL"],
    )

    def table():
        lines = []
        for _line in range(random.randrange(4)):
            clients = random.sample(nets + names, random.randrange(1, 3))
            if random.random() < 0.3:
                clients += ["EXCEPT", random.choice(nets + names)]
            lines.append(
                "%s: %s%s\n"
                % (random.choice(daemons + ["ALL"]), " ".join(clients), random.choice(["", "", ": allow", ": deny"]))
            )
        return "".join(lines)

    hosts = [None, "x.a.example", "b.example", "plain", "other.example"]
    proved = refuted = 0
    for _round in range(150):
        allow, deny = table(), table()
        policy = Policy.parse(allow, deny)
        prover = Prover(policy)
        (assertion,) = check_assertions(
            [
                {
                    "daemon": random.choice(daemons),
                    "network": "10.0.0.0/28",
                    "except": ["10.0.0.12/30"],
                    "expect": random.choice(["granted", "denied"]),
                }
            ],
            "assertions",
        )
        answer = prover.answer(assertion)
        truth = True
        for number in range(12):
            address = str(ipaddress.ip_address("10.0.0.0") + number)
            for paranoid, name in [(True, None)] + [(False, host) for host in hosts]:
                truth = (
                    truth
                    and policy.decide(Request(assertion.daemon, address, name, paranoid=paranoid)).access
                    == assertion.expect
                )
        assert answer.met is truth, (allow, deny, assertion)
        if not truth:
            assert policy.decide(answer.request).access != assertion.expect
            refuted += 1
        proved += truth
    assert proved > 15 and refuted > 15


def test_a_question_about_a_network_says_who_is_answered_differently():
    tables = ("sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\n", "ALL: ALL\n")
    whole, part = ask(
        *tables + ({"daemon": "sshd", "network": "10.0.0.0/9"}, {"daemon": "sshd", "network": "10.128.0.0/9"})
    )["decisions"]
    assert whole["access"] == "granted" and whole["otherwise"]["access"] == "denied" and whole["otherwise"]["line"] == 1
    assert ipaddress.ip_address(whole["otherwise"]["request"]["address"]) in ipaddress.ip_network("10.66.0.0/16")
    assert part["access"] == "granted" and part["otherwise"] is None
    (single,) = ask(*tables + ({"daemon": "sshd", "address": "10.1.2.3"},))["decisions"]
    assert "otherwise" not in single


def listener(name, port, askers, remedy=""):
    listens = (("tcp", "0.0.0.0", port),)
    why = "it links no libwrap"
    return Listener(name, "process", "tcp", "in.hellod", askers, why, None, listens, port, (), None, (), (), None, None, False, (), remedy)  # fmt: skip


def test_who_does_not_obey_is_named_with_his_own_remedy():
    """Three of five lines of inetd asked, and the message said that nothing on the host made the daemon obey."""
    services = [
        listener("hello", 7001, (Asker("tcpd", "in.hellod", None, None),)),
        listener("hello-two", 7002, (), "Enforce the tables in the packet filter."),
    ]
    asked = [check_assertions([{"daemon": name, "address": "192.0.2.1"}], "assertions")[0] for name in ("in.hellod", "none")]  # fmt: skip
    told = evaluate._not_enforced(asked, {"in.hellod": Enforcement([], ())}, services)
    assert told == [
        "in.hellod: hello-two (tcp port 7002) does not ask libwrap: it links no libwrap. Enforce the tables in the packet filter.",
        "No service of this host asks as none, or listens under that name.",
    ]
