# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On a Python that is too old every module ends with one readable line; on the oldest that will do it works."""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import pythons
import venvs

# these are answered by their actions on the controller, and never get to a host
MODULES = sorted(
    path.stem
    for path in (ROOT / "plugins" / "modules").glob("*.py")
    if path.stem not in ("role_settings", "audit_documents")
)
# what a module cannot do without, so that Ansible's own check of arguments is passed
NEEDED = {
    "audit_report_folder": {"path": "/nowhere/reports"},
    "hosts_access_evaluate": {"assertions": []},
    "hosts_access_enforce_plan_info": {"task": {"state": "absent"}},
    "hosts_access_plan_info": {"task": {"allow": []}},
    "harden_plan_info": {"tables": {"allow": []}},
    "harden_kernel": {"record": "/etc/record.json"},
}


def run(version, folder, *tasks):
    """One run of ansible-core 2.16, the last that runs on Python 3.6 and still speaks to 2.7. Each task is (module, arguments) and has a host of that name.

    Returns what each host said, as {module: (whether it failed, text)}.
    """
    python = pythons.find(version)
    assert python, "no Python %s is installed" % version
    env = dict(
        os.environ,
        **prebuilt.variables(None),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline",
        ANSIBLE_DEPRECATION_WARNINGS="False",
    )
    plays = [
        {"hosts": module, "gather_facts": False, "tasks": [{"portcullis.tcp_wrappers." + module: arguments}]}
        for module, arguments in tasks
    ]
    (folder / "plays.yml").write_text(json.dumps([dict(play, ignore_errors=True) for play in plays]))
    own = {"ansible_connection": "local", "ansible_python_interpreter": python}
    hosts = {module: own for module, _arguments in tasks}
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    output = subprocess.run(
        [str(venvs.ensure("2.16") / "bin" / "ansible-playbook"), "-i", "hosts.json", "plays.yml"],
        env=env,
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=600,
        check=False,
    ).stdout
    told = re.findall(r"^(\w+) \| (\w+)!? => (.*)$", output, re.MULTILINE)
    assert [module for module, _word, _text in told] == [module for module, _arguments in tasks], output
    return {module: (word == "FAILED", text) for module, word, text in told}


@pytest.fixture(name="on_python_2_7", scope="module")
def fixture_on_python_2_7(tmp_path_factory):
    """What every module says there."""
    return run("2.7", tmp_path_factory.mktemp("old"), *[(module, NEEDED.get(module, {})) for module in MODULES])


@pytest.mark.parametrize("module", MODULES)
def test_python_2_7_gets_one_line_that_says_what_to_install(module, on_python_2_7):
    failed, output = on_python_2_7[module]
    assert failed and "Traceback" not in output
    assert "needs Python 3.6 or later" in output and "yum install python3" in output and "Python 2.7" in output


def test_python_3_6_is_enough(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts.allow").write_text("sshd: 10.1.2.3/8\n")
    below = {"root": str(tmp_path), "dialect": "debian"}
    said = run(
        "3.6",
        tmp_path,
        (
            "hosts_access",
            dict(
                below,
                default="deny",
                block_name="x",
                owner=str(os.getuid()),
                group=str(os.getgid()),
                allow=["in.ftpd: 10.0.0.0/8", {"daemons": "sshd", "clients": ["2001:db8::/32"]}],
                assertions=[{"daemon": "sshd", "address": "10.1.2.3", "expect": "denied"}],
            ),
        ),
        ("hosts_access_info", below),
    )
    assert not said["hosts_access"][0], said
    assert (tmp_path / "etc" / "hosts.deny").read_text() == "ALL: ALL\n"
    failed, output = said["hosts_access_info"]
    assert not failed and "host-bits-set" in output, output
