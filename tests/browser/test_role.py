# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook itself, by Ansible, on folders whose tables, logs and names are hostile: what it leaves, and that none of it runs."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
from xml.etree import ElementTree

import conftest
import pytest
import test_forms

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT, IMAGE, TEMPLATE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    "{{ lookup('pipe', 'touch %s') }}",
)
TABLE = """\
sshd: .%(image)s, 192.0.2.0/24
in.telnetd: "%(script)s" 192.0.2.1
%(template)s: ALL
%(image)s no colon here
sshd: \u202eevil.example.com
"""
LOG = "Nov 22 08:00:0%d web1 sshd[7]: refused connect from %s\n"
VARIABLES = {
    "ansible_connection": "local",
    "ansible_python_interpreter": prebuilt.OF_HOSTS,
    "audit_become": False,
    "audit_dialect": "debian",
}


def play(inventory, variables, *arguments):
    """Run the playbook; returns (exit status, what it says)."""
    run = subprocess.run(
        [
            "ansible-playbook",
            "portcullis.tcp_wrappers.audit",
            "-i",
            str(inventory),
            "-e",
            json.dumps(variables),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
        env=dict(os.environ, **prebuilt.variables()),
        umask=0o022,
    )
    return run.returncode, run.stdout


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The folder of a report on two folders, run twice; the file that an evaluated template would make."""
    folder = tmp_path_factory.mktemp("role")
    made = folder / "made"
    words = {"script": SCRIPT, "image": IMAGE, "template": TEMPLATE % made}
    for name in ("one", "two"):
        shutil.copytree(str(ROOT / "tests" / "fixtures" / "legacy"), str(folder / name))
        (folder / name / "etc" / "hosts.allow").write_text(TABLE % words, encoding="utf-8")
        (folder / name / "var" / "log").mkdir(parents=True)
        log = "".join(LOG % (number, word) for number, word in enumerate(sorted(words.values())))
        (folder / name / "var" / "log" / "auth.log").write_text(log, encoding="utf-8")
    inventory = folder / "hosts.json"
    inventory.write_text(
        json.dumps(
            {
                "all": {
                    "hosts": {"fleet": {"audit_root": str(folder / "one")}, IMAGE: {"audit_root": str(folder / "two")}}
                }
            }
        )
    )
    variables = dict(
        VARIABLES,
        audit_output_dir=str(folder / "out"),
        audit_since="2000-01-01",
        audit_fail_on=["unreachable"],
        audit_assertions=[{"daemon": "sshd", "network": "0.0.0.0/0", "except": ["192.0.2.0/24"], "expect": "denied"}],
    )
    for _run in range(2):
        status, said = play(inventory, variables)
        assert status == 0, said
        (folder / "one" / "etc" / "hosts.deny").write_text("ALL: ALL\n")
    return folder / "out", made


def test_it_leaves_the_report_in_all_its_forms_and_a_document_a_host_for_nobody_elses_eyes(audited):
    folder, _made = audited
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    own = [name for name in (path.name for path in folder.iterdir()) if not name.startswith("fleet.")]
    assert len(own) == 2 and sum(name.startswith("fleet-") for name in own) == 1
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == dict.fromkeys(
        own + ["fleet.html", "fleet.json", "fleet.xml", "fleet.csv", "fleet.sarif", "fleet.prom"], 0o600
    )


def test_every_part_is_there_and_no_template_of_a_host_was_evaluated(audited):
    folder, made = audited
    fleet = json.loads((folder / "fleet.json").read_text(encoding="utf-8"))["portcullis_audit"]
    assert {host["host"]: host["errors"] for host in fleet["hosts"]} == {"fleet": {}, IMAGE: {}}
    for host in fleet["hosts"]:
        assert any((TEMPLATE % made) in line for line in host["tables"]["allow"]["lines"])
        assert [item["asked"] for item in host["assertions"]] == ["sshd from 0.0.0.0/0 except 192.0.2.0/24"]
        assert any("window.hacked" in client["client"] for client in host["refusals"]["by_client"])
    assert not made.exists()
    names = [suite.get("name") for suite in ElementTree.parse(str(folder / "fleet.xml")).getroot()]
    assert sorted(names) == sorted(["fleet", IMAGE])


def test_its_sarif_is_valid_too(audited):
    folder, _made = audited
    assert test_forms.wrong_with(json.loads((folder / "fleet.sarif").read_text(encoding="utf-8"))) == []


def test_its_page_runs_nothing_and_compares_with_the_report_before(audited, browser):
    folder, _made = audited
    page = conftest.Page(browser, folder / "fleet.html")
    page.drawn(2)
    for opened in (".host", ".cell"):
        for place in range(page.js("return document.querySelectorAll('#matrix ' + arguments[0]).length", opened)):
            page.js(
                "document.querySelectorAll('#matrix ' + arguments[0])[arguments[1]].click(); document.getElementById('detail').close()",
                opened,
                place,
            )
    assert page.js("return window.hacked === undefined")
    assert page.js("return document.querySelectorAll('script').length") == 2
    assert page.errors() == []
    told = page.js("return Array.from(document.querySelectorAll('#changes li'), node => node.textContent)")
    assert told and all(line.endswith(", on fleet") for line in told)


def test_hosts_that_the_limit_leaves_out_are_not_missing(tmp_path):
    inventory = tmp_path / "hosts.json"
    here, nowhere = (
        {"ansible_connection": "local"},
        {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1},
    )
    inventory.write_text(json.dumps({"all": {"hosts": {"one": here, "two": here, "gone": nowhere}}}))
    variables = {key: value for key, value in VARIABLES.items() if key != "ansible_connection"}
    variables.update(audit_root=str(ROOT / "tests" / "fixtures" / "legacy"), audit_output_dir=str(tmp_path / "out"))
    status, said = play(inventory, variables, "--limit", "one,gone,localhost")
    assert status != 0 and "gone was not reached" in said and "two" not in said, said
    fleet = json.loads((tmp_path / "out" / "fleet.json").read_text())["portcullis_audit"]
    assert {host["host"]: host["reachable"] for host in fleet["hosts"]} == {"one": True, "gone": False}
