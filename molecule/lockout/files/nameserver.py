# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name server that knows one client by name, but only for so many questions; a name server that never answers.

Runs on a test host as root: python3 nameserver.py ADDRESS NAME HOW_MANY    (HOW_MANY 0: it never answers anything)
"""

import socket
import struct
import sys

NXDOMAIN = 3


def question(packet):
    """(name, type, end) of the first question."""
    labels, place = [], 12
    while packet[place]:
        labels.append(packet[place + 1 : place + 1 + packet[place]].decode())
        place += 1 + packet[place]
    return ".".join(labels).lower(), struct.unpack("!H", packet[place + 1 : place + 3])[0], place + 5


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def main(address, name, left):
    pointer = ".".join(address.split(".")[::-1]) + ".in-addr.arpa"
    known = {(pointer, 12): encoded(name), (name, 1): socket.inet_aton(address)}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    silent = not left
    while True:
        packet, client = server.recvfrom(512)
        if silent:
            continue
        asked, kind, end = question(packet)
        data = known.get((asked, kind)) if left > 0 else None
        left -= kind == 12
        error = 0 if data is not None or (asked, 1) in known and left > 0 else NXDOMAIN
        header = packet[:2] + struct.pack("!HHHHH", 0x8580 | error, 1, data is not None, 0, 0)
        answer = b"" if data is None else b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(data)) + data
        server.sendto(header + packet[12:end] + answer, client)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
