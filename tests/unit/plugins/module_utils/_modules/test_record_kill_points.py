# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that keeps a record, killed at any call: whatever stands in a file is written down, so that undoing gives all of it back."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import inetd as inetd_tcpd
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.killed import run_killed

OLD = {
    "hosts.allow": b"# by hand\nsshd: 192.0.2.\n",
    "hosts.deny": b"ALL: ALL: severity auth.info\n",
    "inetd.conf": b"ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd -l\nshell stream tcp nowait root /usr/sbin/in.rshd in.rshd\n",
}
RECORD = "/etc/record.json"
CALLS = ("rename", "link", "unlink", "mkdir", "rmdir", "write", "close", "ftruncate")
TASKS = {
    hosts_access: (
        {
            "allow": ["sshd: 10.0.0.0/8"],
            "block_name": "harden",
            "default": "deny",
            "default_options": ["severity auth.warning"],
        },
        {"state": "absent", "block_name": "harden"},
    ),
    inetd_tcpd: ({"services": ["ftp"], "allow_missing_tcpd": True}, {"state": "unwrapped"}),
}


def reset(root):
    for name in os.listdir(str(root / "etc")):
        os.unlink(str(root / "etc" / name))
    for name, data in OLD.items():
        (root / "etc" / name).write_bytes(data)
        (root / "etc" / name).chmod(0o644)


def files(root):
    return {name: (root / "etc" / name).read_bytes() for name in os.listdir(str(root / "etc"))}


def run(face, root, **options):
    params = {name: option.get("default") for name, option in face.argument_spec().items()}
    params.update(root=str(root), dialect="debian", record=RECORD, **options)
    if face is hosts_access:
        params.update(owner=str(os.getuid()), group=str(os.getgid()))
    return face.run(Call(params))


def dies(face, root, number, **options):
    """Run the task in a child that is gone at its call of that number; True where it lived to the end."""
    return run_killed(CALLS, number, lambda: run(face, root, **options))


@pytest.mark.parametrize("way", ["there", "back", "again"])
@pytest.mark.parametrize(
    "face", sorted(TASKS, key=lambda face: face.__name__), ids=lambda face: face.__name__.rpartition(".")[2]
)
def test_a_killed_task_can_be_undone(face, way, tmp_path):
    """Killed while it changes; while it undoes; and while it changes, then run again. In the end all is as it was, and nothing is left over."""
    (tmp_path / "etc").mkdir()
    there, back = TASKS[face]
    number, done, seen = 0, False, set()
    while not done:
        number += 1
        reset(tmp_path)
        if way == "back":
            run(face, tmp_path, **there)
        done = dies(face, tmp_path, number, **(back if way == "back" else there))
        found = (tmp_path / RECORD.lstrip("/")).exists()
        seen.add(found)
        if way == "again":
            run(face, tmp_path, **there)
        run(face, tmp_path, **back)
        left = files(tmp_path)
        if way == "there" and not found:
            # an image keeps no record of a change that is on its way: what stands beside a file goes with the next change of it
            left = {name: data for name, data in left.items() if not name.endswith(".tmp")}
        assert left == OLD, "killed at call %d" % number
    assert number > 5 and seen == {False, True}
