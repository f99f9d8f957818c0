# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on ``net/mask`` with IPv4 networks (facts of IPv4 masks, networks.py)."""

import re
from typing import Dict, List, Optional, Tuple

from ..addresses import ALL_ONES, dotted_quad, format_ipv4, inet_aton, length_from_mask, mask_from_length
from ..dialects import Dialect
from ..finding import FEWER, OPENS, quote
from .traps import Trap, trap
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
        return [trap("host-file-unsupported", pattern=quote(token))]
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
        return [trap("bad-network", pattern=quote(token), net=quote(net))]
    parts = net.split(b".")
    if len(parts) < 4:
        read = inet_aton(net) if dialect.net4 == "netbsd" and network is not None else None
        meaning = "is never matched" if read is None else "means %s here" % format_ipv4(read)
        full = b".".join((parts + [b"0"] * 3)[:4])
        return [trap("short-quad", pattern=quote(token), meaning=meaning, instead=full.decode("latin-1"))]
    plain = read_octets(net)
    if octal_part(net) and dotted_quad(net) != plain or octal_part(net) and network is None:
        value = dotted_quad(net)
        if value is None or dialect.net4 == "suse12":
            return [trap("octal-quad", "network", pattern=quote(token))]
        if value != plain:
            return [trap("octal-quad", "other", pattern=quote(token), address=format_ipv4(value))]
    if dotted_quad(net) is None and net != b"255.255.255.255":
        return [trap("impossible-address", "network", pattern=quote(token))]
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
                reach=FEWER if network is None else OPENS,
                pattern=quote(token),
                what="never matches" if network is None else "matches other addresses",
                why=why,
                instead=right,
            )
        ]
    if length == 0:
        if network is None:
            return [trap("prefix-zero", pattern=quote(token))]
        if value and dialect.net4 == "suse12":
            return [trap("prefix-zero", "all", pattern=quote(token))]
    return _host_bits(token, value, mask, right, dialect)


def _host_bits(token: bytes, value: int, mask: int, right: str, dialect: Dialect) -> List[Trap]:
    if value == ALL_ONES and dialect.net4 not in ("suse12", "netbsd"):
        return [trap("bad-network", "ones", pattern=quote(token))]
    if not value & ~mask or dialect.net4 == "suse12":
        return []
    form, words = _narrow_first(value, mask, right, dialect)
    return [trap("host-bits-set", form, pattern=quote(token), **words)]


def _narrow_first(value: int, mask: int, right: str, dialect: Dialect) -> Tuple[str, Dict[str, str]]:
    """What may have been meant, the fewest addresses first: who takes the first offer opens no more than he must."""
    words = {"address": format_ipv4(value), "network": right}
    zeros = (value & -value).bit_length() - 1
    narrow = network4(value, 32 - zeros, dialect)
    if zeros >= 8 and narrow != right:
        return "narrow", dict(words, narrow=narrow)
    return "", words


def _mask_traps(token: bytes, value: int, text: bytes, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """A dotted mask after the slash."""
    mask = ALL_ONES if text == b"255.255.255.255" else dotted_quad(text) or 0
    if mask == ALL_ONES and dialect.net4 in _NO_ONES:
        return [trap("mask-all-ones", pattern=quote(token), address=format_ipv4(value))]
    if octal_part(text) and mask != read_octets(text):
        return [trap("octal-quad", "mask", pattern=quote(token), mask=format_ipv4(mask))]
    length = length_from_mask(mask)
    if length is None:
        if dialect.net4 == "suse12":
            cut = bin(mask).rstrip("0")
            length = len(cut) - 2 + 32 - mask.bit_length()
            return [trap("noncontiguous-mask", "cut", pattern=quote(token), length=length)]
        if value & ~mask and not mask & (mask + 1):  # ones at the end alone
            right = network4(value, 32 - mask.bit_length(), dialect)
            return [trap("host-bits-set", "inverted", pattern=quote(token), network=right)]
        found = _host_bits(token, value, mask, "%s/%s" % (format_ipv4(value & mask), format_ipv4(mask)), dialect)
        return found or [trap("noncontiguous-mask", pattern=quote(token))]
    return _host_bits(token, value, mask, network4(value, length, dialect), dialect)


def _odd_mask_traps(token: bytes, value: int, mask: bytes, network: Optional[Network], dialect: Dialect) -> List[Trap]:
    """Anything else after the slash."""
    form = "a length from 1 to 32 or four numbers from 0 to 255"
    if dialect.net4 in _MASKS_ONLY:
        form = "a mask of four numbers from 0 to 255"
    if network is None:
        return [trap("bad-mask", pattern=quote(token), write=form)]
    bits = network[2] & ALL_ONES
    length = length_from_mask(bits)
    meaning = "the mask %s" % format_ipv4(bits) if length is None else "/%d" % length
    if value & ~bits and dialect.net4 != "suse12":
        return [trap("bad-mask", "other", pattern=quote(token), meaning=meaning, write=form)]
    return [trap("sloppy-mask", pattern=quote(token), meaning=meaning, write=form)]
