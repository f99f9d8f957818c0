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
    found = brought.as_their_own(services[:1], services[1:])
    both = brought.as_their_own([], services)
    assert [one.personal for one in both] == told and [one.personal for one in found] == told[1:]
    for one in both:
        assert one.personal is (one.name == "sshd (a user's own process)")
        assert not one.personal or (one.askers == () and "not only root can replace" in one.evidence)
    assert [bool(brought.brought_along(one)) for one in services] == [pid >= 72 for pid in pids]
