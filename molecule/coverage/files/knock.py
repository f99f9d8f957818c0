# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Knock at many services at once, each in its own protocol. Standard input: a JSON list of [protocol, address, port]; output: true for each that served.

A service serves when it answers the question; one that closes the connection, says that it will not, or says nothing does not.
"""

import concurrent.futures
import json
import socket
import sys

PATIENCE = 8  # libwrap and tcpd take five seconds to refuse
DUMP = (
    b"\0\0\0\7" + b"\0\0\0\0" + b"\0\0\0\2" + b"\0\1\x86\xa0" + b"\0\0\0\2" + b"\0\0\0\4" + b"\0" * 16
)  # a portmapper's list of programs, by RFC 1833
# what is sent, and what a served client's answer starts with (None: any)
QUESTIONS = {
    "hello": (b"", b"hello"),
    "ssh": (b"", b"SSH-"),
    "ftp": (b"", b"220"),
    "http": (b"GET / HTTP/1.0\r\n\r\n", b"HTTP/1."),
    "ldap": (bytes.fromhex("300c020101600702010304008000"), b"0"),  # an anonymous bind, RFC 4511
    "mqtt": (bytes.fromhex("100d00044d5154540402003c000161"), b"\x20\x02\0"),  # CONNECT as "a"; the answer CONNACK 0
    "rpc": (b"\x80\0\0\x28" + DUMP, None),
    "rpc/udp": (DUMP, None),
    "hello/udp": (b"?", b"hello"),
}


def knock(protocol, address, port):
    """Whether the service answers as one that serves."""
    question, wanted = QUESTIONS[protocol]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = b""
    with socket.socket(family, socket.SOCK_DGRAM if protocol.endswith("/udp") else socket.SOCK_STREAM) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect((address, port))
            connection.sendall(question)
            answer = connection.recv(4096)
        except (ConnectionResetError, BrokenPipeError, socket.timeout):
            pass
    if protocol.startswith(
        "rpc"
    ):  # the reply was accepted and its list is not empty: only a client that may gets more than an error
        body = answer[4:] if protocol == "rpc" else answer
        return body[4:12] == b"\0\0\0\1\0\0\0\0" and body[20:24] == b"\0\0\0\0" and len(body) > 28
    return bool(answer) and answer.startswith(wanted)


def main():
    places = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(max(1, len(places))) as pool:
        json.dump(list(pool.map(lambda place: knock(*place), places)), sys.stdout)


if __name__ == "__main__":
    main()
