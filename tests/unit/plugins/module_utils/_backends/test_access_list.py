# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service's clients as sets: what is refused in each mode, and what no program could be given."""

import ipaddress

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    CLIENTS,
    AccessList,
    check,
    networks_of,
    ranges_of,
    refused_networks,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError

OFFICE = (("10.0.0.0/8", "192.0.2.7/32"), ("2001:db8::/32",))
REST = (("11.0.0.0/8",), ())


def service(mode, granted=OFFICE, denied=REST, daemon="sshd", ports=(22,), protocol="tcp"):
    return AccessList(daemon, ports, protocol, granted, denied, mode)


def covers(networks, address):
    wanted = ipaddress.ip_address(address)
    return any(wanted in ipaddress.ip_network(net) for net in networks[0] + networks[1])


@pytest.mark.parametrize(
    "address, companion, replace",
    [
        ("10.1.2.3", False, False),  # granted
        ("11.1.2.3", True, True),  # denied
        ("12.1.2.3", False, True),  # depends on a name
        ("192.0.2.6", False, True),
        ("192.0.2.7", False, False),
        ("2001:db8::1", False, False),
        ("2001:db9::1", False, True),
    ],
)
def test_a_companion_refuses_the_denied_and_a_replacement_all_that_is_not_granted(address, companion, replace):
    assert covers(refused_networks(service("companion")), address) is companion
    assert covers(refused_networks(service("replace")), address) is replace


def test_mapped_addresses_are_in_no_ipv6_set():
    nothing_granted = refused_networks(service("replace", granted=((), ())))
    assert nothing_granted[0] == ("0.0.0.0/0",)
    assert not covers(((), nothing_granted[1]), "::ffff:10.0.0.1")
    assert covers(nothing_granted, "::fffe:10.0.0.1") and covers(nothing_granted, "::1:0:0:1")
    assert networks_of(ranges_of(((), ("::ffff:0:0/96",)))) == ((), ())


def test_networks_are_as_python_writes_them_and_come_back():
    assert networks_of(ranges_of((("10.0.0.0/9", "10.128.0.0/9"), ("2001:db8::/33", "2001:db8:8000::/33")))) == (
        ("10.0.0.0/8",),
        ("2001:db8::/32",),
    )
    everything = networks_of(CLIENTS)
    for net in everything[0] + everything[1]:
        assert str(ipaddress.ip_network(net)) == net
    assert ranges_of(everything) == CLIENTS


@pytest.mark.parametrize(
    "networks, message",
    [
        ((("10.0.0.1/8",), ()), "bits set behind its length"),
        ((("10.0.0.0/33",), ()), "no IPv4 network"),
        ((("010.0.0.0/8",), ()), "no IPv4 network"),
        ((("example.com",), ()), "no IPv4 network"),
        (((), ("2001:db8::/129",)), "no IPv6 network"),
        (((), ("10.0.0.0/8",)), "no IPv6 network"),
        (((), ("2001:db8::1/64",)), "bits set behind its length"),
    ],
)
def test_what_is_no_network_is_said(networks, message):
    with pytest.raises(BackendError, match=message):
        ranges_of(networks)


@pytest.mark.parametrize(
    "access, message",
    [
        (service("companion", daemon='sshd"; flush ruleset; #'), "cannot be written"),
        (service("companion", daemon="-x"), "cannot be written"),
        (service("companion", daemon="a" * 65), "cannot be written"),
        (service("companion", daemon="sshd\n"), "cannot be written"),
        (service("companion", ports=()), "no port is named"),
        (service("companion", ports=(0,)), "is no port"),
        (service("companion", ports=(65536,)), "is no port"),
        (service("companion", ports=(True,)), "is no port"),
        (service("companion", protocol="sctp"), "must be tcp or udp"),
        (service("both"), "must be companion or replace"),
    ],
)
def test_what_cannot_be_rendered_is_refused(access, message):
    with pytest.raises(BackendError, match=message):
        check([access])


def test_one_port_has_one_set():
    first = service("replace")
    check([first, service("replace", daemon="sshd-internal")])
    check([first, service("replace", granted=REST, protocol="udp")])
    with pytest.raises(BackendError, match="port 22/tcp belongs to sshd and to in.ftpd"):
        check([first, service("replace", granted=REST, daemon="in.ftpd")])
