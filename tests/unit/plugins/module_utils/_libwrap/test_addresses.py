# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as inet_addr(3), inet_pton(3) and getaddrinfo(3) read them."""

import socket

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.addresses import (
    ALL_ONES,
    c_number,
    canonical_ipv4,
    dotted_quad,
    format_ipv4,
    format_ipv6,
    inet_aton,
    ipv6,
    length_from_mask,
    mask_from_length,
    scoped_ipv6,
)


@pytest.mark.parametrize(
    "text, value",
    [
        (b"10.1.2.3", 0x0A010203),
        (b"010.0.0.1", 0x08000001),  # octal
        (b"0x0a.1.2.3", 0x0A010203),
        (b"0XA.1.2.3", 0x0A010203),
        (b"0.0.0.0", 0),
        (b"255.255.255.254", 0xFFFFFFFE),
        (b"255.255.255.255", None),  # inet_addr(3) returns the same number for an error
        (b"0377.255.255.255", None),
        (b"10.1.2", None),
        (b"10.1.2.3.4", None),
        (b"10.1.2.256", None),
        (b"10.1.2.08", None),
        (b"10.1.2.", None),
        (b"10.1.2.x", None),
        (b"10.1.2.3\x0b4", 0x0A010203),  # the C library ends at white space
        (b"10.1.2.3\x0c", 0x0A010203),
        (b"10.1.2.3 ", 0x0A010203),
        (b"10.1.2\x0b.3", 0x0A010002),  # four runs between dots, and the number up to the white space
        (b"", None),
    ],
)
def test_inet_addr(text, value):
    assert dotted_quad(text) == value


@pytest.mark.parametrize(
    "text, value",
    [
        (b"10.1.2.3", 0x0A010203),
        (b"255.255.255.255", 0xFFFFFFFF),
        (b"010.1.2.3", None),
        (b"10.1.2", None),
        (b"10.1.2.+3", None),
        (b"10.1.2.300", None),
    ],
)
def test_inet_pton_of_ipv4(text, value):
    assert canonical_ipv4(text) == value


@pytest.mark.parametrize(
    "text, value",
    [
        (b"0", 0),
        (b"017", 15),
        (b"0x1f", 31),
        (b"42", 42),
        (b"08", None),
        (b"x", None),
        (b"-1", None),
        (b"0" * 30 + b"17", 15),
        (b"0x" + b"0" * 30 + b"1f", 31),
        (b"4294967296", 4294967296),
    ],
)
def test_numbers_of_c(text, value):
    assert c_number(text) == value


def test_a_decimal_that_is_too_long_is_no_address():
    assert c_number(b"1" * 5000) > ALL_ONES and dotted_quad(b"10.1.2." + b"1" * 5000) is None


@pytest.mark.parametrize(
    "text",
    [
        "10",
        "10.256",
        "10.1.65535",
        "10.1.65536",
        "10.16777215",
        "10.16777216",
        "4294967295",
        "4294967296",
        "10.1.2.3",
        "1.2.3.4.0",
        "1.2.3.4.",
        "1.2.3.256",
        "1.256.3.4",
        "010.0x1.2.3",
        "0x",
        "1.2.3." + "0" * 30 + "17",
        "1.2.3.0x" + "0" * 30 + "1f",
        "1.2.3.08",
    ],
)
def test_inet_aton_as_the_c_library_reads_it(text):
    try:
        value = int.from_bytes(socket.inet_aton(text), "big")
    except OSError:
        value = None
    assert inet_aton(text.encode()) == value


@pytest.mark.parametrize(
    "text, value",
    [
        (b"::", 0),
        (b"::1", 1),
        (b"1::", 1 << 112),
        (b"2001:db8::1", 0x20010DB8 << 96 | 1),
        (b"2001:DB8:0:0:0:0:0:1", 0x20010DB8 << 96 | 1),
        (b"::ffff:10.1.2.3", 0xFFFF0A010203),
        (b"1:2:3:4:5:6:7:8", 0x00010002000300040005000600070008),
        (b"1:2:3:4:5:6:10.1.2.3", 0x0001000200030004000500060A010203),
        (b"1:2:3:4:5:6:7::", 0x00010002000300040005000600070000),
        (b"::2:3:4:5:6:7:8", 0x00000002000300040005000600070008),
        (b"1:2:3:4:5:6:7:8:9", None),
        (b"1:2:3:4:5:6:7", None),
        (b"1:2:3:4::5:6:7:8", None),
        (b"1::2::3", None),
        (b":::", None),
        (b":1", None),
        (b"1:", None),
        (b"12345::", None),
        (b"g::", None),
        (b"::10.1.2", None),
        (b"::010.1.2.3", None),
        (b"::1%lo", None),
        (b"10.1.2.3", None),
        (b"", None),
    ],
)
def test_inet_pton_of_ipv6(text, value):
    assert ipv6(text) == value


LINK_LOCAL = 0xFE80 << 112 | 1


@pytest.mark.parametrize(
    "text, value",
    [  # asked of Debian's libwrap, which asks getaddrinfo(3)
        (b"fe80::1", LINK_LOCAL),
        (b"fe80::1%lo", LINK_LOCAL),
        (b"fe80::1%1", LINK_LOCAL),
        (b"fe80::1%99", LINK_LOCAL),
        (b"fe80::1%", None),
        (b"fe80::1%l[o", None),
        (b"ff02::1%lo", 0xFF02 << 112 | 1),
        (b"2001:db8::1%3", 0x20010DB8 << 96 | 1),
        (b"2001:db8::1%lo", None),
        (b"2001:db8::1%99999999999", None),
        (b"2001:db8::1%4294967295", 0x20010DB8 << 96 | 1),
        (b"2001:db8::1%4294967296", None),
        (b"2001:db8::1%" + b"0" * 30 + b"3", 0x20010DB8 << 96 | 1),
        (b"2001:db8::1%" + b"0" * 11 + b"5000000000", None),
        (b"2001:db8::1%50000000000", None),
        (b"2001:db8::1%0", 0x20010DB8 << 96 | 1),
        (b"x%lo", None),
    ],
)
def test_scopes(text, value):
    assert scoped_ipv6(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "::",
        "::1",
        "1::",
        "2001:db8::1",
        "2001:db8:0:1:1:1:1:1",
        "1:0:0:2::3",
        "1:2:3:4:5:6:7:8",
        "::2:0:0:3:0:1",
        "fe80::1:0:0:1",
    ],
)
def test_ipv6_is_written_as_rfc_5952_says(text):
    assert format_ipv6(ipv6(text.encode())) == text


def test_ipv4_and_masks():
    assert format_ipv4(0x0A010203) == "10.1.2.3"
    assert [mask_from_length(length) for length in (0, 8, 31, 32)] == [0, 0xFF000000, 0xFFFFFFFE, 0xFFFFFFFF]
    assert mask_from_length(64, 128) == ((1 << 64) - 1) << 64
    assert [length_from_mask(mask) for mask in (0, 0xFF000000, 0xFFFFFFFF, 0xFF00FF00)] == [0, 8, 32, None]
    assert [length_from_mask(mask_from_length(length, 128), 128) for length in (0, 64, 128)] == [0, 64, 128]
