# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What makes a service obey the tables that nobody asks for: its own switch, tcpd, or a filter made of the same rules."""

from ..._superservers.service import Service

FILTER = "Enforce the tables in the packet filter (hosts_access_enforce with target: nftables)."
_SSHD = "Enforce the tables in sshd or in the packet filter (hosts_access_enforce with target: sshd or nftables)."

AS_ROOT = "Run the task as root, or check by hand."
INSTALL = "Install the program, or remove the service: nobody is served."
#: Where NAT hands connections on to a container or another host, the filter at the input hook sees none of them.
HANDED_ON = (
    "Refuse the clients where their packets are forwarded: for Docker in the chain DOCKER-USER, otherwise in a filter at the "
    "forward hook."
)
_PUBLISHERS = ("docker-proxy", "kube-proxy")


def remedy_of_process(daemon: str, switch: str) -> str:
    """The remedy for a daemon that listens by itself; `switch`: what makes it ask, or nothing."""
    if switch:
        return switch
    if daemon in _PUBLISHERS:
        return HANDED_ON
    return _SSHD if daemon == "sshd" else FILTER


def remedy_of_service(service: Service, switch: str) -> str:
    """The remedy for what a super-server starts; `switch`: what makes the server itself ask, or nothing."""
    flags = dict(service.attributes).get("flags", "").upper().split()
    if service.kind == "xinetd" and "NOLIBWRAP" in flags and not service.wait:
        if not service.wrappable:
            return "Take NOLIBWRAP out of its flags: xinetd then asks by itself."
        return "Take NOLIBWRAP out of its flags, or put tcpd in front of it (xinetd_tcpd)."
    if service.wrappable and not service.via_tcpd:
        return "Put tcpd in front of it (%s_tcpd)." % service.kind
    return switch or FILTER
