# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit for other programs: JUnit XML and CSV."""

import csv
import io
from xml.etree import ElementTree

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.exports import COLUMNS, junit, to_csv
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import sentences

TIME = "2026-11-23T08:00:00Z"


def decision(**more):
    return dict(
        {
            "request": {"daemon": "sshd", "address": "192.0.2.1"},
            "asked": "sshd from 192.0.2.0/24",
            "expect": "denied",
            "met": True,
            "access": "denied",
            "path": "/etc/hosts.deny",
            "line": 3,
            "rule": "ALL: ALL",
        },
        **more,
    )


def fleet(**more):
    host = dict(
        {
            "host": "web1",
            "time": TIME,
            "reachable": True,
            "services": [],
            "access": [],
            "assertions": [],
            "errors": {},
            "findings": {"tables": [], "coverage": [], "integrity": []},
        },
        **more,
    )
    return {"time": TIME, "hosts": [host, {"host": "gone", "time": TIME, "reachable": False}]}


def suites(**more):
    return ElementTree.fromstring(junit(fleet(**more)))


def test_each_assertion_is_a_test_case_that_passes_fails_or_is_skipped():
    told = suites(
        assertions=[
            decision(),
            decision(asked="sshd from ::/0", met=False, access="granted"),
            decision(expect=None, met=None, asked="x from y"),
        ],
        errors={"integrity": "no root"},
    )
    cases = [(case.get("name"), [(child.tag, child.get("message")) for child in case]) for case in told[0]]
    assert cases == [
        ("reached", []),
        ("sshd from 192.0.2.0/24 must be denied", []),
        (
            "sshd from ::/0 must be denied",
            [
                (
                    "failure",
                    "sshd from ::/0 must be denied, and 192.0.2.1 is granted; "
                    "192.0.2.1 is granted by /etc/hosts.deny line 3: ALL: ALL",
                )
            ],
        ),
        ("x from y", [("skipped", "nothing is expected; 192.0.2.1 is denied by /etc/hosts.deny line 3: ALL: ALL")]),
        ("findings", []),
        ("coverage", []),
        ("part integrity", [("error", "no root")]),
    ]
    assert {key: told[0].get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_what_readers_of_junit_xml_ask_for_is_there():
    told = suites(assertions=[decision(met=False)])
    assert {key: told.get(key) for key in ("name", "tests", "failures", "errors", "time")} == {
        "name": "portcullis.tcp_wrappers.audit",
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "time": "0",
    }
    for suite in told:
        assert (
            suite.get("hostname") == suite.get("name")
            and suite.get("timestamp") == "2026-11-23T08:00:00"
            and suite.get("time") == "0"
        )
        for case in suite:
            assert case.get("classname") == suite.get("name") and case.get("time") == "0"
            assert all(child.get("type") == child.tag and child.text == child.get("message") for child in case)


def test_all_that_the_run_can_fail_on_is_a_test_case():
    def finding(message, **more):
        return dict({"code": "x", "severity": "error", "message": message}, **more)

    told = suites(
        findings={
            "tables": [finding("no colon"), finding("a trap", severity="warning")],
            "coverage": [finding("nobody asks", code="unenforced", severity="warning"), finding("other")],
            "integrity": [finding("tcpd was changed")],
        }
    )
    assert [(case.get("name"), [child.tag for child in case]) for case in told[0]] == [
        ("reached", []),
        ("assertions", ["skipped"]),
        ("findings: no colon", ["failure"]),
        ("coverage: nobody asks", ["failure"]),
        ("integrity: tcpd was changed", ["failure"]),
        ("errors", []),
    ]
    assert "nothing was asserted" in told[0][1][0].text
    assert [(case.get("name"), [child.tag for child in case]) for case in told[1]] == [("reached", ["error"])]


@pytest.mark.parametrize("assertions", [[], [decision(expect=None, met=None)]])
def test_where_nothing_is_asserted_a_skipped_test_case_says_so(assertions):
    told = suites(assertions=assertions)
    (case,) = [one for one in told[0] if one.get("name") == "assertions"]
    assert [child.tag for child in case] == ["skipped"] and "say in audit_assertions what must hold" in case[0].text


def test_no_two_test_cases_of_a_host_have_the_same_name():
    names = [case.get("name") for case in suites(assertions=[decision(), decision(met=False)])[0]][1:3]
    assert names == ["sshd from 192.0.2.0/24 must be denied", "sshd from 192.0.2.0/24 must be denied (2)"]


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\x00b\x1b", "a\\x00b\\x1b"),
        ("\u202egnp\u2066", "\\xe2\\x80\\xaegnp\\xe2\\x81\\xa6"),
        ("\ud800", "\\ud800"),
        ("]]></failure>", "]]></failure>"),
        ("two\nlines", "two\\x0alines"),
        ("\ufffe", "\\xef\\xbf\\xbe"),
        ("\u05d0", "\u05d0"),
    ],
)
def test_what_a_host_says_is_text_in_xml_and_in_csv(text, shown):
    told = suites(host=text, assertions=[decision(rule=text, met=False)])
    assert told[0].get("name") == shown and told[0][1][0].text.endswith("line 3: " + shown)
    assert rows(host=text)[1][0] == shown


