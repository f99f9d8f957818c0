# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on the words of a daemon list (facts of daemon tokens), and on clients that stand in one."""

import re
from typing import List, Set, Tuple

from ..dialects import Dialect
from ..finding import FEWER, MORE, quote
from .traps import Trap, trap
from .clients import HOSTS_ONLY, LETTER, host_traps, length_traps, odd_trap, wild_traps
from .rules import Placed, all_clients
from ..lookups import Lookups
from ..patterns import EXACT, DaemonPattern, PatternList

_PORT = re.compile(rb"[+-]?[0-9]+\Z")
_ODD = re.compile(LETTER + rb"|[^A-Za-z0-9._:*?%+!~-]")
# an address or a network: a number alone is none, but a port
_CLIENT = re.compile(rb"[0-9]+\.[0-9.*?]*(?:[/-][0-9.]*)?\Z|\[[0-9A-Fa-f:.]+\](?:/[0-9]*)?\Z")


def daemon_list_traps(daemons: PatternList, clients: PatternList) -> Tuple[List[Placed], Set[bytes]]:
    """Addresses and networks in the place of daemons, and the words that need no trap of their own any more.

    Where real daemons stand beside them and the clients are ALL, a colon is missing, and the rule is for everybody.
    """
    found: List[Placed] = []
    explained: Set[bytes] = set()
    everybody = any(map(all_clients, clients[0])) if clients else False
    for depth, segment in enumerate(daemons):
        misplaced = [pattern for pattern in segment if _CLIENT.match(pattern.name.token)]
        mixed = everybody and depth == 0 and len(misplaced) < len(segment)
        for pattern in misplaced:
            explained.add(pattern.token)
            one = trap(
                "client-as-daemon",
                "colon" if mixed else "",
                MORE if mixed else FEWER,
                pattern=quote(pattern.token),
                client=pattern.name.token.decode("latin-1"),
            )
            found.append((one, depth))
    return found, explained


def daemon_traps(pattern: DaemonPattern, dialect: Dialect, lookups: Lookups) -> List[Trap]:
    """Everything about one word of a daemon list."""
    found = _name_traps(pattern, dialect)
    if pattern.host is None:
        return found
    if not pattern.host.token:
        return found + [trap("bad-at-sign", "server", pattern=quote(pattern.token))]
    return found + host_traps(pattern.host.token, pattern.host, dialect, lookups, False)


def _name_traps(pattern: DaemonPattern, dialect: Dialect) -> List[Trap]:
    name = pattern.name.token
    if _PORT.match(name):
        return _port_traps(pattern, name, dialect)
    if name[:1] in (b"/", b"@") or name.lower() in HOSTS_ONLY:
        return [trap("daemon-literal", pattern=quote(name))]
    odd = _ODD.search(name)
    if odd:
        return [odd_trap(name, odd.group(0), "daemon")]
    found = wild_traps(pattern.name, name, dialect) or length_traps(pattern.name, name)
    if found:
        return found
    if name[-1:] == b"." and pattern.name.kind == EXACT:
        return [trap("name-prefix-unsupported", "daemon", pattern=quote(name))]
    return []


def _port_traps(pattern: DaemonPattern, name: bytes, dialect: Dialect) -> List[Trap]:
    if not dialect.ports:
        return [trap("port-unsupported", pattern=quote(name))]
    if not pattern.port:
        return [trap("port-out-of-range", pattern=quote(name))]
    if name.lstrip(b"+-0") != b"%d" % pattern.port:
        return [trap("port-out-of-range", "cut", pattern=quote(name), port=pattern.port)]
    return [trap("port-as-daemon", pattern=quote(name), port=pattern.port, name=name.decode("latin-1"))]
