# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that libwrap is asked with about an ssh connection: xinetd's own, tcpd's, and the server's."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import asked_names as guard_doors
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import (
    Connection,
    SshServer,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service

XINETD = """defaults
{
}

service ssh
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    wait = no
    user = root
    server = /usr/sbin/sshd
    server_args = -i
    %s
}
"""
THROUGH = Connection("192.0.2.7", 50000, "192.0.2.1", 2222, "a test")


@pytest.fixture
def names(tmp_path, monkeypatch):
    (tmp_path / "etc").mkdir()

    def find(attribute, guarded=True, connection=THROUGH):
        (tmp_path / "etc" / "xinetd.conf").write_text(XINETD % attribute)
        monkeypatch.setattr(guard_doors, "find_ssh_server", lambda root: SshServer("sshd", guarded, "a test"))
        doors = guard_doors.find_doors(Root(str(tmp_path)), connection)
        return [door.daemon for door in doors], [door.guarded for door in doors]

    return find


def test_xinetd_asks_under_the_name_that_libwrap_gives_it_and_the_server_by_itself(names):
    assert names("libwrap = doorkeeper") == (["doorkeeper", "sshd"], [True, True])
    assert names("libwrap = doorkeeper", guarded=None) == (["doorkeeper", "sshd"], [True, None])
    assert names("libwrap = doorkeeper", guarded=False) == (["doorkeeper"], [True])
    assert names("") == (["sshd"], [True])


def test_a_superserver_that_does_not_ask_is_no_door(names):
    assert names("flags = NOLIBWRAP", guarded=False) == (["sshd"], [False])


def test_another_port_is_another_door(names):
    assert names("libwrap = doorkeeper", connection=THROUGH._replace(server_port=22)) == (["sshd"], [True])
    assert names("libwrap = doorkeeper", connection=THROUGH._replace(server_port=None))[0] == ["doorkeeper", "sshd"]
    assert names("libwrap = doorkeeper", connection=None)[0] == ["doorkeeper", "sshd"]


# ---- which services are ssh servers


def service(server, port="2222"):
    return Service(
        **dict(dict.fromkeys(Service._fields), server=server, kind="xinetd", name="x", attributes=(("port", port),))
    )


@pytest.mark.parametrize(
    "server, port, standalone, told",
    [
        ("/usr/sbin/sshd", "22", True, True),
        ("/opt/openssh/sbin/sshd-legacy", "22", True, True),
        ("/usr/sbin/dropbearmulti", "22", True, True),
        ("/usr/bin/env", "2222", False, True),
        # somebody else's: we come by a server that listens by itself, or on another port
        ("/usr/bin/env", "2222", True, False),
        ("/usr/bin/env", "2223", False, False),
        ("/usr/sbin/in.telnetd", "23", False, False),
    ],
)
def test_an_ssh_server_is_known_by_its_name_or_by_the_port_that_we_come_in_on(
    monkeypatch, server, port, standalone, told
):
    monkeypatch.setattr(guard_doors, "is_standalone", lambda: standalone)
    assert guard_doors.is_ssh_server(Root("/"), service(server, port), THROUGH) is told
    assert guard_doors.is_ssh_server(Root("/"), service(server, port), None) is (
        "sshd" in server or "dropbear" in server
    )
