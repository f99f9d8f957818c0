# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on ``net/mask`` with IPv4 networks (facts of IPv4 masks, networks.py)."""

import re
from typing import List, Optional

from ..addresses import ALL_ONES, dotted_quad, format_ipv4, inet_aton, length_from_mask, mask_from_length
from ..dialects import Dialect
from .finding import FEWER, MORE, NONE, OPENS, WARNING, Trap, quote, trap
from ..lexer import split_field
from ..networks import Network
from ..patterns import HostPattern

_NUMBERS = re.compile(rb"[0-9.]+\Z")
_LENGTH = re.compile(rb"[0-9]{1,2}\Z")

#: Builds that read no length after the slash of an IPv4 network.
_MASKS_ONLY = ("upstream", "freebsd", "mask", "netbsd")
#: Builds that take 255.255.255.255 for an error.
_NO_ONES = ("debian", "upstream", "freebsd")


def network4(net: int, length: int, dialect: Dialect) -> str:
    """How this build wants an IPv4 network to be written."""
    net &= mask_from_length(length)
    if length == 32:
        return format_ipv4(net)
    if length == 0:
        return "0.0.0.0/0.0.0.0"
    if dialect.net4 in _MASKS_ONLY:
        return "%s/%s" % (format_ipv4(net), format_ipv4(mask_from_length(length)))
    return "%s/%d" % (format_ipv4(net), length)


def read_octets(text: bytes) -> Optional[int]:
    """Four decimal parts, leading zeros ignored: what a person means by them."""
    parts = text.split(b".")
    if len(parts) != 4 or not all(part.isdigit() and len(part) < 20 and int(part) < 256 for part in parts):
        return None
    value = 0
    for part in parts:
        value = value << 8 | int(part)
    return value


def octal_part(text: bytes) -> bool:
    """Whether a part is written as C's octal or hexadecimal number."""
    return any(len(part) > 1 and part[:1] == b"0" for part in text.split(b"."))


def network_traps(token: bytes, pattern: HostPattern, dialect: Dialect) -> List[Trap]:
    """What is wrong with ``net/mask`` outside brackets."""
    net, mask, _found = split_field(token, b"/", dialect.brackets)
    if not net:
        return [
            trap(
                "host-file-unsupported",
                FEWER,
                "%s would be a file of hosts, which this libwrap does not read; it is taken for a network and never matches"
                % quote(token),
                "Write the hosts into the rule.",
            )
        ]
    found = _net_traps(token, net, pattern.network, dialect)
    if found:
        return found
    value = ALL_ONES if net == b"255.255.255.255" else dotted_quad(net)
    if value is None:
        return []
    if _LENGTH.match(mask) and int(mask) <= 32 and mask == b"%d" % int(mask):
        return _length_traps(token, value, int(mask), pattern.network, dialect)
    if dotted_quad(mask) is not None or mask == b"255.255.255.255":
        return _mask_traps(token, value, mask, pattern.network, dialect)
    return _odd_mask_traps(token, value, mask, pattern.network, dialect)


