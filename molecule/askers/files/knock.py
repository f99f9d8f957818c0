# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Knock at many ports at once. Standard input: a JSON list of [kind, address, port]; output: true for each that served.

A service refuses when it closes the connection, or says that it refuses; one that answers, or waits for the client to speak, serves.
"""

import concurrent.futures
import json
import socket
import ssl
import struct
import sys

PATIENCE = 6
REFUSALS = (b"access from your host refused", b"Access denied")
DATAGRAMS = ("snmp", "talk", "tftp")
# SNMPv1, a GetRequest of sysUpTime as public (RFC 1157)
SNMP = bytes.fromhex(
    "302902010004067075626c6963a01c02040000000102010002010030 0e300c06082b060102010103000500".replace(" ", "")
)
# what a client says first
FIRST = {
    "afp": bytes([0, 3, 0, 1]) + bytes(12),  # DSIGetStatus
    "apcupsd": b"\0\x06status",
    "http": b"GET / HTTP/1.0\r\n\r\n",
    "line": b"hello\r\n",
    "snmp": SNMP,
    "tftp": b"\0\1x\0octet\0",  # a read request (RFC 1350)
    "usbip": bytes.fromhex("0111800500000000"),  # OP_REQ_DEVLIST
}
RPC = {"mountd": (100005, 3), "statd": (100024, 1)}  # program and version
ACCEPTED = 0


def rpc_null(program, version):
    """A call of procedure 0 over TCP (RFC 5531)."""
    call = struct.pack(">10I", 7, 0, 2, program, version, 0, 0, 0, 0, 0)
    return struct.pack(">I", 0x80000000 | len(call)) + call


def talk_question(address):
    """A LOOK_UP of ntalk, to be answered to this address."""
    back = struct.pack(">HH4s8x", socket.AF_INET, address[1], socket.inet_aton(address[0]))
    return struct.pack(">BBBBI", 1, 1, 0, 0, 7) + back + back + struct.pack(">i12s12s16s", 1, b"root", b"root", b"")


def takes_mail(connection):
    """Whether a greeting is followed by a mail's sender: sendmail greets everybody."""
    answer = connection.recv(4096)
    for line in (b"HELO client\r\n", b"MAIL FROM:<>\r\n"):
        if not answer.startswith(b"2"):
            return False
        connection.sendall(line)
        answer = connection.recv(4096)
    return answer.startswith(b"2")


def makes_tls(connection):
    """Whether a handshake is answered."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.wrap_socket(connection).close()
    return True


def ask_by_datagram(kind, address, port):
    """Whether a datagram is answered, from whatever port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(PATIENCE)
        question = FIRST.get(kind, b"")
        if kind == "talk":
            connection.connect((address, port))
            question = talk_question(connection.getsockname())
            connection.sendall(question)
        else:
            connection.sendto(question, (address, port))
        return bool(connection.recv(4096))


def ask_by_connection(kind, address, port):
    """Whether a connection is served."""
    with socket.create_connection((address, port), PATIENCE) as connection:
        if kind == "smtp":
            return takes_mail(connection)
        if kind == "tls":
            return makes_tls(connection)
        question = rpc_null(*RPC[kind]) if kind in RPC else FIRST.get(kind, b"")
        if question:
            connection.sendall(question)
        answer = connection.recv(4096)
        if kind in RPC:
            return len(answer) > 16 and struct.unpack(">I", answer[12:16])[0] == ACCEPTED
        return bool(answer) and not answer.startswith(REFUSALS)


def knock(kind, address, port):
    """Whether the port serves this host."""
    try:
        return (ask_by_datagram if kind in DATAGRAMS else ask_by_connection)(kind, address, port)
    except socket.timeout:
        return kind == "waits"
    except (ConnectionError, ssl.SSLError):
        return False


def main():
    places = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(max(1, len(places))) as pool:
        json.dump(list(pool.map(lambda place: knock(*place), places)), sys.stdout)


if __name__ == "__main__":
    main()
