# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A request: who asks which daemon, as libwrap sees it."""

from typing import Any, Dict, Optional, Tuple

from .errors import HostsAccessError

#: libwrap keeps every string of a request in a buffer of 128 bytes.
STRING_LENGTH = 127

#: What ``%p`` shows where no process is known.
EXAMPLE_PID = 4321

FIELDS = (
    "daemon",
    "address",
    "hostname",
    "user",
    "server_address",
    "server_hostname",
    "server_port",
    "client_port",
    "paranoid",
    "server_paranoid",
    "pid",
)


class Request(object):
    """One connection that libwrap is asked about (hosts_access(3)).

    :param daemon: the name libwrap sees, for instance ``sshd`` or ``in.telnetd``; None is unknown.
    :param address: the client's address as text; None is unknown.
    :param hostname: the client's name; None is a failed look-up.
    :param user: the client's user by RFC 931; None is unknown.
    :param server_address: the address the client connected to.
    :param server_hostname: that address's name.
    :param server_port: that end's port, a number; None is not known, and then no port pattern matches.
    :param client_port: the client's port.
    :param paranoid: the client's name and address disagree; ``hostname`` is then not used.
    :param server_paranoid: the same for the server's side.
    :param pid: the process that asks, for the expansion ``%p``; nobody knows it in advance, so the default is an
        example.

    The strings "unknown" and "paranoid" mean what libwrap means by them. Strings may be str or bytes; each is cut at
    127 bytes and at a NUL, as libwrap cuts it.
    """

    __slots__ = FIELDS

    def __init__(
        self,
        daemon: Optional[str] = None,
        address: Optional[str] = None,
        hostname: Optional[str] = None,
        user: Optional[str] = None,
        server_address: Optional[str] = None,
        server_hostname: Optional[str] = None,
        server_port: Optional[int] = None,
        client_port: Optional[int] = None,
        paranoid: bool = False,
        server_paranoid: bool = False,
        pid: int = EXAMPLE_PID,
    ) -> None:
        self.daemon: Any = daemon
        self.address = address
        self.hostname = hostname
        self.user = user
        self.server_address = server_address
        self.server_hostname = server_hostname
        self.server_port = to_port(server_port)
        self.client_port = to_port(client_port)
        self.paranoid = paranoid
        self.server_paranoid = server_paranoid
        self.pid = pid

    def replace(self, **changes: Any) -> "Request":
        """A copy with some fields changed."""
        values = dict((name, getattr(self, name)) for name in FIELDS)
        values.update(changes)
        return Request(**values)

    def as_dict(self) -> Dict[str, Any]:
        """The fields that say anything, for results and messages."""
        return dict(
            (name, getattr(self, name))
            for name in FIELDS
            if getattr(self, name) not in (None, False) or name in ("daemon", "address", "hostname")
        )

    def _key(self) -> Tuple[Any, ...]:
        return tuple(getattr(self, name) for name in FIELDS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Request) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return "Request(%s)" % ", ".join("%s=%r" % item for item in self.as_dict().items())


def to_port(port: Any) -> Optional[int]:
    """A port as a number; templates hand numbers over as text."""
    if port is None or (isinstance(port, int) and not isinstance(port, bool)):
        return port
    text = str(port)
    if not text.isdigit() or len(text) > 9:
        raise HostsAccessError("port %r is no number" % (port,))
    return int(text)


def to_raw(text: Any) -> bytes:
    """Text as bytes; a surrogate that stands for no byte is kept in the form that UTF-8 would give it."""
    if isinstance(text, bytes):
        return text
    text = text if isinstance(text, str) else str(text)
    try:
        data: bytes = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = b"".join(
            one.encode("utf-8", "surrogateescape" if "\udc80" <= one <= "\udcff" else "surrogatepass") for one in text
        )
    return data


def to_bytes(text: Any) -> bytes:
    """A string as the bytes that libwrap would hold, cut at 127 and at a NUL."""
    try:
        data: bytes = text.encode("utf-8", "surrogateescape")
    except (AttributeError, UnicodeEncodeError):
        data = to_raw(text)
    if len(data) > STRING_LENGTH or b"\0" in data:
        data = data[:STRING_LENGTH].partition(b"\0")[0]
    return data
