# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes that are no readers of the tables: a person's own, and those that have asked already."""

import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import people
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.asked import Asked
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.people import (
    is_of_the_system,
    is_person,
    is_persons_process,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process

# port 22 listens (inode 10), a connection to it is accepted (11), and a connection goes out to port 22 of somebody else (12)
TCP = """  sl  local_address rem_address   st
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1
   1: 010200C0:0016 070200C0:C366 01 00000000:00000000 00:00000000 00000000     0        0 11 1
   2: 010200C0:C367 090200C0:0016 01 00000000:00000000 00:00000000 00000000     0        0 12 1
   3: 0100007F:177A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 13 1
"""
# anybody's socket may have a name that holds a line break and looks like a line, or like none
UNIX = """Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01    20 /tmp/a
0000000000000000: 00000002 00000000 00010000 0001 01    11 /tmp/b
1 2 3 zz 5 6 7 8
"""


def process(pid=7, command="nrpe", executable="/usr/sbin/nrpe", uid=112):
    return Process(pid, command, executable, uid, uid, (), 0, True)


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    (tmp_path / "net" / "unix").write_text(UNIX)
    return tmp_path


def holds(proc, *inodes):
    folder = proc / "7" / "fd"
    folder.mkdir(parents=True)
    (folder / "0").symlink_to("/dev/null")
    for number, inode in enumerate(inodes, 3):
        (folder / str(number)).symlink_to("socket:[%d]" % inode)
    return str(proc)


@pytest.mark.parametrize(
    "inodes, asked",
    [
        ([10], False),  # a daemon that listens
        ([10, 11], False),  # and serves somebody meanwhile
        ([11], True),  # the child of an accepted connection
        ([12], False),  # a client of somebody else's server
        ([20], False),  # a helper that is asked through a socket of the host's own
        ([], False),
    ],
)
def test_sockets_tell_who_has_asked(proc, inodes, asked):
    assert Asked(holds(proc, *inodes)).has_asked(process()) is asked


@pytest.mark.parametrize(
    "command, program",
    [("sshd", "/usr/sbin/sshd"), ("sshd-session", "/usr/lib/openssh/sshd-session"), ("sshd-session", None)],
)
def test_an_ssh_session_has_asked_even_with_forwarded_ports(proc, command, program):
    session = process(command=command, executable=program, uid=1000)
    assert Asked(str(proc)).has_asked(session) is True  # its sockets may not be seen
    assert Asked(holds(proc, 11, 13)).has_asked(session) is True


def test_an_ssh_server_that_only_listens_has_not(proc):
    assert Asked(holds(proc, 10)).has_asked(process(command="sshd", executable="/usr/sbin/sshd")) is False


def test_ordinary_users_by_login_defs(tmp_path):
    defs = tmp_path / "login.defs"
    defs.write_text("# UID_MIN 5\nUID_MIN\t\t\t  500\nUID_MAX 60000\n")
    people = (500, 60000, 60001, 60513, 61183, 70000, 99999, 100000, 165536, 1900000001)
    assert all(is_person(number, str(defs)) for number in people)
    # root, daemons, systemd's dynamic users, nobody
    assert not any(is_person(number, str(defs)) for number in (0, 499, 61184, 65519, 65534))
    assert [is_person(number, "/none") for number in (999, 1000)] == [False, True]


@pytest.mark.parametrize(
    "uid, loginuid, cgroup, executable, persons",
    [
        (1000, "1000", "0::/system.slice/cron.service", "/usr/bin/x", True),  # a job of the user's
        (1000, "4294967295", "0::/user.slice/user-1000.slice/session-2.scope", "/usr/bin/x", True),
        (
            1000,
            "4294967295",
            "0::/system.slice/app.service",
            "/usr/bin/x",
            False,
        ),  # a service that runs as an ordinary user
        (
            1000,
            "4294967295",
            "0::/",
            "/usr/sbin/sshd",
            True,
        ),  # no service of the system's: a container without its users' slices
        (
            1000,
            "4294967295",
            "0::/machine.slice/c/system.slice/app.service/sub",
            "/usr/bin/x",
            False,
        ),  # the same in a container
        (
            1000,
            "4294967295",
            "0::/user.slice/user-1000.slice/user@1000.service/system.slice/app.service",
            "/usr/bin/x",
            True,
        ),  # a control group of the user's own, called so
        (1000, "4294967295", "0::/system.slice/app.service", None, True),  # nothing speaks for it
        (
            1000,
            "4294967295",
            "0::/system.slice/docker-0a1b.scope",
            "/opt/jenkins",
            False,
        ),  # a container of the system's
        (1000, "4294967295", "0::/user.slice/user-1000.slice/libpod-0a1b.scope", "/opt/jenkins", True),
        (
            112,
            "0",
            "0::/user.slice/user-0.slice/session-1.scope",
            "/usr/sbin/nrpe",
            False,
        ),  # a daemon that the administrator started by hand
    ],
)
def test_whose_process_it_is(tmp_path, uid, loginuid, cgroup, executable, persons):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "loginuid").write_text(loginuid)
    (tmp_path / "7" / "cgroup").write_text(cgroup + "\n")
    assert is_persons_process(process(uid=uid, executable=executable), str(tmp_path), "/none") is persons


