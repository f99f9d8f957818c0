# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services that a forwarder of the same host stands before: their rules see 127.0.0.1 or ::1 in the place of the client."""

from typing import Dict, List, NamedTuple, Sequence, Tuple

from ..._host.files.root import Root
from ..._host.system.accounts import Accounts
from ..._host.system.forwarders import Host, Target, forwards_to
from ..._host.system.own_hosts import IPV4, split_place
from ..._host.system.processes import printable, read_arguments
from ..._superservers.service import Service
from .brought import brought_along
from .listener import Listener

_ANY4, _ANY6 = "0.0.0.0", "::"
_MAPPED = "::ffff:"


class Forwarder(NamedTuple):
    """Who hands connections on to a port, and whether it asks libwrap about the client before."""

    told: str  # "sslh (tcp port 443)"
    asks: bool
    sees: Tuple[str, ...] = (IPV4,)  # the addresses of which the daemon behind it sees one for every client


def find_forwarders(
    root: Root, accounts: Accounts, services: Sequence[Listener], configured: Sequence[Service]
) -> Dict[int, List[Forwarder]]:
    """The forwarders of the host by the port that they lead to."""
    found: Dict[int, List[Forwarder]] = {}
    by_place = {(one.path, one.line): one for one in configured if one.kind != "xinetd" or not one.disabled}
    host = Host(root, accounts)
    # whoever may run something as a service's user comes last, for what is read of all is bounded
    for service in sorted(services, key=lambda one: not one.personal and bool(brought_along(one))):
        if service.personal:
            continue
        stated = by_place.get((service.path or "", service.line or 0))
        targets = [] if stated is None else _targets_of(host, stated)
        if service.pids and service.program:
            targets += forwards_to(host, service.program, read_arguments(service.pids[0])[1:])
        for target in targets:
            forwarder = Forwarder(_told(service), bool(service.askers), target.sees)
            if forwarder not in found.setdefault(target.port, []):
                found[target.port].append(forwarder)
    return found


def _targets_of(host: Host, service: Service) -> List[Target]:
    """Where a super-server's service leads to on the host itself: by xinetd's redirect, or by its server."""
    words = dict(service.attributes).get("redirect", "").split()
    place = (words[0], words[1]) if len(words) > 1 else split_place(words[0]) if words else None
    return (host.target(place) if place else []) + forwards_to(host, service.server, service.args)


def forwarders_of(service: Listener, forwarders: Dict[int, List[Forwarder]]) -> List[Forwarder]:
    """Those that lead to one of a service's TCP ports, each with the addresses by which it is reached there."""
    found: List[Forwarder] = []
    for port in [port for protocol, port in service.places if protocol == "tcp"]:
        listens = [address for protocol, address, at in service.listens if (protocol, at) == ("tcp", port)]
        for forwarder in forwarders.get(port, []):
            sees = tuple(one for one in forwarder.sees if not listens or any(_reaches(one, place) for place in listens))
            if sees:
                found.append(forwarder._replace(sees=sees))
    return found


def _reaches(seen: str, listens: str) -> bool:
    """Whether who connects from a loopback address of the host may reach what listens at an address."""
    place = listens[len(_MAPPED) :] if listens.startswith(_MAPPED) else listens
    if seen == IPV4:
        return place in (_ANY4, _ANY6) or place.startswith("127.")
    return place in (_ANY6, seen)


def _told(service: Listener) -> str:
    ports = sorted({"%s port %d" % (protocol, port) for protocol, _address, port in service.listens})
    return printable(service.name) + (" (%s)" % ", ".join(ports[:4]) if ports else "")
