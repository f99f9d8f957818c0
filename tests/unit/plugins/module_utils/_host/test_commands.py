# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs are run without a shell, with a time limit."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import find_program, run
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError


def test_arguments_are_no_shell_text(monkeypatch):
    monkeypatch.setenv("SECRET", "x")
    echo = find_program("echo")
    assert run([echo, "$HOME; `id`", "*"]).output == b"$HOME; `id` *\n"
    assert b"SECRET" not in run([find_program("env")]).output
    assert b"LC_ALL=C" in run([find_program("env")]).output


def test_a_program_that_hangs_is_stopped():
    with pytest.raises(HostError, match="did not end"):
        run([find_program("sleep"), "60"], timeout=0.2)


def test_a_program_must_be_named_in_full():
    with pytest.raises(HostError):
        run(["echo"])
    with pytest.raises(HostError, match="cannot run"):
        run(["/none/such"])
    assert find_program("no-such-program") is None
