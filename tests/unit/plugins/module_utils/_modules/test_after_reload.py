# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reload that would close the port by which the operator came in is refused: no rollback opens it again."""

import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import Connection
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import after_reload
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import xinetd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources

CAME = Connection("192.0.2.7", 50000, "192.0.2.10", 2222, "a test")
OTHER = """service other-ssh
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    wait = no
    user = root
    server = /usr/sbin/sshd
%s}
"""
SSHD, XINETD, INETD = 400, 500, 600


def services_of(line, port=2222):
    text = (OTHER % line).replace("2222", str(port))
    return xinetd.read(TextSources({xinetd.PATH: text})).entries


@pytest.fixture(name="check")
def fixture_check(monkeypatch):
    def check(
        after,
        kind="xinetd",
        holder=XINETD,
        came=CAME,
        ports=(2222,),
        others=(),
        standalone=False,
        unread="",
        began=100.0,
        told=0.0,
        **arguments,
    ):
        held = [Socket("tcp", 4, "0.0.0.0", 2222, "0.0.0.0", 0, True, 0, 77, False)]
        monkeypatch.setattr(after_reload, "is_standalone", lambda: standalone)
        monkeypatch.setattr(after_reload, "own_connection", lambda _arguments, root: came)
        monkeypatch.setattr(after_reload, "ports_passed", lambda connection: list(ports))
        monkeypatch.setattr(after_reload, "list_sockets", lambda: held)
        monkeypatch.setattr(after_reload, "socket_owners", lambda: {77: [holder]})
        monkeypatch.setattr(after_reload, "command_name", {XINETD: "xinetd", INETD: "inetd", SSHD: "sshd"}.get)
        monkeypatch.setattr(
            after_reload, "readers", {"xinetd": [XINETD], "inetd": [INETD, XINETD], "systemd": []}.__getitem__
        )
        monkeypatch.setattr(
            configured, "configured_services", lambda root: types.SimpleNamespace(services=list(others))
        )
        given = dict({"lockout_guard": "strict", "rollback_session": {"transport": "ssh"}}, **arguments)
        monkeypatch.setattr(after_reload, "started_at", lambda pid: began)
        monkeypatch.setattr(after_reload, "told_at", lambda pid: told)
        monkeypatch.setattr(after_reload, "changed_since", lambda path, since: path == unread and since < 150)
        return after_reload.check_doors(types.SimpleNamespace(**given), Root("/"), kind, after)

    return check


@pytest.mark.parametrize(
    "line",
    [
        "    disable = yes\n",
        "    bind = 127.0.0.1\n",
        "    interface = 192.0.2.11\n",
        "    flags = NAMEINARGS\n",  # without server_args xinetd does not start it
    ],
)
def test_a_file_that_says_something_else_than_what_listens(check, line):
    after = services_of(line)
    with pytest.raises(TaskError, match="xinetd listens on port 2222, where this task may have come in"):
        check(after)
    with pytest.raises(TaskError):
        check(services_of("", port=2223))
    check(after, lockout_guard="disabled")
    check(after, holder=SSHD)  # an ssh server of its own has the port
    check(after, kind="systemd")


def test_a_relay_of_xinetd_before_an_ssh_server_of_its_own(check):
    off = services_of("    redirect = 127.0.0.1 22\n    disable = yes\n")
    came = CAME._replace(address="127.0.0.1", server_address="127.0.0.1", server_port=22)
    with pytest.raises(TaskError, match="port 2222"):
        check(off, came=came, ports=(22, 2222), standalone=True)


@pytest.mark.parametrize(
    "line", ["", "    bind = 192.0.2.10\n", "    bind = 0.0.0.0\n", "    bind = host.example.com\n"]
)
def test_a_file_that_lets_it_go_on_listening(check, line):
    assert check(services_of(line)) == []


def test_a_file_that_was_changed_since_it_was_read_may_say_anything(check):
    """no_access, access_times, instances, a user or a server that is not there: only the program knows what it has read."""
    on = services_of("")
    with pytest.raises(
        TaskError, match="xinetd.conf was changed, and xinetd, which listens on port 2222 for this task, has"
    ):
        check(on, unread=xinetd.PATH)
    assert check(on, unread=xinetd.PATH, told=200.0) == []  # this collection has told it since
    assert "has not been started or told" in check(on, unread=xinetd.PATH, lockout_guard="warn")[0]
    assert check(on, unread=xinetd.PATH, lockout_guard="disabled") == []
    assert check(on, unread=xinetd.PATH, holder=SSHD) == check(on, unread=xinetd.PATH, began=None) == []
    assert check(on, unread="/etc/xinetd.d/another") == []


def test_what_inetd_tcpd_reloads_closes_the_ports_of_xinetd_too(check):
    off, on = services_of("    disable = yes\n"), services_of("")
    with pytest.raises(TaskError, match="xinetd listens"):
        check([], kind="inetd", others=off)
    check([], kind="inetd", others=on)


def test_a_line_of_inetd_that_somebody_removed(check):
    with pytest.raises(TaskError, match="inetd listens on port 2222"):
        check([], "inetd", INETD)


def test_where_nothing_tells_the_connection_every_ssh_server_goes_on(check):
    off = services_of("    disable = yes\n")
    with pytest.raises(TaskError, match="port 2222"):
        check(off, came=None)
    check(off, came=None, rollback_session={"transport": "local"})
    check(off, came=None, standalone=True)
    check(services_of(""), came=None)