@pytest.mark.parametrize("hierarchy", ["", "systemd"])
@pytest.mark.parametrize(
    "others, persons",
    [
        ([], False),
        ([1000], False),
        ([0], True),  # a mail server, which runs what a .forward says
        ([1000, 106], True),
        ([1000] * 1003 + [0], True),  # what logins left running stands before the server that was started again
    ],
)
def test_a_service_that_others_run_in_starts_programs_for_its_users(tmp_path, hierarchy, others, persons):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "loginuid").write_text("4294967295")
    (tmp_path / "7" / "cgroup").write_text("1:name=systemd:/system.slice/exim4.service\n")
    group = tmp_path / "groups" / hierarchy / "system.slice" / "exim4.service"
    group.mkdir(parents=True)
    for number, uid in enumerate([1000] + others, 7):
        (tmp_path / str(number)).mkdir(exist_ok=True)
        (tmp_path / str(number) / "status").write_text("Name:\tx\nUid:\t%d\t%d\t%d\t%d\n" % ((uid,) * 4))
    (group / "cgroup.procs").write_text("".join("%d\n" % (number + 7) for number in range(len(others) + 1)))
    found = is_persons_process(process(uid=1000), str(tmp_path), "/none", str(tmp_path / "groups"))
    assert found is persons


@pytest.mark.parametrize(
    "others, persons",
    [
        ({"daemons": 0}, True),  # HTCondor's own, and slurmd's, whose service has its processes in groups below it
        ({"job2": 1000}, False),
        ({"job2/step": 1001}, True),
        ({}, False),
        ({"g%d" % number: 1000 for number in range(6)}, True),  # of more groups than any service has it is not known
    ],
)
def test_a_job_in_a_group_below_a_service_s_is_a_persons(tmp_path, monkeypatch, others, persons):
    monkeypatch.setattr(people, "MAX_GROUPS", 5)
    service = tmp_path / "groups" / "system.slice" / "condor.service"
    for pid, (name, uid) in enumerate([("job1", 1000)] + sorted(others.items()), 7):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "status").write_text("Name:\tx\nUid:\t%d\t%d\t%d\t%d\n" % ((uid,) * 4))
        (service / name).mkdir(parents=True)
        (service / name / "cgroup.procs").write_text("%d\n" % pid)
    (service / "cgroup.procs").write_text("")
    (tmp_path / "7" / "loginuid").write_text("4294967295")
    (tmp_path / "7" / "cgroup").write_text("0::/system.slice/condor.service/job1\n")
    one = process(uid=1000)
    assert is_persons_process(one, str(tmp_path), "/none", str(tmp_path / "groups")) is persons


