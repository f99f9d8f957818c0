# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Words in the place of a host that mean the host itself: what a daemon there sees as its client, and by which name.

Measured on Linux: whoever connects to 0, 0.0.0.0 or any address of 127.0.0.0/8 comes from 127.0.0.1, also written as IPv6
(::ffff:127.0.0.1), and whoever connects to :: or ::1 comes from ::1. A name for ::1 is one for 127.0.0.1, too, to who asks
for IPv4 (glibc).
"""

import ipaddress
import re
import socket
from typing import Dict, List, Optional, Tuple

from ..files.root import Root
from .daemon_configurations import configuration_lines

IPV4, IPV6 = "127.0.0.1", "::1"
BOTH = (IPV4, IPV6)
_FILE = "/etc/hosts"
_MAX_LINES = 100000
_OWN = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")  # with or without a line of the file
# as inet_aton(3) takes an address: up to four numbers, each decimal, octal or hexadecimal
_NUMBER = r"(?:0[xX][0-9a-fA-F]{1,8}|[0-9]{1,11})"
_IPV4 = re.compile(r"%s(?:\.%s){0,3}\Z" % (_NUMBER, _NUMBER))


class OwnHosts:
    """Answers from a host's own file of names."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._addresses: Optional[Dict[str, List[str]]] = None  # by name, in lower case: those that are seen
        self._names: Dict[str, str] = {}  # by address: its first name

    def seen(self, host: str) -> Tuple[str, ...]:
        """The addresses that a daemon of the host may see of who connects to `host`; () for another host. Nothing in its
        place is the host itself.
        """
        text = host.strip().strip("[]").lower()
        if text in ("", "*"):
            return BOTH
        if _is_address(text):
            return _seen_from(text)
        self._read()
        found = (self._addresses or {}).get(text, [])
        return tuple(dict.fromkeys(found)) or (BOTH if text in _OWN else ())

    def name(self, address: str) -> str:
        """The name that an address of BOTH leads to."""
        self._read()
        return self._names.get(address, _OWN[0])

    def _read(self) -> None:
        if self._addresses is not None:
            return
        self._addresses = {}
        for number, line in enumerate(configuration_lines(self._root, _FILE)):
            words = line.partition("#")[0].split()
            if number < _MAX_LINES and len(words) > 1 and _is_address(words[0]):
                self._names.setdefault(words[0], words[1])
                seen = _seen_from(words[0])
                for name in words[1:] if seen else ():
                    self._addresses.setdefault(name.lower(), []).extend(BOTH if seen == (IPV6,) else seen)


def split_place(place: str) -> Tuple[str, str]:
    """Host and port of `HOST:PORT`, of `[HOST]:PORT`, or of a port alone."""
    host, _colon, port = place.strip().rpartition(":")
    return host.strip(), port.strip()


def _is_address(text: str) -> bool:
    if _IPV4.match(text):
        return True
    try:
        ipaddress.IPv6Address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _seen_from(address: str) -> Tuple[str, ...]:
    """The same as OwnHosts.seen() of an address."""
    if _IPV4.match(address):
        try:
            number = ipaddress.IPv4Address(socket.inet_aton(address))
        except (OSError, ValueError):
            return ()
        return (IPV4,) if number.is_loopback or int(number) == 0 else ()
    found = ipaddress.IPv6Address(address.partition("%")[0])
    if found.ipv4_mapped is not None:
        return _seen_from(str(found.ipv4_mapped))
    return (IPV6,) if found.is_loopback or int(found) == 0 else ()
