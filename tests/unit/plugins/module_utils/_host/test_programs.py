# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of the system is one that only root can have put where it is."""

import os
import stat

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import mappings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.programs import trusted_program


@pytest.fixture
def proc(tmp_path):
    (tmp_path / "7").mkdir()
    own = tmp_path / "sshd"
    own.write_bytes(b"")
    own.chmod(0o777)
    return tmp_path


@pytest.mark.parametrize(
    "program, trusted",
    [
        ("/bin/sh", True),
        ("/usr/sbin/gone (deleted)", True),  # replaced by an upgrade
        ("/tmp/gone (deleted)", False),
        ("/bin/none/sh", False),
        ("own", False),
    ],
)
def test_whose_program_it_is(proc, program, trusted):
    (proc / "7" / "exe").symlink_to(str(proc / "sshd") if program == "own" else program)
    assert trusted_program(7, str(proc)) is trusted


def test_what_may_not_be_seen_is_not_judged(proc):
    assert trusted_program(9, str(proc)) is None


@pytest.mark.parametrize("entries, trusted", [
    ((), True),
    (((4, 7, 0), (8, 5, 4712), (16, 7, 0)), True),  # root's group
    (((2, 7, 4711), (4, 5, 0), (16, 7, 0)), False),
    (((4, 5, 0), (8, 7, 4712), (16, 7, 0)), False),
])  # fmt: skip
def test_a_list_of_access_tells_who_else_may_write(monkeypatch, entries, trusted):
    """Owner, group and mode are as without the list: its mask stands in the mode."""
    info = os.stat_result((stat.S_IFDIR | 0o775, 1, 1, 1, 0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(mappings, "lstat", lambda path: info)
    monkeypatch.setattr(mappings, "read_acl", lambda path: entries if path == "/opt/tools" else ())
    assert mappings.only_roots("/opt/tools/sshd") is trusted
