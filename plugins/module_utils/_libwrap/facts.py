# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A request as one dialect compares it: lower-case bytes, addresses as numbers, computed once a request."""

from typing import Optional, Union

from .addresses import ALL_ONES, canonical_ipv4, dotted_quad, ipv6, scoped_ipv6
from .dialects import Dialect
from .request import Request, to_bytes

UNKNOWN = b"unknown"
PARANOID = b"paranoid"
_MAPPED = b"::ffff:"
_MAPPED_BITS = 0xFFFF


class HostFacts(object):
    """One end of the connection: ``name`` as given, ``address`` as compared, the numbers.

    ``ip6_net`` is what prefixes are compared with: an address that the build also takes for IPv4 is in none. ``plain``
    is true where the address is an IPv4 address spelled as everybody spells it, so that text and number say the same.
    """

    __slots__ = ("dialect", "name", "name_lower", "address", "ip4", "ip6", "ip6_net", "plain")

    def __init__(self, name: bytes, address: bytes, dialect: Dialect) -> None:
        self.dialect = dialect
        self.name = name
        self.name_lower = name.lower() if name[:1] != b":" else self.name_text.lower()
        self.ip6: Optional[int] = None
        self.ip6_net: Optional[int] = None
        self.address = address
        value = canonical_ipv4(address) if dialect.mapped != "number" else None
        self.plain = value is not None and value != ALL_ONES
        self.ip4 = value
        if not self.plain:
            self._read_address(address)

    @property
    def name_text(self) -> bytes:
        """The name as it is compared."""
        return unmap(self.name) if self.dialect.mapped == "ipv4" else self.name

    @property
    def address_lower(self) -> bytes:
        """The address as it is compared without case."""
        return self.address.lower()

    def _read_address(self, address: bytes) -> None:
        """Everything but a plainly spelled IPv4 address."""
        dialect = self.dialect
        if dialect.mapped == "number":
            self.ip6 = self.ip6_net = unified_number(address)
            return
        if dialect.mapped == "ipv4" and b":" in address:
            self.address = address = unmap(address)
        if b":" in address:
            self._read_ipv6(address)
            return
        # inet_addr(3) cannot tell 255.255.255.255 from an error; NetBSD asks inet_aton(3).
        value = canonical_ipv4(address)
        self.plain = value is not None and value != ALL_ONES
        self.ip4 = value if value is not None and (self.plain or dialect.net4 == "netbsd") else dotted_quad(address)

    def _read_ipv6(self, address: bytes) -> None:
        dialect = self.dialect
        self.ip6 = self.ip6_net = scoped_ipv6(address) if dialect.scopes else ipv6(address)
        if dialect.mapped_numbers and self.ip6 is not None and self.ip6 >> 32 == _MAPPED_BITS:
            self.ip4 = self.ip6 & ALL_ONES
            if dialect.net6 == "after":
                self.ip6_net = None

    @property
    def name_known(self) -> bool:
        """Whether a look-up gave a name."""
        return self.name.lower() not in (UNKNOWN, PARANOID)

    @property
    def name_ip6(self) -> Optional[int]:
        """A name that is spelled as an address, which bracketed patterns of some builds match too."""
        if self.dialect.mapped == "number":
            return unified_number(self.name)
        return scoped_ipv6(self.name_text) if self.dialect.scopes else ipv6(self.name_text)


class RequestFacts(object):
    """The whole request: the daemon as compared, the client's end, the server's port; the rest when a rule asks."""

    __slots__ = ("dialect", "client", "port", "request", "_daemon", "_server", "_user")

    def __init__(self, request: Request, dialect: Dialect) -> None:
        self.request = request
        self.dialect = dialect
        address = request.address
        self.client = HostFacts(
            host_name(request.hostname, request.paranoid), to_bytes(address) if address else UNKNOWN, dialect
        )
        self.port = request.server_port
        self._server: Optional[HostFacts] = None
        self._user: Optional[bytes] = None
        self._daemon: Optional[bytes] = None

    @property
    def daemon_text(self) -> bytes:
        """The daemon as it is compared."""
        if self._daemon is None:
            self._daemon = _subject(UNKNOWN if self.request.daemon is None else self.request.daemon, self.dialect)
        return self._daemon

    @property
    def daemon(self) -> bytes:
        """The daemon in lower case."""
        return self.daemon_text.lower()

    def user_text(self, dialect: Dialect) -> bytes:
        """The client's user, which few rules ask for."""
        if self._user is None:
            self._user = _subject(self.request.user or UNKNOWN, dialect)
        return self._user

    def server_facts(self, dialect: Dialect) -> HostFacts:
        """The server's end, which few rules ask for."""
        if self._server is None:
            request = self.request
            self._server = HostFacts(
                host_name(request.server_hostname, request.server_paranoid),
                to_bytes(request.server_address) if request.server_address else UNKNOWN,
                dialect,
            )
        return self._server


def _subject(text: Union[str, bytes], dialect: Dialect) -> bytes:
    """A daemon or user as string_match() compares it."""
    data = to_bytes(text)
    return unmap(data) if dialect.mapped == "ipv4" and data[:1] == b":" else data


def host_name(name: Optional[str], paranoid: bool) -> bytes:
    """The name libwrap compares: "paranoid", "unknown" or the name."""
    if paranoid:
        return PARANOID
    return to_bytes(name) if name else UNKNOWN


def unmap(text: bytes) -> bytes:
    """``::ffff:10.1.2.3`` as ``10.1.2.3``; anything else as the same object."""
    if text[:7].lower() == _MAPPED:
        rest = text[7:]
        if rest.count(b".") == 3 and dotted_quad(rest) is not None:
            return rest
    return text


def unified_number(text: bytes) -> Optional[int]:
    """Any address as a number of 128 bits, IPv4 as ``::ffff:a.b.c.d``; None for what is no address."""
    if b":" in text:
        return ipv6(text.partition(b"%")[0])
    value = canonical_ipv4(text)
    return None if value is None else _MAPPED_BITS << 32 | value