def _net_traps(token: bytes, net: bytes, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """The side before the slash."""
    if not _NUMBERS.match(net) and dotted_quad(net) is None:
        return [
            trap(
                "bad-network",
                FEWER,
                "%s is no IPv4 network, since %s is no address, so it never matches" % (quote(token), quote(net)),
                "Write four numbers before the slash; names and wildcards take no mask.",
            )
        ]
    parts = net.split(b".")
    if len(parts) < 4:
        read = inet_aton(net) if dialect.net4 == "netbsd" and network is not None else None
        meaning = "is never matched" if read is None else "means %s here" % format_ipv4(read)
        full = b".".join((parts + [b"0"] * 3)[:4])
        return [
            trap(
                "short-quad",
                FEWER,
                "the network %s has fewer than four parts, so it %s" % (quote(token), meaning),
                "Write all four parts: %s/..." % full.decode("latin-1"),
            )
        ]
    plain = read_octets(net)
    if octal_part(net) and dotted_quad(net) != plain or octal_part(net) and network is None:
        value = dotted_quad(net)
        if value is None or dialect.net4 == "suse12":
            return [
                trap(
                    "octal-quad",
                    FEWER,
                    "%s has a part with a leading zero that is no number here, so it never matches" % quote(token),
                    "Write the parts without leading zeros.",
                )
            ]
        if value != plain:
            return [
                trap(
                    "octal-quad",
                    OPENS,
                    "libwrap reads a part with a leading zero as octal, so %s means %s"
                    % (quote(token), format_ipv4(value)),
                    "Write the parts without leading zeros.",
                )
            ]
    if dotted_quad(net) is None and net != b"255.255.255.255":
        return [
            trap(
                "impossible-address",
                FEWER,
                "%s holds a number that no address has, so it never matches" % quote(token),
                "Write four numbers from 0 to 255.",
            )
        ]
    return []


def _length_traps(token: bytes, value: int, length: int, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """A length from 0 to 32 after the slash."""
    mask = mask_from_length(length)
    right = network4(value, length, dialect)
    if dialect.net4 in _MASKS_ONLY and not (network is not None and network[2] == mask):
        why = "reads the length as the mask 0.0.0.%d" % length if dialect.net4 == "netbsd" else "knows no lengths"
        return [
            trap(
                "prefix-length-unsupported",
                FEWER if network is None else OPENS,
                "%s %s: this libwrap %s"
                % (quote(token), "never matches" if network is None else "matches other addresses", why),
                "Write %s." % right,
            )
        ]
    if length == 0:
        if network is None:
            return [
                trap(
                    "prefix-zero",
                    FEWER,
                    "%s never matches: this libwrap takes a length of 0 for an error" % quote(token),
                    "Write 0.0.0.0/0.0.0.0 for all of IPv4.",
                )
            ]
        if value and dialect.net4 == "suse12":
            return [
                trap(
                    "prefix-zero",
                    MORE,
                    "%s is all of IPv4, whatever the address before the slash" % quote(token),
                    "Write the length that is meant, or 0.0.0.0/0.",
                    WARNING,
                )
            ]
    return _host_bits(token, value, mask, right, dialect)


def _host_bits(token: bytes, value: int, mask: int, right: str, dialect: Dialect) -> List[Trap]:
    if value == ALL_ONES and dialect.net4 not in ("suse12", "netbsd"):
        return [
            trap(
                "bad-network",
                FEWER,
                "%s never matches: libwrap takes 255.255.255.255 for an error" % quote(token),
                "Write the address 255.255.255.255 alone.",
            )
        ]
    if not value & ~mask or dialect.net4 == "suse12":
        return []
    return [
        trap(
            "host-bits-set",
            FEWER,
            "the address of %s has bits set outside its mask, so it never matches" % quote(token),
            "%s." % _narrow_first(value, mask, right, dialect),
        )
    ]


def _narrow_first(value: int, mask: int, right: str, dialect: Dialect) -> str:
    """What may have been meant, the fewest addresses first: who takes the first offer opens no more than he must."""
    zeros = (value & -value).bit_length() - 1
    narrow = network4(value, 32 - zeros, dialect)
    if zeros >= 8 and narrow != right:
        return "Write the network %s, the address %s, or, if all of it is meant, %s" % (
            narrow,
            format_ipv4(value),
            right,
        )
    return "Write the address %s, or, if all of it is meant, the network %s" % (format_ipv4(value), right)


def _mask_traps(token: bytes, value: int, text: bytes, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """A dotted mask after the slash."""
    mask = ALL_ONES if text == b"255.255.255.255" else dotted_quad(text) or 0
    if mask == ALL_ONES and dialect.net4 in _NO_ONES:
        return [
            trap(
                "mask-all-ones",
                FEWER,
                "%s never matches: this libwrap takes the mask 255.255.255.255 for an error" % quote(token),
                "Write the address %s alone." % format_ipv4(value),
            )
        ]
    if octal_part(text) and mask != read_octets(text):
        return [
            trap(
                "octal-quad",
                OPENS,
                "libwrap reads a part with a leading zero as octal, so the mask of %s means %s"
                % (quote(token), format_ipv4(mask)),
                "Write the parts without leading zeros.",
            )
        ]
    length = length_from_mask(mask)
    if length is None:
        if dialect.net4 == "suse12":
            cut = bin(mask).rstrip("0")
            length = len(cut) - 2 + 32 - mask.bit_length()
            return [
                trap(
                    "noncontiguous-mask",
                    FEWER,
                    "the mask of %s has holes; this libwrap reads it as /%d" % (quote(token), length),
                    "Write the length that is meant.",
                )
            ]
        found = _host_bits(token, value, mask, "%s/%s" % (format_ipv4(value & mask), format_ipv4(mask)), dialect)
        return found or [
            trap(
                "noncontiguous-mask",
                MORE,
                "the mask of %s has holes, so it matches addresses all over the network" % quote(token),
                "Write a mask of ones followed by zeros.",
            )
        ]
    return _host_bits(token, value, mask, network4(value, length, dialect), dialect)


def _odd_mask_traps(token: bytes, value: int, mask: bytes, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """Anything else after the slash."""
    remedy = "Write a length from 1 to 32 or four numbers from 0 to 255."
    if dialect.net4 in _MASKS_ONLY:
        remedy = "Write a mask of four numbers from 0 to 255."
    if network is None:
        return [
            trap(
                "bad-mask",
                FEWER,
                "%s has no mask that this libwrap understands, so it never matches" % quote(token),
                remedy,
            )
        ]
    bits = network[2] & ALL_ONES
    length = length_from_mask(bits)
    meaning = "the mask %s" % format_ipv4(bits) if length is None else "/%d" % length
    if value & ~bits and dialect.net4 != "suse12":
        return [
            trap(
                "bad-mask",
                FEWER,
                "libwrap reads the mask of %s as %s, so it never matches" % (quote(token), meaning),
                remedy,
            )
        ]
    return [trap("sloppy-mask", NONE, "libwrap reads the mask of %s as %s" % (quote(token), meaning), remedy)]
