# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""net/mask and bracketed patterns: which builds match an address by them (facts of the dialects, measured)."""

import ctypes

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.networks import (
    atoi,
    inet_aton,
    read_netbsd,
    read_network,
    read_prefix_suse12,
    strtol_prefix,
    whole_number,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.patterns import HostPattern

ALL = frozenset(DIALECTS)


def matching(pattern, address):
    """The dialects in which a client pattern matches an address."""
    table = "ALL: %s\n" % pattern
    return frozenset(
        name for name in DIALECTS if Policy.parse(table, None, name).decide(Request("sshd", address)).table == "allow"
    )


LENGTH = frozenset("debian redhat el7 suse15 suse12".split())


@pytest.mark.parametrize(
    "pattern, address, dialects",
    [
        ("10.0.0.0/8", "10.1.2.3", LENGTH),
        ("10.0.0.0/255.0.0.0", "10.1.2.3", ALL),
        ("10.0.0.0/255.0.0.0", "11.1.2.3", ()),
        ("10.1.2.3/32", "10.1.2.3", LENGTH),
        ("10.0.0.0/33", "10.0.0.0", ()),
        ("10.0.0.0/0x8", "10.1.2.3", frozenset(["suse12"])),  # sscanf(3) reads 0
        ("0.0.0.0/0", "10.1.2.3", frozenset("redhat el7 suse15 suse12 netbsd".split())),
        ("0.0.0.0/0.0.0.0", "10.1.2.3", ALL),
        ("10.1.2.3/255.255.255.255", "10.1.2.3", frozenset("redhat el7 el6 suse15 suse12 netbsd".split())),
        ("10.1.2.3/8", "10.1.2.3", frozenset(["suse12"])),  # host bits set
        ("10.1.2.3/255.0.0.0", "10.1.2.3", frozenset(["suse12"])),
        ("10.0.0.0/8x", "10.1.2.3", frozenset(["debian", "suse12"])),
        ("010.0.0.0/255.0.0.0", "8.1.2.3", ALL - frozenset(["suse12"])),
        ("10.0.0.3/255.0.0.255", "10.1.2.3", ALL - frozenset(["suse12"])),  # non-contiguous: a plain AND
        ("10.0.0/24", "10.0.0.1", ()),
        ("10.0.0.0/1.2.3", "10.0.0.0", ()),
        ("0.0.0.0/1.2.3.", "10.1.2.3", frozenset(["debian"])),  # atoi(3) reads 1
        ("0.0.0.0/1.2.3.256", "10.1.2.3", frozenset(["debian"])),
        ("0.0.0.0/.1.2.3.4", "10.1.2.3", ()),
        ("[2001:db8::1]", "2001:db8::1", ALL - frozenset(["upstream", "upstream-classic"])),
        ("[2001:db8::]/32", "2001:db8::1", frozenset("debian redhat el7 el6 suse15 freebsd".split())),
        ("[2001:db8::/32]", "2001:db8::1", frozenset("redhat el7 suse15 suse12 netbsd macos".split())),
        (
            "[2001:db8::1]/32",
            "2001:db8::2",
            frozenset("debian redhat el7 el6 suse15 freebsd".split()),
        ),  # both sides are masked
        ("[::]/x", "2001:db8::1", frozenset("debian redhat el7 el6 suse15 freebsd".split())),  # every IPv6 client
        ("[::]/", "2001:db8::1", frozenset("debian redhat el7 el6 suse15 freebsd".split())),
        ("[::]/129", "::1", ()),
        # no length is the length 0; suse15, redhat and el7 read [n/x] so, too
        ("[2001:db8:000:000:000:000:000:000/]/", "fe80::1", frozenset("redhat el7 suse15 macos".split())),
        ("[2001:db8::1]/129", "2001:db8::1", frozenset(["macos"])),  # which reads no further than the bracket
        ("0.0.0.3/0.255.0.255", "0.0.7.3", ALL - frozenset(["suse12"])),
        ("10.1.2.3/032", "10.1.2.3", frozenset(["debian", "suse12"])),
        ("[::]/-1", "::1", ()),
        ("[::1/128]", "::1", frozenset("redhat el7 suse15 suse12 netbsd macos".split())),
        (
            "[2001:0DB8::0:1]",
            "2001:db8::1",
            ALL - frozenset(["upstream", "upstream-classic", "netbsd"]),
        ),  # numbers; NetBSD compares text
        ("2001:db8::1", "2001:db8::1", ()),
        ("[]", "::1", ()),
        ("[::1", "::1", ()),
        ("[x]/8", "::1", ()),
        ("[fe80::1%lo]", "fe80::1", frozenset(["debian"])),
        ("[fe80::1%lo]/10", "fe80::2", frozenset(["debian"])),
        ("[fe80::1%lo/10]", "fe80::2", ()),
        ("[::", "::", ()),
        ("[[::]]", "::", ()),
        ("[2001:db8::1/128]", "2001:db8::1", frozenset("redhat el7 suse15 suse12 netbsd macos".split())),
        ("[2001:db8::1/129]", "2001:db8::1", ()),
        ("[2001:db8::/x]", "::1", frozenset("redhat el7 suse15".split())),
        # golden answers: Red Hat takes a length from wherever it stands, openSUSE from right behind the bracket
        ("[::1]@10.0.0.1/1", "2001:db8::1", frozenset("redhat el7".split())),
        ("[::1]@10.0.0.1/255.255.255.254", "::1", frozenset(["suse15"])),
    ],
)
def test_which_builds_match(pattern, address, dialects):
    assert matching(pattern, address) == frozenset(dialects)


@pytest.mark.parametrize(
    "address, dialects", [("::ffff:10.1.2.3", frozenset("debian el6 freebsd netbsd suse12".split()))]
)
def test_mapped_clients_and_ipv4_masks(address, dialects):
    assert matching("10.0.0.0/255.0.0.0", address) == dialects
    assert matching("[::]/0", address) & frozenset(["debian"]) == frozenset()  # an IPv4 client lies in no IPv6 prefix


@pytest.mark.parametrize(
    "text, value",
    [
        (b"24x", 24),
        (b" 8", 8),
        (b"+8", 8),
        (b"-1", -1),
        (b"x", 0),
        (b"", 0),
        (b"0x18", 0),
        (b"4294967304", 8),
        (b"9" * 30, -1),
        (b"-" + b"9" * 30, 0),
        (b"-9223372036854775809", 0),
        (b"-9223372036854775807", 1),
        (b"9223372036854775806", -2),
        (b"9223372036854775807", -1),
        (b"9223372036854775808", -1),
    ],
)
def test_atoi(text, value):
    assert atoi(text) == value == ctypes.CDLL(None).atoi(text)
    assert (strtol_prefix(text) or (0, b""))[0] == value  # sscanf("%d") reads as atoi(3)


@pytest.mark.parametrize(
    "text, base, value",
    [
        (b"022", 8, 18),
        (b"9", 8, None),
        (b"10", 10, 10),
        (b"10x", 10, None),
        (b" 10", 10, 10),
        (b"", 10, None),
        (b"4294967295", 10, -1),
    ],
)
def test_whole_numbers(text, base, value):
    assert whole_number(text, base) == value


def test_strtol_leaves_the_rest():
    assert strtol_prefix(b"12ab") == (12, b"ab")
    assert strtol_prefix(b"ab") is None


@pytest.mark.parametrize(
    "text, value",
    [
        (b"10.1", 0x0A000001),
        (b"10", 10),
        (b"10.1.2", 0x0A010002),
        (b"1.2.3.4", 0x01020304),
        (b"0.0.0.8", 8),
        (b"8", 8),
        (b"256.1", None),
        (b"1.2.3.4.5", None),
        (b"x", None),
        (b"4294967296", None),
    ],
)
def test_inet_aton(text, value):
    assert inet_aton(text) == value


@pytest.mark.parametrize(
    "net, mask, network",
    [
        (b"10.0.0.0", b"8", None),  # the mask is 0.0.0.8
        (b"0.0.0.0", b"8", (4, 0, 8)),
        (b"10.0.0.0", b"255.0.0.0", (4, 0x0A000000, 0xFF000000)),
        (b"10.0.0.0", b"x", None),
        (b"10.0.0.0", b"08", (4, 0x0A000000, 0xFF000000)),  # no address, so a length
        (b"10.0.0.0", b"099", None),
        (b"host", b"8", None),
        (b"0.0.0.0", b"", (4, 0, 0)),
        (b"2001:db8::", b"32", (6, 0x20010DB8 << 96, ((1 << 32) - 1) << 96)),
        (b"2001:db8::1", b"32", None),
        (b"2001:db8::", b"129", None),
        (b"1::2::3", b"8", None),
        (b"10.1.2.3", b"+32", (4, 0x0A010203, 0xFFFFFFFF)),
        (b"10.1.2.3", b"+33", None),
        (b"0.0.0.0", b"-0", (4, 0, 0)),
    ],
)
def test_netbsd(net, mask, network):
    assert read_netbsd(net, mask) == network


@pytest.mark.parametrize(
    "pattern, matched, missed",
    [
        ("10.1.2.3/255.0.255.0", "10.1.2.9", "10.2.2.9"),  # a prefix up to the last set bit
        ("10.1.2.3/0.0.0.0", "9.9.9.9", None),
        ("2001:db8::/32", None, None),
    ],
)
def test_suse12_masks(pattern, matched, missed):
    if matched:
        assert "suse12" in matching(pattern, matched)
    if missed:
        assert "suse12" not in matching(pattern, missed)


@pytest.mark.parametrize(
    "pattern, access",
    [("203.0.0.35/255.0.0.0x", "granted"), ("203.0.0.35/8x", "granted"), ("203.0.0.35/255.0.0.0", "denied")],
)
def test_suse12_compares_a_network_with_a_letter_in_it_with_the_name_too(pattern, access):
    """The C library of SLES 12 granted the first; one without a letter is compared with the address alone."""
    policy = Policy.parse("ALL: %s\n" % pattern, "ALL: ALL\n", "suse12")
    assert policy.decide(Request(daemon="sshd", address=None, hostname="203.0.0.35")).access == access


@pytest.mark.parametrize("mask", ["x", "-1", "99", "1.2", "", "33", "255.0.0"])
def test_suse12_masks_that_are_none(mask):
    assert read_network(b"10.0.0.0", mask.encode(), DIALECTS["suse12"]) is None
    assert read_network(b"host", mask.encode(), DIALECTS["suse12"]) is None


@pytest.mark.parametrize(
    "token, network",
    [
        (b"10.", (6, 0xFFFF0A000000, ((1 << 104) - 1) << 24)),
        (b"www.", None),
        (b"1.2.3.4.", None),
        (b"300.", None),
        (b"256.", None),
    ],
)
def test_suse12_prefixes(token, network):
    assert read_prefix_suse12(token) == network


def test_an_address_in_brackets_is_one_network():
    one = (6, 0x20010DB8 << 96 | 1, (1 << 128) - 1)
    for dialect in sorted(ALL - frozenset(["upstream", "upstream-classic", "netbsd"])):
        pattern = HostPattern(b"[2001:db8::1]", DIALECTS[dialect])
        assert one in (pattern.network, pattern.string and pattern.string.network)
