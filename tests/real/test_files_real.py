# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing files on real file systems: bind mounts, immutable files, full and read-only disks, ACLs, no root."""

import collections
import os
import struct
import subprocess

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.commit import (
    Move,
    NewFile,
    Options,
    commit,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.files import read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import restoring
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.restoring import Step
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.folders_on_way import may_reach

PATH = "/etc/hosts.allow"
NOBODY = 65534

Written = collections.namedtuple("Written", "backup_file in_place")


def write(root, path, data, expected=None, backup=False, keep=5, attributes=(None, None, None)):
    """Make one file hold `data` (None: it goes) as the modules do, by one commit."""
    state = expected or read(root, path)
    options = Options(os.urandom(16).hex(), None, backup, keep, ())
    done = commit(root, [NewFile(state, data, *attributes)], [Move(0, data)], [Move(0, state.data)], options)
    return Written(done.backups[0] if done.backups else None, bool(done.in_place))


@pytest.fixture
def tmp_path(open_folder):
    return open_folder


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts.allow").write_bytes(b"old\n")
    return tmp_path / "etc"


def names(folder):
    return sorted(os.listdir(str(folder)))


def test_bind_mounted_file(tmp_path, etc, mounts):
    (tmp_path / "elsewhere").write_bytes(b"old\n")
    mounts("--bind", tmp_path / "elsewhere", etc / "hosts.allow")
    result = write(Root(str(tmp_path)), PATH, b"a new and longer text\n", attributes=(None, None, 0o600), backup=True)
    assert result.in_place
    assert (tmp_path / "elsewhere").read_bytes() == b"a new and longer text\n"
    assert (etc / os.path.basename(result.backup_file)).read_bytes() == b"old\n"
    assert len(names(etc)) == 2


def test_bind_mounted_file_in_a_read_only_folder(tmp_path, etc, mounts):
    """The new text has no place to be completed in beside the file: it is refused, and nothing has changed."""
    (tmp_path / "elsewhere").write_bytes(b"old\n")
    mounts("--bind", etc, etc)
    mounts("--bind", tmp_path / "elsewhere", etc / "hosts.allow")
    subprocess.run(["mount", "-o", "remount,bind,ro", str(etc)], check=True)
    with pytest.raises(HostError, match="read-only"):
        write(Root(str(tmp_path)), PATH, b"new\n")
    assert (tmp_path / "elsewhere").read_bytes() == b"old\n" and names(etc) == ["hosts.allow"]


def test_immutable_file(tmp_path, etc):
    subprocess.run(["chattr", "+i", str(etc / "hosts.allow")], check=True)
    try:
        with pytest.raises(HostError, match="chattr"):
            write(Root(str(tmp_path)), PATH, b"new\n", backup=True)
    finally:
        subprocess.run(["chattr", "-i", str(etc / "hosts.allow")], check=True)
    assert (etc / "hosts.allow").read_bytes() == b"old\n" and names(etc) == ["hosts.allow"]


def test_full_disk(tmp_path, mounts):
    mounts("-t", "tmpfs", "-o", "size=64k", "none", tmp_path)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "hosts.allow").write_bytes(b"old\n")
    for backup in (False, True):
        with pytest.raises(HostError, match="make room"):
            write(Root(str(tmp_path)), PATH, b"x" * 100000, backup=backup)
        assert (tmp_path / "etc" / "hosts.allow").read_bytes() == b"old\n"
        assert names(tmp_path / "etc") == ["hosts.allow"]


def test_full_disk_in_place(tmp_path, etc, mounts):
    (tmp_path / "small").mkdir()
    mounts("-t", "tmpfs", "-o", "size=16k", "none", tmp_path / "small")
    (tmp_path / "small" / "elsewhere").write_bytes(b"old\n")
    mounts("--bind", tmp_path / "small" / "elsewhere", etc / "hosts.allow")
    with pytest.raises(HostError, match="make room"):
        write(Root(str(tmp_path)), PATH, b"x" * 50000)
    assert (tmp_path / "small" / "elsewhere").read_bytes() == b"old\n"
    assert names(etc) == ["hosts.allow"]


def test_read_only_file_system(tmp_path, etc, mounts):
    mounts("--bind", tmp_path, tmp_path)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(tmp_path)], check=True)
    with pytest.raises(HostError, match="read-only"):
        write(Root(str(tmp_path)), PATH, b"new\n")
    assert (etc / "hosts.allow").read_bytes() == b"old\n"


def test_the_hosts_own_null_device_reads_as_an_empty_table(tmp_path, etc):
    (etc / "hosts.deny").symlink_to("/dev/null")
    (tmp_path / "dev").mkdir()
    os.mknod(str(tmp_path / "dev" / "null"), 0o20666, os.makedev(1, 3))
    state = read(Root(str(tmp_path)), "/etc/hosts.deny")
    assert (state.kind, state.data, state.errno) == ("special", b"", 0)
    with pytest.raises(HostError, match="device"):
        write(Root(str(tmp_path)), "/etc/hosts.deny", b"x\n")


