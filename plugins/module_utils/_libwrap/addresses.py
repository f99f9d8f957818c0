# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Addresses as the C library reads them: inet_addr(3) with four parts, inet_pton(3)."""

import re
from typing import Optional

#: What inet_addr(3) returns for 255.255.255.255 as well as for an error, so that address is never matched by it.
ALL_ONES = 0xFFFFFFFF
IPV6_BITS = 128

_PART = re.compile(rb"(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\Z")
_BLANK = re.compile(rb"[ \t\n\x0b\x0c\r]")
#: Every octet as people write it, which is quicker to look up than to parse.
OCTETS = dict((b"%d" % number, number) for number in range(256))
_IPV6_BYTES = b"0123456789abcdefABCDEF:"
_INTERFACE = re.compile(rb"[^\s/%:\[\]]{1,15}\Z")


def dotted_quad(text: bytes) -> Optional[int]:
    """inet_addr(3) of a text with four parts, each decimal, octal or hex; None for anything else, 255.255.255.255 too."""
    value = canonical_ipv4(text)
    if value is not None:
        return None if value == ALL_ONES else value
    if sum(1 for part in text.split(b".") if part) != 4:
        return None
    # inet_addr(3) reads up to the first blank, whatever follows
    value = inet_aton(_BLANK.split(text, 1)[0])
    return None if value == ALL_ONES else value


def inet_aton(text: bytes) -> Optional[int]:
    """inet_aton(3): one to four parts, the last filling the rest; octal and hex accepted."""
    parts = text.split(b".")
    if not 1 <= len(parts) <= 4:
        return None
    value = 0
    for position, part in enumerate(parts):
        number = c_number(part)
        last = position == len(parts) - 1
        if number is None or number >= 1 << (8 * (5 - len(parts)) if last else 8):
            return None
        value = value << (8 * (5 - len(parts)) if last else 8) | number
    return value


def c_number(text: bytes) -> Optional[int]:
    """A number as C writes it: decimal (of which 11 digits are read), octal after a 0, hex after 0x; None for anything
    else.
    """
    if not _PART.match(text):
        return None
    if text[:2] in (b"0x", b"0X"):
        return int(text, 16)
    # a decimal of 11 digits is too large for any address
    return int(text, 8) if text[:1] == b"0" else int(text[:11])


def canonical_ipv4(text: bytes) -> Optional[int]:
    """inet_pton(AF_INET): four decimal parts without leading zeros; None for anything else."""
    parts = text.split(b".")
    if len(parts) != 4:
        return None
    try:
        return OCTETS[parts[0]] << 24 | OCTETS[parts[1]] << 16 | OCTETS[parts[2]] << 8 | OCTETS[parts[3]]
    except KeyError:
        return None


def ipv6(text: bytes) -> Optional[int]:
    """inet_pton(AF_INET6): the address as a number of 128 bits; None when it is none."""
    if b":" not in text:
        return None
    if b"." in text:
        head, _colon, dotted = text.rpartition(b":")
        quad = canonical_ipv4(dotted)
        if quad is None:
            return None
        text = b"%s:%x:%x" % (head, quad >> 16, quad & 0xFFFF)
    if text.translate(None, _IPV6_BYTES):
        return None
    left_text, gap, right_text = text.partition(b"::")
    left = left_text.split(b":") if left_text else []
    if gap:
        right = right_text.split(b":") if right_text else []
        if len(left) + len(right) > 7:
            return None
        groups = left + [b"0"] * (8 - len(left) - len(right)) + right
    else:
        groups = left
        if len(groups) != 8:
            return None
    digits = b"%4b%4b%4b%4b%4b%4b%4b%4b" % tuple(groups)
    if len(digits) != 32 or b"" in groups:
        return None
    return int(digits.replace(b" ", b"0"), 16)


def scoped_ipv6(text: bytes) -> Optional[int]:
    """getaddrinfo(3) with AI_NUMERICHOST: ``fe80::1%lo`` and ``2001:db8::1%3`` are the address before the ``%``.

    A scope is a number or, for a link-local address only, an interface; whether it exists, :func:`scope_interface`
    tells whom to ask.
    """
    address, percent, scope = text.partition(b"%")
    value = ipv6(address)
    if value is None or not percent or _is_scope_number(scope):
        return value
    link_local = value >> 118 == 0x3FA or value >> 112 & 0xFF0F == 0xFF02
    return value if link_local and _INTERFACE.match(scope) else None


def scope_interface(text: bytes) -> Optional[bytes]:
    """The interface that an address names as its scope (``lo`` of ``fe80::1%lo``); None for a number or no scope.

    getaddrinfo(3) refuses the address on a host that has no such interface (facts of IPv6 patterns).
    """
    _address, percent, scope = text.partition(b"%")
    return scope if percent and not _is_scope_number(scope) else None


def _is_scope_number(scope: bytes) -> bool:
    return scope.isdigit() and int(scope.lstrip(b"0")[:11] or b"0") <= ALL_ONES


def format_ipv4(value: int) -> str:
    """A number of 32 bits as a dotted quad."""
    return "%d.%d.%d.%d" % (value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255)


def format_ipv6(value: int) -> str:
    """A number of 128 bits as RFC 5952 writes it."""
    groups = [value >> shift & 0xFFFF for shift in range(112, -16, -16)]
    best_start, best_length = 0, 0
    start: Optional[int] = None
    for position, group in enumerate(groups + [1]):
        if group == 0 and start is None:
            start = position
        elif group != 0 and start is not None:
            if position - start > best_length and position - start > 1:
                best_start, best_length = start, position - start
            start = None
    words = ["%x" % group for group in groups]
    if not best_length:
        return ":".join(words)
    return ":".join(words[:best_start]) + "::" + ":".join(words[best_start + best_length :])


def mask_from_length(length: int, bits: int = 32) -> int:
    """The netmask of a prefix length as a number."""
    full = (1 << bits) - 1
    return full ^ (full >> length)


def length_from_mask(mask: int, bits: int = 32) -> Optional[int]:
    """The prefix length of a contiguous netmask; None for one with holes."""
    length = bin(mask).count("1")
    return length if mask_from_length(length, bits) == mask else None
