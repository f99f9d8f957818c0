# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who stands behind a connection from the host to itself: whom the ssh server that opened it serves, the login that a client was started in, a relay."""

import pathlib

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import connection, origins
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.mappings import Libwrap
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_sessions import SshSession

HERE, OPERATOR = "192.0.2.1", "192.0.2.7"
OWN = connection.Connection(HERE, 40000, HERE, 22, "a test")


def endpoint(address, port):
    """As /proc/net/tcp of a little-endian machine has it."""
    return "%s:%04X" % ("".join("%02X" % int(part) for part in reversed(address.split("."))), port)


@pytest.fixture
def proc(tmp_path):
    """The server's listener (10), and the session (30) that our own connection comes to; `open` adds sockets and who holds them."""
    (tmp_path / "net").mkdir()
    lines = ["  sl  local_address rem_address   st"]

    def add(pid, command, title="", environ="PATH=/bin\0", parent=1):
        folder = tmp_path / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "comm").write_text(command + "\n")
        (folder / "cmdline").write_text(title.replace(" ", "\0"))
        (folder / "environ").write_text(environ)
        (folder / "status").write_text("Name:\t%s\nPPid:\t%d\n" % (command, parent))

    def opened(pid, local, remote, state="01"):
        inode = 4700 + len(lines)
        lines.append(
            "   0: %s %s %s 00000000:00000000 00:00000000 00000000     0        0 %d 1"
            % (endpoint(*local), endpoint(*remote), state, inode)
        )
        (tmp_path / "net" / "tcp").write_text("\n".join(lines) + "\n")
        (tmp_path / str(pid) / "fd" / str(inode)).symlink_to("socket:[%d]" % inode)

    add(10, "sshd")
    opened(10, ("0.0.0.0", 22), ("0.0.0.0", 0), "0A")
    add(30, "sshd")
    opened(30, (HERE, 22), (HERE, 40000))
    return str(tmp_path), add, opened


def test_a_connection_from_another_host_has_nobody_behind_it(proc):
    path, _add, opened = proc
    opened(30, (HERE, 22), (OPERATOR, 50022))
    far = connection.Connection(OPERATOR, 50022, HERE, 22, "x")
    assert origins.find_origins(far, path) == ([], []) and not origins.comes_from_here(far, path)


def test_a_session_that_forwards_the_connection_tells_who_opened_it(proc):
    path, add, opened = proc
    add(20, "sshd")
    opened(20, (HERE, 40000), (HERE, 22))
    opened(20, (HERE, 22), (OPERATOR, 50022))
    found = origins.find_origins(OWN, path)
    assert [one[:4] for one in found.connections] == [(OPERATOR, 50022, HERE, 22)] and found.relays == []


def test_several_jumps_over_the_host_itself_are_followed(proc):
    path, add, opened = proc
    for number, pid in enumerate((20, 21)):
        add(pid, "sshd")
        opened(pid, (HERE, 40000 + number), (HERE, 22))
        opened(pid, (HERE, 22), (HERE, 40001) if number == 0 else (OPERATOR, 50022))
    assert origins.find_origins(OWN, path).connections[-1][:2] == (OPERATOR, 50022)


def test_a_client_that_was_started_in_a_log_in_tells_whose_it_is(proc):
    path, add, opened = proc
    add(16, "sshd")
    add(15, "bash", environ="SSH_CONNECTION=%s 50022 %s 22\0" % (OPERATOR, HERE), parent=16)
    add(20, "ssh", parent=15)
    opened(16, (HERE, 22), (OPERATOR, 50022))
    opened(20, (HERE, 40000), (HERE, 22))
    assert [one[:4] for one in origins.find_origins(OWN, path).connections] == [(OPERATOR, 50022, HERE, 22)]


@pytest.mark.parametrize(
    "remote, state",
    [(("127.0.0.1", 22), "01"), ((HERE, 22), "02")],
    ids=["to another address of the server's", "half open"],
)
def test_nobody_stands_behind_a_connection_who_took_its_address(proc, remote, state):
    """IP_FREEBIND lets everybody bind to the operator's own address and port."""
    path, add, opened = proc
    opened(30, (HERE, 22), (OPERATOR, 50022))
    add(66, "python3", environ="SSH_CONNECTION=203.0.113.66 4444 127.0.0.1 22\0")
    opened(66, (OPERATOR, 50022), remote, state)
    opened(66, ("127.0.0.1", 22), ("203.0.113.66", 4444), "03")
    far = connection.Connection(OPERATOR, 50022, HERE, 22, "x")
    assert origins.find_origins(far, path) == ([], []) and not origins.comes_from_here(far, path)
    assert not connection.is_open(connection.Connection("203.0.113.66", 4444, "127.0.0.1", 22, "x"), path)
    assert connection.is_open(far, path)


def test_a_client_in_a_terminal_multiplexer_may_be_anybody_s_who_is_logged_in(proc, monkeypatch):
    path, add, opened = proc
    monkeypatch.setattr(origins, "list_ssh_sessions", lambda proc: [SshSession("ada", "203.0.113.5")])
    add(20, "ssh", environ="SSH_CONNECTION=%s 50022 %s 22\0" % (OPERATOR, HERE))
    opened(20, (HERE, 40000), (HERE, 22))
    assert [one[:2] for one in origins.find_origins(OWN, path).connections] == [("203.0.113.5", None)]


