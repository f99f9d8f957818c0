# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at a host: its parts, its questions by their ids, and what a part that fails does to the others."""

import itertools
import pathlib

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit import run
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import (
    about,
    of_assertions,
    of_clients,
    question_id,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import refusals

ALLOW = b"# who may\nsshd: 192.0.2.0/24\nin.telnetd, ALL: 192.0.2.\\\n9\nno colon\n"
INETD = "telnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\nfinger stream tcp nowait nobody /usr/sbin/in.fingerd in.fingerd\n"
MUST = [{"daemon": "sshd", "network": "0.0.0.0/0", "except": ["192.0.2.0/24"], "expect": "denied"}]
CLIENTS = [{"name": "operators", "network": "192.0.2.0/24"}]


def audited(params):
    """The audit that these parameters ask for."""
    return run.Audit(run.AuditArguments(params))


@pytest.fixture(name="params")
def fixture_params(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts.allow").write_bytes(ALLOW)
    (tmp_path / "etc" / "hosts.deny").write_bytes(b"ALL: ALL\n")
    (tmp_path / "etc" / "inetd.conf").write_text(INETD)
    given = {name: about_it.get("default") for name, about_it in run.argument_spec().items()}
    return dict(given, root=str(tmp_path), dialect="debian", assertions=MUST, clients=CLIENTS)


def test_one_run_has_every_part(params):
    found = audited(params).result()
    assert found["errors"] == {} and found["dialect"] == "debian"
    assert [service["daemon"] for service in found["coverage"]["services"]] == ["in.telnetd", "in.fingerd"]
    assert found["tables"]["rules"] == 3 and found["tables"]["deny"]["lines"] == ["ALL: ALL"]
    assert found["tables"]["allow"]["lines"][1:4] == ["sshd: 192.0.2.0/24", "in.telnetd, ALL: 192.0.2.\\", "9"]
    assert found["integrity"]["sockets"] is None and found["refusals"]["count"] == 0
    met = [answer["met"] for answer in found["answers"] if answer["clients"] is None]
    # the joined rule grants 192.0.2.9, which the assertion leaves out
    assert met == [True]


def test_every_daemon_of_services_and_rules_is_asked_and_answered_by_the_id_of_the_question(params):
    answers = audited(params).result()["answers"]
    assert [(one["daemon"], one["clients"]) for one in answers] == [
        ("sshd", None),
        ("in.fingerd", "operators"),
        ("in.telnetd", "operators"),
        ("sshd", "operators"),
    ]
    assert answers[0]["id"] == question_id(None, MUST[0])
    assert [one["id"] for one in answers[1:]] == [
        question_id("operators", about(CLIENTS[0], one["daemon"])) for one in answers[1:]
    ]
    assert answers[3]["otherwise"] is None and answers[3]["access"] == "granted"


def test_an_id_is_of_what_a_question_says_and_of_nothing_else():
    assert question_id(None, {"a": 1, "b": 2}) == question_id(None, {"b": 2, "a": 1})
    known = {question_id(None, MUST[0]), question_id("x", MUST[0]), question_id(None, dict(MUST[0], daemon="x"))}
    assert len(known) == 3 and {len(one) for one in known} == {16}
    assert len(of_assertions(MUST * 3)) == 1


def test_the_rules_may_stay_on_the_host(params):
    found = audited(dict(params, keep_rules=False)).result()["tables"]
    assert found["allow"]["lines"] is None and found["deny"]["lines"] is None and found["rules"] == 3


def test_a_finding_names_the_daemons_of_its_rule(params):
    (params_root,) = [params["root"]]
    with open(params_root + "/etc/hosts.allow", "ab") as table:
        table.write(b"in.talkd, ALL EXCEPT vsftpd: 192.0.2.300\n")
    found = audited(params).result()["tables"]["findings"]
    assert [one["daemons"] for one in found if one["line"] == 6] == [["in.talkd"]]


def test_a_part_that_fails_hides_no_other(params, monkeypatch):
    def fails(*_arguments):
        raise ZeroDivisionError("x")

    monkeypatch.setattr(run, "check", fails)
    found = audited(params).result()
    assert found["errors"] == {"integrity": "ZeroDivisionError: x"} and "integrity" not in found
    assert found["answers"] and found["coverage"]["services"]


def test_tables_that_cannot_be_read_leave_the_programs_and_the_refusals(params):
    found = audited(dict(params, deny_path="/etc/hosts.allow")).result()
    assert sorted(found["errors"]) == ["answers", "coverage", "tables"]
    assert "two files" in found["errors"]["answers"] and found["dialect"] is None
    assert found["integrity"]["files"] is not None and found["refusals"]["count"] == 0


def test_of_many_findings_of_a_kind_the_first_are_returned_and_the_others_counted(params):
    with open(params["root"] + "/etc/hosts.allow", "wb") as table:
        table.write(b"no colon\n" * 60)
    found = audited(params).result()["tables"]
    (more,) = found["more_findings"]
    kept = [one for one in found["findings"] if one["code"] == more["code"]]
    assert len(kept) == run.MOST_OF_A_KIND and more["count"] == 10


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"clients": [{"network": "192.0.2.0/24"}]}, "clients[0] has no name"),
        ({"clients": [{"name": "x"}]}, "clients[0] names no client: give address or network"),
        ({"clients": [{"name": "x", "network": "192.0.2.1/24"}]}, "has host bits set"),
        (
            {"clients": [{"name": "x", "network": "192.0.2.0"}]},
            "clients[0].network is '192.0.2.0', one address. Write a",
        ),
        ({"clients": [{"name": "x", "address": "192.0.2.1", "expect": "denied"}]}, "'expect'"),
        ({"assertions": [{"daemon": "sshd"}]}, "assertions[0] names no client: give address or network"),
        ({"refusals_limit": -1}, "refusals_limit is -1"),
    ],
)
def test_what_cannot_be_asked_fails_before_anything_is_looked_at(params, wrong, said):
    with pytest.raises(TaskError) as caught:
        audited(dict(params, **wrong))
    assert said in str(caught.value)


def test_a_host_without_daemons_is_asked_nothing():
    assert of_clients(CLIENTS, []) == []


def test_logs_that_take_too_long_leave_the_other_parts(params, monkeypatch):
    """The clock says fifty seconds more each time that it is looked at: anybody may write to the log."""
    folder = pathlib.Path(params["root"]) / "var" / "log"
    folder.mkdir(parents=True, exist_ok=True)
    line = "Nov 23 08:34:%02d h sshd[123]: refused connect from 10.99.77.1 (10.99.77.1)\n"
    (folder / "syslog").write_text("".join(line % number for number in range(9)))
    (folder / "auth.log").write_text(line % 9)
    monkeypatch.setattr(refusals.time, "monotonic", lambda ticks=itertools.count(0, 50): next(ticks))
    result = audited(params).result()
    assert result["errors"] == {} and 0 < result["refusals"]["count"] < 9 and result["coverage"]
    assert result["refusals"]["problems"] == [
        "/var/log/syslog was not read to its end, nor any log after it: reading the logs took too long. Give a shorter time "
        "to look back, and find out who writes so much."
    ]
