# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change is confirmed or undone, never both; whoever dies in between, the next one ends it."""

import json
import os
import subprocess
import sys
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.host import rollback

TOKEN = "0123456789abcdef"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "state").mkdir()
    return str(tmp_path / "state")


def begin(folder, undo, junk=(), copies=(), folders=(), timeout=60, token=TOKEN):
    record = {"timeout": timeout, "lock": folder + "/../lock", "undo": undo, "junk": list(junk), "copies": list(copies), "folders": list(folders)}
    with open(rollback.record_path(folder, token, "pending"), "w") as stream:
        json.dump(record, stream)


def step(do, *names):
    return {"do": do, "names": [str(name) for name in names], "uid": os.getuid(), "gid": os.getgid(), "mode": 0o640}


def test_an_unconfirmed_change_is_undone_and_leaves_nothing(tmp_path, folder):
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    (tmp_path / "made").write_text("was not there")
    (tmp_path / "copy").write_text("a backup")
    (tmp_path / "junk").write_text("a temporary file")
    (tmp_path / "folder").mkdir()
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file"), step("remove", tmp_path / "made")],
          [str(tmp_path / "junk")], [str(tmp_path / "copy")], [str(tmp_path / "folder")])
    assert rollback.roll_back(folder, TOKEN)
    assert (tmp_path / "file").read_text() == "old"
    assert sorted(os.listdir(str(tmp_path))) == ["file"]
    assert not rollback.roll_back(folder, TOKEN)


def test_a_confirmed_change_keeps_its_backups_and_cannot_be_undone(tmp_path, folder):
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    (tmp_path / "copy").write_text("a backup")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")], [str(tmp_path / "kept")], [str(tmp_path / "copy")])
    assert rollback.settle(folder, TOKEN, rollback.CONFIRMED)
    assert not rollback.settle(folder, TOKEN, rollback.ROLLED_BACK)
    assert rollback.recover(folder) == []
    assert (tmp_path / "file").read_text() == "new"
    assert sorted(os.listdir(str(tmp_path))) == ["copy", "file"]


def test_an_interrupted_undo_is_ended_by_the_next(tmp_path, folder):
    """The first step was done when the power went: its source is gone."""
    (tmp_path / "one").write_text("old one")
    (tmp_path / "two").write_text("new two")
    (tmp_path / "kept two").write_text("old two")
    begin(folder, [step("rename", tmp_path / "kept one", tmp_path / "one"), step("rename", tmp_path / "kept two", tmp_path / "two")])
    assert rollback.settle(folder, TOKEN, rollback.ROLLED_BACK)
    rollback.recover(folder)
    assert ((tmp_path / "one").read_text(), (tmp_path / "two").read_text()) == ("old one", "old two")
    assert not os.path.exists(folder)


def test_two_names_of_one_file_become_one(tmp_path, folder):
    """The change was never made: rename(2) of two names of one file leaves both."""
    (tmp_path / "file").write_text("old")
    os.link(str(tmp_path / "file"), str(tmp_path / "kept"))
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")])
    assert rollback.roll_back(folder, TOKEN)
    assert sorted(os.listdir(str(tmp_path))) == ["file"]


def test_a_file_that_cannot_be_replaced_and_never_was_needs_no_undoing(tmp_path, folder, monkeypatch):
    """An immutable file has no second name, so a copy of it was kept."""
    for name, text in (("file", "old"), ("kept", "old"), ("between", "a whole policy"), ("other", "new"), ("kept other", "old")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o640)
    rename = os.rename

    def refusing(source, target):
        if target == str(tmp_path / "file"):
            raise PermissionError(1, "Operation not permitted")
        rename(source, target)

    monkeypatch.setattr(os, "rename", refusing)
    begin(folder, [step("rename", tmp_path / "kept other", tmp_path / "other"), step("rename", tmp_path / "kept", tmp_path / "file")])
    assert rollback.roll_back(folder, TOKEN)
    assert (tmp_path / "other").read_text() == "old"
    assert rollback.states(folder) == []
    (tmp_path / "kept").write_text("old")
    (tmp_path / "kept").chmod(0o640)
    os.makedirs(folder, exist_ok=True)
    begin(folder, [step("rename", tmp_path / "between", tmp_path / "file"), step("rename", tmp_path / "kept", tmp_path / "file")])
    assert rollback.roll_back(folder, TOKEN)
    assert sorted(os.listdir(str(tmp_path))) == ["file", "other"]