@pytest.mark.parametrize("name, persons", [("cron-alice-alice-0.service", True), ("crond-like.service", False)])
def test_a_line_of_a_persons_crontab_is_no_service_of_the_system_s(tmp_path, name, persons):
    """systemd-cron makes a unit of each."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "loginuid").write_text("4294967295")
    (tmp_path / "7" / "cgroup").write_text("0::/system.slice/%s\n" % name)
    assert is_persons_process(process(uid=1000), str(tmp_path), "/none", str(tmp_path / "none")) is persons


@pytest.mark.parametrize(
    "uids, service, persons",
    [
        ("1500 0 0 0", False, True),
        ("0 0 1500 0", False, True),
        ("0 0 0 0", False, False),
        ("9 0 0 0", False, False),
        ("1500 0 0 0", True, False),
    ],
)
def test_a_set_uid_program_is_whose_who_started_it(tmp_path, uids, service, persons):
    """su that waits for a password keeps the socket that it was given, and its effective user is root."""
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "status").write_text("Name:\tsu\nUid:\t%s\n" % uids.replace(" ", "\t"))
    (folder / "loginuid").write_text("4294967295")
    slice_ = "/system.slice/x.service" if service else "/user.slice/user-1500.slice/session-1.scope"
    (folder / "cgroup").write_text("0::%s\n" % slice_)
    definitions = tmp_path / "login.defs"
    definitions.write_text("UID_MIN 1000\n")
    one = process(command="su", executable="/usr/bin/su", uid=0)
    assert is_persons_process(one, str(tmp_path), str(definitions), str(tmp_path / "none")) is persons


@pytest.mark.parametrize(
    "uid, uids, loginuid, cgroup, system",
    [
        (0, "0 0 0 0", "4294967295", "0::/", True),  # what is root's altogether nobody else started
        (0, "1000 0 0 0", "4294967295", "0::/system.slice/app.service", True),
        (0, "1000 0 0 0", "1000", "0::/user.slice/user-1000.slice/session-2.scope", False),  # a set-uid program
        (54321, "54321 54321 54321 54321", "4294967295", "0::/system.slice/oracle.service", True),
        (54321, "54321 54321 54321 54321", "54321", "0::/system.slice/oracle.service", False),
        (999, "999 999 999 999", "4294967295", "0::/system.slice/docker-0a1b.scope", True),
        (999, "999 999 999 999", "4294967295", "0::/machine.slice/libpod-0a1b.scope/container", True),
        (999, "999 999 999 999", "4294967295", "12:pids:/docker/0a1b", True),
        (999, "999 999 999 999", "4294967295", "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-0a.scope", True),
        # a container of the user's own, and a control group that is only called so
        (1000, "1000 1000 1000 1000", "4294967295", "0::/user.slice/user-1000.slice/libpod-0a1b.scope", False),
        (33, "33 33 33 33", "4294967295", "0::/", False),
    ],
)
def test_what_the_system_started_is_its_service_whoever_its_program_belongs_to(
    tmp_path, uid, uids, loginuid, cgroup, system
):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "status").write_text("Name:\tx\nUid:\t%s\n" % uids.replace(" ", "\t"))
    (tmp_path / "7" / "loginuid").write_text(loginuid)
    (tmp_path / "7" / "cgroup").write_text(cgroup + "\n")
    assert is_of_the_system(process(uid=uid), str(tmp_path), str(tmp_path / "none")) is system


@pytest.mark.parametrize(
    "group, system",
    [
        ("/machine/libpod-1a", False),
        ("/machine/libpod-1a/user.slice/user-33.slice/session-1.scope", False),
        ("/machine/libpod-1a/system.slice/docker-2b.scope", True),
    ],
)
def test_where_the_host_is_a_container_its_own_group_says_nothing(tmp_path, group, system):
    for pid, path in (("7", group), ("1", "/machine/libpod-1a/init.scope")):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "status").write_text("Uid:\t33\t33\t33\t33\n")
        (tmp_path / pid / "cgroup").write_text("9:name=systemd:%s\n8:pids:/machine/libpod-1a\n" % path)
    assert is_of_the_system(process(uid=33), str(tmp_path), str(tmp_path / "none")) is system


@pytest.mark.parametrize("hierarchy, mounted", [("0:", ""), ("1:name=systemd", "systemd"), ("0:", "unified")])
@pytest.mark.parametrize("owner, system", [(0, True), (150, False), (None, False)])
def test_below_a_service_only_root_s_group_is_a_container(tmp_path, monkeypatch, hierarchy, mounted, owner, system):
    """A unit with User= and Delegate=: its user made the control group docker-x, and ran a program with its memory overwritten."""
    groups = tmp_path / "groups" / mounted / "system.slice" / "ci.service"
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text("%s:/system.slice/ci.service/docker-x/deeper\n" % hierarchy)
    owners = {} if owner is None else {str(groups / "docker-x"): types.SimpleNamespace(st_uid=owner)}

    def stat(path):
        if path not in owners:
            raise FileNotFoundError(path)
        return owners[path]

    monkeypatch.setattr(people.os, "stat", stat)
    assert people.is_in_a_container(7, str(tmp_path), str(tmp_path / "groups")) is system


@pytest.mark.parametrize(
    "path, service",
    [
        ("/system.slice/snmpd.service", "/system.slice/snmpd.service"),
        ("/system.slice/system-squid.slice/squid@a.service/deeper", "/system.slice/system-squid.slice/squid@a.service"),
        ("/web.slice/nginx.service", "/web.slice/nginx.service"),
        ("/machine/libpod-1a/system.slice/snmpd.service", "/machine/libpod-1a/system.slice/snmpd.service"),
        ("/web.slice/ci.service/system.slice/slapd.service", "/web.slice/ci.service"),
        ("/user.slice/user-33.slice/user@33.service/app.slice/x.service", ""),
        ("/user.slice/user-33.slice/session-1.scope/system.slice/slapd.service", ""),
        ("/user/alice/0/system.slice/slapd.service", ""),  # pam_cgfs(8): the folder is hers
        ("/system.slice/docker-1a.scope", ""),
    ],
)
def test_which_service_a_control_group_is_of(monkeypatch, path, service):
    def stat(asked):
        if "/user/alice/0" in asked:
            return types.SimpleNamespace(st_uid=2001)
        raise FileNotFoundError(asked)

    monkeypatch.setattr(people.os, "stat", stat)
    assert people._service_in("3:cpu:/\n1:name=systemd:%s\n" % path) == service


def test_a_control_group_of_a_person_s_is_no_container(tmp_path, monkeypatch):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text("1:name=systemd:/user/alice/0/docker-x\n")
    monkeypatch.setattr(people.os, "stat", lambda path: types.SimpleNamespace(st_uid=2001))
    assert not people.is_in_a_container(7, str(tmp_path), "/groups")
    monkeypatch.setattr(people.os, "stat", lambda path: types.SimpleNamespace(st_uid=0))
    assert people.is_in_a_container(7, str(tmp_path), "/groups")


def test_a_program_that_a_service_of_others_started_is_not_the_system_s(tmp_path):
    """A CGI program, or what a .forward runs."""
    for pid, uid in (("7", 33), ("8", 0)):
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "status").write_text("Uid:\t%d\t%d\t%d\t%d\n" % (uid, uid, uid, uid))
    (tmp_path / "7" / "cgroup").write_text("0::/system.slice/apache2.service\n")
    group = tmp_path / "groups" / "system.slice" / "apache2.service"
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text("7\n8\n")
    assert not is_of_the_system(process(uid=33), str(tmp_path), str(tmp_path / "groups"))


@pytest.mark.parametrize(
    "above, uids, cgroup, below",
    [
        (8, "0 0 0 0", "0::/system.slice/squid.service", True),  # its master
        (8, "33 33 33 33", "0::/system.slice/squid.service", False),
        (8, "33 0 0 0", "0::/system.slice/squid.service", False),  # a set-uid program
        (8, "0 0 0 0", "0::/system.slice/cron.service", False),
        (
            1,
            "0 0 0 0",
            "0::/system.slice/squid.service",
            False,
        ),  # every process that nobody waits for is below the first
        (9, "0 0 0 0", "0::/system.slice/squid.service", False),  # gone
    ],
)
def test_a_worker_of_a_master_of_root_s(tmp_path, above, uids, cgroup, below):
    for pid, users, group in (
        ("7", "13 13 13 13", "0::/system.slice/squid.service"),
        ("8", uids, cgroup),
        ("1", uids, cgroup),
    ):
        (tmp_path / pid).mkdir()
        status = "Name:\tsquid\nPPid:\t%d\nUid:\t%s\n" % (above, users.replace(" ", "\t"))
        (tmp_path / pid / "status").write_text(status)
        (tmp_path / pid / "cgroup").write_text(group + "\n")
    assert people.is_below_roots(process(uid=13), str(tmp_path)) is below
    assert people.service_of(7, str(tmp_path)) == "/system.slice/squid.service"
    assert people.is_roots(process(pid=8, uid=0), str(tmp_path)) is (uids == "0 0 0 0")


@pytest.mark.parametrize(
    "uid, namespace, persons",
    [
        (65000, "user:[2]", True),  # of a range of subuid(5), in a namespace that a person made
        (65000, "user:[1]", False),  # a dynamic user of systemd's
        (65534, "user:[2]", True),
        (112, "user:[2]", False),  # a container's daemon: no number of a person's
        (65000, None, False),  # it may not be seen
    ],
)
def test_a_number_of_the_system_in_another_namespace_may_be_a_persons(tmp_path, uid, namespace, persons):
    for name, target in (("self", "user:[1]"), ("7", namespace)):
        (tmp_path / name / "ns").mkdir(parents=True)
        if target is not None:
            (tmp_path / name / "ns" / "user").symlink_to(target)
    (tmp_path / "7" / "loginuid").write_text("4294967295")
    (tmp_path / "7" / "cgroup").write_text("0::/user.slice/user-2001.slice/session-1.scope\n")
    assert is_persons_process(process(uid=uid), str(tmp_path), "/none") is persons


@pytest.mark.parametrize(
    "subordinates, uid, cgroup, persons",
    [
        ("alice:10000:65536\n", 65000, "0::/", True),  # a set-uid file of hers takes the number out of her namespace
        ("# none\nalice : 10000:65536\n2001:100000:65536\n", 65000, "0::/", True),
        ("alice:100000:65536\n", 65000, "0::/", False),
        (
            "alice:10000:65536\n",
            65000,
            "0::/system.slice/x.service",
            False,
        ),  # a user that systemd has made for a service
        ("alice:10000:65536\n", 110, "0::/", False),
        ("alice:x:y\n:1:2\nbob:61184\n", 65000, "0::/", False),
    ],
)
def test_a_number_of_the_system_that_people_have_too(tmp_path, monkeypatch, subordinates, uid, cgroup, persons):
    (tmp_path / "subuid").write_text(subordinates)
    monkeypatch.setattr(people, "_SUBORDINATES", str(tmp_path / "subuid"))
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cgroup").write_text(cgroup + "\n")
    assert is_persons_process(process(uid=uid), str(tmp_path), "/none") is persons


@pytest.mark.parametrize(
    "uid, shell, persons",
    [(61500, "/bin/bash", True), (61500, "/usr/sbin/nologin", False), (65534, "/bin/sh", False), (61501, None, False)],
)
def test_a_user_of_a_directory_with_a_number_of_the_system(tmp_path, monkeypatch, uid, shell, persons):
    def entry(_number):
        if shell is None:
            raise KeyError(uid)
        return types.SimpleNamespace(pw_shell=shell)

    monkeypatch.setattr(people, "_SUBORDINATES", "/none")
    monkeypatch.setattr(people.pwd, "getpwuid", entry)
    people._logs_in.cache_clear()
    (tmp_path / "7").mkdir()
    assert is_persons_process(process(uid=uid), str(tmp_path), "/none") is persons
    people._logs_in.cache_clear()
