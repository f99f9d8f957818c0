# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/guides/migrate.md: tables that other tools leave are taken over and given back, and nothing changes; the replacements do what they say."""

import json
import pathlib
import re

import pytest
import yaml
from playing import LEGACY, ROOT, legacy_host, step

import shared_plays
from shared_plays import shared

shared_runs = shared_plays.fixture_shared_runs

PAGE = (ROOT / "docs" / "guides" / "migrate.md").read_text(encoding="utf-8")
TAKE_OVER, HOLD, FROM_LINEINFILE, FROM_TEMPLATE = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NETWORKS = ", ".join("10.%d.0.0/255.255.0.0" % number for number in range(100))
# What each tool leaves, as its templates and tasks write it: hosts.allow, hosts.deny.
LEFT = {
    "legacy": (
        (LEGACY / "etc" / "hosts.allow").read_text(encoding="utf-8"),
        (LEGACY / "etc" / "hosts.deny").read_text(encoding="utf-8"),
    ),
    "lineinfile": (
        "# /etc/hosts.allow\nsshd: 192.0.2.0/24\nALL: 127.0.0.1 # localhost\nsshd: 198.51.100.9\nsshd : 192.0.2.0/24\n",
        "ALL: ALL\n# BEGIN ANSIBLE MANAGED BLOCK\nsshd: 203.0.113.0/24\n# END ANSIBLE MANAGED BLOCK\n",
    ),
    "debops": (
        "# Ansible managed\n\n# Warning: this file is created by Ansible 'assemble' module\n#\n# Original contents follow.\n"
        "# Ansible Controllers\nsshd : 192.0.2.1\nsshd : [2001:db8::1]\n\n# Allow localhost\nALL : 127.0.0.0/8, [::1]/128\n"
        "in.tftpd, sshd : 192.0.2.0/24, [2001:db8::]/32 : severity auth.info\n",
        "# stock\nALL: ALL\n",
    ),
    "konstruktoid": (
        "# Ansible managed\n\nsshd : ALL : ALLOW\nALL: LOCAL, 127.0.0.1\n",
        "# Managed by Ansible role hardening\n\nALL: ALL\n",
    ),
    "cis": ("ALL: ALL\n", "ALL: ALL\n"),
    "one line": ("ALL: %s\n" % NETWORKS, "ALL: ALL\n"),
}
FINDINGS = {
    "lineinfile": {"trailing-comment", "duplicate"},
    "debops": set(),
    "konstruktoid": set(),
    "cis": {"allow-everything"},
    "one line": {"line-too-long"},
}


def texts(host):
    return tuple((host / "etc" / ("hosts." + name)).read_text(encoding="utf-8") for name in ("allow", "deny"))


@pytest.mark.parametrize("tool", sorted(LEFT))
@shared
def test_tables_are_taken_over_and_given_back(folder, tool):
    host = legacy_host(folder, *LEFT[tool])
    run = yield step(yaml.safe_load(TAKE_OVER), host, folder)
    assert not run.failed, run.output
    said = set(re.findall(r"=> \(item=([a-z-]+)\)", run.told))
    assert tool == "legacy" or said == FINDINGS[tool], run.output
    kept = folder.parent / "taken_over" / (folder.name + ".json")
    assert list(json.loads(kept.read_text(encoding="utf-8"))) == ["portcullis_tables"]
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    run = yield step(yaml.safe_load(HOLD), host, folder)
    assert not run.failed and run.changed == 0, run.output
    assert texts(host) == LEFT[tool]


@shared
def test_a_loop_is_replaced(folder):
    host = legacy_host(folder, *LEFT["lineinfile"])
    for _time in (1, 2):
        run = yield step(yaml.safe_load(FROM_LINEINFILE), host, folder)
        assert not run.failed, run.output
    assert run.changed == 0
    assert texts(host)[0] == "# /etc/hosts.allow\nsshd: 192.0.2.0/24\nALL: 127.0.0.1\n"
    assert [line for line in texts(host)[1].splitlines() if not line.startswith("#")] == ["ALL: ALL"]


@pytest.mark.parametrize("tool", ["konstruktoid", "cis", "one line"])
@shared
def test_a_template_is_replaced(folder, tool):
    host = legacy_host(folder, *LEFT[tool])
    for _time in (1, 2):
        run = yield step(yaml.safe_load(FROM_TEMPLATE), host, folder)
        assert not run.failed, run.output
    assert run.changed == 0 and pathlib.Path(str(host) + "/etc/hosts.deny").read_text(encoding="utf-8").endswith(
        "ALL: ALL\n"
    )
