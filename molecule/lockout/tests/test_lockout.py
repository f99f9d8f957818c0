# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would lock the controller out, done to three hosts through ssh; the hosts are looked at past ssh."""

import subprocess
import time

import pytest

from conftest import INVENTORIES, KEY, Watch
from situations.kinds import LISTENS, RESTART_XINETD

CONTROLLER = "10.99.7.1"
REFUSING = {"allow": ["sshd: 192.0.2.1"], "deny": ["ALL: ALL"], "exclusive": True}
GOOD = {"allow": ["sshd: " + CONTROLLER, "in.ftpd: 192.0.2.1"], "deny": ["in.ftpd: ALL", "ALL: ALL"], "exclusive": True}
TIMEOUT = 8
SLOW = 240  # seconds that a busy machine may take to run a play
SSH_FILE = "/etc/xinetd.d/other-ssh"
SSH_BY_XINETD = """\
service other-ssh
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    server = /usr/sbin/sshd
    server_args = -i
}
"""


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.3)
    return False


@pytest.mark.parametrize("options", [[], ["--check"]], ids=["run", "check mode"])
def test_a_policy_that_refuses_the_controller_is_refused(lab, hosts, options):
    before = [host.tables() for host in hosts]
    results = lab.ansible(REFUSING, extra=options)
    assert [host.tables() for host in hosts] == before
    for host in hosts:
        result = results[host.name]
        assert result["failed"]
        assert "denied by /etc/hosts.deny line 1, 'ALL: ALL'" in result["msg"]
        assert "'sshd: %s' in /etc/hosts.allow would keep the access" % CONTROLLER in result["msg"]
        assert result["lockout"]["operators"] == [CONTROLLER]
        assert host.leftovers() == []


def test_a_policy_that_depends_on_dns_is_refused_unless_warned_of(lab, hosts):
    policy = {
        "allow": ["sshd: .example.com", "sshd: " + CONTROLLER + " EXCEPT .example.net"],
        "deny": ["ALL: ALL"],
        "exclusive": True,
    }
    for result in lab.ansible(policy).values():
        assert result["failed"]
        assert "depends on name lookups, which can fail" in result["msg"]
    # The callback of the other tests shows no warnings.
    said = " ".join(
        "".join(
            lab.start(
                dict(policy, lockout_guard="warn"), ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal"
            ).communicate()
        ).split()
    )
    assert said.count("| CHANGED") == len(hosts) == said.count("confirmed over a new connection")
    assert "depends on name lookups" in said


def test_with_the_guard_off_the_host_comes_back_in_time(lab, hosts):
    before = {host.name: host.tables() for host in hosts}
    watches = [Watch(host) for host in hosts]
    for watch in watches:
        watch.start()
    results = lab.ansible(dict(REFUSING, lockout_guard="disabled", rollback_timeout=TIMEOUT))
    for watch in watches:
        refused, greeted = watch.stop()
        assert refused, "the new policy was never in force"
        assert max(refused) - min(refused) <= TIMEOUT + 5
        assert max(greeted) > max(refused)
    for host in hosts:
        assert results[host.name]["failed"]
        assert "has put its old files back: text, owner and mode" in results[host.name]["msg"]
        assert host.tables() == before[host.name]
        assert host.greets()


def test_the_host_comes_back_when_the_controller_is_killed(lab, hosts):
    before = {host.name: host.tables() for host in hosts}
    process = lab.start(dict(REFUSING, lockout_guard="disabled", rollback_timeout=TIMEOUT))
    changed = set()

    def all_have_changed():
        """On a busy machine the first may be back before the last has changed."""
        changed.update(host.name for host in hosts if host.tables() != before[host.name])
        return len(changed) == len(hosts)

    assert wait_until(all_have_changed, SLOW)
    lab.kill(process)
    started = time.monotonic()
    for host in hosts:
        assert wait_until(
            lambda host=host: host.tables() == before[host.name], TIMEOUT + 5 - (time.monotonic() - started)
        )
        assert host.greets()


def test_a_good_policy_is_confirmed_and_leaves_nothing(lab, hosts):
    results = lab.ansible(GOOD)
    for host in hosts:
        result = results[host.name]
        assert result["changed"]
        assert result["lockout"]["confirmation"] == "confirmed over a new connection"
        assert not result["lockout"]["pending"]
        assert host.wait_clean(2) == []
        assert "in.ftpd: 192.0.2.1" in host.run("cat", "/etc/hosts.allow")
        assert host.greets()


