# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets that wait for clients, asked of the kernel while somebody opens and closes his own, which hid those of others."""

import os
import socket
import struct

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import sock_diag, sockets
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sock_diag import (
    Patience,
    Waiting,
    read_until_settled,
    read_waiting,
)


class Kernel:
    """A kernel that tells a table in messages of `most` rows, and goes on behind as many as it has told. After each message
    `between` changes the table.
    """

    def __init__(self, ports, most=4, between=None):
        self.table = [(port, 0 if port < 1024 else 1500, 100 + number, 0) for number, port in enumerate(ports)]
        self.most, self.between = most, between or (lambda kernel: None)
        self.questions = 0

    def socket(self, *_kind):
        return _Asked(self)


class _Asked:
    def __init__(self, kernel):
        self.kernel, self.range, self.told = kernel, None, 0

    def send(self, message):
        assert len(message) == struct.unpack_from("=I", message)[0]
        self.told = 0
        if len(message) > 16:
            place = 16 + 56 + 4
            low, high = struct.unpack_from("=H6xH", message, place + 6)
            bits, prefix = struct.unpack_from("=B6x4s", message, place + 21) if len(message) > place + 16 else (0, b"")
            self.range = (low, high, bits, int.from_bytes(prefix, "big"))
            self.kernel.questions += 1

    def recv(self, _size):
        if self.range is None:
            return struct.pack("=IHHIIi", 20, 2, 0, 1, 0, 0)
        low, high, bits, prefix = self.range
        left = [
            one for one in self.kernel.table if low <= one[0] <= high and one[3] >> 32 - bits == prefix >> 32 - bits
        ]
        left = left[self.told :]
        if not left:
            self.range = None
            return struct.pack("=IHHIIi", 20, 3, 0, 1, 0, 0)
        rows = left[: self.kernel.most]
        self.told += len(rows)
        body = [
            struct.pack("=IHHII", 88, 20, 0, 1, 0)
            + struct.pack("!4xHH", port, 0)
            + struct.pack("!I12x", address)
            + struct.pack("=40xII", uid, inode)
            for port, uid, inode, address in rows
        ]
        self.kernel.between(self.kernel)
        return b"".join(body)

    def close(self):
        pass


@pytest.fixture(name="ask")
def fixture_ask(monkeypatch):
    def ask(kernel, **words):
        monkeypatch.setattr(sock_diag.socket, "socket", kernel.socket)
        monkeypatch.setattr(sock_diag, "_SHORT", kernel.most * 88 - 1)
        return read_waiting("udp", 4, lambda uid: uid < 1000, Patience(**words))

    return ask


def test_a_table_that_fits_in_one_message_is_one_question(ask):
    kernel = Kernel([53, 161, 5000])
    assert ask(kernel) == ([Waiting("0.0.0.0", 53, 0, 100), Waiting("0.0.0.0", 161, 0, 101)], True)
    assert kernel.questions == 1


def test_sockets_that_are_closed_between_two_messages_hide_no_other(ask):
    """As with udp_get_idx() of the kernel: of 400 that were told some are closed, and as many others were left out."""
    mine = list(range(40000, 40400))

    def close_and_open(kernel):
        kernel.table = [one for one in kernel.table if one[0] < 1024 or one[0] >= 40000 + 3 * kernel.questions]

    kernel = Kernel(mine + [53, 161, 514], 4, close_and_open)
    ask_all = sock_diag._Ask("udp", 4, 1 << 7, lambda uid: uid < 1000)
    found, complete = ask(kernel)
    assert [one.port for one in found] == [53, 161, 514] and complete

    def close(kernel):
        kernel.table = kernel.table[4:]

    kernel = Kernel(mine[:12] + [53, 161, 514] + mine[12:16], 4, close)
    ask(kernel)  # the kernel of this test does hide some where the table is read from end to end
    kernel.table = [(port, 0, port, 0) for port in mine[:12] + [53, 161, 514]]
    assert 53 not in [one.port for one in ask_all.once(sock_diag._Part(), 1000)[0]]


def test_of_one_port_the_addresses_are_asked_about(ask):
    """avahi-daemon shares its port with everybody, who binds it at hundreds of addresses in 127.0.0.0/8."""
    kernel = Kernel([5353])
    kernel.table = [(5353, 1500 if number else 0, number, number and 0x7F010000 + number) for number in range(41)]
    found, complete = ask(kernel)
    assert found == [Waiting("0.0.0.0", 5353, 0, 0)] and complete
    kernel.table[7] = (5353, 33, 7, 0x0A000001)
    assert sorted(one.address for one in ask(kernel)[0]) == ["0.0.0.0", "10.0.0.1"]


