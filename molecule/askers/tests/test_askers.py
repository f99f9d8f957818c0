# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the table of daemons says of each is what a refused client meets, on three releases; and a host whose sshd does not ask."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(os.environ["PORTCULLIS_ROOT"]) / "tests"))

import inside  # noqa: E402

SCENARIO = pathlib.Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
KNOCK = (SCENARIO / "files" / "knock.py").read_text()
COVERAGE = "portcullis.tcp_wrappers.tcpd_coverage_info"
HOSTS_ACCESS = "portcullis.tcp_wrappers.hosts_access"
EVALUATE = "portcullis.tcp_wrappers.hosts_access_evaluate"
HOSTS = ("bookworm", "bullseye", "trixie")
# port: how it is knocked at, and the name that it asks under; None where it does not ask. See files/askers.sh and files/more_askers.sh
ASKERS = {
    21: ("waits", "ftpd"),
    7601: ("waits", None),
    7602: ("waits", "mine"),
    7603: ("http", None),
    7604: ("http", "apt-cacher-ng"),
    7606: ("waits", "my-own-fd"),
    7607: ("waits", "conmand"),
    7608: ("waits", None),
    7609: ("waits", "conserver"),
    7611: ("waits", None),
    7612: ("waits", "storescp"),
    7613: ("waits", "ssh-behind"),
    7614: ("waits", None),
    7615: ("waits", "mails"),
    7616: ("waits", None),
    7617: ("waits", None),
    7618: ("waits", "library"),
    7619: ("waits", None),
    7621: ("snmp", "snmpd"),
    7631: ("afp", "afpd"),
    7632: ("apcupsd", "apcupsd"),
    7633: ("tftp", "in.tftpd"),
    7634: ("waits", "auditd"),
    7635: ("waits", "imapone"),
    7636: ("waits", "ftp-proxy"),
    7637: ("waits", None),
    7639: ("waits", "imapproxyd"),
    7641: ("tftp", "in.tftpd"),
    7642: ("tls", "ocserv"),
    7643: ("waits", None),
    7644: ("waits", "powermand"),
    7645: ("waits", None),
    7646: ("waits", "radium"),
    7647: ("mountd", "mountd"),
    7649: ("statd", "statd"),
    7650: ("smtp", "sendmail"),
    7651: ("line", "ser2net"),
    7652: ("usbip", "usbipd"),
    7654: ("talk", "in.ntalkd"),
}
# tests/tools/images.py says what a release does not have
NOT_ON = {"bookworm": (7631, 7642, 7643, 7644), "trixie": (7639, 7642, 7643, 7644)}
# Debian 13 builds them without libwrap: atftpd, radium, and inetutils' ftpd.
WITHOUT_LIBWRAP = {("trixie", 21), ("trixie", 7633), ("trixie", 7646)}
PLACES = [(host, port) for host in HOSTS for port in ASKERS if port not in NOT_ON.get(host, ())]


# Whom no rule with the client's address lets in: yaz tells libwrap the address only of a client whose name resolves, and the sslh of Debian 13
# shuts itself off from the tables (Landlock) where the kernel lets it, and refuses everybody then.
NOT_BY_ADDRESS = {(host, 7618) for host in HOSTS} | {("trixie", 7613)}

# Who never tells libwrap the client's name: ftpd, an sslh with `numeric`, snmpd, atftpd.
NAMELESS = (21, 7613, 7621, 7633)


def name_at(place):
    """The name that a daemon asks under; None where it does not ask."""
    return None if place in WITHOUT_LIBWRAP else ASKERS[place[1]][1]


def knock(questions):
    done = subprocess.run(
        [*inside.command("portcullis-askers-client"), "python3", "-c", KNOCK],
        input=json.dumps(questions),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    )
    return json.loads(done.stdout)


def served(fleet):
    """For each host and port whether the client is served."""
    questions = [[ASKERS[port][0], fleet.address(host), port] for host, port in PLACES]
    return dict(zip(PLACES, knock(questions)))


def entries(fleet):
    """Each host's services by port."""
    found = {}
    for host, result in fleet.ansible_all("servers", COVERAGE, {}).items():
        for entry in result["services"]:
            for place in entry["listens"]:
                found[(host, int(place.rsplit(":", 1)[1]))] = entry
    return found


@pytest.fixture(scope="module")
def told(fleet):
    return entries(fleet)


def test_who_asks_and_under_which_name(told):
    for host, port in PLACES:
        entry, name = told[(host, port)], name_at((host, port))
        expected = (["libwrap"], name) if name else ([], entry["daemon"])
        assert (entry["enforced_by"], entry["daemon"]) == expected, (host, port, entry)
        assert bool(entry["remedy"]) is (name is None), (host, port, entry)


