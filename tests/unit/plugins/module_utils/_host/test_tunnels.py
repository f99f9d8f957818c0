# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose sockets belong to a tunnel: of a process that holds its device open, as /proc shows it."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tunnels import tunnel_ports

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
        (tmp_path / str(pid) / "status").write_text("Uid:\t0\t0\t0\t0\n")
        for number, target in enumerate(files):
            os.symlink(target, str(tmp_path / str(pid) / "fd" / str(number)))
    assert tunnel_ports(str(tmp_path)) == {("udp", 443)}
