# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded hosts, unpacked once for all tests: each test undoes what it changed."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.one_file import program_text
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.recorded_host import (
    RecordedHost,
    stand_in,
)


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """The hosts by their names, unpacked when they are first asked for."""
    hosts = {}

    def ask(name):
        if name not in hosts:
            hosts[name] = RecordedHost(tmp_path_factory.mktemp(name), name)
        return hosts[name]

    return ask


@pytest.fixture
def bookworm(unpacked, monkeypatch):
    """The host of that name in the place of the running one."""
    yield from in_its_place(unpacked("bookworm"), monkeypatch)


@pytest.fixture
def trixie(unpacked, monkeypatch):
    """The host of that name in the place of the running one."""
    yield from in_its_place(unpacked("trixie"), monkeypatch)


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The path of the program that undoes a change, as it is on a host."""
    path = tmp_path_factory.mktemp("program") / "0123456789abcdef.py"
    path.write_bytes(program_text().encode("utf-8"))
    path.chmod(0o600)
    return str(path)


def in_its_place(host, monkeypatch):
    """A recorded host in the place of the running one; what the test changes on it is undone."""
    stand_in(monkeypatch, host)
    yield host
    host.undo()