@pytest.mark.parametrize("text, mode", [("new", 0o640), ("old", 0o600)], ids=["text", "mode"])
def test_a_file_that_was_replaced_is_put_back(tmp_path, folder, text, mode):
    (tmp_path / "file").write_text(text)
    (tmp_path / "file").chmod(mode)
    (tmp_path / "kept").write_text("old")
    (tmp_path / "kept").chmod(0o640)
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")])
    assert rollback.roll_back(folder, TOKEN)
    assert ((tmp_path / "file").read_text(), (tmp_path / "file").stat().st_mode & 0o777) == ("old", 0o640)


def test_what_cannot_be_undone_stays_recorded(tmp_path, folder):
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "no folder" / "file" / "x")])
    (tmp_path / "no folder").write_text("a file")
    assert rollback.settle(folder, TOKEN, rollback.ROLLED_BACK)
    assert rollback.finish(folder, TOKEN, rollback.ROLLED_BACK)
    assert rollback.states(folder) == [(TOKEN, "rolledback")]
    assert (tmp_path / "kept").exists()


def test_a_file_that_is_a_mount_is_overwritten(tmp_path, folder):
    (tmp_path / "file").write_text("a longer new text")
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("overwrite", tmp_path / "kept", tmp_path / "file")], [str(tmp_path / "kept")])
    assert rollback.roll_back(folder, TOKEN)
    assert (tmp_path / "file").read_text() == "old"
    assert os.stat(str(tmp_path / "file")).st_mode & 0o777 == 0o640


def test_programs_are_run_when_all_is_back(tmp_path, folder):
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(pathlib.Path(sys.argv[2]).read_text())"
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file"), step("run", sys.executable, "-c", program, tmp_path / "seen", tmp_path / "file")])
    assert rollback.roll_back(folder, TOKEN)
    assert (tmp_path / "seen").read_text() == "old"


def test_what_a_run_left_before_it_had_a_record_is_removed(folder):
    for name in (TOKEN + ".py", TOKEN + ".pending.new", "ffffffffffffffff.watchdog"):
        with open(os.path.join(folder, name), "w") as stream:
            stream.write("x")
    rollback.tidy(folder)
    assert not os.path.exists(folder)


@pytest.fixture
def watchdog(folder):
    """The program as it runs on a host: a process of its own, without Ansible and without the site packages."""
    started = []

    def start():
        process = subprocess.Popen([sys.executable, "-I", "-S", rollback.__file__, "watch", folder, TOKEN])
        started.append(process)
        end = time.monotonic() + 20
        while not rollback.watched(folder, TOKEN) and time.monotonic() < end:
            time.sleep(0.01)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_watchdog_undoes_in_time(tmp_path, folder, watchdog):
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")], timeout=1)
    process = watchdog()
    assert (tmp_path / "file").read_text() == "new"
    assert process.wait(20) == 0
    assert (tmp_path / "file").read_text() == "old"
    assert not os.path.exists(folder)


def test_the_watchdog_ends_with_a_confirmation(tmp_path, folder, watchdog):
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")], [str(tmp_path / "kept")])
    process = watchdog()
    assert rollback.settle(folder, TOKEN, rollback.CONFIRMED)
    assert process.wait(20) == 0
    assert (tmp_path / "file").read_text() == "new"
    assert sorted(os.listdir(str(tmp_path))) == ["file"]


def test_the_watchdog_undoes_when_the_host_goes_down(tmp_path, folder, watchdog):
    (tmp_path / "file").write_text("new")
    (tmp_path / "kept").write_text("old")
    begin(folder, [step("rename", tmp_path / "kept", tmp_path / "file")])
    process = watchdog()
    process.terminate()
    assert process.wait(20) == 0
    assert (tmp_path / "file").read_text() == "old"


def test_a_dead_watchdog_is_known(folder, watchdog):
    begin(folder, [])
    process = watchdog()
    assert rollback.watched(folder, TOKEN)
    process.kill()
    process.wait()
    assert not rollback.watched(folder, TOKEN)


def test_the_program_says_what_it_takes():
    assert rollback.main([]) == 2
    assert rollback.main(["watch", "/nowhere"]) == 2
    assert rollback.main(["boot", "/nowhere"]) == 0