def test_a_new_file_has_no_acl_of_its_folder(tmp_path, etc):
    """`setfacl -d -m u:_rpc:- /etc`: the tables of mode 0644 that a run wrote had user:_rpc:---, and rpcbind refused everybody."""
    # user:: rwx, user:nobody: ---, group:: r-x, mask rwx, other r-x
    entries = ((1, 7, 0xFFFFFFFF), (2, 0, NOBODY), (4, 5, 0xFFFFFFFF), (16, 7, 0xFFFFFFFF), (32, 5, 0xFFFFFFFF))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(str(etc), "system.posix_acl_default", acl)
    root = Root(str(tmp_path))
    for path in (PATH, "/etc/hosts.deny"):  # the first is there, the second is not
        for _time in range(2):
            write(root, path, b"new\n", attributes=(None, None, 0o644))
            target = str(tmp_path) + path
            assert "system.posix_acl_access" not in os.listxattr(target)
            assert os.stat(target).st_mode & 0o7777 == 0o644
            assert as_nobody(lambda target=target: os.access(target, os.R_OK))
    step = Step(str(etc), "hosts.allow", b"old\n", (0, 0, 0o644), {}, "", False)
    folder = os.open(str(etc), os.O_RDONLY)
    try:
        made = restoring._make_anew(folder, step)
    finally:
        os.close(folder)
    assert "system.posix_acl_access" not in os.listxattr(str(etc / made))
    assert os.stat(str(etc / made)).st_mode & 0o7777 == 0o644


def close(folder):
    folder.chmod(0o750)


def close_by_acl(folder):
    entries = ((1, 7, 0xFFFFFFFF), (2, 0, NOBODY), (4, 5, 0xFFFFFFFF), (16, 7, 0xFFFFFFFF), (32, 5, 0xFFFFFFFF))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    os.setxattr(str(folder), "system.posix_acl_access", acl)


def link_into_a_closed_one(folder):
    (folder / "h").mkdir(0o700)
    (folder / "hosts.allow").rename(folder / "h/hosts.allow")
    (folder / "hosts.allow").symlink_to(str(folder / "h/hosts.allow"))


@pytest.mark.parametrize("change, reached", [
    (lambda folder: None, True),
    (close, False),
    (close_by_acl, False),
    (link_into_a_closed_one, False),
])  # fmt: skip
def test_who_gets_to_a_table(etc, change, reached):
    (etc / "hosts.allow").chmod(0o644)
    change(etc)
    assert as_nobody(lambda: os.access(str(etc / "hosts.allow"), os.R_OK)) is reached
    assert may_reach(Root("/"), str(etc / "hosts.allow"), NOBODY, NOBODY, ()) is reached


def test_acl_and_attributes_survive_the_rename(tmp_path, etc):
    target = str(etc / "hosts.allow")
    # version 2; user:: rw-, user:nobody: r--, group:: ---, mask r--, other ---  (the kernel's own format)
    acl = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, perm, who)
        for tag, perm, who in (
            (1, 6, 0xFFFFFFFF),
            (2, 4, NOBODY),
            (4, 0, 0xFFFFFFFF),
            (16, 4, 0xFFFFFFFF),
            (32, 0, 0xFFFFFFFF),
        )
    )
    os.setxattr(target, "system.posix_acl_access", acl)
    os.setxattr(target, "trusted.note", b"kept")
    write(Root(str(tmp_path)), PATH, b"new\n")
    assert os.getxattr(target, "system.posix_acl_access") == acl
    assert os.getxattr(target, "trusted.note") == b"kept"
    assert as_nobody(lambda: (etc / "hosts.allow").read_bytes() == b"new\n")
    write(Root(str(tmp_path)), PATH, b"newer\n", attributes=(None, None, 0o600))
    assert not as_nobody(lambda: os.access(target, os.R_OK))


def test_owner_is_kept_or_set(tmp_path, etc):
    os.chown(str(etc / "hosts.allow"), NOBODY, NOBODY)
    os.chmod(str(etc / "hosts.allow"), 0o640)
    write(Root(str(tmp_path)), PATH, b"1\n")
    info = os.stat(str(etc / "hosts.allow"))
    assert (info.st_uid, info.st_gid, info.st_mode & 0o7777) == (NOBODY, NOBODY, 0o640)
    result = write(Root(str(tmp_path)), PATH, b"2\n", attributes=(0, 0, 0o600), backup=True)
    for name in ("hosts.allow", os.path.basename(result.backup_file)):
        info = os.stat(str(etc / name))
        assert (info.st_uid, info.st_gid, info.st_mode & 0o7777) == (0, 0, 0o600)


def test_without_root_nothing_is_left(tmp_path, etc):
    def attempt():
        try:
            write(Root(str(tmp_path)), PATH, b"new\n", attributes=(0, 0, 0o600), backup=True)
        except HostError as exc:
            return "become" in str(exc)
        return False

    assert as_nobody(attempt)  # the folder is root's
    os.chmod(str(etc), 0o777)
    os.chmod(str(etc / "hosts.allow"), 0o644)
    assert as_nobody(attempt)  # the folder is open, but nobody may give a file to root
    assert (etc / "hosts.allow").read_bytes() == b"old\n" and names(etc) == ["hosts.allow"]


def test_an_unreadable_file_is_said_to_be(tmp_path, etc):
    os.chmod(str(etc / "hosts.allow"), 0o600)
    assert as_nobody(
        lambda: read(Root(str(tmp_path)), PATH).kind == "unreadable" and read(Root(str(tmp_path)), PATH).errno == 13
    )


def as_nobody(check):
    """True where `check` returns something true in a process that has given root up."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os._exit(0 if check() else 1)
        except BaseException:
            os._exit(2)
    return os.waitpid(pid, 0)[1] == 0