def rows(**more):
    return list(csv.reader(io.StringIO(to_csv(fleet(**more)))))


def test_every_host_has_a_line_in_csv():
    assert rows() == [
        list(COLUMNS),
        ["web1", "yes"] + [""] * (len(COLUMNS) - 2),
        ["gone", "no"] + [""] * (len(COLUMNS) - 2),
    ]


def test_csv_tells_the_answer_and_the_counterexample():
    other = decision(
        access="granted", line=1, path="/etc/hosts.allow", rule="sshd: 192.0.2.9", request={"address": "192.0.2.9"}
    )
    access = [
        dict(decision(otherwise=other), daemon="sshd", clients="operators"),
        dict(decision(otherwise=None), daemon="x", clients="operators"),
    ]
    told = [
        dict(zip(COLUMNS, row))
        for row in rows(access=access, services=[{"daemon": "sshd", "enforced_by": [], "reads_tables": True}])[1:]
    ]
    assert [
        (row["daemon"], row["enforced_by"], row["reads_tables"], row["whole_group"], row["asked"]) for row in told[:2]
    ] == [
        ("sshd", "nobody", "yes", "no", "sshd from 192.0.2.0/24"),
        ("x", "unknown", "unknown", "yes", "sshd from 192.0.2.0/24"),
    ]
    assert [
        (row["other_address"], row["other_access"], row["other_path"], row["other_line"], row["other_rule"])
        for row in told[:2]
    ] == [("192.0.2.9", "granted", "/etc/hosts.allow", "1", "sshd: 192.0.2.9"), ("", "", "", "", "")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_begins_as_a_formula_does(start):
    access = [dict(decision(rule=start + "cmd()"), daemon=start + "d", clients=start + "c")]
    cells = [cell for row in rows(host=start + "host", access=access) for cell in row]
    assert "'" + start + "cmd()" in cells and "'" + start + "host" in cells
    assert [cell for cell in cells if cell.startswith(start)] == []


@pytest.mark.parametrize("between", ["", " ", "  ", '"', ' "'])
def test_no_cell_has_a_formula_behind_a_semicolon(between):
    """LibreOffice, and Excel in half of Europe, end a cell there."""
    access = [dict(decision(rule="sshd: ALL: spawn a;%s=1+1" % between), daemon="sshd", clients="all")]
    row = rows(access=access)[1]
    assert "sshd: ALL: spawn a;%s'=1+1" % between in row


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "other, told",
    [
        ({"daemon": "sshd", "enforced_by": ["nftables"], "reads_tables": None}, "nobody"),
        ({"daemon": None, "enforced_by": ["nftables"], "reads_tables": None}, "nobody"),
        ({"daemon": "sshd", "enforced_by": None, "reads_tables": None}, "nobody"),
    ],
)
def test_csv_tells_of_the_services_of_one_name_the_one_that_is_guarded_worst(order, other, told):
    services = [{"daemon": "sshd", "enforced_by": [], "reads_tables": None}, other][::order]
    access = [decision(clients="all", daemon="sshd")]
    row = dict(zip(*rows(access=access, services=services)[:2]))
    assert row["enforced_by"] == told


def test_what_users_start_fails_no_run():
    mine = {
        "code": "unenforced",
        "severity": "warning",
        "message": "x does not obey",
        "service": "x (a user's own process)",
    }
    theirs = dict(mine, message="sshd does not obey", service="sshd")
    services = [{"name": "x (a user's own process)", "daemon": None}, {"name": "sshd", "daemon": "sshd"}]
    doc = {"findings": {"coverage": [mine, theirs]}, "services": services}
    assert sentences(doc, "coverage") == ["sshd does not obey"]
