# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole hosts_access task on file systems that refuse it: one clear sentence, the old tables, and nothing left beside them."""

import os
import subprocess

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError

OLD = {"hosts.allow": b"sshd: 10.\n", "hosts.deny": b"ALL: ALL\n"}
NEW = {"allow": ["in.ftpd: 10."], "deny": ["in.telnetd: 192.0.2."]}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "etc").mkdir()
    put(tmp_path)
    return tmp_path


def put(root):
    for name, data in OLD.items():
        (root / "etc" / name).write_bytes(data)
        os.chmod(str(root / "etc" / name), 0o600)


def run(root, check=False, **options):
    params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
    params.update(root=str(root), dialect="debian", backup=True, **dict(NEW, **options))
    module = Call(params, check)
    return hosts_access.run(module), module.warnings


def refused(root, match, check=False):
    """The task fails with that sentence, and the tables are as they were, with nothing beside them."""
    with pytest.raises((HostError, TaskError), match=match) as caught:
        run(root, check)
    assert "\n" not in str(caught.value) and "could not be undone" not in str(caught.value)
    assert tables(root) == OLD


def tables(root):
    return {name: (root / "etc" / name).read_bytes() for name in os.listdir(str(root / "etc"))}


@pytest.mark.parametrize("flag", ["i", "a"], ids=["immutable", "append-only"])
@pytest.mark.parametrize("name", sorted(OLD))
def test_a_table_that_may_not_be_replaced(root, name, flag):
    table = str(root / "etc" / name)
    subprocess.run(["chattr", "+" + flag, table], check=True)
    try:
        for _again in range(2):
            refused(root, "cannot write /etc/%s below .*chattr -i -a" % name)
    finally:
        subprocess.run(["chattr", "-" + flag, table], check=True)
    assert run(root)[0]["changed"]
    assert b"in.ftpd: 10.\n" in (root / "etc" / "hosts.allow").read_bytes()


def test_a_folder_that_may_not_be_changed(root):
    subprocess.run(["chattr", "+i", str(root / "etc")], check=True)
    try:
        refused(root, "chattr -i -a")
    finally:
        subprocess.run(["chattr", "-i", str(root / "etc")], check=True)


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_a_read_only_file_system(root, mounts, check):
    mounts("--bind", root / "etc", root / "etc")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(root / "etc")], check=True)
    refused(root, "mounted read-only", check)


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_a_table_that_is_mounted_read_only(root, mounts, check):
    (root / "elsewhere").write_bytes(OLD["hosts.allow"])
    os.chmod(str(root / "elsewhere"), 0o600)
    mounts("--bind", root / "elsewhere", root / "etc" / "hosts.allow")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(root / "etc" / "hosts.allow")], check=True)
    refused(root, "cannot write /etc/hosts.allow below .*mounted read-only", check)


def test_a_disk_at_every_degree_of_fullness(root, mounts):
    """tmpfs gives out pages of 4,096 bytes: each turn has room for one file more."""
    refusals = free = 0
    mounts("-t", "tmpfs", "-o", "size=256k,mode=755", "none", root / "etc")
    while True:
        put(root)
        with open(str(root / "etc" / "filler"), "wb") as stream:
            try:
                while True:
                    os.write(stream.fileno(), b"x" * 4096)
            except OSError:
                os.ftruncate(stream.fileno(), os.fstat(stream.fileno()).st_size - 4096 * free)
            os.unlink(stream.name)  # its room stays taken while it is open
            try:
                run(root)
            except HostError as error:
                assert "make room" in str(error)
                assert tables(root) == OLD, free
                refusals, free = refusals + 1, free + 1
                continue
        break
    assert refusals > 3  # two new files and their copies: each is a page


@pytest.mark.parametrize("check", [False, True], ids=["run", "check mode"])
def test_a_null_device_in_a_tables_place(root, check):
    deny = root / "etc" / "hosts.deny"
    deny.unlink()
    os.mknod(str(deny), 0o20666, os.makedev(1, 3))
    with pytest.raises((HostError, TaskError), match="/etc/hosts.deny is a device"):
        run(root, check)
    assert (root / "etc" / "hosts.allow").read_bytes() == OLD["hosts.allow"]
    result, _warnings = run(root, check, deny=None)  # the other table alone can be changed
    assert result["changed"]
    assert deny.is_char_device()


def test_a_table_mounted_by_itself(root, mounts):
    (root / "elsewhere").write_bytes(OLD["hosts.allow"])
    mounts("--bind", root / "elsewhere", root / "etc" / "hosts.allow")
    result, warnings = run(root)
    assert result["changed"] and "overwritten in place" in warnings[0]
    assert (root / "elsewhere").read_bytes() == b"sshd: 10.\nin.ftpd: 10.\n"
    assert sorted(os.listdir(str(root / "etc"))) == sorted(
        list(OLD) + [os.path.basename(name) for name in result["backup_files"]]
    )
