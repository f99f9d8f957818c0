# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose connection it is: the shell's word, the ancestors' environment, the server's socket, the login session, in that order."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import connection as operator

# 192.0.2.7 port 50022 to 192.0.2.1 port 22, as an IPv4 socket and as a mapped one, little endian as on the machine that printed it
TCP = "  sl  local_address rem_address   st\n   0: 010200C0:0016 070200C0:C366 01 00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
MAPPED = (
    "  sl  local_address rem_address   st\n   0: 0000000000000000FFFF0000010200C0:0016 0000000000000000FFFF0000070200C0:C366 01 "
    "00000000:00000000 00:00000000 00000000     0        0 4711 1\n"
)


@pytest.fixture
def proc(tmp_path):
    """A /proc with this process (python), sudo, a shell and sshd above it."""
    chain = [(os.getpid(), "python3", 300), (300, "sudo", 200), (200, "sh", 100), (100, "sshd-session", 1)]
    for pid, command, parent in chain:
        folder = tmp_path / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(command + "\n")
        (folder / "status").write_text("Name:\t%s\nPPid:\t%d\n" % (command, parent))
        (folder / "environ").write_text("PATH=/bin\0")
    (tmp_path / "100" / "cmdline").write_text("sshd-session: root@notty\0")
    (tmp_path / "net").mkdir()
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("0::/system.slice\n")
    return tmp_path


@pytest.fixture
def sessions(tmp_path):
    (tmp_path / "sessions").mkdir()
    return tmp_path / "sessions"


@pytest.fixture(autouse=True)
def no_connection_of_the_tester(monkeypatch):
    monkeypatch.delenv("SSH_CONNECTION", raising=False)


def find(proc, sessions, told=None):
    return operator.find_connection(told, str(proc), str(sessions))


def test_the_shell_of_the_log_in_is_believed_first(proc, sessions, monkeypatch):
    monkeypatch.setenv("SSH_CONNECTION", "198.51.100.1 1 198.51.100.2 22")
    assert find(proc, sessions, "192.0.2.7 50022 192.0.2.1 22")[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22)
    assert find(proc, sessions).address == "198.51.100.1"


@pytest.mark.parametrize("told", ["", "Welcome", "localhost 1 localhost 22", "192.0.2.7 x 192.0.2.1 22"])
def test_an_empty_or_odd_answer_of_the_shell_proves_nothing(proc, sessions, told):
    (proc / "200" / "environ").write_text("SSH_CONNECTION=192.0.2.7 50022 192.0.2.1 22\0")
    assert find(proc, sessions, told).address == "192.0.2.7"


def test_the_environment_of_the_ssh_server_is_that_of_whoever_started_it(proc, sessions):
    (proc / "100" / "environ").write_text("SSH_CONNECTION=198.51.100.1 1 198.51.100.2 22\0")
    assert find(proc, sessions, "") is None


def test_a_link_local_client_has_a_scope(proc, sessions):
    assert find(proc, sessions, "fe80::7%eth0 50022 fe80::1%eth0 22")[:3] == ("fe80::7%eth0", 50022, "fe80::1%eth0")


def test_sudo_hides_it_from_us_but_not_from_its_own_environment(proc, sessions):
    (proc / "300" / "environ").write_text("PATH=/bin\0SSH_CONNECTION=2001:db8::7 50022 2001:db8::1 2222\0")
    found = find(proc, sessions)
    assert found[:4] == ("2001:db8::7", 50022, "2001:db8::1", 2222)
    assert "300" in found.source


def test_the_log_in_session_knows_the_address(proc, sessions):
    (proc / "self" / "cgroup").write_text("0::/user.slice/user-0.slice/session-12.scope\n")
    (sessions / "12").write_text("UID=0\nREMOTE=1\nREMOTE_HOST=192.0.2.7\n")
    assert find(proc, sessions)[:4] == ("192.0.2.7", None, None, None)
    (sessions / "12").write_text("UID=0\nREMOTE=1\nREMOTE_HOST=client.example.com\n")
    assert find(proc, sessions) is None


@pytest.mark.parametrize("table, text", [("tcp", TCP), ("tcp6", MAPPED)])
def test_the_socket_of_the_ssh_server_knows_it_too(proc, sessions, table, text):
    (proc / "net" / table).write_text(text)
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    assert find(proc, sessions)[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22)


def test_a_run_that_run0_started_is_below_process_1(proc, sessions, tmp_path):
    """Ansible's own process, which the task's module is not below, tells whose it is."""
    (proc / str(os.getpid()) / "status").write_text("Name:\tpython3\nPPid:\t1\n")
    (proc / "net" / "tcp").write_text(TCP)
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    assert find(proc, sessions) is None
    found = operator.find_connection("", str(proc), str(sessions), controller=300)
    assert found[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22)
    assert operator.find_connection("", str(proc), str(sessions), controller=299) is None


