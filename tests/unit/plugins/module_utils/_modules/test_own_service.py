# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that relays the operator to the ssh server is changed with the same care as an ssh server."""

import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import asked_names, own_service
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket


def service(name, via_tcpd, disabled=False):
    return types.SimpleNamespace(name=name, via_tcpd=via_tcpd, disabled=disabled)


BEFORE = [service("nc", False), service("telnet", False), service("off", False, True)]


@pytest.mark.parametrize(
    "connection, here, ssh, changed, found",
    [
        ("a connection", True, "", "nc", "nc"),  # nc of inetd, which sshd sees as the client
        ("a connection", True, "telnet", "nc telnet", "telnet"),  # the ssh server itself comes first
        ("a connection", True, "", "", None),
        ("a connection", True, "", "off", None),
        ("a connection", False, "", "nc", None),
        (None, True, "", "nc", None),
    ],
)
def test_a_service_that_may_relay_the_operator_is_his_own(monkeypatch, connection, here, ssh, changed, found):
    monkeypatch.setattr(own_service, "own_connection", lambda arguments, root: connection)
    monkeypatch.setattr(own_service, "comes_from_here", lambda connection: here)
    monkeypatch.setattr(own_service, "is_ssh_server", lambda root, new, connection: new.name == ssh)
    after = [service(one.name, one.name in changed.split(), one.disabled) for one in BEFORE]
    got = own_service.own_service(None, types.SimpleNamespace(is_host=False), BEFORE, after)
    assert (got and got.name) == found


def unit(via_tcpd, kind="systemd", port=2222):
    """An ssh server that a super-server starts, switched off by its configuration."""
    found = types.SimpleNamespace(kind=kind, name="xssh", disabled=True, via_tcpd=via_tcpd, server="/usr/sbin/sshd")
    found.attributes = (("listens", "[::]:%d" % port), ("port", str(port)))
    found.own_daemon, found.seen_as = None, "sshd"
    return found


def socket(port, listening=True):
    return Socket("tcp", 6, "::", port, "::", 0, listening, 0, 77)


@pytest.mark.parametrize(
    "kind, entry, holders, is_own",
    [
        ("systemd", socket(2222), {77: [1]}, True),  # systemctl start, nothing enables it
        ("systemd", socket(2222), {}, True),
        ("systemd", socket(2222), {77: [400]}, False),  # a daemon of its own, as beside Debian's ssh.socket
        ("systemd", socket(22), {77: [1]}, False),
        ("systemd", socket(2222, False), {77: [1]}, False),
        ("xinetd", socket(2222), {77: [500]}, True),  # disable = yes since its start
        ("xinetd", socket(2222), {77: [400]}, False),
    ],
)
def test_a_service_that_runs_is_guarded_whatever_its_configuration_says(monkeypatch, kind, entry, holders, is_own):
    """A socket unit that was started and not enabled was wrapped at once, and its operator locked out for good."""
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import newly_checked

    monkeypatch.setattr(own_service, "own_connection", lambda arguments, root: None)
    monkeypatch.setattr(asked_names, "list_sockets", lambda: [entry], raising=False)
    monkeypatch.setattr(asked_names, "socket_owners", lambda: holders, raising=False)
    monkeypatch.setattr(
        asked_names, "command_name", {1: "systemd", 400: "sshd", 500: "xinetd"}.__getitem__, raising=False
    )
    before, after = [unit(False, kind)], [unit(True, kind)]
    assert own_service.own_service(None, Root("/"), before, after) == (after[0] if is_own else None)
    assert newly_checked.newly_asked(Root("/"), before, after) == (after if is_own else [])
