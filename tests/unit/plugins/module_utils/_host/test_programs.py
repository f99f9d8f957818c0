# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program of the system is one that only root can have put where it is."""

import pytest
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
