# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a search may fix of the requests, and what it refuses."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

POLICY = Policy.parse("sshd: 10.\nftpd@PARANOID: ALL\nx: PARANOID\ny@h: ALL\n22: 1.\n", "ALL: ALL\n")


@pytest.mark.parametrize(
    "constraints, found",
    [
        ({"daemon": "sshd", "address": "10.1.2.3"}, True),
        ({"daemon": "sshd", "address": "11.1.2.3"}, False),
        ({"daemon": "sshd", "address": None, "hostname": "unknown"}, False),
        ({"daemon": "sshd", "network": "10.0.0.0/7", "except": ["10.0.0.0/8"], "hostname": "unknown"}, False),
        ({"daemon": "sshd", "network": "10.0.0.0/8", "except_": "10.0.0.0/9"}, True),
        ({"daemon": "x", "network": "2001:db8::/32"}, True),
        ({"daemon": "x", "network": "2001:db8::/32", "paranoid": False}, False),
        ({"daemon": "x", "paranoid": True}, True),
        ({"daemon": "x", "paranoid": True, "hostname": "a"}, False),
        ({"daemon": "ftpd", "server_port": "23", "server_paranoid": False}, False),
        ({"daemon": "ftpd", "server_port": 23, "server_paranoid": True}, True),
        ({"daemon": "y", "server_port": 23, "server_paranoid": True}, False),
        ({"daemon": "y", "server_hostname": "h", "server_address": "::1"}, True),
        ({"daemon": "z", "server_port": "22"}, True),
        ({"daemon": "z", "server_port": 23}, False),
        ({"daemon": "sshd", "client_port": 40000, "user": "bob"}, True),
    ],
)
def test_every_field_can_be_fixed(constraints, found):
    result = POLICY.search("granted", **constraints)
    assert (result.found, result.depends) == (found, ())
    if not found:
        assert result.witness is None
        return
    assert POLICY.decide(result.witness).granted
    for name in (
        "daemon",
        "address",
        "user",
        "server_address",
        "server_hostname",
        "client_port",
        "paranoid",
        "server_paranoid",
    ):
        assert name not in constraints or getattr(result.witness, name) == constraints[name]


@pytest.mark.parametrize(
    "constraints",
    [
        {"foo": 1},
        {"address": "10.1.2.3", "network": "10.1.2.3"},
        {"network": "10.1.2.3/8"},
        {"server_port": "ssh"},
        {"address": "host"},
        {"server_address": "host"},
    ],
)
def test_constraints_that_are_none(constraints):
    with pytest.raises(HostsAccessError):
        POLICY.search("granted", **constraints)


def test_an_access_that_is_none():
    with pytest.raises(HostsAccessError):
        POLICY.search("open")


def test_what_is_granted_is_searched_for():
    assert POLICY.search(daemon="sshd", address="10.1.2.3").found
    assert not POLICY.search(daemon="sshd", address="11.1.2.3").found


class OnlyGone(Lookups):
    """Of all commands it is known that /gone fails."""

    def aclexec_status(self, command):
        return 127 if command.split()[0] in ("/gone", "/by/x") else None


# measured with the libwrap of Debian 11, 12 and 13
FAILING = [
    ("x: ALL: aclexec /gone\n", "x: ALL\n", "denied"),
    ("x: ALL: aclexec /gone %a\n", "", "granted"),
    ("x: ALL: aclexec /gone\nx: ALL\n", "", "granted"),
    ("x: ALL: aclexec /gone\nx: ALL\n", "x: ALL\n", "denied"),
    ("x: ALL: aclexec /gone\n", "x: ALL: spawn true\n", "granted"),
    ("x: ALL: aclexec /gone\n", "x: ALL: deny\n", "denied"),
    ("x: ALL: aclexec /gone: allow\n", "x: ALL\n", "granted"),
    ("x: ALL: aclexec /gone: deny\nx: ALL\n", "", "denied"),
    ("", "x: ALL: aclexec /gone\n", "granted"),
    ("", "x: ALL: aclexec /gone\nx: ALL\n", "granted"),
]


@pytest.mark.parametrize("allow, deny, access", FAILING)
def test_a_command_that_certainly_fails_is_proved(allow, deny, access):
    policy = Policy.parse(allow, deny, "debian", OnlyGone())
    assert policy.decide(Request("x", "192.0.2.1")).access == access
    other = "denied" if access == "granted" else "granted"
    assert policy.search(access, daemon="x", network="192.0.2.0/24").found
    assert policy.search(other, daemon="x", network="192.0.2.0/24")[::2] == (False, ())


@pytest.mark.parametrize("command", ["/there", "/by/%d"])
def test_a_command_of_which_that_is_not_certain_is_open(command):
    policy = Policy.parse("x: ALL: aclexec %s\n" % command, "x: ALL\n", "debian", OnlyGone())
    assert policy.search("denied", network="192.0.2.0/24", daemon="x").depends == ("aclexec %s" % command,)


def test_beside_a_command_that_fails_the_other_clients_are_asked_as_before():
    policy = Policy.parse(
        "x: 10.1.: aclexec /gone\nx: 10.\n", "x: 10.1.2.3: spawn true\nx: ALL\n", "debian", OnlyGone()
    )
    assert policy.search("granted", daemon="x", network="10.1.0.0/16").witness.address == "10.1.2.3"
    assert not policy.search("granted", daemon="x", network="10.1.0.0/16", except_="10.1.2.3").found
    assert not policy.search("denied", daemon="x", network="10.0.0.0/8", except_="10.1.0.0/16").found
