# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that the way to a host may depend on: tunnels, addresses, routes, clusters.

A filter that refuses them cuts the operator off later, when a tunnel is opened or an address is leased anew. The
confirmation comes through the old one, and shows nothing.
"""

from typing import List, Sequence, Tuple

from ..._libwrap.both_tables import BothTables
from .options import Chosen

_TUNNELS = ("openvpn", "charon", "charon-systemd", "pluto", "racoon", "iked", "isakmpd", "ocserv", "pptpd", "xl2tpd")
_MESHES = ("tincd", "tailscaled", "zerotier-one", "nebula", "fastd", "vtund")
_ADDRESSES = ("dhclient", "dhcpcd", "dhcp6c", "udhcpc", "udhcpc6", "systemd-networkd", "NetworkManager", "connmand")
_ROUTES = ("bird", "bird6", "bgpd", "ospfd", "ospf6d", "ripd", "ripngd", "isisd", "ldpd", "babeld", "zebra", "bfdd")
_CLUSTERS = ("corosync", "keepalived", "heartbeat", "conntrackd")
NETWORK_DAEMONS = frozenset(name.lower() for name in _TUNNELS + _MESHES + _ADDRESSES + _ROUTES + _CLUSTERS)


def leave_out_network_daemons(chosen: Sequence[Chosen], policy: BothTables) -> Tuple[List[Chosen], List[str]]:
    """The services that a task means which names none, without network daemons that no rule names; and a warning for each."""
    named = {daemon.lower() for rule in policy.rules for daemon in rule.named_daemons}
    kept: List[Chosen] = []
    warnings: List[str] = []
    for one in chosen:
        service = one.service
        if service.daemon.lower() not in NETWORK_DAEMONS or service.daemon.lower() in named:
            kept.append(one)
            continue
        warnings.append(
            "%s (%s port %s) is left out of the filter: the way to this host may depend on it, and no rule names it. To "
            "filter it, name it in a rule or in services."
            % (service.daemon, service.protocol, ", ".join("%d" % port for port in service.ports))
        )
    return kept, warnings
