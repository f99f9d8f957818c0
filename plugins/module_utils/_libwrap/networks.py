# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""``net/mask`` and bracketed patterns as each build reads them, turned into numbers once.

A network is ``(family, net, mask)``: family 4 or 6, and an address matches when ``address & mask == net``. None never
matches. The readers are named in the ``net4`` and ``net6`` columns of dialects.py.
"""

import re
from typing import Optional, Tuple

from .addresses import ALL_ONES, canonical_ipv4, dotted_quad, inet_aton, ipv6, mask_from_length, scoped_ipv6
from .dialects import Dialect

Network = Tuple[int, int, int]
_ATOI = re.compile(rb"[ \t\n\x0b\x0c\r]*([+-]?[0-9]+)")


def atoi(text: bytes) -> int:
    """atoi(3): the number at the start, 0 when there is none, wrapped to 32 bits as the C library does."""
    found = _ATOI.match(text)
    if not found:
        return 0
    value = max(-(1 << 63), min((1 << 63) - 1, int(found.group(1))))
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


def _quad_or_ones(text: bytes) -> Optional[int]:
    return ALL_ONES if text == b"255.255.255.255" else dotted_quad(text)


def net4_upstream(net: bytes, mask: bytes) -> Optional[Network]:
    """7.6, FreeBSD, macOS: two dotted quads, neither of them 255.255.255.255."""
    network, netmask = dotted_quad(net), dotted_quad(mask)
    return None if network is None or netmask is None else (4, network, netmask)


def net4_mask(net: bytes, mask: bytes) -> Optional[Network]:
    """RHEL 6: as 7.6 with 255.255.255.255."""
    network, netmask = dotted_quad(net), _quad_or_ones(mask)
    return None if network is None or netmask is None else (4, network, netmask)


def net4_debian(net: bytes, mask: bytes) -> Optional[Network]:
    """Debian: a quad, or atoi() from 1 to 32."""
    network, netmask = dotted_quad(net), dotted_quad(mask)
    if network is None:
        return None
    if netmask is None:
        length = atoi(mask)
        if length < 1 or length > 32:
            return None
        netmask = mask_from_length(length)
    return (4, network, netmask)


def net4_cidr(net: bytes, mask: bytes) -> Optional[Network]:
    """Red Hat and openSUSE: a quad, 255.255.255.255, or digits from 0 to 32; 32 must be written so."""
    network, netmask = dotted_quad(net), _quad_or_ones(mask)
    if network is None:
        return None
    if netmask is None:
        if not mask.isdigit() or int(mask) > 31 and mask != b"32":
            return None
        netmask = mask_from_length(int(mask))
    return (4, network, netmask)


NET4 = {
    "upstream": net4_upstream,
    "freebsd": net4_upstream,
    "mask": net4_mask,
    "debian": net4_debian,
    "cidr": net4_cidr,
}


def prefix6(net: bytes, length: bytes, scopes: bool = False) -> Optional[Network]:
    """An IPv6 prefix with an atoi() length; both sides are masked."""
    network = scoped_ipv6(net) if scopes else ipv6(net)
    bits = atoi(length)
    if network is None or bits < 0 or bits > 128:
        return None
    mask = mask_from_length(bits, 128)
    return (6, network & mask, mask)


def exact6(net: bytes, scopes: bool = False) -> Optional[Network]:
    """One IPv6 address as a network."""
    value = scoped_ipv6(net) if scopes else ipv6(net)
    return None if value is None else (6, value, (1 << 128) - 1)


def read_network(net: bytes, mask: bytes, dialect: Dialect) -> Optional[Network]:
    """The two sides of a ``/`` outside brackets."""
    if net[:1] == b"[" and net[-1:] == b"]" and dialect.net6 == "after":
        return prefix6(net[1:-1], mask, dialect.scopes)
    if dialect.net4 == "suse12":
        return read_suse12(net, mask)
    if dialect.net4 == "netbsd":
        return read_netbsd(net, mask)
    return NET4[dialect.net4](net, mask)


def read_open_bracket(token: bytes, anywhere: bool) -> Optional[Network]:
    """Up to the first ``]``; a length may stand inside or right after it, or ``anywhere`` behind it (Red Hat)."""
    inner, close, rest = token[1:].partition(b"]")
    net, slash, length = inner.partition(b"/")
    if not slash and (anywhere or rest[:1] == b"/"):
        _ignored, slash, length = rest.partition(b"/")
    if not close:
        return None
    return prefix6(net, length) if slash else exact6(net)


def read_inner_bracket(token: bytes) -> Optional[Network]:
    """macOS: a length may stand inside, digits only, none is 0; what stands behind the ``]`` is ignored."""
    inner, close, _ignored = token[1:].partition(b"]")
    net, slash, length = inner.partition(b"/")
    if not close or length and (not length.isdigit() or int(length) > 128):
        return None
    return prefix6(net, length) if slash else exact6(net)


def read_bracketed(token: bytes, dialect: Dialect) -> Optional[Network]:
    """``[address]``."""
    if token[-1:] != b"]":
        return None
    if dialect.net6 == "suse12":
        return read_suse12(token[1:-1], None)
    return exact6(token[1:-1], dialect.scopes)


def strtol_prefix(text: bytes, base: int = 10) -> Optional[Tuple[int, bytes]]:
    """sscanf("%d") or ("%o"): the number at the start and what follows it; None when there is no number."""
    found = re.match(rb"[ \t\n\x0b\x0c\r]*([+-]?[0-7]+)" if base == 8 else rb"[ \t\n\x0b\x0c\r]*([+-]?[0-9]+)", text)
    if not found:
        return None
    value = max(-(1 << 63), min((1 << 63) - 1, int(found.group(1), base))) & 0xFFFFFFFF
    return (value - (1 << 32) if value & 0x80000000 else value), text[found.end() :]


def whole_number(text: bytes, base: int = 10) -> Optional[int]:
    """sscanf("%d%c") with nothing after the number; None when there is something or no number."""
    found = strtol_prefix(text, base)
    return None if found is None or found[1] else found[0]


def _unified(net: bytes) -> Tuple[Optional[int], int]:
    """An address of either family as 128 bits, and how many bits stand before its own."""
    value = canonical_ipv4(net)
    if value is not None:
        return 0xFFFF << 32 | value, 96
    return ipv6(net), 0


def read_suse12(net: bytes, mask: Optional[bytes]) -> Optional[Network]:
    """SLES 12: everything is a number of 128 bits and both sides are masked; a mask is cut after its last set bit.

    ``mask``: what stands behind the ``/``; None where there is none.
    """
    value, before = _unified(net)
    if value is None:
        return None
    if mask is None:
        length = 128
    elif b"." in mask:
        found = re.match(rb"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)", mask)
        if not found:
            return None
        number = 0
        for part in found.groups():
            number = number * 256 + int(part)
        number &= ALL_ONES
        length = before + (32 - (number & -number).bit_length() + 1 if number else 0)
    else:
        number_text = strtol_prefix(mask)
        if number_text is None or number_text[0] < 0:
            return None
        length = before + number_text[0]
        if length > 128:
            return None
    bits = mask_from_length(length, 128)
    return (6, value & bits, bits)


def read_prefix_suse12(token: bytes) -> Optional[Network]:
    """SLES 12: ``10.`` and ``10.1.`` are networks; other prefixes are none."""
    parts = token.split(b".")[:-1]
    if not 1 <= len(parts) <= 3 or not all(part.isdigit() for part in parts):
        return None
    return read_suse12(b".".join((parts + [b"0"] * 3)[:4]), b"%d" % (8 * len(parts)))


def read_netbsd(net: bytes, mask: bytes) -> Optional[Network]:
    """NetBSD: a mask is an address by inet_aton(), so ``/8`` is 0.0.0.8; only what that refuses is a length."""
    if b":" in net:
        value = ipv6(net)
        length = whole_number(mask)
        if value is None or length is None or not 0 <= length <= 128:
            return None
        bits, family = mask_from_length(length, 128), 6
    else:
        value, family = inet_aton(net), 4
        if value is None:
            return None
        number = inet_aton(mask) if mask else 0
        if number is not None:
            bits = number
        else:
            length = whole_number(mask)
            if length is None or not 0 <= length <= 32:
                return None
            bits = mask_from_length(length)
    return (family, value, bits) if value & bits == value else None
