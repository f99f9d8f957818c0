# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of hosts_access_translate is what its program takes as it is: written by a play, given to the real nft and the real sshd."""

import json
import random
import subprocess
import sys
import tempfile

import environment
import pytest
from agreement import cases
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_translate import hosts_access_translate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables

SERVICES = [{"daemon": "sshd", "ports": [22]}]
TABLES = {"allow": "sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\nsshd: [2001:db8::]/32\n", "deny": "ALL: ALL\n"}
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ tables | portcullis.tcp_wrappers.hosts_access_translate(item, services) }}"
        dest: "{{ folder }}/{{ item }}"
        mode: "0600"
      loop: [nftables, sshd]
"""


@pytest.fixture(name="written", scope="module")
def fixture_written():
    """The texts as a play leaves them in files: {target: text}."""
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/play.yml", "w", encoding="utf-8") as play:
            play.write(PLAY)
        said = {"tables": TABLES, "services": SERVICES, "folder": folder, "ansible_python_interpreter": sys.executable}
        command = ["ansible-playbook", "-i", "localhost,", "-e", json.dumps(said), folder + "/play.yml"]
        done = subprocess.run(
            command, env=environment.variables("2.21"), stdout=subprocess.PIPE, universal_newlines=True, check=False
        )
        assert done.returncode == 0, done.stdout
        yield {target: open("%s/%s" % (folder, target), encoding="utf-8").read() for target in ("nftables", "sshd")}


def test_nft_takes_it(written, network):
    subprocess.run(["nft", "-c", "-f", "-"], input=written["nftables"].encode(), check=True)
    network.nft(written["nftables"])
    network.listen(22)
    asked = {"10.0.0.1": True, "10.66.0.1": False, "192.0.2.1": False, "2001:db8::1": True, "2001:db9::1": False}
    assert {address: network.served(address, 22) for address in asked} == asked
    network.nft(nftables.REMOVE)


def test_sshd_takes_it(written, host):
    host.write(written["sshd"])
    assert host.problem() == ""
    assert host.refused(["10.0.0.1", "10.66.0.1", "192.0.2.1", "2001:db8::1"]) == [False, True, True, False]
    host.write("")


def as_text(case):
    """Both tables of a case as a play has them."""
    tables = zip(("allow", "deny"), (table or b"" for table in case.tables))
    return {name: table.decode("utf-8", "surrogateescape") for name, table in tables}


def options(chooser):
    return {
        "mode": chooser.choice(["companion", "replace"]),
        "unexpressed": "deny",
        "refuse": chooser.choice(["reset", "drop"]),
        "log": chooser.choice([True, False]),
    }


def test_nft_takes_every_policy(amount, network, tmp_path):
    chooser = random.Random(7)
    services = [{"daemon": "sshd", "ports": [22, 2222]}, {"daemon": "in.tftpd", "ports": ["69"], "protocol": "udp"}]
    for case, _machine in cases(7, amount.of(120, 15), 2, tmp_path):
        tables = as_text(case)
        text = hosts_access_translate(tables, "nftables", services, **options(chooser))
        done = subprocess.run(["nft", "-c", "-f", "-"], input=text.encode(), stderr=subprocess.PIPE, check=False)
        assert done.returncode == 0, (tables, done.stderr)


def test_sshd_takes_every_policy(amount, host, tmp_path):
    for case, _machine in cases(8, amount.of(40, 6), 2, tmp_path):
        tables = as_text(case)
        text = hosts_access_translate(tables, "sshd", SERVICES, unexpressed="deny", sshd_version="%d.%d" % host.version)
        host.write(text)
        assert host.problem() == "", tables
    host.write("")
