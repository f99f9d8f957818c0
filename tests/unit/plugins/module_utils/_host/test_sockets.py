# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's socket tables read, from its own text and from real sockets."""

import os
import socket
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import sockets
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import (
    list_sockets,
    socket_owners,
)

# lines as Linux 5.10 prints them on a little-endian machine
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1081 1 0000000000000000 100 0 0 10 0
   1: 020200C0:8852 0A0200C0:01A5 01 00000000:00000000 02:00000412 00000000  1000        0 62312 2 0000000000000000 20 4 30 10 -1
"""
TCP6 = """  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt
   0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 77 1
   1: 0000000000000000FFFF00000101010A:0016 0000000000000000FFFF00000201010A:C001 01 0:0 00:0 0 0 0 78 1
   2: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 79 1
"""
UDP = """   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  122: 00000000:006F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 90 2 0000000000000000 0
  123: 0100007F:A001 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 91 2 0000000000000000 0
"""


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "net").mkdir()
    for name, text in (("tcp", TCP), ("tcp6", TCP6), ("udp", UDP)):
        (tmp_path / "net" / name).write_text(text)
    return str(tmp_path)


def test_the_kernels_text(proc, monkeypatch):
    monkeypatch.setattr(sys, "byteorder", "little")
    found = [
        (s.protocol, s.family, s.address, s.port, s.remote_address, s.remote_port, s.listening)
        for s in list_sockets(proc)
    ]
    assert found == [
        ("tcp", 4, "127.0.0.1", 22, "0.0.0.0", 0, True),
        ("tcp", 4, "192.0.2.2", 34898, "192.0.2.10", 421, False),
        ("tcp", 6, "::1", 631, "::", 0, True),
        ("tcp", 6, "::ffff:10.1.1.1", 22, "::ffff:10.1.1.2", 49153, False),
        ("tcp", 6, "2001:db8::1", 22, "::", 0, True),
        ("udp", 4, "0.0.0.0", 111, "0.0.0.0", 0, True),
        ("udp", 4, "127.0.0.1", 40961, "127.0.0.1", 53, False),
    ]
    assert [(s.uid, s.inode) for s in list_sockets(proc)][:2] == [(0, 1081), (1000, 62312)]


def test_a_big_endian_machine(proc, monkeypatch):
    monkeypatch.setattr(sys, "byteorder", "big")
    assert list_sockets(proc)[0].address == "1.0.0.127"


def process(proc, pid, uid, inodes):
    folder = os.path.join(proc, str(pid))
    os.makedirs(os.path.join(folder, "fd"))
    with open(os.path.join(folder, "status"), "w") as stream:
        stream.write("Name:\tx\nUid:\t%d\t%d\t%d\t%d\n" % (uid, uid, uid, uid))
    for number, inode in enumerate(inodes):
        os.symlink("socket:[%d]" % inode, os.path.join(folder, "fd", str(number)))


def test_a_user_with_many_users_of_a_namespace_costs_a_bounded_number_of_files(proc, monkeypatch):
    """Processes that share their files show all of them, and a user of a namespace has 65536 users of his own."""
    monkeypatch.setattr(sockets, "MAX_FILES_OF_PEOPLE", 40)
    inodes = [1081] + list(range(5000, 5009))
    for one in range(30):
        process(proc, 100 + one, 200000 + one, inodes)
    process(proc, 200, 1500, [62312])  # somebody who logs in, and services of the system's and of root's
    process(proc, 201, 33, [78])
    process(proc, 202, 0, [79])
    looked = []
    real = os.readlink
    monkeypatch.setattr(os, "readlink", lambda path, **words: looked.append(path) or real(path, **words))
    owners = socket_owners(proc)
    assert len(looked) == 42 and owners[62312] == [200] and owners[78] == [201] and owners[79] == [202]
    assert owners[1081] == [100, 101, 102, 103]


def test_sockets_of_no_table_take_no_memory(proc):
    process(proc, 100, 1500, [1081] + list(range(5000, 5100)))
    assert socket_owners(proc) == {1081: [100]}


def test_thousands_of_sockets_of_people_take_neither_memory_nor_time(proc, monkeypatch):
    """Of each person so many that listen and so many others, of all together so many; of the system's and root's all."""
    monkeypatch.setattr(sockets, "MAX_SOCKETS_OF_USER", 5)
    monkeypatch.setattr(sockets, "MAX_SOCKETS_OF_PEOPLE", 30)
    line = (
        "   0: 0100007F:%04X 00000000:%04X %s 00000000:00000000 00:00000000 00000000 %5d        0 %d 1 0 100 0 0 10 0\n"
    )
    lines = []
    for uid in [300000 + number for number in range(500)] + [1500] * 500 + [0] * 40 + [33] * 40:
        for state, port in (("0A", 0), ("01", 9), ("06", 9)):
            lines.append(line % (len(lines) % 65536, port, state, uid if state != "06" else 0, 1000 + len(lines)))
    with open(os.path.join(proc, "net", "tcp"), "w") as stream:
        stream.write(TCP.splitlines()[0] + "\n" + "".join(lines[-600:] + lines[:-600]))
    parsed = []
    real = sockets._parse
    monkeypatch.setattr(sockets, "_parse", lambda *words: parsed.append(1) or real(*words))
    found = [
        (entry.uid, entry.listening) for entry in list_sockets(proc) if entry.protocol == "tcp" and entry.inode >= 1000
    ]
    assert [found.count(one) for one in ((0, True), (33, True), (33, False), (1500, True), (1500, False))] == [
        40,
        40,
        40,
        5,
        5,
    ]
    assert len([uid for uid, _listens in found if uid >= 1000]) == 30
    assert len(parsed) < 160 + 4 * 30 + 20


def test_what_nobody_holds_is_left_out(proc):
    """A connection that closes, or that nobody has accepted yet: Linux 6.18 shows uid 0 and no inode. The kernel's own servers have none either."""
    line = "   0: 0100007F:1F90 0100007F:0009 %s 00000000:00000000 00:00000000 00000000     0        0 0 1 0 100 0 0 10 0\n"
    with open(os.path.join(proc, "net", "tcp"), "a") as stream:
        stream.write("".join(line % state for state in ("01", "04", "05", "08", "0A")))
    assert [entry.listening for entry in list_sockets(proc) if entry.port == 0x1F90] == [True]


def test_a_system_without_proc(tmp_path):
    assert list_sockets(str(tmp_path)) is None
    assert socket_owners(str(tmp_path / "none")) == {}


@pytest.mark.parametrize(
    "family,kind,address",
    [
        (socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
        (socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1"),
        (socket.AF_INET6, socket.SOCK_STREAM, "::1"),
        (socket.AF_INET6, socket.SOCK_DGRAM, "::1"),
    ],
)
def test_real_sockets(family, kind, address):
    if not os.path.exists("/proc/net/tcp6"):
        return
    server = socket.socket(family, kind)
    try:
        server.bind((address, 0))
        if kind == socket.SOCK_STREAM:
            server.listen(1)
        port = server.getsockname()[1]
        found = [entry for entry in list_sockets() if entry.port == port and entry.listening]
        assert [(entry.address, entry.protocol) for entry in found] == [
            (address, "tcp" if kind == socket.SOCK_STREAM else "udp")
        ]
        assert socket_owners()[found[0].inode] == [os.getpid()]
        assert found[0].inode == os.fstat(server.fileno()).st_ino
    finally:
        server.close()
