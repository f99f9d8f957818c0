# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A request as one dialect compares it: lower-case bytes, addresses as numbers, computed once a request."""

from typing import Optional

from .addresses import ALL_ONES, dotted_quad, ipv6, strict_ipv4
from .dialects import Dialect
from .request import Request, to_bytes

UNKNOWN = b"unknown"
PARANOID = b"paranoid"
_MAPPED = b"::ffff:"
_MAPPED_BITS = 0xFFFF


class HostFacts(object):
    """One end of the connection: ``name`` and ``address`` as given, the texts that are compared, the numbers.

    ``ip6_net`` is what prefixes are compared with: an address that the build also takes for IPv4 is in none.
    """

    __slots__ = ("name", "address", "name_text", "name_lower", "address_text", "address_lower", "ip4", "ip6", "ip6_net", "name_known")

    def __init__(self, name: bytes, address: bytes, dialect: Dialect) -> None:
        self.name = name
        self.address = address
        strip = dialect.mapped == "ipv4"
        name_text = unmap(name) if strip and name[:1] == b":" else name
        self.name_text = name_text
        self.name_lower = name_text.lower()
        self.name_known = name.lower() not in (UNKNOWN, PARANOID)
        self.ip4 = None  # type: Optional[int]
        self.ip6 = None  # type: Optional[int]
        if dialect.mapped == "number":
            self.ip6 = unified_number(address)
        elif b":" in address:
            stripped = unmap(address) if strip else address
            if stripped is not address:
                address = stripped
                self.ip4 = dotted_quad(address)
            else:
                self.ip6 = ipv6(address.partition(b"%")[0] if dialect.scopes else address)
                if dialect.mapped_numbers and self.ip6 is not None and self.ip6 >> 32 == _MAPPED_BITS:
                    self.ip4 = self.ip6 & ALL_ONES
        else:
            self.ip4 = _plain_ipv4(address)
            if self.ip4 is None and dialect.net4 == "netbsd" and address == b"255.255.255.255":
                self.ip4 = ALL_ONES
        self.ip6_net = None if dialect.net6 == "after" and self.ip4 is not None else self.ip6
        self.address_text = address
        self.address_lower = address.lower()

    @property
    def name_ip6(self) -> Optional[int]:
        """A name that is spelled as an address, which bracketed patterns of some builds match too."""
        return unified_number(self.name_text)


class RequestFacts(object):
    """The whole request: daemon and user as compared, both ends, the server's port."""

    __slots__ = ("daemon", "daemon_text", "user", "user_text", "client", "server", "port", "request")

    def __init__(self, request: Request, dialect: Dialect) -> None:
        self.request = request
        daemon = to_bytes(request.daemon or "unknown")
        user = UNKNOWN if not request.user else to_bytes(request.user)
        if dialect.mapped == "ipv4":
            daemon = unmap(daemon) if daemon[:1] == b":" else daemon
            user = unmap(user) if user[:1] == b":" else user
        self.daemon_text = daemon
        self.daemon = daemon.lower()
        self.user_text = user
        self.user = user.lower()
        self.client = HostFacts(host_name(request.hostname, request.paranoid),
                                UNKNOWN if not request.address else to_bytes(request.address), dialect)
        self.server = None  # type: Optional[HostFacts]
        self.port = request.server_port

    def server_facts(self, dialect: Dialect) -> HostFacts:
        """The server's end, which few rules ask for."""
        if self.server is None:
            request = self.request
            self.server = HostFacts(host_name(request.server_hostname, request.server_paranoid),
                                    UNKNOWN if not request.server_address else to_bytes(request.server_address), dialect)
        return self.server


def host_name(name: Optional[str], paranoid: bool) -> bytes:
    """The name libwrap compares: "paranoid", "unknown" or the name."""
    if paranoid:
        return PARANOID
    return UNKNOWN if not name else to_bytes(name)


def unmap(text: bytes) -> bytes:
    """``::ffff:10.1.2.3`` as ``10.1.2.3``; anything else as the same object."""
    if text[:7].lower() == _MAPPED:
        rest = text[7:]
        if rest.count(b".") == 3 and dotted_quad(rest) is not None or rest == b"255.255.255.255":
            return rest
    return text


def unified_number(text: bytes) -> Optional[int]:
    """Any address as a number of 128 bits, IPv4 as ``::ffff:a.b.c.d``; None for what is no address."""
    if b":" in text:
        return ipv6(text.partition(b"%")[0])
    value = strict_ipv4(text)
    return None if value is None else _MAPPED_BITS << 32 | value


def _plain_ipv4(text: bytes) -> Optional[int]:
    """dotted_quad() with a quick way for what addresses nearly always are."""
    parts = text.split(b".")
    if len(parts) != 4:
        return None
    first, second, third, fourth = parts
    if first.isdigit() and second.isdigit() and third.isdigit() and fourth.isdigit():
        for part in parts:
            if part[:1] == b"0" and part != b"0":
                return dotted_quad(text)
        a, b, c, d = int(first), int(second), int(third), int(fourth)
        if a > 255 or b > 255 or c > 255 or d > 255:
            return None
        value = a << 24 | b << 16 | c << 8 | d
        return None if value == ALL_ONES else value
    return dotted_quad(text)
