# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The name of a client as libwrap finds it: looked up, and looked up again the other way."""

import socket
from typing import Optional, Tuple

_MAPPED = "::ffff:"


def resolve_client(address: str) -> Tuple[Optional[str], bool]:
    """The client's name and whether libwrap would call it "paranoid"; (None, False) where the address has no name.

    As sock_hostname() of tcp_wrappers 7.6 does it: the name must lead back to the address and be its own canonical
    name. It asks the resolver of the running host, which may take some seconds.
    """
    if address.lower().startswith(_MAPPED) and "." in address:
        address = address[len(_MAPPED) :]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        name = socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0]
    except (OSError, UnicodeError):
        return None, False
    if _is_address(name):
        return None, True  # a name that looks like an address is a lie
    try:
        answers = socket.getaddrinfo(name, None, family, socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
    except (OSError, UnicodeError):
        return None, True
    canonical = answers[0][3] if answers else ""
    if name.lower() != canonical.lower() and name.lower() != "localhost":
        return None, True
    packed = socket.inet_pton(family, address)
    for _family, _kind, _protocol, _canonical, endpoint in answers:
        if socket.inet_pton(family, str(endpoint[0]).split("%", 1)[0]) == packed:
            return name, False
    return None, True


def _is_address(text: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False
