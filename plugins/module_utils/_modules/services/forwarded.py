# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services that a forwarder of the same host stands before: their rules see 127.0.0.1 in the place of the client."""

from typing import Dict, List, NamedTuple, Optional, Sequence

from ..._host.files.root import Root
from ..._host.system.accounts import Accounts
from ..._host.system.forwarders import forwards_to, local_port
from ..._host.system.processes import printable, read_arguments
from ..._superservers.service import Service
from .listener import Listener


class Forwarder(NamedTuple):
    """Who hands connections on to a port, and whether it asks libwrap about the client before."""

    told: str  # "sslh (tcp port 443)"
    asks: bool


def find_forwarders(
    root: Root, accounts: Accounts, services: Sequence[Listener], configured: Sequence[Service]
) -> Dict[int, List[Forwarder]]:
    """The forwarders of the host by the port that they lead to."""
    found: Dict[int, List[Forwarder]] = {}
    by_place = {(one.path, one.line): one for one in configured if one.kind != "xinetd" or not one.disabled}
    for service in services:
        if service.personal:
            continue
        stated = by_place.get((service.path or "", service.line or 0))
        ports = [] if stated is None else _ports_of(root, accounts, stated)
        if service.pids and service.program:
            arguments = read_arguments(service.pids[0])[1:]
            ports += [target.port for target in forwards_to(root, accounts, service.program, arguments)]
        forwarder = Forwarder(_told(service), bool(service.askers))
        for port in ports:
            if port is not None and forwarder not in found.setdefault(port, []):
                found[port].append(forwarder)
    return found


def _ports_of(root: Root, accounts: Accounts, service: Service) -> List[Optional[int]]:
    """The ports of the host itself that a super-server's service leads to: by xinetd's redirect, or by its server."""
    redirect = dict(service.attributes).get("redirect", "")
    found = [local_port(accounts, redirect.replace(" ", ":"))] if redirect else []
    return found + [target.port for target in forwards_to(root, accounts, service.server, service.args)]


def forwarders_of(service: Listener, forwarders: Dict[int, List[Forwarder]]) -> List[Forwarder]:
    """Those that lead to one of a service's TCP ports."""
    ports = [port for protocol, port in service.places if protocol == "tcp"]
    return [forwarder for port in ports for forwarder in forwarders.get(port, [])]


def _told(service: Listener) -> str:
    ports = sorted({"%s port %d" % (protocol, port) for protocol, _address, port in service.listens})
    return printable(service.name) + (" (%s)" % ", ".join(ports[:4]) if ports else "")
