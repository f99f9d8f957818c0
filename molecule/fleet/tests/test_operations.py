# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running a fleet: what a repeated run costs, how a mistake is stopped, and the audit."""

import csv
import json
import pathlib
import stat
from xml.etree import ElementTree

import jsonschema
import pytest
from conftest import CANARY, HOSTS, INETD, listing, on_all, recap

COUNT = ["-e", "ansible_python_interpreter=/usr/local/sbin/counting-python"]
LOG = "/var/log/modules-started"
SCHEMA = json.loads((pathlib.Path(__file__).resolve().parents[3] / "docs" / "audit_schema.json").read_text())


def started(fleet):
    """How many modules have been started on each host since the last question, by counting-python."""
    return on_all(lambda name: int(fleet.host(name).check_output("cat %s 2>/dev/null | wc -l; rm -f %s", LOG, LOG)))


def test_a_repeated_run_changes_nothing_and_starts_one_module_on_a_host(fleet, harden):
    started(fleet)
    status, output = harden(*COUNT)
    assert status == 0, output
    counts = started(fleet)
    print("modules started on a host by a repeated run:", counts)
    assert {name: numbers["changed"] for name, numbers in recap(output).items()} == dict.fromkeys(HOSTS, 0)
    # one look at tables, systemd, the super-server that is there, and the proofs
    assert counts == dict.fromkeys(HOSTS, 1)


@pytest.mark.parametrize(
    "variables, told",
    [
        ({"harden_host_allow": ["in.greeting 10.99.8.13"]}, "no colon"),
        (
            {"harden_host_assertions": [{"daemon": "in.greeting", "address": "10.99.8.13", "expect": "granted"}]},
            "1 of 8 assertions do not hold",
        ),
    ],
)
def test_a_mistake_stops_at_the_first_host_and_no_other_is_touched(fleet, harden, variables, told):
    before = listing(fleet, CANARY)
    started(fleet)
    status, output = harden("-e", json.dumps(variables), *COUNT)
    assert status != 0 and told in output
    counts = started(fleet)
    assert 0 < counts.pop(CANARY) <= 8
    assert counts == dict.fromkeys(HOSTS[1:], 0)
    assert {name: numbers["failed"] for name, numbers in recap(output).items()} == {CANARY: 1}
    assert listing(fleet, CANARY) == before


def test_the_audit_of_the_fleet_knows_who_enforces_what_and_changes_nothing(fleet, tmp_path):
    before = on_all(lambda name: listing(fleet, name))
    questions = [
        {"daemon": daemon, "address": address, "expect": expect}
        for daemon, served, refused in (
            ("in.greeting", "10.99.8.12", "10.99.8.16"),
            ("in.motto", "10.99.8.16", "10.99.8.12"),
        )
        for address, expect in ((served, "granted"), (refused, "denied"))
    ]
    started(fleet)
    status, output = fleet.playbook(
        "portcullis.tcp_wrappers.audit",
        "-e",
        json.dumps({"audit_output_dir": str(tmp_path), "audit_assertions": questions}),
        *COUNT,
    )
    assert status == 0, output
    assert started(fleet) == dict.fromkeys(HOSTS, 1)
    assert "All %d assertions hold." % (len(questions) * len(HOSTS)) in output
    report = json.loads((tmp_path / "fleet.json").read_text())
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == dict.fromkeys(
        [name + ".json" for name in HOSTS]
        + ["fleet.html", "fleet.json", "fleet.xml", "fleet.csv", "fleet.sarif", "fleet.prom"],
        0o600,
    )
    assert [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(report)] == []
    report = report["portcullis_audit"]
    suites = ElementTree.parse(str(tmp_path / "fleet.xml")).getroot()
    assert {suite.get("name"): suite.get("errors") for suite in suites} == dict.fromkeys(HOSTS, "0")
    for suite in suites:
        held = [case for case in suite if " must be " in case.get("name")]
        assert len(held) == len(questions) and [child.tag for case in held for child in case] == []
    with open(str(tmp_path / "fleet.csv"), newline="", encoding="utf-8") as file:
        assert {
            (row["host"], row["enforced_by"]) for row in csv.DictReader(file) if row["daemon"] == "in.greeting"
        } == {(name, "tcpd") for name in HOSTS}
    assert "in.greeting" in (tmp_path / "fleet.html").read_text()
    assert sorted(host["host"] for host in report["hosts"]) == sorted(HOSTS)
    for host in report["hosts"]:
        assert host["reachable"] and not host["errors"], host["errors"]
        assert [decision["met"] for decision in host["assertions"]] == [True] * len(questions)
        enforced = {(service["kind"], service["daemon"]): service["enforced_by"] for service in host["services"]}
        assert enforced["inetd" if host["host"] in INETD else "xinetd", "in.greeting"] == ["tcpd"]
        assert enforced["systemd", "in.motto"] == ["tcpd"]
        assert enforced["process", "sshd"] == ["libwrap"]
    assert on_all(lambda name: listing(fleet, name)) == before
