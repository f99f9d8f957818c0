# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose sshd asks nobody refuses and serves as libwrap would, after everything that empties a packet filter; and back.

The tests stand in the order of a host's life: each finds what the one before it left.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(os.environ["PORTCULLIS_ROOT"]) / "tests"))

import inside  # noqa: E402

CONTAINER = "portcullis-enforce-trixie"
PLAYBOOK = "portcullis.tcp_wrappers.enforce"
ALLOW = "/etc/hosts.allow"
SERVER = {"4": "198.51.100.9", "6": "2001:db8:99::9"}
CLIENTS = {
    "10.77.0.1": True,
    "10.77.65.255": True,
    "10.77.66.0": False,
    "10.77.66.9": False,
    "10.77.67.0": True,
    "10.76.255.255": False,
    "10.78.0.0": False,
    "127.0.0.1": False,
    "2001:db8:77::1": True,
    "2001:db8:77:ffff:ffff:ffff:ffff:ffff": True,
    "2001:db8:78::1": False,
    "::1": False,
}
OURS = "find /etc -name '*portcullis*' -not -path '/etc/ssh/sshd_config.d/portcullis.conf' | sort; nft list tables"

# From every address of the list, all of which the host itself has: what sshd says first, or that it refused.
KNOCK = """
import json, socket, subprocess, sys
clients, server = json.load(sys.stdin)
for family, network in (("-4", "10.76.0.0/14"), ("-4", server["4"]), ("-6", "2001:db8::/32")):
    subprocess.run(["ip", family, "route", "replace", "local", network, "dev", "lo"], check=True)
heard = {}
for address in clients:
    six = ":" in address
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET) as client:
        client.settimeout(20)
        client.setsockopt(socket.IPPROTO_IPV6 if six else socket.IPPROTO_IP, 78 if six else 15, 1)  # IP_FREEBIND
        client.bind((address, 0))
        try:
            client.connect((server["6" if six else "4"], 22))
            heard[address] = client.recv(8).decode()
        except ConnectionRefusedError:
            heard[address] = "refused"
        except ConnectionResetError:
            heard[address] = ""
print(json.dumps(heard))
"""


def run(*command, text=None, check=True):
    done = subprocess.run(
        inside.command(CONTAINER) + list(command),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        check=False,
        timeout=300,
    )
    assert not check or done.returncode == 0, done.stderr
    return done.stdout


def knock():
    """Which clients sshd served."""
    heard = json.loads(run("python3", "-c", KNOCK, text=json.dumps([list(CLIENTS), SERVER])))
    assert set(heard.values()) <= {"SSH-2.0-", "refused"}, heard
    return {address: answer != "refused" for address, answer in heard.items()}


def table():
    return run("nft", "list", "table", "inet", "portcullis", check=False)


def playbook(fleet, *arguments):
    return fleet.playbook(PLAYBOOK, *arguments)


def test_it_refuses_and_serves_as_libwrap_would():
    libwrap = {address: "granted" in run("tcpdmatch", "sshd", address) for address in CLIENTS}
    assert libwrap == CLIENTS
    assert knock() == libwrap


def test_the_playbook_says_what_is_enforced_where(fleet):
    status, said = playbook(fleet, "--check")
    assert status == 0 and "changed=0" in said, said
    assert "sshd (22/tcp) would be enforced by nftables, mode replace" in said


def test_the_last_word_of_other_filters_is_not_ours():
    run("systemctl", "restart", "nftables")
    assert knock() == CLIENTS
    run("systemctl", "reload", "nftables")
    assert knock() == CLIENTS
    run("systemctl", "stop", "nftables")
    assert knock() == CLIENTS
    run("systemctl", "start", "nftables")
    assert knock() == CLIENTS


def test_firewalld_comes_and_goes():
    run("systemctl", "start", "firewalld")
    end = time.monotonic() + 60
    # its name is on the bus before its table is there
    while "table inet firewalld" not in run("nft", "list", "tables"):
        assert time.monotonic() < end
        time.sleep(0.2)
    assert knock() == CLIENTS
    run("systemctl", "reload", "firewalld", check=False)
    assert knock() == CLIENTS
    run("systemctl", "restart", "firewalld")
    assert knock() == CLIENTS
    run("systemctl", "stop", "firewalld")
    assert knock() == CLIENTS
    run("nft", "delete", "table", "inet", "firewalld", check=False)


def enforced_by(fleet):
    """What coverage says of sshd."""
    looked = fleet.ansible("trixie", "portcullis.tcp_wrappers.tcpd_coverage_info", {})
    return [one["enforced_by"] for one in looked["services"] if one["daemon"] == "sshd"], [
        one["code"] for one in looked["findings"]
    ]


