# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a stand-in for sshd before it reads a new drop-in."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import enforcers

# Takes any text (-f) that has no "bad" in it; what it has already is in a file beside it.
SSHD = """#!/bin/sh
here=$(dirname "$0")/config
[ "$2" = -f ] && here=$3
! grep -q bad "$here" || { echo "$here: line 1: bad" >&2; exit 255; }
"""


@pytest.fixture(name="sshd")
def fixture_sshd(tmp_path, monkeypatch):
    """The configuration that the stand-in has."""
    program = tmp_path / "sshd"
    program.write_text(SSHD)
    program.chmod(0o755)
    monkeypatch.setattr(enforcers, "find_program", lambda name: str(tmp_path / name))
    return tmp_path / "config"


@pytest.mark.parametrize(
    "there, text, words", [("", "", ""), ("", "bad", "the new text: line 1"), ("bad", "", "with its present files")]
)
def test_sshd_reads_nothing_that_ends_it(sshd, there, text, words):
    sshd.write_text(there)
    problem = enforcers.sshd_problem(text)
    assert (problem == "") is (words == "") and words in problem