def test_a_full_message_is_not_the_whole_answer_though_nothing_follows(ask, monkeypatch):
    """297 sockets at 127.1.0.0/16 beside hundreds that are closed behind the first message: they hid the daemon, the last of its slot."""

    def close(kernel):
        kernel.table = kernel.table[4:]

    kernel = Kernel([40000 + number for number in range(4)] + [53], 4, close)
    found, complete = ask(kernel)
    assert kernel.questions > 1 and (not complete or [one.port for one in found] == [53])
    monkeypatch.setattr(sock_diag, "_FULL", ((300, 400),))
    for most, whole in ((3, True), (4, False), (5, True)):
        kernel = Kernel([53] * most, 20)
        monkeypatch.setattr(sock_diag.socket, "socket", kernel.socket)
        monkeypatch.setattr(sock_diag, "_SHORT", 16 << 10)
        assert read_waiting("udp", 4, lambda uid: True, Patience())[1] is whole


def test_what_one_address_has_too_many_of_may_hide_another(ask):
    """The kernel counts sockets that it does not tell: a second reading that tells the same proves nothing."""
    found, complete = ask(Kernel([514] * 30 + [161]))
    assert not complete and len(found) == 31


def test_where_no_time_is_left_the_rest_is_read_as_it_comes(ask, monkeypatch):
    monkeypatch.setattr(sock_diag, "MAX_SECONDS", 0.0)
    kernel = Kernel([40000 + number for number in range(400)] + [53, 161])
    found, complete = ask(kernel)
    assert [one.port for one in found] == [53, 161] and not complete and kernel.questions == 2


def test_time_is_counted_over_all_questions_of_a_run(monkeypatch):
    now = [10.0]
    monkeypatch.setattr(sock_diag.time, "process_time", lambda: now[0])
    patience = Patience()
    for _part in range(2):
        with patience.spending():
            assert patience.has_time()
            now[0] += 0.75 * sock_diag.MAX_SECONDS
        now[0] += 100.0
    with patience.spending():
        assert not patience.has_time()


@pytest.mark.parametrize("readings, told, whole", [
    ([{1, 2}, {1, 2, 3}], [1, 2, 1, 2, 3], True),
    ([{1, 2}, {2, 3}, {2, 3}], [1, 2, 2, 3, 2, 3], True),
    ([{1}, {2}, {3}, {4}, {5}], [1, 2, 3, 4, 5], False),
])  # fmt: skip
def test_a_table_misses_nothing_where_all_that_it_told_is_there_afterwards(readings, told, whole):
    left = list(readings)

    def read(inodes):
        inodes.update(left[0])
        return sorted(left.pop(0))

    patience = Patience()
    with patience.spending():
        assert read_until_settled(read, patience) == (told, whole)
    assert left == []


def test_a_system_without_netlink_has_no_such_sockets(proc, monkeypatch):
    """FreeBSD."""
    monkeypatch.delattr(sock_diag.socket, "AF_NETLINK", raising=False)
    with pytest.raises(OSError):
        read_waiting("udp", 4, lambda uid: True, Patience())
    os.remove(os.path.join(proc, "net", "udp"))
    assert sockets.list_sockets(proc) is None and sockets.list_waiting(proc) == ([], "")


def test_an_error_of_the_kernel_is_one(monkeypatch):
    class Refuses(_Asked):
        def recv(self, _size):
            return struct.pack("=IHHIIi", 20, 2, 0, 1, 0, -2 if self.range else 0)

    monkeypatch.setattr(sock_diag.socket, "socket", lambda *kind: Refuses(Kernel([])))
    with pytest.raises(FileNotFoundError):
        read_waiting("udp", 4, lambda uid: True, Patience())


