# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real connections from any address: a network namespace whose loopback device owns all of them (AnyIP)."""

import errno
import ipaddress
import os
import socket
import subprocess
from typing import Dict, List, Optional, Tuple

#: Addresses of the server's end; they are in no rule.
SERVER = {socket.AF_INET: "198.51.100.99", socket.AF_INET6: "3fff:99::99"}
#: The kernel puts another source in the place of these.
NO_SOURCES = ("0.0.0.0", "::", "255.255.255.255", "127.255.255.255", "127.0.0.0")
SETUP = (
    "ip link set lo up",
    "sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1 net.core.somaxconn=4096",
    "ip route replace local 0.0.0.0/0 dev lo",
    "ip -6 route replace local ::/0 dev lo",
)


class CannotSend(Exception):
    """No packet can have this source: a group's address, the unspecified one, or one that needs an interface."""


class AnyIP:
    """This process in a namespace of its own, or in that of the process `pid`, as context manager. Clients are sockets of this process."""

    def __init__(self, pid: Optional[int] = None) -> None:
        self.pid = pid
        self.servers: Dict[int, socket.socket] = {}

    def __enter__(self) -> "AnyIP":
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        if self.pid is None:
            os.unshare(os.CLONE_NEWNET)
        else:
            other = os.open("/proc/%d/ns/net" % self.pid, os.O_RDONLY)
            os.setns(other, os.CLONE_NEWNET)
            os.close(other)
        for command in SETUP:
            subprocess.run(command.split(), check=True)
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self.servers.values():
            server.close()
        os.setns(self.home, os.CLONE_NEWNET)
        os.close(self.home)

    def listen(self, port: int) -> None:
        """Serve TCP on a port, for IPv4 and IPv6 by one socket, as most daemons do."""
        self.servers[port] = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=4096
        )

    def client(self, address: str, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket that is bound to an address; CannotSend where there is no such packet."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        client = socket.socket(family, kind)
        client.settimeout(20)
        try:
            if address in NO_SOURCES or ipaddress.ip_address(address).is_multicast:
                raise CannotSend(address)
            client.bind((address, 0))
        except OSError:
            client.close()
            raise CannotSend(address)
        except CannotSend:
            client.close()
            raise
        return client

    def served(self, address: str, port: int) -> bool:
        """Whether a client with this address gets a connection; the server must see that very address."""
        with self.client(address) as client:
            try:
                client.connect((SERVER[client.family], port))
            except ConnectionRefusedError:
                return False
            except OSError as error:
                if error.errno in (errno.EACCES, errno.ENETUNREACH, errno.EINVAL, errno.EADDRNOTAVAIL):
                    raise CannotSend(address)
                raise
            peer, seen = self.servers[port].accept()
            peer.close()
            assert address in (seen[0], seen[0].replace("::ffff:", "", 1))
            return True

    @staticmethod
    def nft(text: str) -> None:
        """Load a text as one change."""
        subprocess.run(["nft", "-f", "-"], input=text.encode(), check=True)

    @staticmethod
    def nft_fails(text: str) -> str:
        """What nft says against a text."""
        done = subprocess.run(["nft", "-f", "-"], input=text.encode(), stderr=subprocess.PIPE, check=False)
        assert done.returncode != 0
        return done.stderr.decode()


def new_kernel_lines(since: int) -> Tuple[List[str], int]:
    """The kernel's own log from a sequence number on, and the next number. Each reader of /dev/kmsg sees all of it."""
    lines: List[str] = []
    last = since
    log: Optional[int] = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            try:
                record = os.read(log, 16384).decode("utf-8", "replace")
            except BlockingIOError:
                return lines, last
            except BrokenPipeError:
                continue  # what was not read in time is gone
            head, _semicolon, text = record.partition(";")
            number = int(head.split(",")[1])
            if number >= since:
                lines.append(text.splitlines()[0])
                last = number + 1
    finally:
        os.close(log)
