# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tables a process sees, and whether process 1 sees what we see: links and mounts of a made /proc, with lines of a real mountinfo."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import tables_seen, time_of_users
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.devices import device_unasked
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.namespaces import (
    init_has_this_network,
    init_sees,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.shown import Foreign

PROCESS = Process(7, "in.hello", "/usr/sbin/in.hello", 0, 0, (), 0, True)
#: Of Debian 12, kernel 6.1: our own namespace, and one in which a tmpfs was mounted at /etc (`mount -t tmpfs`), the table hosts.deny by itself
#: (`mount --bind`), and another file in the place of hosts.allow.
OURS = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n22 27 0:21 / /proc rw,relatime - proc proc rw\n"
THEIRS = (
    "1841 1840 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n"
    "2312 1841 0:317 / /etc rw,relatime - tmpfs tmpfs rw\n"
    "2313 2312 254:0 /etc/hosts.deny /etc/hosts.deny rw,relatime - ext4 /dev/vda rw,discard\n"
    "2314 2312 254:0 /tmp/other-deny /etc/hosts.allow rw,relatime - ext4 /dev/vda rw,discard\n"
)


#: As of a root on btrfs, which mounts a folder of its file system.
OURS_BELOW = "27 1 0:26 /@ / rw,relatime - btrfs /dev/vda2 rw,subvolid=256,subvol=/@\n"
THEIRS_BELOW = THEIRS.replace("254:0 /etc", "0:26 /@/etc")


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A /proc with process 1, 7 and ourselves, all with the same root."""
    monkeypatch.setattr(time_of_users, "_users", {})
    monkeypatch.setattr(time_of_users, "_spent", {})
    for name in ("1", "7", "self"):
        (tmp_path / "proc" / name / "ns").mkdir(parents=True)
        (tmp_path / "proc" / name / "root").symlink_to("/")
        (tmp_path / "proc" / name / "ns" / "net").symlink_to("net:[4026531840]")
        (tmp_path / "proc" / name / "ns" / "mnt").symlink_to("mnt:[4026531841]")
        (tmp_path / "proc" / name / "status").write_text("Name:\tx\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n")
    return tmp_path / "proc"


@pytest.fixture
def tables(tmp_path):
    """The two tables, and another root that has them as well."""
    for folder in ("etc", "chroot%s/etc" % tmp_path):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    inner = tmp_path / ("chroot%s" % tmp_path) / "etc"
    inner.mkdir(parents=True, exist_ok=True)
    found = [str(tmp_path / "etc" / name) for name in ("hosts.allow", "hosts.deny")]
    for path in found:
        for place in (path, "%s/chroot%s" % (tmp_path, path)):
            with open(place, "w"):
                pass
    return found


def see(proc, tables):
    return tables_seen.other_table(PROCESS, tables, str(proc))


def move(proc, root):
    (proc / "7" / "root").unlink()
    (proc / "7" / "root").symlink_to(str(root))


def test_a_process_like_ours_sees_our_tables(proc, tables):
    assert see(proc, tables) is None
    assert tables_seen.place_of(PROCESS, str(proc)) == "/ mnt:[4026531841]"
    (proc / "7" / "root").unlink()
    assert tables_seen.place_of(PROCESS, str(proc)) == " mnt:[4026531841]"


def test_a_chroot_has_tables_of_its_own_or_none(proc, tables, tmp_path):
    move(proc, tmp_path / "chroot")
    assert see(proc, tables) == tables[0]
    os.unlink("%s/chroot%s" % (tmp_path, tables[1]))
    assert see(proc, tables[1:]) == tables[1]
    os.unlink(tables[1])  # on neither side: only the folder is left, which is another one
    assert see(proc, tables[1:]) == tables[1]
    move(proc, "/")
    assert see(proc, tables[1:]) is None


def test_a_table_that_is_a_link_to_itself_is_one_for_both(proc, tables, tmp_path):
    """Debian 12 and 13: libwrap cannot open it, and refuses everybody. It is no other table."""
    os.unlink(tables[1])
    os.symlink("hosts.deny", tables[1])
    assert see(proc, tables) is None
    move(proc, tmp_path / "chroot")
    assert see(proc, tables) == tables[0]  # the other one tells


def test_what_may_not_be_looked_at_is_not_told(proc, tables, monkeypatch):
    def forbidden(folder, path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables_seen, "stat_below", forbidden)
    monkeypatch.setattr(tables_seen, "sees_file", lambda process, path, proc: None)
    assert see(proc, tables) is None


@pytest.mark.parametrize(
    "paths, ours, theirs, told",
    [
        (["/etc/hosts.deny"], OURS, THEIRS, None),
        (["/etc/hosts.deny"], OURS_BELOW, THEIRS_BELOW, None),
        (["/etc/hosts.deny"], OURS_BELOW, THEIRS, "/etc/hosts.deny"),
        (["/etc/hosts.allow"], OURS, THEIRS, "/etc/hosts.allow"),
        (["/etc/hosts.deny"], OURS, THEIRS[: THEIRS.index("2313")], "/etc/hosts.deny"),  # the tmpfs alone
        (["/etc/hosts.deny"], OURS, "", "/etc/hosts.deny"),
    ],
)
def test_a_table_that_is_mounted_by_itself_is_ours(proc, monkeypatch, paths, ours, theirs, told):
    def foreign(folder, path):
        raise Foreign()

    monkeypatch.setattr(tables_seen, "stat_below", foreign)
    monkeypatch.setattr(tables_seen.os, "stat", lambda path: os.lstat("/"))
    monkeypatch.setattr(tables_seen.os.path, "realpath", lambda path: path)
    (proc / "self" / "mountinfo").write_text(ours)
    (proc / "7" / "mountinfo").write_text(theirs)
    assert see(proc, paths) == told


def test_a_user_without_time_left_is_not_looked_into(proc, tables, monkeypatch):
    def foreign(folder, path):
        raise Foreign()

    monkeypatch.setattr(tables_seen, "stat_below", foreign)
    monkeypatch.setattr(tables_seen, "has_time", lambda folder: False)
    monkeypatch.setattr(tables_seen, "sees_file", lambda process, path, proc: None)
    assert see(proc, tables) is None
    os.unlink(tables[0])
    os.unlink(tables[1])
    assert see(proc, tables) is None


def test_whether_process_1_sees_what_we_see(proc, tables, tmp_path):
    assert init_sees(tables, str(proc)) is True
    (proc / "1" / "root").unlink()
    (proc / "1" / "root").symlink_to(str(tmp_path / "chroot"))
    assert init_sees(tables, str(proc)) is False
    (proc / "1" / "status").unlink()
    assert init_sees(tables, str(proc)) is True


def test_whether_process_1_has_our_network(proc):
    assert init_has_this_network(str(proc)) is True
    (proc / "self" / "ns" / "net").unlink()
    assert init_has_this_network(str(proc)) is True  # it may not be looked at
    (proc / "self" / "ns" / "net").symlink_to("net:[4026532495]")
    assert init_has_this_network(str(proc)) is False


def test_the_device_of_an_open_file_is_the_one_that_stat_tells(tmp_path, monkeypatch):
    descriptor = os.open(str(tmp_path), os.O_RDONLY)
    try:
        device = os.fstat(descriptor).st_dev
        told = device_unasked(descriptor)
        assert told in (None, b"%d:%d" % (os.major(device), os.minor(device)))  # None before Linux 5.0
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "h", "4.18.0-553.el8", "#1", "x86_64")))
        assert device_unasked(descriptor) is None
    finally:
        os.close(descriptor)
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "h", "6.1.0-40-amd64", "#1", "x86_64")))
    assert device_unasked(descriptor) is None  # it is closed