def test_no_connection_is_none(proc, sessions):
    assert find(proc, sessions) is None
    assert operator.parse_connection("192.0.2.7 50022", "x") is None


@pytest.mark.parametrize(
    "own, above, away", [("1000", "", True), ("", "1000", True), ("0", "", False), ("", "", False)]
)
def test_who_is_away_from_the_shell_it_was_typed_in(proc, monkeypatch, own, above, away):
    """run0: SUDO_UID, and nothing of that user's above. sudo: the shell of that user is above."""
    monkeypatch.setenv("SUDO_UID", own)
    (proc / "200" / "environ").write_text("SUDO_UID=%s\0" % above)
    monkeypatch.setattr(operator, "_owner", lambda pid, proc: 0)
    assert operator.may_be_anybodys(proc=str(proc)) is away
    monkeypatch.setattr(operator, "_owner", lambda pid, proc: 1000 if pid == 200 else 0)
    assert not operator.may_be_anybodys(proc=str(proc))


# stat of processes of Debian 13: in a tmux (pts/0), at the second console, at a serial line, without a terminal
@pytest.mark.parametrize("terminal, anybodys", [(34816, True), (34817, True), (1026, False), (1088, False), (0, False)])
@pytest.mark.parametrize("pid", [200, 300])
def test_who_sits_at_a_pseudo_terminal_is_not_known(proc, pid, terminal, anybodys):
    (proc / str(pid) / "stat").write_text("%d (ba sh) S 1 2 3 %d 5 4194304\n" % (pid, terminal))
    (proc / str(os.getpid()) / "status").write_text("Name:\tpython3\nPPid:\t1\n")
    assert operator.may_be_anybodys(300, str(proc)) is anybodys
    assert not operator.may_be_anybodys(None, str(proc))


@pytest.mark.parametrize(
    "table, text, forms",
    [
        ("tcp", TCP, ["192.0.2.7"]),
        ("tcp6", MAPPED, ["::ffff:192.0.2.7"]),
        ("udp", "", ["192.0.2.7", "::ffff:192.0.2.7"]),
    ],
)
def test_libwrap_sees_what_the_socket_sees(proc, table, text, forms):
    (proc / "net" / table).write_text(text)
    connection = operator.Connection("192.0.2.7", 50022, "192.0.2.1", 22, "x")
    assert operator.address_forms(connection, str(proc)) == forms


@pytest.mark.parametrize(
    "ends", ["0000000000000000FFFF00000A0200C0:8000 02", "0000000000000000FFFF0000010200C0:8000 01"]
)
def test_a_user_s_socket_to_the_operator_s_port_adds_no_form(proc, ends):
    """A half-open one of IPv6 has the operator's address and port as its remote end; an open one has another port here."""
    local, state = ends.split()
    header, line = MAPPED.splitlines()
    words = line.split()
    mapped = " ".join([words[0], local, words[2], state] + words[4:])
    (proc / "net" / "tcp").write_text(TCP)
    (proc / "net" / "tcp6").write_text("%s\n%s\n" % (header, mapped))
    connection = operator.Connection("192.0.2.7", 50022, "192.0.2.1", 22, "x")
    assert operator.address_forms(connection, str(proc)) == ["192.0.2.7"]


def test_ipv6_has_one_form(proc):
    assert operator.address_forms(operator.Connection("2001:db8::7", 1, None, None, "x"), str(proc)) == ["2001:db8::7"]


def test_a_circle_of_parents_ends(proc):
    (proc / "100" / "status").write_text("PPid:\t300\n")
    assert operator.ancestors(os.getpid(), str(proc)) == [300, 200, 100]


def server(proc):
    return operator.find_ssh_server(operator.Root("/"), str(proc))


def test_the_program_that_serves_this_run_tells_whether_it_asks(proc):
    """Two ssh servers, of which one asks: libwrap is in the usual one's memory, ours is a program without it."""
    (proc / "100" / "maps").write_text("7f00-7f01 r-xp 00000000 08:01 1    /usr/lib/libcrypto.so.3\n")
    (proc / "100" / "exe").symlink_to("/bin/sh")
    assert server(proc)[:2] == ("sshd", False)
    (proc / "100" / "cmdline").write_text("sshd-two: root@notty\0")
    assert server(proc).daemon == "sshd-two"


