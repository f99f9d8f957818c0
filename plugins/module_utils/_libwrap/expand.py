# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""``%`` expansions (hosts_access(5), % EXPANSIONS): percent_x() and the values it asks for."""

import re
from typing import Callable, Dict, List, Tuple

from .dialects import Dialect
from .errors import HostsAccessError
from .facts import PARANOID, UNKNOWN, host_name
from .request import Request, to_bytes

#: Every other byte of a value becomes "_" (hosts_access(5)).
_UNSAFE = re.compile(rb"[^1234567890!@%\-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ]")


class ExpansionTooLong(HostsAccessError):
    """The expansion does not fit libwrap's buffer; the process logs that, sleeps and exits."""


def _name(request: Request) -> bytes:
    return host_name(request.hostname, request.paranoid)


def _server_name(request: Request) -> bytes:
    return host_name(request.server_hostname, request.server_paranoid)


def _address(request: Request) -> bytes:
    return to_bytes(request.address) if request.address else UNKNOWN


def _server_address(request: Request) -> bytes:
    return to_bytes(request.server_address) if request.server_address else UNKNOWN


def _user(request: Request) -> bytes:
    return to_bytes(request.user) if request.user else UNKNOWN


def _daemon(request: Request) -> bytes:
    return UNKNOWN if request.daemon is None else to_bytes(request.daemon)


def _info(name: bytes, address: bytes) -> bytes:
    return address if name.lower() in (UNKNOWN, PARANOID) else name


def _host_info(request: Request) -> bytes:
    return _info(_name(request), _address(request))


def _server_info(request: Request) -> bytes:
    return _info(_server_name(request), _server_address(request))


def client_info(request: Request) -> bytes:
    """``%c``: user@host, user@address, a name or an address, whatever is known."""
    user = _user(request)
    host = _host_info(request)
    return host if user.lower() == UNKNOWN else user + b"@" + host


def _server(request: Request) -> bytes:
    host = _server_info(request)
    return _daemon(request) if host.lower() == UNKNOWN else _daemon(request) + b"@" + host


def _pid(request: Request) -> bytes:
    return b"%d" % request.pid


def _port(request: Request) -> bytes:
    return b"%d" % (request.client_port or 0)


def _server_port(request: Request) -> bytes:
    return b"%d" % (request.server_port or 0)


_LETTERS: Dict[int, Callable[[Request], bytes]] = {
    0x61: _address,
    0x41: _server_address,
    0x63: client_info,
    0x64: _daemon,
    0x68: _host_info,
    0x48: _server_info,
    0x6E: _name,
    0x4E: _server_name,
    0x70: _pid,
    0x73: _server,
    0x75: _user,
}
_PORT_LETTERS: Dict[int, Callable[[Request], bytes]] = {0x72: _port, 0x52: _server_port}


def known_letter(letter: int, dialect: Dialect) -> bool:
    """Whether the build expands this letter (a byte)."""
    return letter in _LETTERS or letter == 0x25 or (dialect.port_expansions and letter in _PORT_LETTERS)


def expand(template: bytes, request: Request, dialect: Dialect) -> Tuple[bytes, List[str]]:
    """percent_x(): the expanded bytes and the warnings about unknown letters.

    :raises ExpansionTooLong: the result does not fit the build's buffer.
    """
    pieces: List[bytes] = []
    warnings: List[str] = []
    room = dialect.buffer - 1
    filled = 0
    position, size = 0, len(template)
    while position < size:
        byte = template[position]
        if byte == 0x25 and position + 1 < size:
            letter = template[position + 1]
            position += 2
            if letter == 0x25:
                value = b"%"
            elif letter in _LETTERS:
                value = _LETTERS[letter](request)
            elif dialect.port_expansions and letter in _PORT_LETTERS:
                value = _PORT_LETTERS[letter](request)
            else:
                value = b""
                warnings.append("unrecognized %" + bytes((letter,)).decode("utf-8", "backslashreplace"))
            piece = _UNSAFE.sub(b"_", value)
        else:
            piece = template[position : position + 1]
            position += 1
        filled += len(piece)
        if filled >= room:
            raise ExpansionTooLong("the expansion of %.30r does not fit %d bytes" % (template, dialect.buffer))
        pieces.append(piece)
    return b"".join(pieces), warnings
