# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A confirmation whose answer was lost is confirmed when it is asked for again, and nothing else is."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending, verdicts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import names
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.rollback_parts import everywhere

TOKEN, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    (tmp_path / "etc").mkdir()
    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "run" / "portcullis.lock"))
    return tmp_path / "run" / "portcullis.confirmed"


def waiting(tmp_path, token):
    root = Root(str(tmp_path))
    root.is_host = True
    changes = pending.Pending(root)
    changes.begin(pending.Change(token, None, [], [], ()))
    return changes


def test_a_confirmation_can_be_asked_for_again(run, tmp_path):
    changes = waiting(tmp_path, TOKEN)
    assert changes.confirm(TOKEN)
    assert not changes.left()
    assert changes.confirm(TOKEN)
    assert not changes.confirm(OTHER)
    assert run.stat().st_mode & 0o777 == 0o600


def test_what_was_undone_was_not_confirmed(run, tmp_path):
    changes = waiting(tmp_path, TOKEN)
    assert changes.settle_old() == [TOKEN]
    assert not changes.confirm(TOKEN)
    assert not run.exists()


def test_only_the_last_ones_are_known(run):
    tokens = ["%016x" % number for number in range(30)]
    for token in tokens:
        verdicts.remember_confirmed(token)
    assert [verdicts.was_confirmed(token) for token in tokens] == [False] * 10 + [True] * 20


@pytest.mark.parametrize("kind", ["mode", "link", "fifo"])
def test_a_file_that_others_can_write_is_not_believed(run, tmp_path, kind):
    verdicts.remember_confirmed(TOKEN)
    if kind == "mode":
        run.chmod(0o644)
    else:
        os.rename(str(run), str(tmp_path / "elsewhere"))
        if kind == "link":
            run.symlink_to(tmp_path / "elsewhere")
        else:
            os.mkfifo(str(run))
    assert not verdicts.was_confirmed(TOKEN)
    verdicts.remember_confirmed(OTHER)


def test_states_of_a_change_that_is_not_known(run, tmp_path):
    changes = pending.Pending(Root(str(tmp_path)))
    assert changes.state(TOKEN) is None
    assert changes.state("../etc") is None
    assert not changes.confirm("../etc")
    assert names.TOKEN.match(TOKEN)
