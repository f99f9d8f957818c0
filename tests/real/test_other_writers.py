# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_access beside the programs that write into hosts.deny: what they append is no drift, and they find their lines again.

fail2ban's own action is run: the printf and the sed of its hostsdeny.conf. DenyHosts is in no distribution any more; what it does is told in
its source, deny_hosts.py and purge_hosts.py: a comment and a rule at the end, and both go by their text.
"""

import configparser
import os
import pathlib
import re
import subprocess

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from oracle.libwrap import Libwrap, Question
from superserver import unpacked

TASKS = {
    "block": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "deny": ["in.rshd: ALL"], "default": "deny"},
    "trap": {
        "block_name": "harden",
        "allow": ["sshd: 10.0.0.0/8"],
        "deny": ["in.rshd: ALL"],
        "default": "deny",
        "default_options": ["spawn (/bin/true %a) &"],
    },
    "no block": {"allow": ["sshd: 10.0.0.0/8"], "deny": ["in.rshd: ALL"], "default": "deny"},
    "open": {"block_name": "harden", "deny": ["in.rshd: ALL"]},
    "single": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "deny": ["in.rshd: ALL"], "layout": "single"},
}


class Host:
    def __init__(self, folder):
        self.folder, self.deny = folder, folder / "etc" / "hosts.deny"
        (folder / "etc").mkdir()
        self.deny.write_bytes(b"# hosts.deny\n")

    def run(self, **task):
        params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
        params.update(
            root=str(self.folder), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()), backup=True
        )
        params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
        return hosts_access.run(Call(dict(params, **task)))

    def texts(self):
        return {path.name: path.read_bytes() for path in (self.folder / "etc").iterdir()}


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    return Host(tmp_path)


class Fail2ban:
    """The action hostsdeny as the package ships it."""

    def __init__(self, deny):
        parser = configparser.RawConfigParser()
        parser.read(str(unpacked.program("fail2ban")), encoding="utf-8")
        self.definition, self.tags = parser["Definition"], dict(parser["Init"], file=str(deny))

    def run(self, name, address):
        tags = dict(self.tags, ip=address, ip_value="[%s]" % address if ":" in address else address)
        command = re.sub(r"<(\w+)>", lambda tag: tags[tag.group(1)], self.definition[name].replace("%%", "%"))
        subprocess.run(["/bin/sh", "-c", command], check=True)


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_fail2bans_lines_are_no_drift_and_it_finds_them_again(host, task, tmp_path):
    assert host.run(**task)["changed"]
    before = host.texts()
    fail2ban = Fail2ban(host.deny)
    for address in ("192.0.2.5", "192.0.2.66", "2001:db8::5"):
        fail2ban.run("actionban", address)
        banned = host.texts()
        assert host.run(**task) == {
            "changed": False,
            "dialect": "debian",
            "access_changes": [],
            "findings": [],
            "backup_files": [],
            "enforcement": [],
        }
        assert host.texts() == banned
    assert_refused(tmp_path, host, ["192.0.2.5", "192.0.2.66", "2001:db8::5"])
    # a change of the task's own, beside the bans, and then these go by their text
    changed = dict(task, deny=["in.rshd: ALL", "in.rlogind: ALL"])
    assert host.run(**changed)["changed"] and host.run(**changed)["changed"] is False
    for address in ("192.0.2.5", "2001:db8::5", "192.0.2.66"):
        fail2ban.run("actionunban", address)
        assert address.encode() not in host.deny.read_bytes()
    assert host.run(**changed)["changed"] is False
    take_back(host, task)
    assert {name: data for name, data in host.texts().items() if not name.endswith("~")} == {
        name: data for name, data in before.items() if not name.endswith("~")
    }


def take_back(host, task):
    """Undo the change of the task: its block holds what it held, or its further rule goes."""
    assert host.run(**task if "block_name" in task else {"deny": ["in.rlogind: ALL"], "state": "absent"})["changed"]


def assert_refused(folder, host, addresses):
    """The libwrap of this machine refuses the banned."""
    with Libwrap(folder, False, {}) as libwrap:
        for name in ("allow", "deny"):
            path = host.folder / "etc" / ("hosts." + name)
            libwrap.write(name, path.read_bytes() if path.exists() else None)
        assert [answer[0] for answer in libwrap.ask([Question("sshd", address) for address in addresses])] == [
            "denied"
        ] * len(addresses)


def denyhosts_adds(deny, address):
    with open(str(deny), "ab") as stream:
        stream.write(
            b"# DenyHosts: Thu Nov 26 10:00:00 2026 | sshd: %s\nsshd: %s\n" % (address.encode(), address.encode())
        )


def denyhosts_purges(deny):
    """As purge_hosts.py does: each of its comments goes, and the line below it, whatever that is."""
    kept, lines = [], iter(deny.read_bytes().splitlines(True))
    for line in lines:
        if line.startswith(b"# DenyHosts:"):
            next(lines, None)
        else:
            kept.append(line)
    pathlib.Path(deny).write_bytes(b"".join(kept))


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
def test_denyhosts_comment_and_rule_stay_together(host, task):
    denyhosts_adds(host.deny, "192.0.2.5")
    assert host.run(**task)["changed"]
    denyhosts_adds(host.deny, "192.0.2.66")
    assert host.run(**task)["changed"] is False
    before = host.deny.read_bytes()
    assert host.run(**dict(task, deny=["in.rshd: ALL", "in.rlogind: ALL"]))["changed"]
    host.run(deny=["sshd: 192.0.2.5"], state="absent", layout=task.get("layout", "two_files"))
    assert b"192.0.2.5\n" not in host.deny.read_bytes()
    take_back(host, task)
    denyhosts_purges(host.deny)
    gone = [
        b"# DenyHosts: Thu Nov 26 10:00:00 2026 | sshd: %s\nsshd: %s\n" % (address, address)
        for address in (b"192.0.2.5", b"192.0.2.66")
    ]
    assert host.deny.read_bytes() == before.replace(gone[0], b"").replace(gone[1], b"")
