# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit's page is told, and what changed between two reports."""

import copy

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit import view as views
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.changes import KINDS, Grouped, host_changes
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import SCHEMA
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.services import enforcement, strangers

EVERYWHERE = ["tcp 0.0.0.0:22"]
OPEN, SHUT = {"ipv4": "granted", "ipv6": "denied"}, {"ipv4": "denied", "ipv6": "aborted"}


def service(**more):
    return dict(
        {
            "name": "ssh",
            "daemon": "sshd",
            "enforced_by": ["libwrap"],
            "evidence": "it links libwrap",
            "reads_tables": True,
            "anywhere": SHUT,
            "listens": EVERYWHERE,
        },
        **more,
    )


def finding(**more):
    return dict({"code": "x", "severity": "warning", "message": "something", "remedy": ""}, **more)


def decision(**more):
    return dict(
        {
            "request": {"daemon": "sshd", "address": "192.0.2.1"},
            "asked": "sshd from 192.0.2.0/24",
            "expect": None,
            "met": None,
            "access": "denied",
            "table": "deny",
            "path": "/etc/hosts.deny",
            "line": 3,
            "rule": "ALL: ALL",
            "depends": [],
        },
        **more,
    )


def fleet(**more):
    host = dict(
        {
            "host": "web1",
            "reachable": True,
            "dialect": "debian",
            "services": [service()],
            "assertions": [],
            "errors": {},
            "refusals": {},
            "findings": {"tables": [], "coverage": [], "integrity": []},
            "tables": {},
            "more_findings": {},
            "access": [dict(decision(otherwise=None), daemon="sshd", clients="operators")],
        },
        **more,
    )
    return {"schema": SCHEMA, "time": "2026-11-23T08:00:00Z", "hosts": [host]}


@pytest.mark.parametrize(
    "services, state, served",
    [
        ([], "rules_only", None),
        ([service()], "enforced", False),
        ([service(anywhere=OPEN)], "enforced", True),
        ([service(enforced_by=["xinetd", "tcpd"])], "twice", False),
        ([service(enforced_by=None, anywhere=OPEN)], "unknown", None),
        ([service(enforced_by=[])], "nobody", True),
        ([service(enforced_by=[], listens=[])], "nobody", True),
        ([service(), service(enforced_by=[])], "nobody", True),
        ([service(enforced_by=[], listens=["tcp 127.0.0.1:25", "tcp [::1]:25"])], "local", False),
        ([service(enforced_by=[], listens=["tcp 127.0.0.1:25", "tcp 192.0.2.1:25"])], "nobody", True),
        ([service(enforced_by=[], listens=["tcp [::1234]:25"])], "nobody", True),
        ([service(anywhere={"ipv4": None, "ipv6": "denied"})], "enforced", None),
    ],
)
def test_what_a_cell_says_of_its_guard_and_of_strangers(services, state, served):
    assert enforcement(services)["guard"] == state
    assert strangers(services) is served


def test_a_cell_has_the_findings_about_its_daemon_only():
    about = {
        "tables": [
            finding(message="rule", table="allow", line=7, daemons=["sshd", "x"]),
            finding(message="other rule", table="allow", line=8, daemons=["x"]),
            finding(message="decides", table="deny", line=3),
        ],
        "coverage": [
            finding(message="service", service="ssh"),
            finding(message="other service", service="y"),
            finding(message="no daemon", path="hosts.allow", line=7, daemons=["sshd"]),
        ],
        "integrity": [finding(message="file", path="/usr/sbin/tcpd")],
    }
    made = views.view(fleet(findings=about))
    (cell,) = made["hosts"][0]["cells"].values()
    assert sorted(made["findings"][number]["message"] for number in cell["findings"]) == [
        "decides",
        "no daemon",
        "rule",
        "service",
    ]
    assert len(made["hosts"][0]["findings"]) == 7


def test_an_answer_says_who_was_asked_about_and_whether_it_is_proved():
    item = dict(decision(), daemon="sshd", clients="operators")
    told = views.answer(dict(item, otherwise=None))
    assert (told["asked"], told["proved"], told["shown"], told["other"]) == ("192.0.2.0/24", True, "denied", None)
    assert views.answer(item)["proved"] is False
    told = views.answer(dict(item, otherwise=decision(access="granted")))
    assert (told["proved"], told["shown"], told["access"], told["other"]["access"]) == (
        False,
        "partly",
        "denied",
        "granted",
    )
    assert views.answer(dict(item, asked=None))["asked"] is None


def test_a_report_of_another_shape_is_not_compared_with():
    assert views.view(fleet(), {"schema": "portcullis.tcp_wrappers audit host 1", "time": "x"})["previous"] is None


def test_of_many_kinds_of_changes_the_page_has_the_first_and_their_number(monkeypatch):
    monkeypatch.setattr(views, "MOST_CHANGES", 2)
    before = fleet()
    more = [service(daemon="x%d" % number) for number in range(4)]
    made = views.view(fleet(services=[service(), *more]), before)
    assert len(made["changes"]) == 2 and made["changed"] == 4


