# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/proc read into processes, from a made-up /proc and from the running one."""

import os
import pathlib

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import (
    apart,
    mappings,
    tables_seen,
    time_of_users,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.mappings import (
    NO_TIME,
    TOO_MANY,
    Genuine,
    find_mapped_libwrap,
    genuine_libwraps,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import (
    Process,
    list_processes,
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
    (folder / "ns" / "mnt").symlink_to("mnt:[1]")
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
    (tmp_path / "self" / "ns" / "mnt").symlink_to("mnt:[1]")
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


GENUINE = Genuine(frozenset([(os.makedev(8, 1), 123)]), frozenset(["/usr/lib/none"]))


def test_libwrap_in_the_maps(proc):
    assert [process.maps_libwrap for process in list_processes(proc, GENUINE)] == [True, False, True, None]
    assert read_process(9, proc, GENUINE).maps_libwrap is True


@pytest.mark.parametrize(
    "line, believed",
    [
        ("08:01 123    /home/x/libwrap.so.0", True),  # the library itself under another name
        ("08:01 124    /usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6", False),
        ("08:02 123    /usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6", False),
        ("08:01 123    /usr/lib/x86_64-linux-gnu/libc.so.6", False),
        ("08:01 123    /usr/lib/libwrap.so.0/libc.so.6", False),
        ("08:01 9    /usr/lib/none/libwrap.so.0.7.6 (deleted)", True),  # replaced by a newer package since
        ("08:01 9    /tmp/libwrap.so.0.7.6 (deleted)", False),
        ("08:01 9    /tmp/libwrap.so.0 /usr/lib/none/libwrap.so.0", False),
        ("00:00 0", False),
        ("x:y 99999999999999999999999 /libwrap.so.0", False),
    ],
)
def test_the_file_counts_and_not_its_name(proc, line, believed):
    fake(pathlib.Path(proc), 20, maps=LIBC + "7f00-7f01 r-xp 00000000 %s\n" % line)
    assert find_mapped_libwrap(20, GENUINE, proc).mapped is believed


def test_a_path_says_nothing_where_the_process_has_mounts_of_its_own(proc):
    fake(pathlib.Path(proc), 20, maps="7f00-7f01 r-xp 00000000 08:01 9 /usr/lib/none/libwrap.so.0 (deleted)\n")
    (pathlib.Path(proc) / "20" / "ns" / "mnt").unlink()
    (pathlib.Path(proc) / "20" / "ns" / "mnt").symlink_to("mnt:[2]")
    assert find_mapped_libwrap(20, GENUINE, proc).mapped is False


def test_of_longer_maps_than_are_read_it_is_said(proc, monkeypatch):
    monkeypatch.setattr(apart, "MAX_MAPS", 1 << 20)
    fake(pathlib.Path(proc), 7, maps=LIBC * 1000 + LIBWRAP)
    fake(pathlib.Path(proc), 8, maps=LIBC * ((3 << 20) // len(LIBC)) + LIBWRAP)
    found = {process.pid: process for process in list_processes(proc, GENUINE)}
    assert [(found[pid].maps_libwrap, found[pid].unseen) for pid in (7, 8, 10, 100)] == [
        (True, ""),
        (None, TOO_MANY),
        (False, ""),
        (None, ""),  # it may not be read: nothing that is used up keeps anybody from it
    ]


def test_maps_of_several_megabytes_are_read(proc):
    fake(pathlib.Path(proc), 8, maps=LIBC * ((9 << 20) // len(LIBC)) + LIBWRAP)
    assert find_mapped_libwrap(8, GENUINE, proc) == (True, "")


def test_who_uses_up_what_people_or_a_service_may_takes_nothing_from_others(proc, tmp_path, monkeypatch):
    """A user's own processes are not known then, which is said; dynamic users of systemd's do not pay for people."""
    for pid, user in ((20, 33), (21, 110), (22, 2001), (23, 2002), (24, 61500), (25, 61501), (26, 62000), (27, 0)):
        fake(pathlib.Path(proc), pid, maps=LIBWRAP)
        status = pathlib.Path(proc) / str(pid) / "status"
        status.write_text(status.read_text().replace("Uid:\t0\t0", "Uid:\t%d\t%d" % (user, user)))
    monkeypatch.setattr(time_of_users, "subordinates", lambda: (range(61600, 65000),))
    spent = {(user, ""): 6.0 for user in (0, 33, 1000, 61500)}
    monkeypatch.setattr(time_of_users, "_spent", spent)
    found = {process.pid: (process.maps_libwrap, process.unseen) for process in list_processes(proc, GENUINE)}
    lost, seen = (None, NO_TIME), (True, "")
    assert [found[pid] for pid in range(20, 28)] == [lost, seen, lost, lost, lost, seen, lost, found[27]]


def test_genuine_is_what_only_root_can_replace(tmp_path):
    library = tmp_path / "libwrap.so.0"
    library.write_text("")
    assert genuine_libwraps([str(library), str(tmp_path / "none")]) == Genuine(frozenset(), frozenset())
    for path in genuine_libwraps().folders:
        assert path.startswith(("/usr/lib", "/lib"))


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
    assert printable("a\x1b[2Jb\n\u202e") == "a\\x1b[2Jb\\x0a\\xe2\\x80\\xae"


@pytest.mark.parametrize("same, asked, told", [(True, 1, False), (False, 8, None)])
def test_a_process_that_maps_thousands_of_files_of_that_name_costs_a_few_questions(
    tmp_path, monkeypatch, same, asked, told
):
    """In a namespace with thousands of mounts each question took 0.4 seconds, and there was one for each mapping."""
    line = "7f00-7f01 r-xp 00000000 08:02 %d    /tmp/libwrap.so.%d\n"
    fake(tmp_path, 20, maps="".join(line % (1 if same else number, 1 if same else number) for number in range(5000)))
    questions = []
    monkeypatch.setattr(mappings, "_identity", lambda folder, words: questions.append(words))
    assert find_mapped_libwrap(20, GENUINE, str(tmp_path)).mapped is told
    assert len(questions) == asked


def test_a_user_who_makes_proc_slow_loses_the_answers_and_nobody_else_does(tmp_path, monkeypatch):
    for pid, user in ((20, 0), (21, 33), (22, 1500), (23, 100000)):
        fake(tmp_path, pid, maps=LIBC + LIBWRAP)
        (tmp_path / str(pid) / "status").write_text("Uid:\t%d\t0\t0\t0\n" % user)
    told = [find_mapped_libwrap(pid, GENUINE, str(tmp_path)).mapped for pid in (20, 21, 22, 23)]
    monkeypatch.setattr(time_of_users, "_spent", {})
    clock = iter(range(0, 100, 3))
    monkeypatch.setattr(time_of_users.time, "process_time", lambda: next(clock))
    assert [find_mapped_libwrap(22, GENUINE, str(tmp_path)).mapped for _time in range(3)] == [told[2], told[2], None]
    assert [find_mapped_libwrap(pid, GENUINE, str(tmp_path)).mapped for pid in (20, 21, 22, 23)] == told[:2] + [
        None,
        None,
    ]


def test_the_mounts_of_a_person_who_has_no_time_left_are_not_read(tmp_path, monkeypatch):
    fake(tmp_path, 22, maps=LIBC)
    (tmp_path / "22" / "status").write_text("Uid:\t1500\t1500\t1500\t1500\n")
    read = []
    monkeypatch.setattr(tables_seen, "read_mounts", lambda path, most=0: read.append(path) or [])
    process = Process(22, "x", None, 1500, 1500, (), 0, False)
    for spent, told, count in ((0.0, False, 2), (6.0, None, 2)):
        monkeypatch.setattr(time_of_users, "_spent", {(time_of_users.FIRST_PERSON, ""): spent})
        assert tables_seen._is_bound(process, "/etc/hosts.allow", str(tmp_path)) is told and len(read) == count


def test_thousands_of_groups_of_a_persons_processes_take_no_memory(tmp_path):
    many = " ".join(str(number) for number in range(100000, 165536)) + " "
    for pid, user in ((20, 1500), (21, 1500), (22, 33)):
        fake(tmp_path, pid, groups=many, maps=LIBC)
        status = tmp_path / str(pid) / "status"
        status.write_text(status.read_text().replace("Uid:\t0\t0", "Uid:\t%d\t%d" % (user, user)))
    found = list_processes(str(tmp_path), GENUINE)
    assert found[0].groups is found[1].groups and 600 < len(found[0].groups) < 2000
    assert found[0].groups == tuple(range(100000, 100000 + len(found[0].groups)))
    assert len(found[2].groups) == 65536


def test_processes_in_namespaces_of_people_are_left_out_where_people_have_no_time_left(tmp_path, monkeypatch):
    fake(tmp_path, 20, maps=LIBC)
    fake(tmp_path, 21, maps=LIBC, user="user:[2]")
    (tmp_path / "self" / "ns").mkdir(parents=True)
    (tmp_path / "self" / "ns" / "user").symlink_to("user:[1]")
    monkeypatch.setattr(time_of_users, "_spent", {})
    assert [process.pid for process in list_processes(str(tmp_path), GENUINE)] == [20, 21]
    monkeypatch.setattr(time_of_users, "_spent", {(time_of_users.FIRST_PERSON, ""): 6.0})
    assert [process.pid for process in list_processes(str(tmp_path), GENUINE)] == [20]
    assert time_of_users.real_user(str(tmp_path / "20")) == 0
    assert time_of_users.real_user(str(tmp_path / "21")) == time_of_users.FIRST_PERSON


def test_the_time_that_the_status_of_a_person_takes_is_counted(tmp_path, monkeypatch):
    fake(tmp_path, 22, maps=LIBC)
    (tmp_path / "22" / "status").write_text("Uid:\t1500\t1500\t1500\t1500\nGid:\t1\t1\t1\t1\n")
    monkeypatch.setattr(time_of_users, "_spent", {})
    clock = iter(range(0, 100, 3))
    monkeypatch.setattr(time_of_users.time, "clock_gettime", lambda which: next(clock))
    assert time_of_users.real_user(str(tmp_path / "22")) == 1500
    assert time_of_users._spent == {(time_of_users.FIRST_PERSON, ""): 3}