def test_a_refused_client_meets_what_is_said(fleet):
    met = served(fleet)
    assert {place: answer for place, answer in met.items() if answer is not (name_at(place) is None)} == {}


def test_a_rule_by_that_name_lets_the_client_in(fleet):
    names = sorted({name for _kind, name in ASKERS.values() if name})
    rules = ["sshd: 10.99.14.1"] + ["%s: 10.99.14.40" % name for name in names]
    for result in fleet.ansible_all(
        "servers", HOSTS_ACCESS, {"allow": rules, "exclusive": True, "mode": "0644", "unenforced": "ignore"}
    ).values():
        assert result["changed"], result
    assert {place for place, answer in served(fleet).items() if not answer} == NOT_BY_ADDRESS


def test_no_rule_for_these_names_is_one_that_nobody_asks_for(fleet):
    for host, result in fleet.ansible_all("servers", COVERAGE, {}).items():
        unknown = [found["line"] for found in result["findings"] if found["code"] == "rule-without-daemon"]
        there = {ASKERS[port][1] for where, port in PLACES if where == host}
        assert len(unknown) == len({name for _kind, name in ASKERS.values()} - there), result["findings"]


def test_a_ban_by_name_holds_where_the_name_is_told(fleet):
    """The client resolves and back, in /etc/hosts."""
    line = {"path": "/etc/hosts", "line": "10.99.14.40 client.askers.example", "unsafe_writes": True}
    fleet.ansible_all("servers", "ansible.builtin.lineinfile", line)
    tables = {"allow": ["sshd: 10.99.14.1"], "deny": ["ALL: .askers.example"], "exclusive": True, "mode": "0644"}
    for result in fleet.ansible_all("servers", HOSTS_ACCESS, dict(tables, unenforced="ignore")).values():
        assert result["changed"], result
    asking = {place for place in PLACES if name_at(place) is not None}
    nameless = {place for place in asking if place[1] in NAMELESS}
    refusing = {("trixie", 7613)}  # see NOT_BY_ADDRESS
    met = served(fleet)
    assert {place for place in asking if met[place]} == nameless - refusing
    told = entries(fleet)
    for host, result in fleet.ansible_all("servers", COVERAGE, {}).items():
        found = {entry["service"] for entry in result["findings"] if entry["code"] == "name-not-told"}
        assert found == {told[place]["name"] for place in nameless if place[0] == host}, (host, result["findings"])
    # in.tftpd is the name of one that tells it and of one that does not
    names = sorted({name_at(place) for place in asking} - {"in.tftpd"})
    client = {"address": "10.99.14.40", "hostname": "client.askers.example"}
    questions = [dict(client, daemon=name) for name in names]
    for host, result in fleet.ansible_all("servers", EVALUATE, {"assertions": questions}).items():
        granted = {item["request"]["daemon"] for item in result["decisions"] if item["access"] == "granted"}
        there = {name_at(place) for place in nameless if place[0] == host} - {"in.tftpd"}
        assert granted == there, (host, result["decisions"])


class TestAnSshdThatDoesNotAsk:
    """The last tests: from here on no rule protects the ssh servers."""

    def test_it_serves_whom_the_tables_refuse(self, fleet):
        for result in fleet.ansible_all(
            "servers", "ansible.builtin.script", {"cmd": str(SCENARIO / "files" / "sshd_without_libwrap.sh")}
        ).values():
            assert result["rc"] == 0, result
        for host in HOSTS:
            assert fleet.talk("client", host, 22).startswith("SSH-")
        found = entries(fleet)
        assert [found[(host, 22)]["enforced_by"] for host in HOSTS] == [[]] * 3

    def test_an_assertion_that_it_refuses_fails(self, fleet):
        refused = {"daemon": "sshd", "address": "10.99.14.40", "expect": "denied"}
        for result in fleet.ansible_all(
            "servers", EVALUATE, {"assertions": [refused], "unenforced": "refuse"}
        ).values():
            assert "sshd (tcp port 22" in result["msg"] and "does not ask libwrap" in result["msg"], result

    def test_harden_refuses_and_says_why(self, fleet):
        before = {host: fleet.host(host).file("/etc/hosts.allow").content for host in HOSTS}
        status, said = fleet.playbook(str(SCENARIO / "files" / "harden.yml"))
        assert status != 0
        said = " ".join(said.split())
        for words in (
            "does not ask libwrap: neither it nor a library",
            "hosts_access_enforce with target: sshd or nftables",
        ):
            assert said.count(words) >= len(HOSTS), said
        assert {host: fleet.host(host).file("/etc/hosts.allow").content for host in HOSTS} == before
