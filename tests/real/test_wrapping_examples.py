# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of inetd_tcpd, xinetd_tcpd and systemd_tcpd, and the playbooks of their guide, run as they stand on a legacy host's files in a folder."""

import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GUIDE = (ROOT / "docs" / "guides" / "wrap_services.md").read_text(encoding="utf-8")
PLAYBOOKS = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)]
MODULES = ["inetd_tcpd", "xinetd_tcpd", "systemd_tcpd"]


def examples(module):
    """The tasks in a module's EXAMPLES."""
    tree = ast.parse((ROOT / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES":
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError("no EXAMPLES")


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    shutil.copytree(str(ROOT / "tests" / "fixtures" / "legacy"), str(tmp_path / "host"), symlinks=True)
    return tmp_path / "host"


def play(plays, host):
    """Run plays on the folder; their handlers only say that they were called."""
    for one in plays:
        one["hosts"], one["become"], one["gather_facts"] = "localhost", False, False
        one["module_defaults"] = {
            "group/portcullis.tcp_wrappers.tcp_wrappers": {"root": str(host), "dialect": "debian"}
        }
        names = {task["notify"] for task in one["tasks"] if "notify" in task}
        one["handlers"] = [
            {"name": name, "ansible.builtin.debug": {"msg": "called: " + name}} for name in sorted(names)
        ]
    path = host.parent / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    env = dict(
        os.environ,
        **prebuilt.variables(),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_HOME=str(host.parent / "ansible"),
    )
    program = shutil.which(
        "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    )
    command = [
        program,
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter=" + prebuilt.OF_HOSTS,
        str(path),
    ]
    return subprocess.run(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
        check=False,
    )


def files(host):
    found = {}
    for path in sorted(host.rglob("*")):
        found[str(path.relative_to(host))] = (
            path.read_bytes() if path.is_file() and not path.name.endswith("~") else None
        )
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_example_works_and_changes_nothing_the_second_time(module, host):
    elsewhere = host.parent / "image"
    shutil.copytree(str(host), str(elsewhere), symlinks=True)
    tasks = []
    for task in yaml.safe_load(yaml.safe_dump(examples(module)).replace("/srv/images/legacy", str(elsewhere))):
        again = dict(task, register="again", name=task["name"] + ", again")
        tasks += [task, again, {"name": "Nothing changed", "ansible.builtin.assert": {"that": "again is not changed"}}]
    run = play([{"name": "Examples", "tasks": tasks}], host)
    assert run.returncode == 0, run.stdout
    assert "called: Reload" in run.stdout and len(tasks) >= 9


@pytest.mark.parametrize("plays", PLAYBOOKS, ids=[plays[0]["name"] for plays in PLAYBOOKS])
def test_the_playbooks_of_the_guide(plays, host):
    before = files(host)
    run = play(plays, host)
    assert run.returncode == 0, run.stdout
    if plays[0]["name"] == "Try it, and undo it":
        assert files(host) == before
    else:
        assert "called: Reload inetd" in run.stdout and "called: Reload xinetd" in run.stdout
        assert "daytime (/etc/inetd.conf line 19): internal: inetd answers by itself and starts no server" in run.stdout
        assert (host / "etc/systemd/system/telnet@.service.d/zz-portcullis-tcpd.conf").exists()