def test_eight_runs_at_once_lose_no_rule(lab, hosts):
    processes = [
        lab.start({"allow": ["in.daemon%d: 192.0.2.%d" % (number, number)]}, pattern="bookworm")
        for number in range(1, 9)
    ]
    for results in [lab.finish(process) for process in processes]:
        assert results["bookworm"]["changed"], results
        assert results["bookworm"]["lockout"]["confirmation"] == "confirmed over a new connection"
    text = lab.hosts["bookworm"].run("cat", "/etc/hosts.allow")
    assert [number for number in range(1, 9) if "in.daemon%d: 192.0.2.%d\n" % (number, number) in text] == list(
        range(1, 9)
    )
    assert text.startswith("# the office\nsshd: ")


def test_a_persistent_connection_does_not_fool_it(lab, hosts, tmp_path):
    """A master of somebody else's that Ansible's commands go through until the reset ends it."""
    masters = []
    for host in hosts:
        command = [
            "ssh",
            "-M",
            "-N",
            "-S",
            str(tmp_path / host.address),
            "-i",
            str(KEY),
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "root@" + host.address,
        ]
        masters.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))
    try:
        assert wait_until(lambda: all((tmp_path / host.address).exists() for host in hosts), 30)
        (tmp_path / "config").write_text("Host *\n  ControlPath %s/%%h\n" % tmp_path)
        through = {"ANSIBLE_SSH_ARGS": "-F %s" % (tmp_path / "config")}
        before = {host.name: host.tables() for host in hosts}
        assert [master.poll() for master in masters] == [None, None, None]
        results = lab.ansible(dict(REFUSING, lockout_guard="disabled", rollback_timeout=TIMEOUT), **through)
        for host in hosts:
            assert results[host.name]["failed"], results[host.name]
            assert host.tables() == before[host.name]
        for result in lab.ansible(GOOD, **through).values():
            assert result["lockout"]["confirmation"] == "confirmed over a new connection"
    finally:
        for master in masters:
            master.kill()
            master.wait()


def test_an_unconfirmed_change_is_undone_at_boot(lab, hosts):
    before = {host.name: host.tables() for host in hosts}
    process = lab.start(dict(REFUSING, lockout_guard="disabled", rollback_timeout=3600))
    assert wait_until(lambda: all(host.tables() != before[host.name] for host in hosts), SLOW)
    lab.kill(process)
    for host in hosts:
        subprocess.run(["podman", "kill", host.container], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["podman", "start", host.container], check=True, stdout=subprocess.DEVNULL)
    for host in hosts:
        # a machine that runs other scenarios meanwhile boots slowly
        assert wait_until(host.greets, 120), host.journal()
        assert host.tables() == before[host.name]
        host.run(
            "systemctl", "daemon-reload"
        )  # systemd remembers the unit that undid the change, though its file is gone


def test_the_next_run_undoes_what_nobody_watches(lab, hosts):
    before = {host.name: host.tables() for host in hosts}
    process = lab.start(dict(REFUSING, lockout_guard="disabled", rollback_timeout=3600))
    assert wait_until(lambda: all(host.tables() != before[host.name] for host in hosts), SLOW)
    lab.kill(process)
    for host in hosts:
        # systemd would start it again, and a stop would let it undo the change: its unit is told not to
        host.run(
            "sh",
            "-c",
            "sed -i s/^Restart=.*/Restart=no/ /run/systemd/transient/portcullis-*.service && systemctl daemon-reload",
        )
        host.run("sh", "-c", "systemctl kill --signal=KILL 'portcullis*.service'")
        # systemd of Debian 11 keeps a unit that failed while a process of its was still there
        assert wait_until(
            lambda host=host: not host.run("sh", "-c", "pgrep -f [.]portcullis.tcp_wrappers/ || true"), 30
        )
        host.run("sh", "-c", "systemctl reset-failed 'portcullis-*.service' || true")
    # the old tables let the controller in, but nobody can get in to run the module: it is run past ssh, as the console would
    for host in hosts:
        folder = "/opt/portcullis/ansible_collections/portcullis/tcp_wrappers/plugins"
        host.run("mkdir", "-p", folder)
        subprocess.run(
            [
                "podman",
                "cp",
                "%s/plugins/module_utils" % INVENTORIES[1].rpartition("/molecule/")[0],
                "%s:%s" % (host.container, folder),
            ],
            check=True,
        )
        host.run(
            "python3",
            "-c",
            "import sys; sys.path.insert(0, '/opt/portcullis'); "
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.pending import Pending; "
            "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root; "
            "assert Pending(Root('/')).settle_old()",
        )
        assert host.tables() == before[host.name]
        assert host.greets()


