# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests and the facts that patterns are compared with."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.facts import (
    RequestFacts,
    host_name,
    unified_number,
    unmap,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import to_bytes

MAPPED = 0xFFFF0A010203


def test_fields_copies_and_equality():
    request = Request("sshd", "10.1.2.3", user="bob")
    assert request.replace(user=None) == Request("sshd", "10.1.2.3")
    assert request != request.replace(daemon="x") and request != "sshd"
    assert len(set([request, request.replace(), request.replace(server_port=22)])) == 2
    assert request.as_dict() == {
        "daemon": "sshd",
        "address": "10.1.2.3",
        "hostname": None,
        "user": "bob",
        "pid": 4321,
    }
    assert repr(Request("sshd")).startswith("Request(") and "daemon='sshd'" in repr(Request("sshd"))


@pytest.mark.parametrize(
    "value, raw",
    [
        ("a", b"a"),
        (b"a", b"a"),
        ("a\0b", b"a"),
        ("x" * 200, b"x" * 127),
        (b"x" * 200, b"x" * 127),
        ("\u00e9", b"\xc3\xa9"),
        ("\udcff", b"\xff"),
        ("\ud800\udcff", b"\xed\xa0\x80\xff"),  # a surrogate that stands for no byte
        (22, b"22"),
    ],
)
def test_strings_are_cut_as_libwrap_cuts_them(value, raw):
    assert to_bytes(value) == raw


@pytest.mark.parametrize(
    "text, stripped",
    [
        (b"::ffff:10.1.2.3", b"10.1.2.3"),
        (b"::FFFF:10.1.2.3", b"10.1.2.3"),
        (b"::ffff:255.255.255.255", b"::ffff:255.255.255.255"),  # inet_addr(3) cannot tell it from an error
        (b"::ffff:a01:203", b"::ffff:a01:203"),
        (b"::ffff:10.1.2", b"::ffff:10.1.2"),
        (b"::ffff:10.1.2.x", b"::ffff:10.1.2.x"),
        (b"10.1.2.3", b"10.1.2.3"),
    ],
)
def test_mapped_text(text, stripped):
    assert unmap(text) == stripped


def test_numbers_of_either_family():
    assert (
        unified_number(b"10.1.2.3")
        == unified_number(b"::ffff:10.1.2.3")
        == unified_number(b"::ffff:a01:203%x")
        == MAPPED
    )
    assert unified_number(b"::1") == 1
    assert unified_number(b"host") is None


def test_names():
    assert host_name("h", False) == b"h"
    assert host_name("h", True) == b"paranoid"
    assert host_name(None, False) == host_name("", False) == b"unknown"


@pytest.mark.parametrize(
    "dialect, address, ip4, ip6",
    [
        ("debian", "10.1.2.3", 0x0A010203, None),
        ("debian", "::ffff:10.1.2.3", 0x0A010203, None),
        ("debian", "::ffff:a01:203", None, MAPPED),
        ("debian", "::1", None, 1),
        ("debian", "fe80::1%lo", None, 0xFE80 << 112 | 1),
        ("redhat", "fe80::1%lo", None, None),
        ("redhat", "::ffff:10.1.2.3", None, MAPPED),
        ("freebsd", "::ffff:a01:203", 0x0A010203, MAPPED),
        ("netbsd", "::ffff:10.1.2.3", 0x0A010203, MAPPED),
        ("suse12", "10.1.2.3", None, MAPPED),
        ("suse12", "::1", None, 1),
        ("debian", "255.255.255.255", None, None),
        ("netbsd", "255.255.255.255", 0xFFFFFFFF, None),
        ("debian", "010.1.2.3", 0x08010203, None),
        ("debian", "x", None, None),
        ("debian", None, None, None),
    ],
)
def test_addresses(dialect, address, ip4, ip6):
    client = RequestFacts(Request("sshd", address), DIALECTS[dialect]).client
    assert (client.ip4, client.ip6) == (ip4, ip6)


def test_what_is_compared():
    debian = DIALECTS["debian"]
    facts = RequestFacts(
        Request("SSHD", "::FFFF:10.1.2.3", hostname="H.Example", user="::ffff:1.2.3.4", server_address="10.0.0.1"),
        debian,
    )
    assert (facts.daemon_text, facts.daemon, facts.client.address_lower, facts.client.name_lower) == (
        b"SSHD",
        b"sshd",
        b"10.1.2.3",
        b"h.example",
    )
    assert facts.user_text(debian) == facts.user_text(debian) == b"1.2.3.4"
    assert facts.server_facts(debian) is facts.server_facts(debian)
    assert facts.server_facts(debian).ip4 == 0x0A000001
    assert facts.client.name_known and not facts.server_facts(debian).name_known
    redhat = RequestFacts(Request(user="::ffff:1.2.3.4"), DIALECTS["redhat"])
    assert (redhat.user_text(redhat.dialect), redhat.daemon) == (b"::ffff:1.2.3.4", b"unknown")


@pytest.mark.parametrize(
    "dialect, name, number",
    [
        ("debian", "::1", 1),
        ("debian", "::ffff:10.1.2.3", None),
        ("debian", "10.1.2.3", None),
        ("suse12", "10.1.2.3", MAPPED),
        ("freebsd", "::1", 1),
        ("debian", "h", None),
    ],
)
def test_names_spelled_as_addresses(dialect, name, number):
    assert RequestFacts(Request(hostname=name), DIALECTS[dialect]).client.name_ip6 == number
