# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on bracketed addresses and networks (facts of IPv6 patterns, networks.py)."""

import re
from typing import List, Optional

from ..addresses import format_ipv6, ipv6, mask_from_length, canonical_ipv4
from ..dialects import Dialect
from ..finding import quote
from .traps import Trap, trap
from ..lookups import Lookups
from ..networks import Network
from ..patterns import EXACT, HostPattern

_LENGTH = re.compile(rb"[0-9]{1,3}\Z")
_MAPPED = 0xFFFF

_INSIDE = ("both", "anywhere", "inside", "suse12", "netbsd")
_OUTSIDE = ("after", "both", "anywhere")


def network6(net: int, length: int, dialect: Dialect) -> str:
    """How this build wants an IPv6 network to be written."""
    if length >= 128:
        return "[%s]" % format_ipv6(net)
    text = format_ipv6(net & mask_from_length(length, 128))
    return "[%s]/%d" % (text, length) if dialect.net6 in _OUTSIDE else "[%s/%d]" % (text, length)


def network_of(pattern: HostPattern) -> Optional[Network]:
    """The network that a pattern came to be, however it was read."""
    if pattern.network is not None or pattern.string is None:
        return pattern.network
    return pattern.string.network


def bracket_traps(
    token: bytes, pattern: HostPattern, dialect: Dialect, lookups: Lookups, whole: bool = True
) -> List[Trap]:
    """What is wrong with ``[address]``, ``[net]/length`` or ``[net/length]``.

    ``whole``: it is not behind ``user@`` or ``daemon@``, where NetBSD does not take the brackets off.
    """
    if dialect.net6 == "none" or (dialect.net6 == "netbsd" and not whole):
        return [trap("ipv6-unsupported", "brackets", pattern=quote(token))]
    inner, close, rest = token[1:].partition(b"]")
    if not close:
        return [trap("unbalanced-bracket", pattern=quote(token))]
    missing = _interface_traps(token, pattern, lookups)
    if missing:
        return missing
    net, slash, length = inner.partition(b"/")
    value = ipv6(net.partition(b"%")[0] if dialect.scopes else net)
    network = network_of(pattern)
    if value is None:
        return _no_address(token, net, rest, pattern, network, dialect)
    if rest and rest[:1] != b"/" and dialect.net6 != "inside":
        return [trap("bad-bracket-address", "behind", pattern=quote(token))] if network is None else []
    outside = not slash and rest[:1] == b"/"
    if outside:
        length = rest[1:]
    bits = int(length) if _LENGTH.match(length) and int(length) <= 128 else None
    if slash or outside:
        found = _form_traps(token, value, bits, outside, network, dialect) or _length_traps(
            token, value, length, bits, network, dialect
        )
        if found:
            return found
    if value >> 32 == _MAPPED and (not (slash or outside) or bits is None or bits >= 96):
        return _mapped_traps(token, value, dialect)
    if dialect.net6 == "netbsd" and not slash and pattern.token.lower() != format_ipv6(value).encode("ascii"):
        return [trap("ipv6-spelling", pattern=quote(token), address=format_ipv6(value))]
    return []


def _interface_traps(token: bytes, pattern: HostPattern, lookups: Lookups) -> List[Trap]:
    """The host has no interface of the name that stands behind the ``%``, or nobody knows."""
    if pattern.interface is None:
        return []
    exists = lookups.interface_exists(pattern.interface.decode("utf-8", "surrogateescape"))
    if exists:
        return []
    name = quote(pattern.interface)
    if exists is None:
        return [trap("interface-unknown", "unknown", pattern=quote(token), interface=name)]
    return [trap("interface-unknown", pattern=quote(token), interface=name)]


def _no_address(
    token: bytes, net: bytes, rest: bytes, pattern: HostPattern, network: Optional[Network], dialect: Dialect
) -> List[Trap]:
    """What stands in the brackets is no IPv6 address."""
    if network is not None or (
        dialect.net6 == "netbsd" and not rest and pattern.string is not None and canonical_ipv4(net) is not None
    ):
        return []
    if dialect.net6 == "netbsd" and not rest and pattern.string is not None and pattern.string.kind != EXACT:
        return []
    form = "zone" if b"%" in net else "ipv4" if canonical_ipv4(net) is not None else ""
    return [trap("bad-bracket-address", form, pattern=quote(token))]


def _form_traps(
    token: bytes, value: int, bits: Optional[int], outside: bool, network: Optional[Network], dialect: Dialect
) -> List[Trap]:
    """The length stands on the side of the bracket where this build does not look."""
    if dialect.net6 in (_OUTSIDE if outside else _INSIDE):
        return []
    if bits == 128 and network is not None:
        return []
    meaning = "matches only the one address" if network is not None else "never matches"
    return [
        trap(
            "ipv6-prefix-form",
            pattern=quote(token),
            meaning=meaning,
            place="inside" if outside else "behind",
            instead=network6(value, 64 if bits is None else bits, dialect),
        )
    ]


def _length_traps(
    token: bytes, value: int, length: bytes, bits: Optional[int], network: Optional[Network], dialect: Dialect
) -> List[Trap]:
    if bits is None:
        if network is not None and network[2] == 0:
            return [trap("ipv6-length-everything", length=quote(length), pattern=quote(token))]
        if network is None:
            return [trap("bad-mask", "length", pattern=quote(token))]
        return [trap("sloppy-mask", "length", pattern=quote(token), length=bin(network[2]).count("1"))]
    if bits == 0 and value and network is not None:
        return [trap("ipv6-length-everything", "zero", pattern=quote(token))]
    if dialect.net6 == "netbsd" and value & ~mask_from_length(bits, 128):
        return [
            trap(
                "host-bits-set",
                "length",
                pattern=quote(token),
                network=network6(value, bits, dialect),
                address=format_ipv6(value),
            )
        ]
    return []


def _mapped_traps(token: bytes, value: int, dialect: Dialect) -> List[Trap]:
    """``[::ffff:10.1.2.3]``: such a client is an IPv4 client to most builds."""
    if dialect.mapped == "number":
        return []
    if dialect.mapped == "ipv4":
        return [trap("mapped-pattern", pattern=quote(token))]
    return [trap("mapped-pattern", "socket", pattern=quote(token))]
