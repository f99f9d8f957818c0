# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook audit, all that "audit_documents" is for, on folders: what --limit, --check, names of hosts and mistakes in variables do to the report."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
UNMET = [{"daemon": "sshd", "network": "0.0.0.0/0", "expect": "denied"}]


@pytest.fixture(name="audit")
def fixture_audit(tmp_path):
    """Runs the playbook on hosts that are all the same legacy files; audit.out is the folder of the report."""

    def run(*arguments, **variables):
        inventory = tmp_path / "hosts.json"
        own = {"ansible_connection": "local", "ansible_python_interpreter": prebuilt.OF_HOSTS}
        inventory.write_text(
            json.dumps(
                {
                    "all": {
                        "hosts": dict.fromkeys(["web1", "a/b", "a_b"], {}),
                        "vars": dict(
                            own,
                            **dict(
                                {
                                    "audit_root": str(ROOT / "tests" / "fixtures" / "legacy"),
                                    "audit_dialect": "debian",
                                    "audit_output_dir": str(run.out),
                                    "audit_become": False,
                                    "audit_assertions": UNMET,
                                },
                                **variables,
                            ),
                        ),
                    }
                }
            )
        )
        program = shutil.which(
            "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
        )
        env = dict(
            os.environ,
            **prebuilt.variables(),
            ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
            ANSIBLE_NOCOLOR="1",
            ANSIBLE_LOCALHOST_WARNING="False",
        )
        done = subprocess.run(
            [program, "-i", str(inventory), "portcullis.tcp_wrappers.audit"] + list(arguments),
            cwd=str(tmp_path),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            timeout=600,
            check=False,
        )
        return done.returncode, done.stdout

    run.out = tmp_path / "out"
    return run


def test_a_limit_has_its_report_and_its_failure_in_check_mode_too(audit):
    status, said = audit("--limit", "web1", "--check")
    assert status != 0 and "web1: sshd from 0.0.0.0/0 must be denied" in said, said
    assert said.count("The report is %s/fleet.html" % audit.out) >= 2, said
    assert sorted(path.name for path in audit.out.iterdir()) == [
        "fleet.csv",
        "fleet.html",
        "fleet.json",
        "fleet.prom",
        "fleet.sarif",
        "fleet.xml",
        "web1.json",
    ]
    report = json.loads((audit.out / "fleet.json").read_text())["portcullis_audit"]
    assert [(host["host"], host["reachable"], host["errors"]) for host in report["hosts"]] == [("web1", True, {})]


def test_hosts_of_like_names_have_a_document_each_and_lists_of_groups_add_up(audit):
    more = [{"daemon": "in.telnetd", "address": "192.0.2.1"}]
    status, said = audit(audit_fail_on=[], audit_assertions_web=more)
    assert status == 0, said
    names = sorted(path.name for path in audit.out.iterdir() if not path.name.startswith("fleet."))
    documents = [json.loads((audit.out / name).read_text())["portcullis_audit"] for name in names]
    assert names == ["a_b-c14cddc033f64b9d.json", "a_b.json", "web1.json"] and [
        document["host"] for document in documents
    ] == ["a/b", "a_b", "web1"]
    assert [decision["asked"] for decision in documents[0]["assertions"]] == [
        "sshd from 0.0.0.0/0",
        "in.telnetd from 192.0.2.1",
    ]


@pytest.mark.parametrize(
    "variables, said_about",
    [
        ({"audit_assertion": UNMET}, "has no variable audit_assertion (did you mean audit_assertions?)"),
        (
            {"audit_assertions_web": [{"daemon": "sshd"}]},
            "audit_assertions_web[0] names no client: give address or network",
        ),
        (
            {"audit_clients": [{"name": "x", "network": "10.0.0.1/8"}]},
            "audit_clients[0]: network '10.0.0.1/8' has host bits set",
        ),
        ({"audit_clients": [{"network": "10.0.0.0/8"}]}, "audit_clients[0] has no name"),
    ],
)
def test_a_mistake_is_told_before_a_host_is_asked(audit, variables, said_about):
    status, said = audit("--limit", "web1", **variables)
    assert status != 0 and said_about in said and not audit.out.exists(), said


def test_reports_are_kept_and_left_on_another_host_and_the_run_ends_with_the_verdict(audit):
    for _run in range(2):
        status, said = audit("-l", "web1,a_b", audit_fail_on=[], audit_keep=1, audit_output_host="a_b")
        assert status == 0, said
    assert "[web1 -> a_b] => (item=fleet.sarif)" in said and "[web1 -> a_b] => (item=web1.json)" in said, said
    assert said.index("The report is %s/fleet.html" % audit.out) < said.index("0 of 2 assertions hold.")
    kept = [path.name for path in audit.out.iterdir() if path.name.startswith("fleet-")]
    assert sorted(name.partition(".")[2] for name in kept) == ["html", "json"]
    assert kept[0].partition(".")[0] in (audit.out / "fleet.html").read_text()


def test_rules_that_stay_on_the_host_decide_all_the_same(audit):
    asked = [{"daemon": "sshd", "address": "198.51.100.66", "hostname": "x.example.org", "expect": "denied"}]
    status, said = audit("--limit", "web1", audit_keep_rules=False, audit_assertions=asked)
    assert status == 0, said
    document = json.loads((audit.out / "web1.json").read_text())["portcullis_audit"]
    assert [document["tables"][name]["lines"] for name in ("allow", "deny")] == [None, None]
    assert document["tables"]["rules"] == 10  # the rules of both files
    (decision,) = document["assertions"]
    assert decision["met"] and decision["line"] == 9 and decision["rule"].startswith("sshd: 198.51.100.66")


def test_tags_that_no_task_has_look_at_nothing_and_leave_no_report(audit):
    status, said = audit("--tags", "elsewhere")
    assert status == 0 and not audit.out.exists(), said
