# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/tools/leases.py: what a killed run left does not keep the next from starting, and what somebody uses stays."""

import pathlib
import sys

import pytest

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import leases  # noqa: E402


@pytest.mark.parametrize(
    "podman, forgotten",
    [
        ("exit 0", True),  # no container
        ("echo 098653e311ab", False),  # one that runs, or is being built
        ("exit 125", False),  # podman cannot say
    ],
)
def test_addresses_are_forgotten_where_no_container_is_left(tmp_path, monkeypatch, podman, forgotten):
    program = tmp_path / "podman"
    program.write_text('#!/bin/sh\n[ "$*" = "ps --all --external --quiet" ] || exit 2\n%s\n' % podman)
    program.chmod(0o755)
    monkeypatch.setattr(leases.environment, "variables", lambda _venv: {"PATH": "%s:/usr/bin:/bin" % tmp_path})
    monkeypatch.setenv("PATH", "%s:/usr/bin:/bin" % tmp_path)
    held = tmp_path / "ipam.db"
    held.write_bytes(b"10.99.7.32")
    assert (leases.forget_stale(held), held.exists()) == (forgotten, not forgotten)


def test_a_machine_without_podman_holds_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not leases.forget_stale(tmp_path / "ipam.db")
