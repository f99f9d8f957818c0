# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd started as the daemon of a service, and what a web server's script started in one."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import service_programs
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import CommandResult
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process

APACHE = "/usr/sbin/apache2"
SNMPD = "/usr/sbin/snmpd"


@pytest.fixture(name="place")
def fixture_place(tmp_path, monkeypatch):
    monkeypatch.setattr(
        service_programs, "find_program", lambda name: None
    )  # this machine's systemd knows nothing of them
    service_programs._start_of.cache_clear()
    service_programs._program_of.cache_clear()
    service_programs.members_of.cache_clear()

    def put(pid, uid, program, start, group="/system.slice/apache2.service", loginuid="4294967295"):
        folder = tmp_path / "proc" / str(pid)
        folder.mkdir(parents=True)
        (folder / "status").write_text("Name:\tx\nUid:\t%d\t%d\t%d\t%d\n" % ((uid,) * 4))
        (folder / "stat").write_text("%d (a) b) S %s %d 0\n" % (pid, "0 " * 18, start))
        (folder / "cgroup").write_text("0::%s\n" % group)
        (folder / "loginuid").write_text(loginuid)
        (folder / "exe").symlink_to(program)
        members = tmp_path / "groups" / group.lstrip("/")
        members.mkdir(parents=True, exist_ok=True)
        with open(str(members / "cgroup.procs"), "a") as stream:
            stream.write("%d\n" % pid)
        shown = program[: -len(" (deleted)")] if program.endswith(" (deleted)") else program
        return Process(pid, "x", shown, uid, uid, (), 0, True)

    return put


def own(process, tmp_path):
    return service_programs.is_the_services_own(process, str(tmp_path / "proc"), str(tmp_path / "groups"))


def test_a_program_that_a_script_started_in_a_service_is_not_the_service_s_own(place, tmp_path):
    """Numbers are given anew from 300 on when the last is used: the oldest process tells, not the lowest number."""
    master = place(700, 0, APACHE, 100)
    worker = place(701, 33, APACHE, 101)
    script = place(300, 33, SNMPD, 5000)
    assert [own(one, tmp_path) for one in (master, worker, script)] == [True, True, False]


def test_a_program_of_a_service_of_one_user_is_not_its_own_if_another_is_older(place, tmp_path):
    group = "/system.slice/gunicorn.service"
    assert own(place(7, 33, "/usr/bin/python3.13", 10, group), tmp_path)
    assert not own(place(8, 33, SNMPD, 11, group), tmp_path)
    assert own(place(9, 33, "/usr/bin/python3.13 (deleted)", 12, group), tmp_path)


@pytest.mark.parametrize(
    "uid, group, loginuid, told",
    [
        (0, "/", "1000", True),  # root's
        (105, "/", "4294967295", False),
        (105, "/user.slice/user-33.slice/user@33.service/app.slice/snmpd.service", "4294967295", False),
        (105, "/system.slice/snmpd.service", "1000", False),  # of a login
        (105, "/system.slice/docker-0a1b.scope", "4294967295", True),
        (105, "/system.slice/any-name.service", "4294967295", True),  # it is alone there
    ],
)
def test_who_started_a_daemon(place, tmp_path, uid, group, loginuid, told):
    assert own(place(7, uid, SNMPD, 100, group, loginuid), tmp_path) is told


@pytest.mark.parametrize(
    "group, told", [("snmpd.service", True), ("snmpd@inside.service", True), ("snmp.service", False)]
)
def test_a_unit_of_a_program_s_name_is_its_own_whatever_else_runs_in_it(place, tmp_path, group, told):
    """A mail server's, which starts programs for its users, and is older than none that outlived its restart."""
    place(6, 1000, "/usr/bin/vacation", 50, "/system.slice/" + group)
    assert own(place(7, 105, SNMPD, 100, "/system.slice/" + group), tmp_path) is told


def test_a_service_whose_members_are_not_to_be_seen_is_believed(place, tmp_path):
    process = place(7, 105, SNMPD, 100, "/system.slice/any.service")
    (tmp_path / "groups" / "system.slice" / "any.service" / "cgroup.procs").unlink()
    assert own(process, tmp_path)
    service_programs.members_of.cache_clear()
    service_programs._program_of.cache_clear()
    (tmp_path / "groups" / "system.slice" / "any.service" / "cgroup.procs").write_text("7\n999\n")
    (tmp_path / "proc" / "7" / "exe").unlink()
    (tmp_path / "proc" / "7" / "stat").unlink()
    assert own(process, tmp_path)


# `systemctl show` of systemd 257, in microseconds: the hundredth of a second 8999
SHOWN = "ActiveState=%s\nMainPID=%d\nInactiveExitTimestampMonotonic=89999999\n"


@pytest.fixture
def tells(monkeypatch):
    def tell(state, main):
        answer = CommandResult(0, (SHOWN % (state, main)).encode(), b"")
        monkeypatch.setattr(service_programs, "find_program", lambda name: "/bin/" + name)
        monkeypatch.setattr(service_programs, "run", lambda words: answer if words[-1] == "apache2.service" else None)

    return tell


def test_what_is_left_of_an_earlier_start_is_not_the_service_s_own(place, tmp_path, tells):
    """KillMode=process, of cron, ssh and all units that systemd makes of an init script: a worker's child was the oldest then."""
    tells("active", 0)
    script, worker = place(300, 150, SNMPD, 5000), place(301, 150, "/usr/bin/python3.13", 9000)
    earlier = place(302, 150, "/usr/bin/python3.13", 4000)
    assert [own(one, tmp_path) for one in (script, worker, earlier)] == [False, True, False]


@pytest.mark.parametrize("started", [8997, 9003])
def test_the_main_process_tells_although_systemd_notes_its_start_a_moment_later(place, tmp_path, tells, started):
    """Seen: the process 21 ms before the unit's own time. Then the oldest of the rest was taken for the service's program."""
    tells("active", 700)
    place(700, 0, "/usr/bin/python3.13", started)
    script, worker = place(701, 150, SNMPD, started + 5), place(702, 150, "/usr/bin/python3.13", started + 1)
    assert [own(one, tmp_path) for one in (script, worker)] == [False, True]


def test_nothing_in_a_service_that_does_not_run_is_its_own(place, tmp_path, tells):
    tells("inactive", 0)
    assert not own(place(300, 150, SNMPD, 9500), tmp_path)


def test_a_systemd_that_tells_nothing_of_a_unit_leaves_the_oldest(place, tmp_path, monkeypatch):
    monkeypatch.setattr(service_programs, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(service_programs, "run", lambda words: CommandResult(1, b"", b"Failed to connect to bus"))
    script, worker = place(300, 150, "/usr/bin/python3.13", 5000), place(301, 150, SNMPD, 5001)
    assert [own(one, tmp_path) for one in (script, worker)] == [True, False]


@pytest.mark.parametrize("service, its", [
    ("/system.slice/squid.service", True),
    ("/system.slice/system-squid.slice/squid@inside.service", True),
    ("/system.slice/squid-proxy.service", False),
    ("0::/squid\n", False),
    ("", False),
])  # fmt: skip
def test_the_unit_of_a_program(service, its):
    assert service_programs.is_named_after(service, "/usr/sbin/squid") is its
