# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people's own processes count for among a host's services: so much of each as fits in every answer."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import brought, persons
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Listener

HOST = (
    "sshd",
    "process",
    "tcp",
    "sshd",
    (),
    "it does not ask",
    "root",
    (("tcp", "0.0.0.0", 22),),
    22,
    (1,),
    "/usr/sbin/sshd",
)


def listener(pid, personal=True, name="nc", ports=(8080,)):
    places = tuple(("tcp", "0.0.0.0", port) for port in ports)
    return Listener(*HOST, own_tables=(), restrictions=(), path=None, line=None, personal=personal)._replace(
        name=name, daemon=name, pids=(pid,), listens=places, port=ports[0], program="/home/x/" + name
    )


def test_few_are_told_as_they_are(bookworm):
    told = persons.bounded([listener(1, False, "sshd"), listener(160)], {1: 0, 160: 1000})
    assert [one.name for one in told] == ["sshd", "nc"] and told[1].program == "/home/x/nc"


def test_each_of_the_people_has_as_many_told_as_the_others(bookworm):
    """One has 300 services, another two: both of hers are among those that are told."""
    many = [listener(pid, ports=(pid,)) for pid in range(2000, 2300)]
    hers = [listener(pid, name="hers", ports=(pid,)) for pid in (9000, 9001)]
    users = dict([(pid, 1000) for pid in range(2000, 2300)] + [(9000, 1001), (9001, 1001)])
    told = persons.bounded(many + [listener(1, False, "sshd")] + hers, users)
    assert len(told) == 1 + persons.MAX_SERVICES and told[0].name == "sshd"
    assert [one.name for one in told].count("hers") == 2
    rest = told[-1]
    assert rest.name == "more services of users" and rest.personal
    assert rest.evidence.startswith("%d more services are users' own" % (302 - persons.MAX_SERVICES + 1))
    assert len(rest.listens) == persons.MAX_PLACES == len(rest.pids)
    assert rest.evidence.endswith(
        "it listens at %d more places" % (302 - persons.MAX_SERVICES + 1 - persons.MAX_PLACES)
    )


def test_names_without_end_are_cut(bookworm):
    (told,) = persons.bounded([listener(2000, name="x" * 5000)], {})
    assert told.name == told.daemon == "x" * persons.MAX_TEXT + "..."
    assert len(told.program) == persons.MAX_TEXT + 3


@pytest.mark.parametrize(
    "pids, uid, served",
    [
        ([160], 1000, 160),
        ([1, 160], 1000, 160),  # systemd keeps a copy
        ([1], 0, 1),
        ([160, 46], 0, 46),  # a person's process that was given the socket of sshd
        ([160], 0, 160),
        ([4242], 0, None),
        ([], 0, None),
    ],
)
def test_who_serves_a_socket(bookworm, pids, uid, served):
    """Process 46 of the recorded host is sshd, 160 nc of user 1000."""
    processes = {1: process(1, 0), 46: process(46, 0), 160: process(160, 1000)}
    entry = Socket("tcp", 4, "0.0.0.0", 22, "0.0.0.0", 0, True, uid, 7)
    found = persons.holder(processes, pids, entry)
    assert (found and found.pid) == served


def process(pid, uid):
    return Process(pid, "x", "/usr/bin/x", uid, uid, (), 0, False)


def test_a_set_uid_program_that_was_given_a_person_s_socket_is_the_person_s(bookworm):
    sockets = [Socket("tcp", 4, "0.0.0.0", 8080, "0.0.0.0", 0, True, uid, 7) for uid in (0, 1000)]
    assert persons.is_persons(process(46, 0), sockets[1:]) is True
    assert persons.is_persons(process(46, 0), sockets[:1]) is False
    assert persons.is_persons(process(160, 1000), sockets[:1]) is True


SSHD = listener(46, False, "sshd")


