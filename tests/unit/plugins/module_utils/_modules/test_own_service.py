# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service that relays the operator to the ssh server is changed with the same care as an ssh server."""

import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import own_service


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
    got = own_service.own_service(None, None, BEFORE, after)
    assert (got and got.name) == found
