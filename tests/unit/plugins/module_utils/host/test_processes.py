# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc read into processes, from a made-up /proc and from the running one."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.host.processes import (
    list_processes,
    maps_library,
    printable,
    read_process,
    reads_anything,
    sees_file,
)

STATUS = """Name:\t%(name)s
State:\tS (sleeping)
Uid:\t0\t0\t0\t%(uid)d
Gid:\t0\t0\t0\t%(gid)d
Groups:\t%(groups)s
CapEff:\t%(caps)s
"""


def fake(
    proc, pid, name="rpcbind", uid=32, gid=32, groups="32 50 ", caps="0000000000000000", maps=None, user="user:[1]"
):
    folder = proc / str(pid)
    (folder / "ns").mkdir(parents=True)
    (folder / "status").write_text(STATUS % {"name": name, "uid": uid, "gid": gid, "groups": groups, "caps": caps})
    (folder / "exe").symlink_to("/usr/sbin/" + name.split()[0] + " (deleted)")
    (folder / "ns" / "user").symlink_to(user)
    (folder / "root").symlink_to("/")
    if maps is not None:
        (folder / "maps").write_text(maps)


LIBWRAP = "7f00-7f01 r-xp 00000000 08:01 123    /usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6\n"
LIBC = "7f00-7f01 r-xp 00000000 08:01 123    /usr/lib/x86_64-linux-gnu/libc.so.6\n"


@pytest.fixture
def proc(tmp_path):
    fake(tmp_path, 9, maps=LIBC + LIBWRAP)
    fake(tmp_path, 10, name="other", maps=LIBC)
    fake(tmp_path, 100, name="hidden", caps="0000000000000004")
    fake(tmp_path, 11, name="boxed", caps="000001ffffffffff", user="user:[2]", maps=LIBWRAP)
    (tmp_path / "self" / "ns").mkdir(parents=True)
    (tmp_path / "self" / "ns" / "user").symlink_to("user:[1]")
    (tmp_path / "meminfo").write_text("")
    (tmp_path / "12").mkdir()  # a process that ended meanwhile
    return str(tmp_path)


def test_processes_come_by_number(proc):
    assert [process.pid for process in list_processes(proc)] == [9, 10, 11, 100]
    assert list_processes("/none") == []


def test_the_identity_that_files_are_checked_with(proc):
    process = read_process(9, proc)
    assert (process.uid, process.gid, process.groups) == (32, 32, (32, 50))
    assert (process.command, process.executable) == ("rpcbind", "/usr/sbin/rpcbind")


def test_libwrap_in_the_maps(proc):
    assert [process.maps_libwrap for process in list_processes(proc)] == [True, False, True, None]
    assert maps_library(9, b"libc.so", proc) is True


def test_capabilities_count_in_our_user_namespace_only(proc):
    assert [reads_anything(process) for process in list_processes(proc)] == [False, False, False, True]


def test_ourselves():
    process = read_process(os.getpid())
    assert process.uid == os.geteuid() and process.gid == os.getegid()
    assert set(process.groups) == set(os.getgroups())
    assert sees_file(process, "/etc/passwd") is True
    assert sees_file(process, "/etc/hosts.none") is True  # its folder is the same


def test_another_root_has_other_files(proc, tmp_path):
    process = read_process(9, proc)
    os.unlink(os.path.join(proc, "9", "root"))
    (tmp_path / "box" / "etc").mkdir(parents=True)
    os.symlink(str(tmp_path / "box"), os.path.join(proc, "9", "root"))
    assert sees_file(process, "/etc/passwd", proc) is False
    (tmp_path / "box" / "etc" / "passwd").write_text("")
    assert sees_file(process, "/etc/passwd", proc) is False


def test_names_are_made_printable():
    assert printable("a\x1b[2Jb\n\u202e") == "a\\x1b[2Jb\\n\\u202e"