def test_an_ssh_server_behind_xinetd_is_wrapped_and_unwrapped_with_the_same_care(lab, hosts):
    """A tcpd that serves nobody cuts off the connection of the task itself; the tables let it in, so the guard has nothing to say."""
    setup = "\n".join(
        [
            "set -e",
            "mkdir -p /run/sshd",
            "printf '#!/bin/sh\\nexit 1\\n' > /usr/local/sbin/tcpd",
            "chmod 755 /usr/local/sbin/tcpd",
            "printf '%%s' '%s' > %s" % (SSH_BY_XINETD, SSH_FILE),
            RESTART_XINETD,
            LISTENS,
        ]
    )

    def wrap(**options):
        return lab.ansible(
            dict(options, services=["other-ssh"]),
            extra=["-e", "ansible_port=2222"],
            module="portcullis.tcp_wrappers.xinetd_tcpd",
        )

    for host in hosts:
        host.run("sh", "-c", setup)
    try:
        for result in wrap(tcpd="/usr/local/sbin/tcpd", rollback_timeout=TIMEOUT).values():
            assert result["failed"] and not result["changed"]
            assert "has put its old files back" in result["msg"]
            assert result["rewritten"] == result["backup_files"] == []
        assert [host.run("cat", SSH_FILE) for host in hosts] == [SSH_BY_XINETD] * len(hosts)
        for result in wrap().values():
            assert result["rewritten"] == ["other-ssh/tcp"]
            assert result["lockout"]["confirmation"] == "confirmed over a new connection"
        assert all("= /usr/sbin/tcpd" in host.run("cat", SSH_FILE) for host in hosts)
        for result in wrap(state="unwrapped").values():
            assert result["lockout"]["confirmation"] == "confirmed over a new connection"
        assert [host.run("cat", SSH_FILE) for host in hosts] == [SSH_BY_XINETD] * len(hosts)
        with_refusal = dict(
            lockout_guard="strict", keep_access=[{"daemon": "sshd", "address": "192.0.2.1"}], nolibwrap="no"
        )
        for result in wrap(**with_refusal).values():
            assert result["failed"] and "Nothing was changed" in result["msg"]
    finally:
        for host in hosts:
            host.run("sh", "-c", "rm -f %s /usr/local/sbin/tcpd; systemctl reload xinetd" % SSH_FILE)


def test_async_is_refused(lab, hosts):
    before = [host.tables() for host in hosts]
    process = lab.start(GOOD, extra=["--background", "60", "--poll", "1"])
    output, errors = process.communicate()
    assert "async is refused" in output + errors
    assert [host.tables() for host in hosts] == before


def test_loops_and_delegation_guard_the_delegated_host(lab, hosts, tmp_path):
    playbook = tmp_path / "playbook.yml"
    playbook.write_text("""\
- hosts: bullseye
  gather_facts: false
  tasks:
    - portcullis.tcp_wrappers.hosts_access:
        allow: ["{{ item }}"]
      loop: ['in.one: 192.0.2.1', 'in.two: 192.0.2.2']
      delegate_to: trixie
      register: done
    - ansible.builtin.assert:
        that:
          - done.results | map(attribute='lockout.confirmation') | unique == ['confirmed over a new connection']
          - done.results[0].lockout.connection.split()[2] == '10.99.7.13'
""")
    done = subprocess.run(
        ["ansible-playbook", *INVENTORIES, str(playbook)],
        env=lab.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "in.one" not in lab.hosts["bullseye"].run("cat", "/etc/hosts.allow")
    assert "in.two: 192.0.2.2" in lab.hosts["trixie"].run("cat", "/etc/hosts.allow")
