# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that the way to a host may depend on: tunnels, addresses, names, routes, clusters.

A filter that refuses them cuts the operator off later, when a tunnel is opened, an address is leased anew, or a name is
asked for that the controller has kept until then. The confirmation comes through the old one, and shows nothing.
"""

from typing import AbstractSet, List, Sequence, Tuple

from ..._libwrap.both_tables import BothTables
from .options import Chosen

_TUNNELS = ("openvpn", "charon", "charon-systemd", "pluto", "racoon", "iked", "isakmpd", "ocserv", "pptpd", "xl2tpd")
_MORE_TUNNELS = (
    "wireguard-go",
    "boringtun",
    "boringtun-cli",
    "iodined",
    "vpnserver",
    "vpnbridge",
    "accel-pppd",
    "sstpd",
)
_MESHES = ("tincd", "tailscaled", "zerotier-one", "nebula", "fastd", "vtund", "netbird", "supernode", "edge")
_ADDRESSES = ("dhclient", "dhcpcd", "dhcp6c", "udhcpc", "udhcpc6", "systemd-networkd", "NetworkManager", "connmand")
_MORE_ADDRESSES = ("odhcp6c", "wickedd-dhcp4", "wickedd-dhcp6", "dhcrelay", "dhcpd", "kea-dhcp4", "kea-dhcp6")
_NAMES = ("avahi-daemon", "mdnsd", "mDNSResponder", "systemd-resolved", "nmbd", "llmnrd")
_KNOCKS = ("fwknopd", "knockd")  # who opens the ssh port on request
_ROUTES = ("bird", "bird6", "bgpd", "ospfd", "ospf6d", "ripd", "ripngd", "isisd", "ldpd", "babeld", "zebra", "bfdd")
_CLUSTERS = ("corosync", "keepalived", "heartbeat", "conntrackd")
NETWORK_DAEMONS = frozenset(
    name.lower()
    for names in (_TUNNELS, _MORE_TUNNELS, _MESHES, _ADDRESSES, _MORE_ADDRESSES, _NAMES, _KNOCKS, _ROUTES, _CLUSTERS)
    for name in names
)
#: UDP ports of DHCP, DHCPv6 and IKE, whose clients come before they have an address, and of names that the host itself
#: answers for (mDNS, LLMNR, NetBIOS), whatever program serves them.
_PORTS = frozenset((67, 68, 546, 547, 500, 4500, 5353, 5355, 137))


Place = Tuple[str, str, int]  # protocol, address, port


def leave_out_network_daemons(chosen: Sequence[Chosen], policy: BothTables) -> Tuple[List[Chosen], List[str]]:
    """The services that a task means which names none, without network daemons that no rule names; and a warning for
    each. A program that is not known by its name is one by its ports, or as it holds a tunnel of the kernel open.
    """
    named = {daemon.lower() for rule in policy.rules for daemon in rule.named_daemons}
    kept: List[Chosen] = []
    warnings: List[str] = []
    for one in chosen:
        service = one.service
        if service.daemon.lower() in named or not (one.on_the_way or service.daemon.lower() in NETWORK_DAEMONS):
            kept.append(one)
            continue
        warnings.append(
            "%s (%s port %s) is left out of the filter: the way to this host may depend on it, and no rule names it. To "
            "filter it, name it in a rule or in services."
            % (service.daemon, service.protocol, ", ".join("%d" % port for port in service.ports))
        )
    return kept, warnings


def is_on_the_way(protocol: str, ports: Sequence[int], listens: Sequence[Place], tunnels: AbstractSet[Place]) -> bool:
    """Whether the processes that listen at these places are such a daemon's by what they do. `tunnels`: where processes
    listen that hold a tunnel open.
    """
    if protocol == "udp" and not _PORTS.isdisjoint(ports):
        return True
    return any(place in tunnels for place in listens if place[0] == protocol)
