# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""harden_block_source_routing of the role harden: the kernel obeys at once, the audit sees it, and all of it is undone."""

import json
import re

PLAY = """
- hosts: daemons
  gather_facts: false
  roles: [portcullis.tcp_wrappers.harden]
"""
VARIABLES = {
    "harden_allow": ["sshd: 10.99.6.1"],
    "harden_default": "allow",
    "harden_inetd_services": [],
    "harden_xinetd_services": [],
    "harden_packages": [],
    "harden_mode": "0644",
    "harden_backup": False,
    "harden_block_source_routing": True,
    "harden_reverse_path": "loose",
}
SETTINGS = "sysctl -a 2>/dev/null | grep -E '^net[.]ipv[46][.]conf[.](all|default)[.](accept_source_route|rp_filter) ='"
HOSTS = ["bookworm", "bullseye", "trixie"]


def play(lab, folder, **variables):
    """Run the role; returns what changed on each host."""
    (folder / "play.yml").write_text(PLAY)
    status, said = lab.fleet.playbook(str(folder / "play.yml"), "-e", json.dumps(dict(VARIABLES, **variables)))
    assert status == 0, said
    return {host: int(changed) for host, changed in re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+)", said, re.MULTILINE)}


def kernel_findings(lab):
    """What the module says of source routing, and of the reverse path of eth0."""
    results = lab.fleet.ansible_all("daemons", "portcullis.tcp_wrappers.tcpd_coverage_info", {"kinds": ["inetd"]})
    found = {}
    for host, result in results.items():
        eth0 = {entry["name"]: entry for entry in result["kernel"]}["eth0"]
        found[host] = (
            "source-routing" in {finding["code"] for finding in result["findings"]},
            eth0["source_route_ipv4"],
            eth0["reverse_path"],
        )
    return found


def test_blocked_at_once_and_given_back(lab, tmp_path):
    before = lab.everywhere("sh", "-c", SETTINGS, names=HOSTS)
    assert all("net.ipv4.conf.all.accept_source_route = 1" in text for text in before.values())
    assert kernel_findings(lab) == {host: (True, True, "off") for host in HOSTS}

    assert all(changed > 0 for changed in play(lab, tmp_path).values())
    assert kernel_findings(lab) == {host: (False, False, "loose") for host in HOSTS}
    assert play(lab, tmp_path) == {host: 0 for host in HOSTS}

    # somebody sets it back by hand: the next run notices, though the drop-in is as it should be
    lab.everywhere("sysctl", "-w", "net.ipv4.conf.all.accept_source_route=1", names=HOSTS)
    assert play(lab, tmp_path) == {host: 1 for host in HOSTS}

    assert all(changed > 0 for changed in play(lab, tmp_path, harden_state="absent").values())
    assert lab.everywhere("sh", "-c", SETTINGS, names=HOSTS) == before
    assert not any("portcullis" in text for text in lab.everywhere("ls", "/etc/sysctl.d", names=HOSTS).values())
