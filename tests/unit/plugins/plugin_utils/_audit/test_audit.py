# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is asked, and what its answers become."""

import json

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import about, question_id
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet, read_previous
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document, failures

TIME = "2026-11-23T08:00:00Z"
SERVICE = {
    "name": "ssh",
    "kind": "process",
    "daemon": "sshd",
    "enforced_by": ["libwrap"],
    "evidence": "it links libwrap",
    "runs_as": "root",
    "reads_tables": True,
    "anywhere": {"ipv4": "denied", "ipv6": "denied"},
    "packet_filter": "no",
    "listens": [],
    "pids": [7],
    "program": "/x",
    "own_access": [],
    "path": None,
    "line": None,
}
FILE = {"path": "/etc/hosts.allow", "exists": True, "kind": "file", "lines": ["sshd: ALL"]}
COVERAGE = {
    "services": [SERVICE, dict(SERVICE, name="x", daemon=None)],
    "kernel": [],
    "findings": [{"code": "unenforced", "severity": "warning", "message": "nobody asks for nginx", "remedy": None}],
    "more_findings": [],
}
TABLES = {
    "rules": 1,
    "allow": FILE,
    "deny": dict(FILE, lines=None),
    "findings": [{"code": "x", "severity": "error", "message": "line 3 has no colon", "remedy": None}],
    "more_findings": [],
}
INTEGRITY = {"files": [], "sockets": None, "findings": [], "more_findings": []}
REFUSALS = {
    "count": 3,
    "forged": 0,
    "first": None,
    "last": None,
    "since": None,
    "by_daemon": [],
    "by_client": [],
    "by_day": [],
    "other_clients": 0,
    "refusals": [],
    "sources": [],
    "problems": [],
}
MUST = [{"daemon": "sshd", "address": "192.0.2.1", "expect": "denied"}]
CLIENTS = [{"name": "operators", "network": "192.0.2.0/24"}, {"name": "a monitor", "address": "198.51.100.7"}]


def decision(daemon, **more):
    return dict(
        {
            "request": {"daemon": daemon, "address": "192.0.2.1", "hostname": None},
            "access": "granted",
            "met": None,
            "expect": None,
            "table": None,
            "path": None,
            "line": None,
            "rule": None,
            "depends": [],
            "enforced_by": None,
            "service": "asks",
            "unreadable": [],
        },
        **more,
    )


def answer(question, clients=None, **more):
    told = decision(question["daemon"], expect=question.get("expect"), **more)
    return dict(told, id=question_id(clients, question), clients=clients, daemon=question["daemon"])


def answers():
    groups = [answer(about(group, daemon), group["name"]) for daemon in ("in.telnetd", "sshd") for group in CLIENTS]
    return [answer(MUST[0], met=False), *groups]


def audited(assertions=None, **parts):
    result = dict(
        {
            "dialect": "debian",
            "coverage": COVERAGE,
            "tables": TABLES,
            "integrity": INTEGRITY,
            "refusals": REFUSALS,
            "answers": answers(),
            "errors": {},
        },
        **parts,
    )
    result = {part: value for part, value in result.items() if value is not None}
    return document("web1", TIME, result, MUST if assertions is None else assertions, CLIENTS)


def test_answers_go_to_the_question_they_belong_to_whatever_their_order():
    made = audited(answers=answers()[::-1])
    assert made["errors"] == {} and made["refusals"]["count"] == 3
    assert [(item["expect"], item["met"]) for item in made["assertions"]] == [("denied", False)]
    assert sorted((item["daemon"], item["clients"]) for item in made["access"]) == [
        ("in.telnetd", "a monitor"),
        ("in.telnetd", "operators"),
        ("sshd", "a monitor"),
        ("sshd", "operators"),
    ]


def test_each_answer_carries_its_question_in_words():
    must = [{"daemon": "sshd", "network": "0.0.0.0/0", "except": ["192.0.2.7"], "expect": "denied"}]
    made = audited(must, answers=[answer(must[0], met=False), *answers()[1:]])
    assert [item["asked"] for item in made["assertions"]] == ["sshd from 0.0.0.0/0 except 192.0.2.7"]
    assert [item["asked"] for item in made["access"]] == [
        "in.telnetd from 192.0.2.0/24",
        "in.telnetd from 198.51.100.7",
        "sshd from 192.0.2.0/24",
        "sshd from 198.51.100.7",
    ]
    assert failures(made, ["assertions"]) == [
        "web1: sshd from 0.0.0.0/0 except 192.0.2.7 must be denied, and 192.0.2.1 is granted"
    ]


def test_an_assertion_that_stands_there_twice_has_its_answer_twice():
    made = audited(MUST * 2)
    assert made["errors"] == {} and [item["met"] for item in made["assertions"]] == [False, False]


def test_assertions_that_mean_nothing_do_not_hide_the_rest():
    made = audited([{"expect": "denied"}])
    assert made["assertions"] == [] and "names no client" in made["errors"]["answers"] and made["services"]


def test_what_failed_is_told_and_the_rest_is_kept():
    made = audited(integrity=None, answers=None, errors={"integrity": "no root"})
    assert made["errors"] == {"integrity": "no root", "answers": "it did not run"}
    assert made["services"] == COVERAGE["services"] and made["access"] == []


@pytest.mark.parametrize(
    "fail_on, words",
    [
        ([], []),
        (["assertions"], ["web1: sshd from 192.0.2.1 is granted and must be denied"]),
        (["findings"], ["web1: line 3 has no colon"]),
        (["coverage"], ["web1: nobody asks for nginx"]),
        (["integrity", "errors", "unreachable"], []),
    ],
)
def test_the_run_fails_on_what_was_asked_for(fail_on, words):
    assert failures(audited(), fail_on) == words


