# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host is asked, and what its answers become."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils.audit.fleet import fleet
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils.audit.host import document, failures, questions

COVERAGE = {"dialect": "debian", "services": [{"name": "ssh", "daemon": "sshd", "enforced_by": ["libwrap"]}, {"name": "x", "daemon": None}],
            "kernel": [], "findings": [{"code": "unenforced", "severity": "warning", "message": "nobody asks for nginx"}]}
TABLES = {"dialect": "debian", "tables": {}, "findings": [{"severity": "error", "message": "line 3 has no colon"}],
          "rules": [{"daemons": ["in.telnetd", "ALL", "22", ".suffix"]}, {"daemons": ["sshd", "EXCEPT"]}]}
CLIENTS = [{"name": "operators", "network": "192.0.2.0/24"}, {"name": "a monitor", "address": "198.51.100.7"}]


def decision(daemon, **more):
    return dict({"request": {"daemon": daemon, "address": "192.0.2.1"}, "access": "granted", "met": None, "expect": None}, **more)


def audited(fail=None, **results):
    asked = questions(COVERAGE, TABLES, CLIENTS)
    answers = {"decisions": [decision("sshd", expect="denied", met=False)] + [decision(item["daemon"]) for item in asked]}
    parts = dict({"coverage": COVERAGE, "tables": TABLES, "integrity": {}, "refusals": {"count": 3}, "answers": answers}, **results)
    return document("web1", "2026-11-23T08:00:00Z", parts, asked)


def test_every_daemon_is_asked_for_every_group():
    asked = questions(COVERAGE, TABLES, CLIENTS)
    assert [(item["daemon"], item["clients"]) for item in asked] == [
        ("in.telnetd", "operators"), ("in.telnetd", "a monitor"), ("sshd", "operators"), ("sshd", "a monitor")]
    assert asked[0]["assertion"] == {"network": "192.0.2.0/24", "daemon": "in.telnetd"}


@pytest.mark.parametrize("group", [{"network": "192.0.2.0/24"}, {"name": "nobody"}])
def test_a_group_without_name_or_clients_is_refused(group):
    with pytest.raises(ValueError, match="needs a name"):
        questions(COVERAGE, TABLES, [group])


def test_answers_go_to_the_question_they_belong_to():
    made = audited()
    assert [item["expect"] for item in made["assertions"]] == ["denied"]
    assert [(item["daemon"], item["clients"]) for item in made["access"]][2] == ("sshd", "operators")
    assert made["refusals"]["count"] == 3 and made["errors"] == {}


def test_each_answer_carries_its_question_in_words():
    asked = questions(COVERAGE, TABLES, CLIENTS)
    answers = {"decisions": [decision("sshd", expect="denied", met=False)] + [decision(item["daemon"]) for item in asked]}
    made = document("web1", "2026-11-23T08:00:00Z", {"coverage": COVERAGE, "tables": TABLES, "answers": answers}, asked,
                    [{"daemon": "sshd", "network": "0.0.0.0/0", "except": ["192.0.2.7"], "expect": "denied"}])
    assert [item["asked"] for item in made["assertions"]] == ["sshd from 0.0.0.0/0 except 192.0.2.7"]
    assert [item["asked"] for item in made["access"]] == [
        "in.telnetd from 192.0.2.0/24", "in.telnetd from 198.51.100.7", "sshd from 192.0.2.0/24", "sshd from 198.51.100.7"]
    assert failures(made, ["assertions"]) == ["web1: sshd from 0.0.0.0/0 except 192.0.2.7 must be denied, and 192.0.2.1 is granted"]


def test_assertions_that_the_module_refused_do_not_hide_the_rest():
    made = document("web1", "2026-11-23T08:00:00Z", {"coverage": COVERAGE, "answers": {"failed": True, "msg": "no daemon"}}, [], [{"expect": "denied"}])
    assert made["assertions"] == [] and made["errors"]["answers"] == "no daemon" and made["services"]


def test_what_failed_is_told_and_the_rest_is_kept():
    made = audited(integrity={"failed": True, "msg": "no root"}, answers={})
    assert made["errors"] == {"integrity": "no root", "answers": "it did not run"}
    assert made["services"] == COVERAGE["services"] and made["access"] == []


@pytest.mark.parametrize("fail_on, words", [
    ([], []),
    (["assertions"], ["web1: sshd from 192.0.2.1 is granted and must be denied"]),
    (["findings"], ["web1: line 3 has no colon"]),
    (["coverage"], ["web1: nobody asks for nginx"]),
    (["integrity", "errors", "unreachable"], []),
])
def test_the_run_fails_on_what_was_asked_for(fail_on, words):
    assert failures(audited(), fail_on) == words


def test_assertions_that_could_not_be_asked_fail_as_unmet_ones_do():
    made = audited(answers={"failed": True, "msg": "no such dialect"})
    assert failures(made, ["assertions"]) == ["web1: the assertions could not be asked: no such dialect"]
    assert failures(made, ["assertions", "errors"]) == ["web1: answers: no such dialect"]


def test_hosts_without_a_document_were_not_reached():
    joined = fleet([audited()], ["gone", "web1"], "2026-11-23T09:00:00Z")
    assert [(host["host"], host["reachable"]) for host in joined["hosts"]] == [("gone", False), ("web1", True)]
    assert failures(joined["hosts"][0], ["unreachable"]) == ["gone was not reached"]
    assert failures(joined["hosts"][0], ["assertions"]) == []