def test_a_listener_among_the_ancestors_is_a_server_by_itself(proc):
    assert operator.is_standalone(str(proc)) is False
    (proc / "100" / "cmdline").write_text("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\0")
    assert operator.is_standalone(str(proc)) is True


def test_a_server_of_another_place_is_looked_at_there(proc, tmp_path):
    """Neither memory nor program of its processes may be seen, as in a container: the title of the listener names the program."""
    (proc / "100" / "cmdline").write_text("sshd: /bin/sh -D -p 2222 [listener] 0 of 10-100 startups\0")
    assert server(proc)[:2] == ("sshd", False)
    assert "/bin/sh" in server(proc).reason


# ---- what names a connection that the host does not have

SESSION = "UID=0\nREMOTE=1\nREMOTE_HOST=192.0.2.9\nSTATE=%s\n"


def test_a_shell_that_names_another_connection_is_not_believed(proc, sessions):
    (proc / "net" / "tcp").write_text(TCP)
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    found = find(proc, sessions, "198.51.100.1 5 198.51.100.2 22")
    assert found[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22) and found.open and found.mistaken


def test_a_shell_that_names_another_open_connection_is_not_believed(proc, sessions):
    """A start file may set SSH_CONNECTION of another log-in, which is open: the server's own socket tells the truth."""
    other = TCP.replace("4711", "4712").splitlines()[1].replace("070200C0:C366", "090200C0:C367")
    assert other not in TCP
    (proc / "net" / "tcp").write_text(TCP + other + "\n")
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    named = operator.parse_connection("192.0.2.9 50023 192.0.2.1 22", "a test")
    assert operator.is_open(named, str(proc))
    found = find(proc, sessions, "192.0.2.9 50023 192.0.2.1 22")
    assert found[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22) and found.open and found.mistaken


def test_what_a_multiplexer_remembers_is_old(proc, sessions, monkeypatch):
    """tmux goes on when the login that started it ends; its shells keep that one's SSH_CONNECTION."""
    (proc / "net" / "tcp").write_text(TCP)
    (proc / "200" / "status").write_text("PPid:\t1\n")
    monkeypatch.setenv("SSH_CONNECTION", "198.51.100.1 5 198.51.100.2 22")
    found = find(proc, sessions)
    assert found[:2] == ("198.51.100.1", 5) and not found.open
    (proc / "self" / "cgroup").write_text("0::/user.slice/user-0.slice/session-12.scope\n")
    (sessions / "12").write_text(SESSION % "closing")
    assert find(proc, sessions)[:2] == ("198.51.100.1", 5)
    (sessions / "12").write_text(SESSION % "active")
    assert find(proc, sessions).address == "192.0.2.9"


def test_a_session_that_forwards_is_known_by_the_port_that_the_server_listens_on(proc, sessions):
    header, line = TCP.splitlines()
    forwarded = line.replace("010200C0:0016 070200C0:C366", "010200C0:9C40 010200C0:0016").replace("4711", "4710")
    listening = line.replace("010200C0:0016 070200C0:C366 01", "00000000:0016 00000000:0000 0A").replace("4711", "4712")
    (proc / "net" / "tcp").write_text("\n".join([header, forwarded, line, listening]) + "\n")
    (proc / "100" / "fd" / "3").symlink_to("socket:[4710]")
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    assert find(proc, sessions)[:4] == ("192.0.2.7", 50022, "192.0.2.1", 22)


def test_only_the_process_that_serves_this_run_tells_for_sure(proc, monkeypatch):
    monkeypatch.setattr(operator, "SSHD", ("/bin/sh",))
    (proc / "100" / "cmdline").write_text("sshd: /bin/sh -D -p 2222 [listener] 0 of 10-100 startups\0")
    assert server(proc).seen
    (proc / "100" / "comm").write_text("lshd\n")
    assert server(proc)[1:2] == (False,) and not server(proc).seen


@pytest.mark.parametrize("etc, found", [("/", "192.0.2.7"), ("elsewhere", None)])
def test_a_run_below_an_ssh_server_of_this_host_is_its_clients_whatever_plugin_started_it(proc, etc, found):
    """A plugin for network devices runs modules on the control node; one for a chroot runs them below another /etc."""
    (proc / "elsewhere" / "etc").mkdir(parents=True)
    (proc / "net" / "tcp").write_text(TCP)
    (proc / "100" / "fd" / "4").symlink_to("socket:[4711]")
    (proc / "100" / "root").symlink_to(proc / etc)
    ids = "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n"
    (proc / "100" / "status").write_text("Name:\tsshd-session\nPPid:\t1\n" + ids)
    told = operator.find_enclosing_connection(str(proc))
    assert (told and told.address) == found
