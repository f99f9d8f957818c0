# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role audit on a fleet of which one host is gone: what it costs, what it leaves, and that it changes nothing."""

import collections
import json
import re
import stat

import pytest

STATE = """
find /etc /usr/local /run/systemd/system /root /trap -type f ! -path '/etc/ld.so.cache' -exec md5sum {} + 2>/dev/null | sort
sysctl -a 2>/dev/null | grep -E '(accept_source_route|rp_filter)'
"""


@pytest.fixture(scope="module")
def audited(lab, tmp_path_factory):
    """The audit's folder, what it said, and each host before and after."""
    folder = tmp_path_factory.mktemp("audit")
    gone = folder / "inventory" / "gone.yml"
    gone.parent.mkdir()
    gone.write_text("servers: {hosts: {gone: {ansible_host: 10.99.6.99}}}\n")
    # nobody but the controller may, and there is a refused client for the logs
    lab.declare(allow=["sshd: 10.99.6.1"], mode="0644")
    assert lab.ask("client", [["ssh", lab.fleet.address(name), 22] for name in lab.names]) == [False] * len(lab.names)
    before = lab.everywhere("sh", "-c", STATE)
    assertions = [
        {"daemon": "sshd", "address": "10.99.6.1", "expect": "granted"},
        {"daemon": "sshd", "address": "10.99.6.40", "expect": "denied"},
    ]
    variables = {"audit_output_dir": str(folder / "out"), "audit_hosts": "servers", "audit_assertions": assertions}
    status, said = lab.fleet.playbook(
        "portcullis.tcp_wrappers.audit", "-i", str(gone), "-vvv", "-e", json.dumps(variables)
    )
    return folder / "out", status, said, before, lab.everywhere("sh", "-c", STATE)


def test_it_changes_nothing_in_one_module_run_a_host(lab, audited):
    _folder, _status, said, before, after = audited
    assert after == before
    # with pipelining each module run is one command, and no other command is run
    runs = collections.Counter(re.findall(r"^<(\S+)> SSH: EXEC ", said, re.MULTILINE))
    assert {runs[lab.fleet.address(name)] for name in lab.names} == {1}, runs


def test_an_unreachable_host_appears_and_fails_the_run(lab, audited):
    folder, status, said, _before, _after = audited
    fleet = json.loads((folder / "fleet.json").read_text())["portcullis_audit"]
    assert {host["host"]: host["reachable"] for host in fleet["hosts"]} == dict(
        {name: True for name in lab.names}, gone=False
    )
    assert status != 0 and "gone was not reached" in said
    assert [line for line in said.splitlines() if "must be" in line] == []


def test_one_document_a_host_for_nobody_elses_eyes(lab, audited):
    folder, _status, _said, _before, _after = audited
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {name + ".json" for name in lab.names} <= set(modes) and "gone.json" not in modes


def test_the_documents_hold_every_part(lab, audited):
    folder, _status, _said, _before, _after = audited
    for name in lab.names:
        document = json.loads((folder / (name + ".json")).read_text())["portcullis_audit"]
        assert document["errors"] == {} and [decision["met"] for decision in document["assertions"]] == [True, True]
        # the containers' kernel takes a source route on the hosts that were told so, and checks no reverse path
        eth0 = {entry["name"]: entry for entry in document["kernel"]}["eth0"]
        assert (eth0["source_route_ipv4"], eth0["source_route_ipv6"], eth0["reverse_path"]) == (
            not name.endswith("-inetd"),
            False,
            "off",
        )
        assert {service["packet_filter"] for service in document["services"]} == (
            {"unknown"} if name.endswith("-inetd") else {"yes", "no"} if name == "trixie" else {"no"}
        )
        assert document["integrity"]["files"] and [
            client["client"] for client in document["refusals"]["by_client"]
        ] == ["10.99.6.40"]
        assert {item["clients"] for item in document["access"]} == {"anywhere", "anywhere by IPv6"}
