# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles promised is what the hosts do: asked of the files, and of real connections."""

import concurrent.futures
import itertools

import pytest
from conftest import HOSTS, INETD, XINETD

DESK, HALL = "bookworm-xinetd", "trixie-inetd"
DAEMONS = {"in.greeting": (7001, "greeting served\n"), "in.motto": (7002, "motto served\n"), "sshd": (22, "SSH-2.0-")}
CASES = list(itertools.product(HOSTS, DAEMONS, (DESK, HALL)))


def may(server, daemon, client):
    """Whether inventory/ and roles/ say that the client is served."""
    if daemon == "sshd":
        return server == "trixie-xinetd" or client == (DESK if server in XINETD else HALL)
    return client == {"in.greeting": DESK, "in.motto": HALL}[daemon]


@pytest.fixture(scope="module", name="answers")
def fixture_answers(fleet):
    """What each client gets, all connections side by side: tcpd takes five seconds to refuse."""
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        talks = pool.map(lambda case: fleet.talk(case[2], case[0], DAEMONS[case[1]][0]), CASES)
        return dict(zip(CASES, talks))


@pytest.mark.parametrize("server, daemon, client", CASES)
def test_an_allowed_client_is_served_and_another_refused(answers, server, daemon, client):
    answer = answers[server, daemon, client]
    if may(server, daemon, client):
        assert answer.startswith(DAEMONS[daemon][1])
    else:
        assert answer == ""


@pytest.mark.parametrize("name", HOSTS)
def test_each_superserver_starts_tcpd(fleet, name):
    host = fleet.host(name)
    if name in XINETD:
        greeting = host.file("/etc/xinetd.d/greeting").content_string
        assert "/usr/sbin/tcpd" in greeting and "NAMEINARGS" in greeting
    else:
        greeting = host.file("/etc/inetd.conf").content_string
        assert "nowait\troot\t/usr/sbin/tcpd\t/usr/local/sbin/in.greeting" in greeting
    assert "ExecStart=-@/usr/sbin/tcpd /usr/local/sbin/in.motto" in host.check_output("systemctl cat motto@.service")


@pytest.mark.parametrize("name", HOSTS)
def test_the_tables_belong_to_root_alone(fleet, name):
    for path in ("/etc/hosts.allow", "/etc/hosts.deny"):
        file = fleet.host(name).file(path)
        assert (file.user, file.group, file.mode) == ("root", "root", 0o600)


@pytest.mark.parametrize("name", HOSTS)
def test_the_blocks_of_both_applications_stand_round_the_policy_by_priority(fleet, name):
    text = fleet.host(name).file("/etc/hosts.allow").content_string
    marks = [
        line.split()[1:] for line in text.splitlines() if line.startswith(("# BEGIN portcullis", "# END portcullis"))
    ]
    assert [(mark[0], mark[2]) for mark in marks] == [
        ("BEGIN", "greeting"),
        ("END", "greeting"),
        ("BEGIN", "harden"),
        ("END", "harden"),
        ("BEGIN", "motto"),
        ("END", "motto"),
    ]


@pytest.mark.parametrize("name", HOSTS)
def test_the_lists_of_all_hosts_the_group_and_the_host_are_joined(fleet, name):
    text = fleet.host(name).file("/etc/hosts.allow").content_string
    block = text.partition("# BEGIN portcullis harden")[2].partition("# END")[0]
    rules = [line for line in block.splitlines()[1:] if line and not line.startswith("#")]
    expected = [
        "sshd: 10.99.8.1",
        "in.motto: 10.99.8.12: deny",
        "sshd: 10.99.8.16" if name in INETD else "sshd: 10.99.8.12",
    ]
    assert rules == expected + (["sshd: 10.99.8.16"] if name == "trixie-xinetd" else [])
    closing = fleet.host(name).file("/etc/hosts.deny").content_string.rstrip().splitlines()[-1]
    assert closing == "ALL: ALL"
