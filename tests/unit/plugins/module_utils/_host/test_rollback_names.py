# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names are bytes: a watchdog with another locale than the run that recorded them undoes the change all the same."""

import os
import pathlib
import subprocess
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending, writing
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.clocks import now
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.names import MOVING
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.restoring import Step

TOKEN = "0123456789abcdef"
# process 1 of an old systemd has none, or LANG=C of locale.conf; Python 3.6, or a later one that is told so, then has ASCII
PLAIN = [sys.executable, "-I", "-S", "-X", "utf8=0"]
LONG = "\u00fc" * 110  # 220 bytes; a second name has no room for all of them


@pytest.fixture(name="waits")
def fixture_waits(tmp_path, monkeypatch):
    """Records a change of one file, as a run in a locale of UTF-8 does; the first rename is done."""
    monkeypatch.setattr(pending, "keeps_records", lambda _root: True)
    (tmp_path / "etc").mkdir()
    changes = pending.Pending(Root(str(tmp_path)))

    def record(name):
        folder = tmp_path / "f\u00fcr"
        folder.mkdir()
        beside = writing.leftover_name(name)
        step = Step(str(folder), name, b"old", (os.geteuid(), os.getegid(), 0o640), {}, beside)
        target = pending.Target(str(folder), name, [beside], "", 5, False)
        change = pending.Change(TOKEN, 1, [target], [step], [])
        (folder / name).write_text("new")
        (folder / beside).write_text("new")
        with changes._make_store(change) as store:
            changes._write(store, change)
            store.write(TOKEN + "." + MOVING, b"%.3f" % now())
        return folder, changes.folder

    return record


@pytest.mark.parametrize("name", ["gr\u00f6\u00dfe", "no text \udcff", LONG])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_change_is_undone_whatever_the_locale(waits, program, name, locale):
    folder, records = waits(name)
    command = PLAIN + [program, "watch", records, TOKEN]
    assert subprocess.run(command, env={"LC_ALL": locale}, check=False, timeout=60).returncode == 0
    assert os.listdir(str(folder)) == [name]
    assert (folder / name).read_bytes() == b"old"
    assert not pathlib.Path(records).exists()


def test_a_long_name_leaves_nothing_behind(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / writing.leftover_name(LONG)).write_text("of a run that was killed")
    assert writing.remove_leftovers(Root(str(tmp_path)), "/etc/" + LONG) == 1