def test_a_filter_that_somebody_emptied_is_seen_and_loaded_again(fleet):
    assert enforced_by(fleet)[0] == [["nftables"]]
    run("nft", "flush", "ruleset")
    assert all(knock().values())
    by, findings = enforced_by(fleet)
    assert by == [[]] and "unenforced" in findings
    status, said = playbook(fleet, "--check", "-v")
    assert status == 0 and "changed=1" in said and "filter_drift" in said, said
    assert all(knock().values())
    status, said = playbook(fleet)
    assert status == 0 and "changed=1" in said, said
    assert knock() == CLIENTS


def test_a_reboot(fleet):
    subprocess.run(["podman", "restart", "--time", "0", CONTAINER], check=True, stdout=subprocess.DEVNULL)
    result = fleet.ansible("trixie", "ansible.builtin.wait_for_connection", {"timeout": 120})
    assert not result.get("failed"), result
    assert knock() == CLIENTS


def test_a_refusal_is_counted():
    before = table()
    assert "counter packets" in before and "refused: " in before
    knock()
    assert table() != before


@pytest.fixture
def closed_tables():
    """Tables that no longer grant the controller."""
    before = run("cat", ALLOW)
    run("sh", "-c", "cat > " + ALLOW, text="sshd: 10.77.0.0/255.255.0.0\n")
    yield
    run("sh", "-c", "cat > " + ALLOW, text=before)


def test_a_policy_that_locks_the_operator_out_is_refused(fleet, closed_tables):
    before = (run("sh", "-c", OURS), table())
    status, said = playbook(fleet)
    assert status != 0 and "lockout_guard" in said and "10.99.9.1" in said, said
    assert run("sh", "-c", OURS) == before[0]
    assert knock() == CLIENTS


def test_what_cannot_be_confirmed_is_taken_back(fleet, closed_tables):
    status, said = playbook(
        fleet, "-e", '{"enforce_backup": false, "enforce_lockout_guard": "warn", "enforce_rollback_timeout": 8}'
    )
    assert status != 0, said
    result = fleet.ansible("trixie", "ansible.builtin.wait_for_connection", {"timeout": 120})
    assert not result.get("failed"), result
    assert knock() == CLIENTS


KEEP = (
    "-e",
    '{"ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=900", "enforce_backup": false, "enforce_rollback_timeout": 8}',
)
#: Open connections stay, and no new one comes from the controller: whatever the cause, it cannot confirm.
NO_MORE = """
table inet other {
    chain input {
        type filter hook input priority 0;
        ct state new ip saddr 10.99.9.1 tcp dport 22 reject with tcp reset
    }
}
"""


@pytest.fixture
def wider_tables():
    """Tables that grant the controller as before, and one network more."""
    before = run("cat", ALLOW)
    run("sh", "-c", "cat >> " + ALLOW, text="sshd: 10.76.0.0/255.255.0.0\n")
    yield
    run("sh", "-c", "cat > " + ALLOW, text=before)
    run("nft", "delete", "table", "inet", "other", check=False)


def test_a_filter_that_passes_the_guard_and_whose_new_connection_fails_is_taken_back(fleet, wider_tables):
    status, said = playbook(fleet, "--check", *KEEP)  # the connection that stays
    assert status == 0 and "changed=1" in said, said
    before = run("cat", "/etc/portcullis.nft")
    run("nft", "-f", "-", text=NO_MORE)
    status, said = playbook(fleet, *KEEP)
    assert status != 0 and "lockout_guard: nothing was written" not in said, said
    assert "unreachable=1" not in said or "failed=1" in said, said
    end = time.monotonic() + 120
    while run("cat", "/etc/portcullis.nft") != before:
        assert time.monotonic() < end, said
    while knock() != CLIENTS:
        assert time.monotonic() < end, said


# As haproxy does: what comes to one port goes to another, and the ssh server sees 127.0.0.1.
RELAY = """
import socket, threading

def pump(source, target):
    while True:
        data = source.recv(65536)
        if not data:
            target.shutdown(socket.SHUT_WR)
            return
        target.sendall(data)

listener = socket.create_server(("", 8022))
while True:
    client = listener.accept()[0]
    server = socket.create_connection(("127.0.0.1", 2200))
    for ends in ((client, server), (server, client)):
        threading.Thread(target=pump, args=ends, daemon=True).start()
"""


@pytest.fixture
def relay():
    """A relay at port 8022, and an ssh server behind it that asks nobody."""
    run("sh", "-c", "/usr/sbin/sshd -o ListenAddress=127.0.0.1:2200 -o PidFile=/run/behind.pid")
    run("sh", "-c", "setsid python3 -c '%s' > /dev/null 2>&1 & echo $! > /run/relay.pid" % RELAY)
    run("sh", "-c", "until ss -ltn | grep -q :8022; do sleep 0.1; done")
    yield {"ansible_port": 8022}
    run("sh", "-c", "kill $(cat /run/relay.pid /run/behind.pid)")