@pytest.mark.parametrize("family, address", [(4, "127.0.0.1"), (6, "::1")])
@pytest.mark.parametrize("protocol, kind", [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_real_sockets(protocol, kind, family, address):
    server = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, kind)
    try:
        server.bind((address, 0))
        if protocol == "tcp":
            server.listen(1)
        try:
            found, _whole = read_waiting(protocol, family, lambda uid: uid == os.getuid(), Patience())
        except OSError:
            pytest.skip("this kernel does not answer sock_diag(7)")
        wanted = Waiting(address, server.getsockname()[1], os.getuid(), os.fstat(server.fileno()).st_ino)
        assert wanted in found
        assert [one.port for one in found].count(wanted.port) == 1
    finally:
        server.close()


TEXT = """   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  122: 00000000:006F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 90 2 0000000000000000 0
  123: 00000000:A001 00000000:0000 07 00000000:00000000 00:00000000 00000000  1500        0 91 2 0000000000000000 0
"""


@pytest.fixture(name="proc")
def fixture_proc(tmp_path, monkeypatch):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "udp").write_text(TEXT)
    monkeypatch.setattr(sockets, "PROC", str(tmp_path))
    monkeypatch.setattr(sockets, "is_person", lambda uid: uid >= 1000)
    monkeypatch.setattr(sockets, "read_all", refuses)
    return str(tmp_path)


def refuses(*_words):
    """A kernel that does not know sock_diag(7)."""
    raise OSError()


def test_what_the_table_left_out_is_listed_all_the_same(proc, monkeypatch):
    told = {"udp": [Waiting("0.0.0.0", 111, 0, 90), Waiting("0.0.0.0", 161, 0, 92)]}
    monkeypatch.setattr(
        sockets, "read_waiting", lambda name, family, *_more: (told.get(name, []) if family == 4 else [], True)
    )
    found, doubt = sockets.list_waiting(proc)
    assert [(one.port, one.listening) for one in found] == [(111, True), (40961, True), (161, True)] and doubt == ""
    monkeypatch.setattr(sockets, "read_waiting", lambda *_words: ([], False))
    assert "a service may be missing" in sockets.list_waiting(proc)[1]


def test_an_old_kernel_is_asked_by_its_tables(proc, monkeypatch):
    monkeypatch.setattr(sockets, "read_waiting", refuses)
    assert [one.port for one in sockets.list_sockets(proc)] == [111, 40961]
    assert [one.port for one in sockets._waiting(proc)[0]] == [111, 111]
    assert sockets.list_waiting(proc)[1] == ""
    numbers = iter(range(92, 10000))
    real = sockets._parse

    def parse(line, *words):
        with open(os.path.join(proc, "net", "udp"), "w") as stream:
            stream.write(TEXT.replace(" 91 ", " %d " % next(numbers)))
        return real(line, *words)

    monkeypatch.setattr(sockets, "_parse", parse)
    assert sockets.list_waiting(proc)[1]


def test_the_kernel_tells_by_both_ways_the_same(monkeypatch):
    """Of sockets of each family and protocol, that wait and that do not; one of IPv6 is met over IPv4."""
    made = []

    def opened(family, kind, address, peer=None):
        made.append(socket.socket(family, kind))
        made[-1].bind((address, 0))
        if kind == socket.SOCK_STREAM and peer is None:
            made[-1].listen(5)
        if peer is not None:
            made[-1].connect(peer)
        return made[-1].getsockname()[1]

    try:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                opened(family, kind, address, (address, opened(family, kind, address)))
        opened(
            socket.AF_INET,
            socket.SOCK_STREAM,
            "127.0.0.1",
            ("127.0.0.1", opened(socket.AF_INET6, socket.SOCK_STREAM, "::")),
        )
        made.append(made[-2].accept()[0])
        inodes = {os.fstat(one.fileno()).st_ino for one in made}
        asked = [entry for entry in sockets.list_sockets() if entry.inode in inodes]
        monkeypatch.setattr(sockets, "read_all", refuses)
        read = [entry for entry in sockets.list_sockets() if entry.inode in inodes]
    finally:
        for one in made:
            one.close()
    assert len(read) == len(made) == 11 and sorted(asked) == sorted(read)
    assert [entry.remote_address for entry in asked if entry.address == "::ffff:127.0.0.1"] == ["::ffff:127.0.0.1"]


def test_a_question_of_all_sockets_asks_the_kernel_once_for_each_of_them(monkeypatch):
    """/proc/net/udp with 60000 sockets of a user takes the kernel seconds, for it walks them anew for each page."""
    kernel = Kernel([40000 + number for number in range(400)] + [53])
    monkeypatch.setattr(sock_diag.socket, "socket", kernel.socket)
    assert len(list(sock_diag.read_all("udp", 4))) == 401 and kernel.questions == 1
