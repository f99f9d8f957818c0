# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration that an sshd was built for, and the ports of its that others may bind."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import ssh_ports
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_program import (
    other_configurations,
)


@pytest.mark.parametrize(
    "text, found",
    [
        (b"\0/etc/ssh/sshd_config\0", []),  # Debian and Red Hat
        (b"\0/usr/etc/ssh/sshd_config\0", []),  # openSUSE; the linker lets the name in /etc share its end
        (b"\0/opt/ssh/sshd_config\0%s\0", ["/opt/ssh/sshd_config"]),
        (b"\0/opt/etc/ssh/sshd_config\0", ["/opt/etc/ssh/sshd_config"]),
        (b"\0%s/sshd_config\0sshd_config\0", []),
        (b"", []),
    ],
)
def test_the_configuration_that_a_program_was_built_for(tmp_path, text, found):
    (tmp_path / "sshd").write_bytes(b"\x7fELF" + text)
    assert other_configurations(str(tmp_path / "sshd")) == found
    assert other_configurations(str(tmp_path / "none")) == []


@pytest.mark.parametrize("start, ports", [("1024\n", [2222]), ("0\n", [22, 2222]), ("3000\n", []), (None, [2222])])
def test_the_ports_of_ssh_servers_that_users_may_bind(tmp_path, monkeypatch, start, ports):
    """Not those of a server at systemd's socket (7), nor of one that is not told (8)."""
    if start is not None:
        (tmp_path / "sys/net/ipv4").mkdir(parents=True)
        (tmp_path / "sys/net/ipv4/ip_unprivileged_port_start").write_text(start)
    there = [(22, 5), (2222, 6), (2223, 7), (2224, 8)]
    sockets = [Socket("tcp", 4, "0.0.0.0", port, "0.0.0.0", 0, True, 0, pid) for port, pid in there]
    monkeypatch.setattr(ssh_ports, "servers", lambda: [(pid, []) for pid in (5, 6, 7)])
    monkeypatch.setattr(ssh_ports, "listens_for_init", lambda pid: pid == 7)
    monkeypatch.setattr(ssh_ports, "list_sockets", lambda proc: sockets)
    monkeypatch.setattr(ssh_ports, "socket_owners", lambda proc: {pid: [pid] for _port, pid in there})
    assert ssh_ports.ports_of_users(str(tmp_path)) == ports
