# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tools of the attacks do what the attacks rely on: a tool that sees nothing would let every attack pass."""

import re
import subprocess

import pytest

from attacked import (
    COLLECTION,
    MODULES,
    NOBODY,
    PATIENCE,
    module_environment,
    module_input,
    run_module,
    snapshot,
    start_module,
)
from module_server import ModuleServer
from test_hostile_images import ARGUMENTS

CLOCK = rb"\d{4}-\d\d-\d\d[T ][\d:.+Z]*"


def test_a_snapshot_sees_what_was_changed_and_put_right_again(scratch):
    path = scratch.write_outside("etc/file", "text\n")
    before = snapshot(scratch.outside)
    path.read_bytes()
    assert snapshot(scratch.outside) == before
    path.chmod(0o600)
    path.chmod(0o644)
    assert snapshot(scratch.outside) != before


def test_a_user_without_rights_has_none(scratch, nobody):
    path = scratch.write_outside("secret", "", 0o600)
    process = nobody("sh", "-c", "id -u; cat %s" % path)
    said = process.communicate()[0].decode()
    assert said.startswith("%d\n" % NOBODY) and "Permission denied" in said and process.returncode != 0


def test_a_module_runs_as_ansible_runs_it(scratch):
    ran = run_module("hosts_access_info", root=str(scratch.image), dialect="debian")
    assert ran.code == 0 and ran.result["rules"]
    assert len(MODULES) >= 11


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_child_of_the_server_is_as_a_module_that_python_starts(name, scratch):
    for root in [scratch.image] + ["/nowhere"] * (name == "hosts_access"):
        one, two = [
            run(name, check=True, root=str(root), dialect="debian", **ARGUMENTS[name])
            for run in (run_module, start_module)
        ]
        assert (one.code, re.sub(CLOCK, b"", one.text)) == (two.code, re.sub(CLOCK, b"", two.text))


def test_a_module_that_does_not_end_is_ended_and_the_next_one_runs(scratch):
    server = ModuleServer([COLLECTION + "plugins.modules.hosts_access_info"], module_environment())
    endless = scratch.folder / "endless.py"
    endless.write_text("import time\ntime.sleep(600)\n")
    server.environment["PYTHONPATH"] += ":" + str(scratch.folder)
    with pytest.raises(subprocess.TimeoutExpired):
        server.run("endless", b"", 1)
    text = module_input(False, False, {"root": str(scratch.image), "dialect": "debian"})
    assert server.run(COLLECTION + "plugins.modules.hosts_access_info", text, PATIENCE).returncode == 0
    server.stop()


def test_a_play_meets_a_host_that_lies(controller):
    controller.hosts("honest")
    controller.lie("liar", command={"changed": False, "stdout": "what it likes"})
    done = controller.play(
        [
            {
                "hosts": "all",
                "gather_facts": False,
                "tasks": [
                    {"ansible.builtin.command": "echo what it ran", "register": "seen"},
                    {"ansible.builtin.debug": {"var": "seen.stdout"}},
                ],
            }
        ]
    )
    said = done.stdout.decode()
    assert done.returncode == 0, said
    assert (
        said.index("ok: [liar]") and '"seen.stdout": "what it likes"' in said and '"seen.stdout": "what it ran"' in said
    )


def started(program, arguments, environment, folder, timeout):
    """A run of ansible-playbook by itself, as preloaded.run has it of a child."""
    return subprocess.run(
        [program] + arguments,
        env=environment,
        cwd=str(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        check=False,
    )


def test_a_play_in_a_child_is_as_one_that_is_started(controller):
    """With an environment, a folder and extra variables of its own, a task that fails, and nothing left of it in the next one."""
    shown = "{{ lookup('ansible.builtin.env', 'ONE') }} {{ playbook_dir }} {{ two | default('none') }} {{ lookup('ansible.builtin.pipe', 'pwd') }}"
    tasks = [
        {
            "ansible.builtin.copy": {
                "content": "{{ two | default('none') }}",
                "dest": str(controller.folder / "made"),
                "mode": "0600",
            }
        },
        {"ansible.builtin.debug": {"msg": shown}},
        {"ansible.builtin.fail": {"msg": "in the end"}},
    ]
    plays = [{"hosts": "all", "gather_facts": False, "tasks": tasks}]
    ended = []
    for options in ({"env": {"ONE": "1"}, "two": "2"}, {}):
        for run in ({}, {"run": started}):
            (controller.folder / "made").unlink(missing_ok=True)
            done = controller.play(plays, "--diff", **options, **run)
            ended.append((done.returncode, re.sub(rb"ansible-local-\S+", b"", done.stdout)))
    assert ended[0] == ended[1] and ended[2] == ended[3]
    assert ended[0][0] == 2 and b'"msg": "1 %s 2 %s"' % ((str(controller.folder).encode(),) * 2) in ended[0][1]
    assert b" none " in ended[2][1] and b"in the end" in ended[2][1]