@pytest.mark.parametrize(
    "old, new, told",
    [
        ({}, {}, []),
        (
            {"assertions": [decision(expect="denied", met=True)]},
            {"assertions": [decision(expect="denied", met=False)]},
            [("sshd", "the assertion that sshd from 192.0.2.0/24 is denied: holds -> does not hold")],
        ),
        (
            {},
            {"findings": {"integrity": [finding(severity="error", message="tcpd was changed")]}},
            [(None, "this finding is new: error: tcpd was changed")],
        ),
        ({"findings": {"integrity": [finding()]}}, {}, [(None, "this finding is gone: warning: something")]),
        (
            {"findings": {"coverage": [finding(service="ssh", message="port 1")]}},
            {"findings": {"coverage": [finding(service="ssh", message="port 2")]}},
            [],
        ),
        (
            {"findings": {"tables": [finding(table="allow", line=1)]}},
            {"findings": {"tables": [finding(table="allow", line=2)]}},
            [],
        ),
        ({}, {"services": [service(reads_tables=False)]}, [("sshd", "reads the tables: yes -> no")]),
        ({}, {"services": [service(enforced_by=[])]}, [("sshd", "enforced by: libwrap -> nobody")]),
        ({}, {"services": [service(), service(daemon="x")]}, [("x", "this service is new")]),
        ({}, {"services": []}, [("sshd", "this service is gone")]),
        (
            {},
            {"access": [dict(decision(otherwise=None, access="granted"), daemon="sshd", clients="operators")]},
            [("sshd", "operators: denied -> granted")],
        ),
    ],
)
def test_what_changed_is_told(old, new, told):
    found = host_changes(copy.deepcopy(fleet(**old))["hosts"][0], fleet(**new)["hosts"][0])
    assert [(item["daemon"], item["text"]) for item in found] == told
    assert {item["host"] for item in found} <= {"web1"}


def change(host, kind="gained", daemon="sshd", text="operators: denied -> granted"):
    return {"host": host, "kind": kind, "daemon": daemon, "text": text}


def test_equal_changes_stand_once_with_their_hosts_and_those_that_let_somebody_in_come_first():
    grouped = Grouped(10)
    grouped.add([change("a", "lost", text="operators: granted -> denied"), change("a")])
    grouped.add([change("h%d" % number, "host-new", None, "is new in the report") for number in range(20)])
    grouped.add([change("b"), change("b", daemon="x")])
    assert [(one["kind"], one["daemon"], one["count"]) for one in grouped.groups()] == [
        ("gained", "sshd", 2),
        ("gained", "x", 1),
        ("lost", "sshd", 1),
        ("host-new", None, 20),
    ]
    assert grouped.count == 24 and grouped.groups()[0]["hosts"] == ["a", "b"] and len(grouped.groups()[3]["hosts"]) == 8


@pytest.mark.parametrize(
    "old, new, kind",
    [
        ("denied", "granted", "gained"),
        ("denied", "partly", "gained"),
        ("partly", "granted", "gained"),
        ("granted", "denied", "lost"),
        ("granted", "delegated", "lost"),
    ],
)
def test_who_gains_and_who_loses_is_told_apart(old, new, kind):
    def answered(access):
        item = dict(decision(access="granted" if access == "partly" else access), daemon="sshd", clients="operators")
        return fleet(access=[dict(item, otherwise=decision() if access == "partly" else None)])["hosts"][0]

    (told,) = host_changes(answered(old), answered(new))
    assert told["kind"] == kind and told["kind"] in KINDS


@pytest.mark.parametrize(
    "more, rank",
    [
        ({}, "good"),
        ({"services": [service(anywhere=OPEN)]}, "open"),
        ({"assertions": [decision(expect="denied", met=False)]}, "unmet"),
        ({"services": [service(enforced_by=[], listens=["tcp 127.0.0.1:25"])]}, "good"),
        ({"services": [service(reads_tables=False)]}, "unguarded"),
        ({"errors": {"integrity": "no root"}}, "failed"),
        ({"findings": {"tables": [finding(severity="error")]}}, "error"),
        ({"findings": {"tables": [finding()]}}, "warning"),
        ({"reachable": False}, "unreachable"),
    ],
)
def test_the_worst_of_a_host_is_its_rank(more, rank):
    assert views.view(fleet(**more))["hosts"][0]["rank"] == views.RANKS[rank]


def test_refusals_of_the_fleet_are_joined_by_client():
    def refused(count, **days):
        return {
            "count": count,
            "by_client": [{"client": "192.0.2.9", "count": count, "first": None, "last": None}],
            "by_day": [
                {
                    "day": day,
                    "count": 10,
                    "clients": [{"client": "192.0.2.9", "count": part}, {"client": "x", "count": 9}],
                }
                for day, part in days.items()
            ],
        }

    made = fleet(refusals=refused(4, **{"2026-11-20": 1, "2026-11-22": 3}))
    # a host that lies cannot move the days of the others out of the picture
    wrong = dict.fromkeys(["9999-12-31", "2026-11-24", "1999-01-01", "no day", "2026-99-99"], 7)
    made["hosts"] += fleet(host="web2", refusals=refused(3, **{"2026-11-22": 2}, **wrong))["hosts"]
    assert views.view(made)["refusals"] == {
        "days": ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"],
        "all": [10, 0, 20, 0],
        "clients": [{"client": "192.0.2.9", "count": 7, "hosts": 2, "days": [1, 0, 5, 0]}],
    }


def test_a_users_process_changes_nothing_of_the_daemon_whose_name_it_has():
    """It has no daemon; of two services of one daemon the one that is guarded worst counts, wherever it stands."""
    before = fleet(services=[service(enforced_by=[])])["hosts"][0]
    for more in (service(daemon=None, enforced_by=["nftables"]), service(enforced_by=["nftables"])):
        after = fleet(services=[service(enforced_by=[]), more])["hosts"][0]
        assert host_changes(before, after) == []
    shown = views.view(
        fleet(services=[service(), service(daemon=None, enforced_by=[], name="sshd (a user's own process)")])
    )
    cells = dict(zip(shown["daemons"], shown["hosts"][0]["cells"].values()))
    assert cells["sshd"]["open"] is False and cells["users' own processes"]["open"] is True