def test_a_login_that_was_left_standing_is_not_who_sits_in_its_multiplexer_now(proc, monkeypatch):
    path, add, opened = proc
    monkeypatch.setattr(origins, "list_ssh_sessions", lambda proc: [SshSession("ada", "203.0.113.5")])
    add(15, "tmux: server", environ="SSH_CONNECTION=%s 50022 %s 22\0" % (OPERATOR, HERE))
    add(20, "ssh", parent=15)
    add(16, "sshd")
    opened(16, (HERE, 22), (OPERATOR, 50022))
    opened(20, (HERE, 40000), (HERE, 22))
    found = [one[:2] for one in origins.find_origins(OWN, path).connections]
    assert found == [(OPERATOR, 50022), ("203.0.113.5", None)]


#: What ssh leaves of its environment when it goes on in the background, with ControlPersist: its title is written over it.
GONE = "ssh: /root/.ansible/cp/eae59cae01 [mux]" + "\0" * 20 + " " * 20


@pytest.mark.parametrize(
    "environ, cgroup, session, found",
    [
        (
            GONE,
            "/user.slice/user-0.slice/session-7.scope",
            "REMOTE=1\nREMOTE_HOST=%s\nSTATE=active\n" % OPERATOR,
            OPERATOR,
        ),
        (
            GONE,
            "/user.slice/user-0.slice/session-7.scope",
            "REMOTE=1\nREMOTE_HOST=%s\nSTATE=closing\n" % OPERATOR,
            "all",
        ),
        (GONE, "/user.slice/user-0.slice/session-7.scope", "REMOTE=1\nREMOTE_HOST=a.name\nSTATE=active\n", "all"),
        (GONE, "/user.slice/user-0.slice/session-8.scope", "", "all"),
        (GONE, "/system.slice/ssh.service", "", "all"),  # an ssh server without PAM
        (GONE, "/", "", "all"),
        ("PATH=/bin\0", "/user.slice/user-0.slice/user@0.service/tmux.scope", "", "all"),
        ("PATH=/bin\0", "/system.slice/autossh.service", "", None),
    ],
)
def test_a_client_that_shows_no_log_in_is_that_of_its_session_or_of_anybody_who_is_logged_in(
    proc, monkeypatch, tmp_path, environ, cgroup, session, found
):
    """The tables that let the host itself in were confirmed by its own connection, and kept its operator out for good."""
    path, add, opened = proc
    monkeypatch.setattr(origins, "list_ssh_sessions", lambda proc: [SshSession("ada", "203.0.113.5")])
    sessions = tmp_path / "sessions"
    sessions.mkdir()
    (sessions / "7").write_text(session)
    add(20, "ssh", environ=environ)
    (tmp_path / "20" / "cgroup").write_text("0::%s\n" % cgroup)
    opened(20, (HERE, 40000), (HERE, 22))
    seen = [one[:2] for one in origins.find_origins(OWN, path, str(sessions)).connections]
    assert seen == ([] if found is None else [("203.0.113.5" if found == "all" else found, None)])


def test_a_tunnel_that_the_host_opened_itself_depends_on_no_table(proc):
    path, add, opened = proc
    add(20, "autossh")
    opened(20, (HERE, 40000), (HERE, 22))
    assert origins.find_origins(OWN, path) == ([], []) and origins.comes_from_here(OWN, path)


def test_a_relay_that_has_libwrap_in_its_memory_is_named(proc, monkeypatch):
    path, add, opened = proc
    add(20, "sslh")
    opened(20, (HERE, 40000), (HERE, 22))
    monkeypatch.setattr(origins, "find_mapped_libwrap", lambda pid, *_rest: Libwrap(pid == 20, ""))
    assert origins.find_origins(OWN, path) == ([], ["sslh (process 20)"])


def test_a_relay_is_what_opened_the_connection_for_a_client_of_its_own(proc):
    path, add, opened = proc
    add(20, "autossh")
    opened(20, (HERE, 40000), (HERE, 22))
    opened(20, (HERE, 50000), (OPERATOR, 22))  # a tunnel to the outside serves nobody here
    assert origins.find_relays(OWN, path) == []
    assert origins.ports_passed(OWN, path) == [22]
    add(21, "xinetd")
    opened(21, ("0.0.0.0", 2222), ("0.0.0.0", 0), "0A")
    assert origins.find_relays(OWN, path) == []
    opened(20, (HERE, 2222), (OPERATOR, 50022))
    assert origins.find_relays(OWN, path) == ["autossh (process 20, port 2222)"]
    assert origins.ports_passed(OWN, path) == [22, 2222]
    assert origins.find_relays(OWN._replace(address=OPERATOR), path) == []


def test_an_ssh_server_that_forwards_is_no_relay_and_a_process_that_is_not_shown_may_be_one(proc):
    path, add, opened = proc
    add(20, "sshd")
    opened(20, (HERE, 40000), (HERE, 22))
    opened(20, (HERE, 22), (OPERATOR, 50022))
    assert origins.find_relays(OWN, path) == []
    for descriptor in pathlib.Path(path, "20", "fd").iterdir():
        descriptor.unlink()
    assert origins.find_relays(OWN, path) == ["a process that is not shown"]