def test_a_filter_before_a_relay_that_the_operator_comes_through_is_taken_back(fleet, relay):
    """Nobody asks libwrap for him, and the port that he comes by is not the ssh server's: only the new connection shows it."""
    services = [{"daemon": "relay", "ports": [8022]}]
    options = dict(relay, enforce_backup=False, enforce_rollback_timeout=8, enforce_services=services)
    status, said = playbook(fleet, "-e", json.dumps(options))
    assert status != 0 and "lockout_guard: nothing was written" not in said, said
    result = fleet.ansible("trixie", "ansible.builtin.wait_for_connection", {"timeout": 120}, **relay)
    assert not result.get("failed"), result
    assert "8022" not in table() and knock() == CLIENTS


def test_sshd_by_itself(fleet):
    only = {"enforce_backup": False, "enforce_target": "sshd", "enforce_services": [{"daemon": "sshd", "ports": [22]}]}
    status, said = playbook(fleet, "-e", json.dumps(only))
    assert status == 0, said
    assert "is enforced by sshd" in said
    heard = json.loads(run("python3", "-c", KNOCK, text=json.dumps([list(CLIENTS), SERVER])))
    # sshd takes the connection first, and then ends it
    assert set(heard.values()) <= {"SSH-2.0-", "refused", "", "Not allo"}, heard
    assert table() == ""


@pytest.fixture
def activated():
    """An ssh server that systemd starts with its own socket (Accept=no), as on Ubuntu; the drop-in goes first."""
    run("rm", "/etc/ssh/sshd_config.d/00-portcullis.conf")
    run("sh", "-c", "systemctl disable --now ssh.service && systemctl start ssh.socket")
    assert knock()["10.77.0.1"]  # a first connection, without which there is no server yet
    yield
    run(
        "sh",
        "-c",
        "systemctl stop ssh.socket ssh.service; systemctl reset-failed ssh.service; systemctl enable --now ssh.service",
    )


def test_an_sshd_with_systemds_socket_is_started_anew_and_not_ended(fleet, activated):
    only = {"enforce_backup": False, "enforce_target": "sshd", "enforce_services": [{"daemon": "sshd", "ports": [22]}]}
    status, said = playbook(fleet, "-e", json.dumps(only))
    assert status == 0 and "changed=1" in said, said
    assert run("systemctl", "is-active", "ssh.service", "ssh.socket").split() == ["active", "active"]
    status, said = playbook(fleet, "-e", json.dumps(only))
    assert status == 0 and "changed=0" in said, said


@pytest.fixture
def broken_sshd():
    """A configuration with which sshd would not start again, whatever the drop-in says."""
    before = run("cat", "/etc/ssh/sshd_config")
    run("sh", "-c", "echo Bogus yes >> /etc/ssh/sshd_config")
    yield
    run("sh", "-c", "cat > /etc/ssh/sshd_config", text=before)
    run("systemctl", "reload", "ssh")  # the module changes nothing while sshd has not read its files


def test_an_sshd_that_would_not_start_is_left_running(fleet, broken_sshd):
    """The drop-in alone is right. sshd would end if it were told to read its files again, so nothing is written."""
    listener = run("pgrep", "-o", "-x", "sshd")
    dropin = "/etc/ssh/sshd_config.d/00-portcullis.conf"
    before = run("cat", dropin)
    wider = {
        "enforce_backup": False,
        "enforce_target": "sshd",
        "enforce_services": [{"daemon": "sshd", "ports": [22, 2222]}],
    }
    run("sh", "-c", "sed -i s/10.77.66.0/10.77.64.0/ " + ALLOW)
    status, said = playbook(fleet, "-e", json.dumps(wider))
    run("sh", "-c", "sed -i s/10.77.64.0/10.77.66.0/ " + ALLOW)
    assert status != 0 and "nothing was written" in said and "Correct them first" in said and "Bogus" in said, said
    assert run("cat", dropin) == before
    assert run("pgrep", "-o", "-x", "sshd") == listener
    assert run("sh", "-c", "ls -d /etc/.portcullis* 2>/dev/null || true") == ""


def test_absent_leaves_nothing(fleet):
    status, said = playbook(fleet, "-e", "enforce_state=absent", "-e", "enforce_backup=false")
    assert status == 0 and "changed=1" in said, said
    left = run("sh", "-c", OURS)
    assert [line for line in left.splitlines() if "portcullis" in line] == []
    assert all(knock().values())
    status, said = playbook(fleet, "-e", "enforce_state=absent")
    assert status == 0 and "changed=0" in said, said
