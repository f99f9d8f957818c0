# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On a Python that is too old every module ends with one readable line; on the oldest that will do it works."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

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


def run(module, version, **arguments):
    """One task of ansible-core 2.16, the last that runs on Python 3.6 and still speaks to 2.7."""
    python = pythons.find(version)
    assert python, "no Python %s is installed" % version
    env = dict(
        os.environ,
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="False",
        ANSIBLE_LOAD_CALLBACK_PLUGINS="True",
        ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline",
        ANSIBLE_DEPRECATION_WARNINGS="False",
    )
    command = [
        str(venvs.ensure("2.16") / "bin" / "ansible"),
        "localhost",
        "-c",
        "local",
        "-m",
        "portcullis.tcp_wrappers." + module,
        "-e",
        "ansible_python_interpreter=" + python,
    ]
    if arguments:
        command += ["-a", json.dumps(arguments)]
    done = subprocess.run(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_python_2_7_gets_one_line_that_says_what_to_install(module):
    code, output = run(module, "2.7", **NEEDED.get(module, {}))
    assert code != 0 and "Traceback" not in output
    assert "needs Python 3.6 or later" in output and "yum install python3" in output and "Python 2.7" in output


def test_python_3_6_is_enough(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts.allow").write_text("sshd: 10.1.2.3/8\n")
    code, output = run(
        "hosts_access",
        "3.6",
        root=str(tmp_path),
        dialect="debian",
        default="deny",
        block_name="x",
        owner=str(os.getuid()),
        group=str(os.getgid()),
        allow=["in.ftpd: 10.0.0.0/8", {"daemons": "sshd", "clients": ["2001:db8::/32"]}],
        assertions=[{"daemon": "sshd", "address": "10.1.2.3", "expect": "denied"}],
    )
    assert code == 0, output
    assert (tmp_path / "etc" / "hosts.deny").read_text() == "ALL: ALL\n"
    code, output = run("hosts_access_info", "3.6", root=str(tmp_path), dialect="debian")
    assert code == 0 and "host-bits-set" in output, output
