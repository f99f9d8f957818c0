# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables that process 1 does not see: a boot put the old text of one file into another, and nobody got in again."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.arguments import (
    LockoutArguments,
    lockout_argument_spec,
    tables_argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import own_files

TABLES = ["/etc/hosts.allow", "/etc/hosts.deny"]


def check(monkeypatch, guard, sees, why=""):
    spec = dict(tables_argument_spec(), **lockout_argument_spec())
    given = LockoutArguments(dict({name: about.get("default") for name, about in spec.items()}, lockout_guard=guard))
    monkeypatch.setattr(own_files, "init_sees", lambda paths: paths == TABLES and sees)
    return own_files.check_own_files(given, TABLES, why)


def test_strict_refuses_and_warn_warns(monkeypatch):
    words = "process 1 sees another file at /etc/hosts.allow or /etc/hosts.deny"
    with pytest.raises(TaskError, match="nothing was written, for " + words):
        check(monkeypatch, "strict", False)
    assert words in check(monkeypatch, "warn", False)[0]
    assert check(monkeypatch, "disabled", False) == []


def test_what_does_not_wait_or_is_seen_is_no_matter(monkeypatch):
    assert check(monkeypatch, "strict", True) == []
    assert check(monkeypatch, "strict", False, why="not needed: a console") == []