def test_a_module_that_failed_is_the_error_of_every_part():
    made = document("web1", TIME, {"failed": True, "msg": "no Python"}, MUST, CLIENTS)
    assert made["errors"] == dict.fromkeys(["answers", "coverage", "integrity", "refusals", "tables"], "no Python")


def test_assertions_that_could_not_be_asked_fail_as_unmet_ones_do():
    made = audited(answers=None, errors={"answers": "no such dialect"})
    assert failures(made, ["assertions"]) == ["web1: the assertions could not be asked: no such dialect"]
    assert failures(made, ["assertions", "errors"]) == ["web1: answers: no such dialect"]


def test_hosts_without_a_document_were_not_reached():
    joined = fleet([audited()], ["gone", "web1"], "2026-11-23T09:00:00Z")
    assert [(host["host"], host["reachable"]) for host in joined["hosts"]] == [("gone", False), ("web1", True)]
    assert failures(joined["hosts"][0], ["unreachable"]) == ["gone was not reached"]
    assert failures(joined["hosts"][0], ["assertions"]) == []


@pytest.mark.parametrize(
    "part, result, said",
    [
        (
            "coverage",
            dict(COVERAGE, services=[SERVICE, dict(SERVICE, daemon=["sshd"])]),
            "services[1].daemon is array, and must be string or null",
        ),
        (
            "coverage",
            dict(COVERAGE, services=[dict(SERVICE, enforced_by="tcpd")]),
            "services[0].enforced_by is string, and must be array or null",
        ),
        (
            "coverage",
            dict(COVERAGE, services=[dict(SERVICE, enforced_by=["me"])]),
            "services[0].enforced_by[0] is 'me', and must be one of \"tcpd\"",
        ),
        ("coverage", {"services": []}, "coverage has no findings, more_findings, kernel"),
        ("coverage", [], "coverage is no mapping"),
        ("tables", dict(TABLES, rules=True), "tables.rules is boolean, and must be integer"),
        ("tables", dict(TABLES, rules=2**60), "tables.rules is a number out of all bounds"),
        ("tables", dict(TABLES, allow=dict(FILE, lines=[7])), "tables.allow.lines[0] is integer, and must be string"),
        ("integrity", dict(INTEGRITY, findings={"a": 1}), "findings is object, and must be array"),
        ("refusals", dict(REFUSALS, count=1.5), "count is a number, and must be integer or null"),
        ("refusals", dict(REFUSALS, by_client=[{"client": "x"}]), "by_client[0] has no count, first, last"),
    ],
)
def test_what_is_no_answer_of_the_module_is_an_error_of_that_part_alone(part, result, said):
    made = audited(**{part: result})
    assert list(made["errors"]) == [part] and said in made["errors"][part]
    assert made["assertions"] and (part == "coverage" or made["services"] == COVERAGE["services"])


def without(number):
    return [one for index, one in enumerate(answers()) if index != number]


@pytest.mark.parametrize(
    "given, said",
    [
        (without(0), "this host did not answer the question about sshd from 192.0.2.1"),
        (without(4), "this host did not answer the question about sshd and the clients a monitor"),
        ([*answers(), answer(dict(MUST[0], daemon="x"))], "gave answers to questions that it was not asked"),
        ([*answers(), answer(about(CLIENTS[0], "x"), "strangers")], "gave answers to questions that it was not asked"),
        ([*answers(), dict(answers()[1], daemon="x")], "gave answers to questions that it was not asked"),
        ([dict(answers()[0], expect="granted"), *without(0)], "are not those to the questions"),
        ([dict(answers()[0], met="yes"), *without(0)], "answers[0].met is string"),
        ("x", "answers is string, and must be array"),
    ],
)
def test_answers_to_other_questions_are_none(given, said):
    made = audited(answers=given)
    assert said in made["errors"]["answers"] and made["assertions"] == made["access"] == []


def test_what_a_document_does_not_name_is_left_out():
    made = audited(coverage=dict(COVERAGE, surprise=1, services=[dict(SERVICE, surprise={"a": "b"})]))
    assert made["services"] == [SERVICE] and made["errors"] == {}


def test_a_document_that_is_none_is_an_error_of_its_host_and_the_others_are_there():
    good, bad = audited(), dict(audited(), host="bad", services="none")
    joined = fleet([bad, good, "nonsense", {"host": 7}], ["bad", "web1"], "2026-11-23T09:00:00Z")
    assert joined["hosts"][1] == good
    assert "bad.services is string, and must be array" in joined["hosts"][0]["errors"]["document"]
    assert failures(joined["hosts"][0], ["assertions"]) == ["bad: the assertions could not be asked: it did not run"]


@pytest.mark.parametrize(
    "found",
    [
        None,
        "",
        "no JSON",
        "[]",
        "{}",
        {"portcullis_audit": []},
        json.dumps({"portcullis_audit": {"schema": "x"}}),
        7,
        "[" * 100000,
    ],
)
def test_a_report_before_that_cannot_be_read_is_none(found):
    assert read_previous(found) is None


def test_a_report_before_is_read_as_it_was_written():
    joined = fleet([audited()], ["web1", "gone"], "2026-11-23T09:00:00Z")
    assert read_previous(json.dumps({"portcullis_audit": joined})) == joined


def test_no_sentence_of_a_host_leaves_its_line():
    made = audited(integrity=None, errors={"integrity": "one\ntwo\x1b[31m\u202e"})
    assert failures(made, ["errors"]) == ["web1: integrity: one\\x0atwo\\x1b[31m\\xe2\\x80\\xae"]
