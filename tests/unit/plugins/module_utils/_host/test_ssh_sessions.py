# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is logged in over ssh: titles as sshd of Debian 12 and 13 sets them, sockets, and logind's files."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_sessions import (
    SshSession,
    list_ssh_sessions,
    serves_a_session,
)

# inode 10: root's server listens on 22; 11: 192.0.2.7 came in, 12: 192.0.2.8 did; 13: port 6010 of user 1000 for forwarding; 14: a connection to that
TCP = """  sl  local_address rem_address   st
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1
   1: 010200C0:0016 070200C0:C366 01 00000000:00000000 00:00000000 00000000     0        0 11 1
   2: 010200C0:0016 080200C0:C367 01 00000000:00000000 00:00000000 00000000     0        0 12 1
   3: 0100007F:177A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 13 1
   4: 0100007F:177A 0100007F:C368 01 00000000:00000000 00:00000000 00000000  1000        0 14 1
"""
LOGIND = "# This is private data. Do not parse.\nUID=1001\nUSER=bob\nACTIVE=1\nSTATE=%s\nREMOTE=1\nTYPE=tty\nREMOTE_HOST=%s\nSERVICE=%s\n"


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    return tmp_path


def session(proc, pid, title, inodes, program="/bin/sh", uid=1000, privileged=True):
    """A process of sshd, and the one of root's that accepted the connection and keeps its socket (sshd of Debian 11 to 13); /bin/sh stands for the
    program, and its name for sshd.
    """
    if privileged:
        session(proc, pid + 100, "sshd: alice [priv]", inodes[:1], program, uid=0, privileged=False)
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "status").write_text(
        "Name:\tsshd\nUid:%s\nGid:\t0\t0\t0\t0\nGroups:\t\nCapEff:\t0\n" % ("\t%d" % uid * 4)
    )
    (folder / "cmdline").write_bytes(title.encode() + b"\0")
    if program:
        (folder / "exe").symlink_to(program)
    for number, inode in enumerate(inodes):
        (folder / "fd" / str(number)).symlink_to("socket:[%d]" % inode)


def found(proc):
    return list_ssh_sessions(str(proc), str(proc / "sessions"))


@pytest.mark.parametrize(
    "title, users",
    [
        ("sshd: alice@pts/0", ["alice"]),
        ("sshd-session: root@notty", ["root"]),
        ("sshd: alice [priv]", []),  # may still be asked for a password
        ("sshd: [accepted]", []),
        ("sshd: unknown [net]", []),
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", []),
    ],
)
def test_a_log_in_is_told_by_its_title(proc, title, users):
    session(proc, 7, title, [11], program=None)
    assert found(proc) == [SshSession(user, "192.0.2.7") for user in users]


def test_forwarded_connections_are_no_log_ins(proc):
    session(proc, 7, "sshd: alice@notty", [11, 13, 14], program=None)
    assert found(proc) == [SshSession("alice", "192.0.2.7")]


V6 = "00000000000000000000000000000000"
LOOP6 = "00000000000000000000000001000000"
FORWARDED = "   0: %s:%s %s:0000 0A 00000000:00000000 00:00000000 00000000  %d        0 30 1\n"


@pytest.mark.parametrize("address, uid", [(LOOP6, 1000), (V6, 1000), (LOOP6, 0)], ids=str)
def test_a_forwarded_port_that_is_the_server_s_elsewhere_hides_nobody(proc, address, uid):
    """`ssh -R 22:...` of anybody's, where the server listens at IPv4 alone: sshd binds it at ::1, and nobody was logged in any more."""
    (proc / "net" / "tcp6").write_text("head\n" + FORWARDED % (address, "0016", V6, uid))
    session(proc, 7, "sshd: alice@notty", [11, 30], program=None, uid=uid)
    session(proc, 8, "sshd: bob@pts/1", [12], program=None)
    assert found(proc) == [SshSession("alice", "192.0.2.7"), SshSession("bob", "192.0.2.8")]


def test_a_connection_to_a_port_that_root_s_session_forwards_is_no_log_in(proc):
    forwarded = TCP.replace(
        "0100007F:177A 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000",
        "0100007F:177A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
    )
    (proc / "net" / "tcp").write_text(forwarded)
    session(proc, 7, "sshd: root@notty", [11, 13, 14], program=None, uid=0)
    assert found(proc) == [SshSession("root", "192.0.2.7")]


def test_who_calls_a_process_so_is_not_logged_in(proc):
    """The title is of whoever runs sshd, and so is a socket with the port of a server of root's on another address."""
    session(proc, 7, "sshd: root@notty: /tmp/sshd -D [listener] 0 of 10-100 startups", [11, 13], None, privileged=False)
    session(proc, 8, "sshd: bob@pts/1", [12], program=None)
    assert found(proc) == [SshSession("bob", "192.0.2.8")]


def test_another_program_with_such_a_title_is_none(proc, tmp_path):
    session(proc, 7, "sshd: mallory@pts/0", [11], program="/bin/sh")  # a shell
    own = tmp_path / "sshd"
    own.write_bytes(b"")
    own.chmod(0o777)
    session(proc, 8, "sshd: mallory@pts/0", [12], program=str(own))
    assert found(proc) == []


def test_logind_knows_where_sockets_may_not_be_seen(proc):
    folder = proc / "sessions"
    folder.mkdir()
    (folder / "1").write_text(LOGIND % ("active", "192.0.2.8", "sshd"))
    (folder / "1.ref").write_text("")
    (folder / "2").write_text(LOGIND % ("closing", "192.0.2.9", "sshd"))
    (folder / "3").write_text(LOGIND % ("active", "192.0.2.10", "login"))
    (folder / "4").write_text(LOGIND % ("active", "host.example.com", "sshd"))
    session(proc, 7, "sshd: alice@pts/0", [11], program=None)
    assert found(proc) == [SshSession("alice", "192.0.2.7"), SshSession("bob", "192.0.2.8")]
    session(proc, 8, "sshd: bob@pts/1", [12], program=None)
    assert found(proc) == [SshSession("alice", "192.0.2.7"), SshSession("bob", "192.0.2.8")]


@pytest.mark.parametrize(
    "title, told",
    [
        ("sshd: root@notty", True),
        (
            "sshd: root",
            True,
        ),  # ssh -N -R of root, Debian 12: it listened at the forwarded port, and everybody was served
        ("sshd-session: ada [priv]", True),
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", False),
        ("/usr/sbin/sshd -D", False),
    ],
)
def test_the_process_of_a_session_is_known_by_its_title(title, told):
    process = Process(7, "sshd", "/usr/sbin/sshd", 0, 0, (), 0, True)
    assert serves_a_session(process, title.split()) is told
    assert not serves_a_session(process._replace(executable="/usr/sbin/rpcbind"), title.split())
