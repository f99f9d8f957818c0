# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the three audit modules and the playbooks of their guides, run as they stand."""

import ast
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODULES = {"tcpd_coverage_info": "coverage", "tcpd_integrity_info": "integrity", "tcpd_refusals_info": "refusals"}


def constants(module):
    tree = ast.parse((ROOT / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8"))
    return {
        node.targets[0].id: yaml.safe_load(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id in ("EXAMPLES", "RETURN")
    }


def playbooks():
    for guide in MODULES.values():
        text = (ROOT / "docs" / "guides" / (guide + ".md")).read_text(encoding="utf-8")
        for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield from yaml.safe_load(block)


def run(tmp_path, plays, extra=()):
    """Run plays on this machine; what would write gets a folder for its root."""
    image = tmp_path / "image"
    (image / "etc").mkdir(parents=True)
    for play in plays:
        play["hosts"], play["become"], play["gather_facts"] = "localhost", False, False
        for task in play["tasks"]:
            for name, options in task.items():
                if name.endswith(".hosts_access"):
                    options.update(root=str(image), dialect="debian", group="0", default="deny")
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    env = dict(
        os.environ,
        **prebuilt.variables(),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_LOCALHOST_WARNING="False",
        ANSIBLE_HOME=str(tmp_path / "ansible"),
    )
    places = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    command = [shutil.which("ansible-playbook", path=places), "-i", "localhost,", "-c", "local"]
    command += ["-e", "ansible_python_interpreter=" + prebuilt.OF_HOSTS, str(path)] + list(extra)
    return subprocess.run(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
        check=False,
    )


def test_examples(tmp_path):
    tasks = [task for module in sorted(MODULES) for task in constants(module)["EXAMPLES"]]
    done = run(tmp_path, [{"name": "Examples", "tasks": tasks}])
    assert done.returncode == 0, done.stdout
    assert "changed=0" in done.stdout


def test_playbooks_of_the_guides(tmp_path):
    done = run(tmp_path, list(playbooks()))
    assert done.returncode == 0, done.stdout


def test_every_returned_field_is_documented_and_check_mode_is_the_same(tmp_path):
    tasks = []
    for module in sorted(MODULES):
        target = {"dest": str(tmp_path / module), "content": "{{ answer | to_json }}", "mode": "0600"}
        tasks.append({"portcullis.tcp_wrappers." + module: {}, "register": "answer"})
        tasks.append({"ansible.builtin.copy": target, "check_mode": False})
    done = run(tmp_path, [{"name": "Look", "tasks": tasks}], ["--check"])
    assert done.returncode == 0, done.stdout
    for module in sorted(MODULES):
        answer = json.loads((tmp_path / module).read_text())
        documented = constants(module)["RETURN"]
        ours = set(answer) - {"changed", "failed", "invocation", "warnings", "deprecations"}
        assert ours == set(documented)
        for name in ours:
            fields = documented[name].get("contains")
            for entry in answer[name] if isinstance(answer[name], list) and fields else []:
                assert set(entry) == set(fields)
