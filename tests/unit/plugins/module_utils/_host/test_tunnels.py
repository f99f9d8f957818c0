# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose sockets belong to a tunnel: of a process that holds its device open, as /proc shows it."""

import os
import sys
import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import sockets, tunnels
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tunnels import (
    comes_by_tunnel,
    tunnel_places,
    tunnel_servers,
)

UDP = """   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  122: 00000000:01BB 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 90 2 0000000000000000 0
  123: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 91 2 0000000000000000 0
"""


@pytest.mark.parametrize("device", ["/dev/net/tun", "/dev/ppp"])
def test_who_holds_a_tunnel_device_serves_a_tunnel(tmp_path, device):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "udp").write_text(UDP)
    for pid, files in ((20, ["socket:[90]", device]), (21, ["socket:[91]", "/dev/null"]), (22, [device])):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "status").write_text("Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n")
        for number, target in enumerate(files):
            os.symlink(target, str(tmp_path / str(pid) / "fd" / str(number)))
    assert tunnel_places(str(tmp_path)) == {("udp", "0.0.0.0", 443)}


@pytest.mark.parametrize("uids", ["1001 1001 1001 1001", "1001 0 0 0"], ids=["a user's", "a set-uid program's"])
def test_a_person_s_process_that_opens_the_device_serves_no_tunnel(tmp_path, uids):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "udp").write_text(UDP)
    (tmp_path / "20" / "fd").mkdir(parents=True)
    (tmp_path / "20" / "status").write_text("Uid:\t%s\nGid:\t0\t0\t0\t0\n" % uids.replace(" ", "\t"))
    for number, target in enumerate(["socket:[90]", "/dev/net/tun"]):
        os.symlink(target, str(tmp_path / "20" / "fd" / str(number)))
    assert tunnel_places(str(tmp_path)) == set()


@pytest.mark.parametrize(
    "program, daemon",
    [
        ("/usr/sbin/ocserv", "ocserv"),
        ("/usr/sbin/ocserv-worker", "ocserv"),
        ("/usr/sbin/sshd", "sshd"),
        ("/usr/lib/openssh/sshd-session", "sshd"),  # `ssh -w`, OpenSSH 9.8 and later
    ],
)
def test_the_server_of_a_tunnel_has_the_name_that_it_asks_libwrap_under(tmp_path, monkeypatch, program, daemon):
    process = types.SimpleNamespace(pid=20, executable=program, command="a title", maps_libwrap=True)
    monkeypatch.setattr(tunnels, "_tunnel_processes", lambda proc: [process])
    (found,) = tunnel_servers(str(tmp_path))
    assert found.daemon == daemon


def test_so_many_open_files_of_a_user_and_of_people_are_looked_at_for_a_tunnel(tmp_path, monkeypatch):
    """Two hundred processes of a person with 19800 open files each took a minute."""
    for pid, uid in ((20, 1001), (21, 1002), (22, 1003), (23, 33), (24, 33), (25, 0)):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
        (tmp_path / str(pid) / "status").write_text("Uid:\t%d\t%d\t%d\t%d\nGid:\t0\t0\t0\t0\n" % ((uid,) * 4))
        for number in range(9):
            (tmp_path / str(pid) / "fd" / str(number)).symlink_to("/dev/net/tun")
    monkeypatch.setattr(sockets, "MAX_FILES", 5)
    monkeypatch.setattr(sockets, "MAX_FILES_OF_USER", 8)
    monkeypatch.setattr(sockets, "MAX_FILES_OF_PEOPLE", 7)
    read = []
    real = os.readlink
    monkeypatch.setattr(os, "readlink", lambda path, **options: read.append(path) or real(path, **options))
    assert [server.pid for server in tunnels._tunnel_processes(str(tmp_path))] == [23, 24, 25]
    counts = {
        pid: len([path for path in read if str(tmp_path / pid / "fd") in path]) for pid in map(str, range(20, 26))
    }
    assert counts == {"20": 5, "21": 2, "22": 0, "23": 5, "24": 3, "25": 9}


ROUTE = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100000A	0003	0	0	0	00000000	0	0	0
vpns0	0007580A	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth0	1B07580A	00000000	0005	0	0	0	FFFFFFFF	0	0	0
ppp0	00000A0A	00000000	0001	0	0	0	0000FFFF	0	0	0
"""
ROUTE6 = (
    "fd000000000000000000000000000000 10 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001    vpns0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n"
)


@pytest.mark.parametrize(
    "address, told",
    [
        ("10.88.7.28", True),
        ("::ffff:10.88.7.28", True),
        ("10.88.7.27", False),  # a route of its own
        ("10.10.3.4", True),
        ("192.0.2.7", False),
        ("fd00::7", True),
        ("2001:db8::7", False),
        ("no address", False),
    ],
)
def test_the_route_to_a_client_tells_whether_it_comes_through_a_tunnel(tmp_path, monkeypatch, address, told):
    monkeypatch.setattr(sys, "byteorder", "little")
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "route").write_text(ROUTE)
    (tmp_path / "net" / "ipv6_route").write_text(ROUTE6)
    for name, kind in (("eth0", "1"), ("vpns0", "65534"), ("ppp0", "512")):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / "type").write_text(kind + "\n")
    (tmp_path / "class" / "vpns0" / "tun_flags").write_text("0x1001\n")
    assert comes_by_tunnel(address, str(tmp_path), str(tmp_path / "class")) is told