@pytest.mark.parametrize(
    "pids, told",
    [
        ((46, 72), [False, True]),  # a script's beside the host's own, whoever else runs in the service of either
        ((72, 46), [True, False]),
        ((72,), [False]),  # there is no other: it may be the host's
        ((72, 73), [False, False]),
        ((46, 47), [False, False]),
        ((0, 72), [False, True]),  # inetd's
    ],
)
def test_a_process_with_a_daemon_s_name_says_nothing_of_it_where_not_only_root_can_replace_it(monkeypatch, pids, told):
    """Any program called sshd that a web server's script starts kept a host from ever being hardened."""
    monkeypatch.setattr(brought, "trusted_program", lambda pid: pid < 72)
    services = [SSHD._replace(pids=(pid,)) if pid else SSHD._replace(pids=(), kind="inetd") for pid in pids]
    monkeypatch.setattr(brought, "command_name", lambda pid: "init")
    found = brought.as_their_own(services[:1], services[1:], {})
    both = brought.as_their_own([], services, {})
    assert [one.personal for one in both] == told and [one.personal for one in found] == told[1:]
    for one in both:
        assert one.personal is (one.name == "sshd (a user's own process)")
        assert not one.personal or (one.askers == () and "not only root can replace" in one.evidence)
    assert [bool(brought.brought_along(one)) for one in services] == [pid >= 72 for pid in pids]


UNITS = {
    46: "/system.slice/vsftpd.service",  # root's alone
    47: "/system.slice/vsftpd.service",
    60: "/system.slice/apache2.service",  # a script's, with the host's own program, below a worker of another user
    61: "/system.slice/ftp-inside.service",  # a worker of a second instance, below its master of root's
    62: "/system.slice/gunicorn.service",  # of a service with no other user
    63: "0::/\n",  # below no service
}


@pytest.fixture(name="daemons")
def fixture_daemons(monkeypatch):
    """Listening processes of the host's vsftpd by number; process 46 is root's."""
    monkeypatch.setattr(brought, "trusted_program", lambda pid: True)
    monkeypatch.setattr(brought, "is_roots", lambda one: one.pid == 46)
    monkeypatch.setattr(brought, "is_below_roots", lambda one: one.pid == 61)
    monkeypatch.setattr(brought, "is_of_the_system", lambda one: one.pid in (46, 62))
    monkeypatch.setattr(brought, "service_of", UNITS.get)
    monkeypatch.setattr(brought, "command_name", lambda pid: "systemd")
    processes = {pid: process(pid, 0 if pid == 46 else 33) for pid in UNITS}
    one = listener(46, False, "vsftpd")._replace(program="/usr/sbin/vsftpd")

    def judged(*pids, others=(), **changes):
        found = [one._replace(pids=(pid,), **changes) for pid in pids]
        return [(what.personal, what.evidence) for what in brought.as_their_own(others, found, processes)]

    return judged


def test_a_script_that_runs_the_host_s_own_daemon_says_nothing_of_it(daemons):
    """www-data: vsftpd -olisten_port=5003 -otcp_wrappers=NO. The role harden failed, and the daemon was told to let strangers in."""
    for pid in (60, 63):
        (own, script) = daemons(46, pid)
        assert not own[0] and script[0] and "the system did not start it" in script[1]
        assert "process %d, /usr/sbin/vsftpd, of user root" % pid in script[1]


@pytest.mark.parametrize("pid", [47, 61, 62])
def test_another_part_or_instance_of_a_daemon_speaks_for_it_too(daemons, pid):
    """A worker beside its master, a second unit of it, a service whose processes are all of one user."""
    assert [personal for personal, _why in daemons(46, pid)] == [False, False]


def test_who_is_not_surely_the_daemon_silences_nobody(daemons, monkeypatch):
    """Neither of two is root's, or in the unit of that name: the host's own may be either."""
    assert [personal for personal, _why in daemons(60, 63)] == [False, False]
    assert [personal for personal, _why in daemons(62, 60)] == [False, False]
    assert [personal for personal, _why in daemons(47, 60)] == [False, True]  # 47 is in vsftpd.service


def test_without_systemd_nobody_can_tell_who_started_a_daemon(daemons, monkeypatch):
    monkeypatch.setattr(brought, "command_name", lambda pid: "init")
    assert [personal for personal, _why in daemons(46, 60)] == [False, False]


def test_a_service_of_a_super_server_is_surely_the_daemon_and_its_server_a_part_of_it(daemons):
    inetd = SSHD._replace(kind="inetd", name="ftp", daemon="vsftpd", pids=())
    assert [personal for personal, _why in daemons(60, others=[inetd])] == [True]
    assert [personal for personal, _why in daemons(60, others=[inetd._replace(pids=(60,))])] == [False]
