# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Knock at many ports at once. Standard input: a JSON list of [kind, address, port]; output: true for each that served.

A service refuses when it closes the connection, or says that it refuses; one that answers, or waits for the client to speak, serves.
"""

import concurrent.futures
import json
import socket
import sys

PATIENCE = 6
REFUSALS = (b"access from your host refused",)
# SNMPv1, a GetRequest of sysUpTime as public (RFC 1157)
SNMP = bytes.fromhex(
    "302902010004067075626c6963a01c02040000000102010002010030 0e300c06082b060102010103000500".replace(" ", "")
)


def knock(kind, address, port):
    """Whether the port serves this host."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "snmp" else socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect((address, port))
            if kind == "snmp":
                connection.sendall(SNMP)
            if kind == "http":
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = connection.recv(4096)
        except socket.timeout:
            return kind == "waits"
        except (ConnectionResetError, BrokenPipeError):
            return False
    return bool(answer) and not answer.startswith(REFUSALS)


def main():
    places = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(max(1, len(places))) as pool:
        json.dump(list(pool.map(lambda place: knock(*place), places)), sys.stdout)


if __name__ == "__main__":
    main()
