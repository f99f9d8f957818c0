# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Tunnels that this host serves: the processes that hold a device of the kernel open through which the packets come.

Everybody may open such a device (udev gives /dev/net/tun the mode 0666): a person's own process serves no tunnel of the host.
"""

import ipaddress
import os
import sys
from typing import List, NamedTuple, Set, Tuple

from .people import is_persons_process
from .processes import PROC, Process, read_process
from .sockets import list_sockets, open_files, socket_owners

_DEVICES = ("/dev/net/tun", "/dev/ppp")
_ENDINGS = ("-worker", "-main", "-session")  # what ocserv and sshd add to the name that they ask libwrap under
_PPP = "512"  # ARPHRD_PPP, if_arp.h
_NETWORKS = "/sys/class/net"


class TunnelServer(NamedTuple):
    daemon: str  # the name of its program
    pid: int
    peers: Tuple[str, ...]  # the clients of its TCP connections


def tunnel_servers(proc: str = PROC) -> List[TunnelServer]:
    """The processes that hold a tunnel open and have libwrap in their memory, or may have it, by number."""
    owners = socket_owners(proc)
    connected = [entry for entry in list_sockets(proc) or [] if entry.protocol == "tcp" and not entry.listening]
    found = []
    for process in _tunnel_processes(proc):
        pid = process.pid
        if not (process.maps_libwrap or process.unseen):
            continue
        peers = {entry.remote_address for entry in connected if pid in owners.get(entry.inode, [])}
        found.append(TunnelServer(_asked_name(process.executable or process.command), pid, tuple(sorted(peers))))
    return found


def _asked_name(program: str) -> str:
    """The name that a server's program asks libwrap under."""
    name = os.path.basename(program)
    ending = next((one for one in _ENDINGS if name.endswith(one)), "")
    return name[: len(name) - len(ending)]


def comes_by_tunnel(address: str, proc: str = PROC, networks: str = _NETWORKS) -> bool:
    """Whether packets to an address leave by a tunnel of this host: by a route of a tun, tap or PPP interface."""
    try:
        client = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    client = getattr(client, "ipv4_mapped", None) or client
    routes = _routes4(proc) if client.version == 4 else _routes6(proc)
    best = max((route for route in routes if client in route[0]), key=lambda route: route[0].prefixlen, default=None)
    if best is None:
        return False
    folder = os.path.join(networks, best[1])
    return os.path.exists(os.path.join(folder, "tun_flags")) or _text(os.path.join(folder, "type")).strip() == _PPP


def _routes4(proc: str) -> List[Tuple["ipaddress._BaseNetwork", str]]:
    """(network, interface) of /proc/net/route, whose numbers are in the machine's order of bytes."""
    found: List[Tuple["ipaddress._BaseNetwork", str]] = []
    for words in _lines(os.path.join(proc, "net", "route"))[1:]:
        address, mask = (int(words[column], 16).to_bytes(4, sys.byteorder) for column in (1, 7))
        length = bin(int.from_bytes(mask, "big")).count("1")
        found.append((ipaddress.IPv4Network((address, length), False), words[0]))
    return found


def _routes6(proc: str) -> List[Tuple["ipaddress._BaseNetwork", str]]:
    """(network, interface) of /proc/net/ipv6_route."""
    found: List[Tuple["ipaddress._BaseNetwork", str]] = []
    for words in _lines(os.path.join(proc, "net", "ipv6_route")):
        network = ipaddress.IPv6Network((bytes.fromhex(words[0]), int(words[1], 16)), False)
        found.append((network, words[-1]))
    return found


def _lines(path: str) -> List[List[str]]:
    return [line.split() for line in _text(path).splitlines() if len(line.split()) > 7]


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def tunnel_places(proc: str = PROC) -> Set[Tuple[str, str, int]]:
    """(protocol, address, port) of each socket at which a process listens that holds such a device open."""
    holders = {process.pid for process in _tunnel_processes(proc)}
    owners = socket_owners(proc) if holders else {}
    listening = [(entry, owners.get(entry.inode, [])) for entry in list_sockets(proc) or [] if entry.listening]
    return {(entry.protocol, entry.address, entry.port) for entry, pids in listening if not holders.isdisjoint(pids)}


def _tunnel_processes(proc: str) -> List[Process]:
    """The processes of the host's that hold a tunnel's device open, by number."""
    holders = sorted({pid for pid, target in open_files(proc) if target in _DEVICES})
    found = [read_process(pid, proc) for pid in holders]
    return [process for process in found if process is not None and not is_persons_process(process, proc)]
