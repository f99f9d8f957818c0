# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change is confirmed or undone, never both; whoever dies in between, the next one ends it."""

import errno
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import ending, restoring
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.boot import boot
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.clocks import boot_id, now
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.command_line import main
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.deadlines import (
    PREPARATION,
    remaining,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.ending import (
    end,
    finish,
    is_watched,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.kept import (
    ENDED,
    is_kept,
    keep_told,
    told_at,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.descriptors import open_folder
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.known import known_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.log import log
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.names import CONFIRMED, ROLLED_BACK
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.processes import pids_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.record import VERSION
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.ssh_servers import listens_for_init
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.store import Store
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.watch import is_confined
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.watchdog import Watchdog
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.rollback_parts import everywhere

TOKEN = "0123456789abcdef"
RENAME = os.rename
TEMPORARY = ".%s.portcullis.1.%08x.tmp"


class Change:
    """A change as pending.py records it, in a folder that stands for a host's /etc."""

    def __init__(self, etc):
        self.etc = etc
        self.folder = str(etc / ".portcullis.tcp_wrappers")
        os.mkdir(self.folder, 0o700)
        self.store = Store(self.folder)
        self.record = {
            "version": VERSION,
            "timeout": 60,
            "boot": boot_id(),
            "end": 0,
            "files": [],
            "undo": [],
            "reload": [],
            "filter": None,
        }

    def add(
        self, name, old, backup="", remove_folder=False, mode=0o640, beside=True, folder=None, mounted=True, place=""
    ):
        """A file of the change; `old` None: it was not there. The second name is made as the module makes it."""
        number = len(self.record["files"])
        temporary = TEMPORARY % (name, number)
        self.record["files"].append(
            {
                "folder": str(folder or self.etc),
                "name": name,
                "owner": [os.getuid(), os.getgid(), mode],
                "extended": {},
                "temporary": [temporary],
                "backup": backup,
                "keep": 1,
                "remove_folder": remove_folder,
                "mounted": mounted,
                "place": place,
                "mount": "",
            }
        )
        self.record["undo"].append(
            {"file": number, "copy": None if old is None else number, "beside": temporary if beside else ""}
        )
        if old is not None:
            self.store.write("%s.copy%d" % (TOKEN, number), old.encode())
            if beside:
                make(self.etc / temporary, old, mode)

    def begin(self, timeout=60, moving=True):
        self.record.update(timeout=timeout, end=now() + timeout)
        self.store.write(TOKEN + ".pending", json.dumps(self.record).encode())
        if moving:
            self.store.write(TOKEN + ".moving", b"")

    def end(self):
        return end(self.store, TOKEN)

    def left(self):
        return sorted(os.listdir(str(self.etc)))


def make(path, text, mode=0o640):
    path.write_text(text)
    path.chmod(mode)


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


@pytest.fixture
def change(etc):
    return Change(etc)


def test_an_unconfirmed_change_is_undone_and_leaves_nothing(etc, change):
    (etc / "conf.d").mkdir()
    for name, text in (("file", "new"), ("file.portcullis.20260101T000000.000000Z~", "a backup")):
        make(etc / name, text)
    make(etc / "conf.d" / "made", "was not there")
    change.add("file", "old", backup="file.portcullis.20260101T000000.000000Z~")
    change.add("made", None, folder=etc / "conf.d", remove_folder=True)
    change.begin()
    assert change.end() == ""
    assert ((etc / "file").read_text(), (etc / "file").stat().st_mode & 0o777) == ("old", 0o640)
    assert change.left() == ["file"]
    assert change.end() == ""


def test_a_confirmed_change_keeps_its_backups_and_cannot_be_undone(etc, change):
    old, new = "file.portcullis.20250101T000000.000000Z~", "file.portcullis.20260101T000000.000000Z~"
    for name in ("file", old, new):
        make(etc / name, "new")
    change.add("file", "old", backup=new)
    change.begin()
    assert sorted(set(change.left()) & {old, new}) == [old, new]
    assert change.store.settle(TOKEN, CONFIRMED)
    assert not change.store.settle(TOKEN, ROLLED_BACK)
    assert change.end() == ""
    assert (etc / "file").read_text() == "new"
    assert change.left() == ["file", new]


def test_a_change_that_was_not_begun_undoes_nothing(etc, change):
    """Another program wrote the file after it was read, so the module stopped before its first rename."""
    make(etc / "file", "of another program")
    change.add("file", "old")
    change.begin(moving=False)
    assert change.end() == ""
    assert (etc / "file").read_text() == "of another program"
    assert change.left() == ["file"]


def test_the_files_are_back_before_the_disk_is_waited_for(etc, change, monkeypatch):
    """A commit of a busy disk's journal takes half a minute, and the operator was kept out for that long."""
    seen = etc.parent / "seen"

    def slow(_descriptor):
        with open(str(seen), "a") as stream:
            stream.write((etc / "file").read_text() + "\n")

    make(etc / "file", "new")
    change.add("file", "old", beside=False)
    change.begin()
    monkeypatch.setattr(os, "fsync", slow)
    assert change.end() == ""
    assert set(seen.read_text().splitlines()) == {"old"}
    assert change.left() == ["file"]


@pytest.mark.parametrize("failing", ["the verdict", "the file"])
def test_the_kernels_filter_goes_back_once_while_a_file_cannot_be_written(etc, change, monkeypatch, failing):
    """On a file system that became read-only the new filter kept everybody out: nft needs no file for the old one."""
    loaded = []
    make(etc / "file", "new")
    change.add("file", "old")
    change.record["reload"] = ["nftables"]
    change.begin()

    def read_only(source, *_arguments, **_folders):
        if failing == "the file" and source.endswith(".pending"):
            return RENAME(source, *_arguments, **_folders)
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "rename", read_only)
    monkeypatch.setattr(ending, "_TOLD", {})
    monkeypatch.setattr(ending, "load_text", lambda text: loaded.append(text) or True)
    monkeypatch.setattr(ending, "reload_all", lambda *_arguments: "")
    known = known_of(change.store, TOKEN, change.store.record(TOKEN, "pending"))
    for _try in range(3):
        assert os.strerror(errno.EROFS) in end(change.store, TOKEN, known)
    assert loaded == [None]
    monkeypatch.setattr(os, "rename", RENAME)
    assert end(change.store, TOKEN, known) == ""
    assert (etc / "file").read_text() == "old"


def test_an_interrupted_undo_is_ended_by_the_next(etc, change):
    make(etc / "one", "old one")
    make(etc / "two", "new two")
    change.add("one", "old one")
    change.add("two", "old two")
    change.begin()
    (etc / (TEMPORARY % ("one", 0))).unlink()  # the power went after the first step
    assert change.store.settle(TOKEN, ROLLED_BACK)
    assert boot(change.folder) == 0
    assert ((etc / "one").read_text(), (etc / "two").read_text()) == ("old one", "old two")
    assert change.left() == ["one", "two"]


def test_swept_temporary_names_do_not_keep_the_old_files_away(etc, change):
    """git clean or rsync --delete takes what it does not know."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    for name in change.left():
        if name.endswith(".tmp"):
            (etc / name).unlink()
    assert change.end() == ""
    assert ((etc / "file").read_text(), (etc / "file").stat().st_mode & 0o777) == ("old", 0o640)
    assert change.left() == ["file"]


def test_a_second_name_that_another_program_wrote_is_not_taken_for_the_old_file(etc, change):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    make(etc / (TEMPORARY % ("file", 0)), "of another program")
    assert change.end() == ""
    assert (etc / "file").read_text() == "old"


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(etc, change, tmp_path):
    make(tmp_path / "elsewhere", "not of this change")
    (etc / "file").symlink_to(tmp_path / "elsewhere")
    change.add("file", "old")
    change.begin()
    assert change.end() == ""
    assert ((etc / "file").read_text(), (etc / "file").is_symlink()) == ("old", False)
    assert (tmp_path / "elsewhere").read_text() == "not of this change"


def test_two_names_of_one_file_become_one(etc, change):
    """The change was never made: rename(2) of two names of one file leaves both."""
    change.add("file", "old")
    os.link(str(etc / (TEMPORARY % ("file", 0))), str(etc / "file"))
    change.begin()
    assert change.end() == ""
    assert change.left() == ["file"]


def refuse_renames(monkeypatch, name, error=PermissionError(1, "Operation not permitted")):
    rename = os.rename

    def refusing(source, target, **named):
        if target == name:
            raise error
        rename(source, target, **named)

    monkeypatch.setattr(os, "rename", refusing)


def test_a_file_that_cannot_be_replaced_and_never_was_needs_no_undoing(etc, change, monkeypatch):
    """An immutable file has no second name, so a copy of it was kept."""
    make(etc / "file", "old")
    make(etc / "other", "new")
    change.add("other", "old")
    change.add("file", "old")
    change.begin()
    refuse_renames(monkeypatch, "file")
    assert change.end() == ""
    assert (etc / "other").read_text() == "old"
    assert change.left() == ["file", "other"]


def test_what_cannot_be_undone_stays_recorded_and_whole(etc, change, monkeypatch):
    """A step that fails ends the undo: those after it could leave half of each policy."""
    for name in ("one", "two"):
        make(etc / name, "new")
        change.add(name, "old")
    change.begin()
    refuse_renames(monkeypatch, "one", OSError(30, "Read-only file system"))
    assert change.end() == "%s/one: Read-only file system" % etc
    assert [(etc / name).read_text() for name in ("one", "two")] == ["new", "new"]
    assert change.store.changes() == [(TOKEN, "rolledback")]
    monkeypatch.undo()
    assert change.end() == ""
    assert [(etc / name).read_text() for name in ("one", "two")] == ["old", "old"]
    assert change.left() == ["one", "two"]


@pytest.mark.parametrize("text, mode", [("new", 0o640), ("old", 0o600)], ids=["text", "mode"])
def test_a_file_that_was_replaced_is_put_back(etc, change, text, mode):
    make(etc / "file", text, mode)
    change.add("file", "old")
    change.begin()
    assert change.end() == ""
    assert ((etc / "file").read_text(), (etc / "file").stat().st_mode & 0o777) == ("old", 0o640)


def test_extended_attributes_come_back(etc, change):
    make(etc / "file", "new")
    change.add("file", "old", beside=False)
    change.record["files"][0]["extended"] = {"user.test": "b2xk"}
    change.begin()
    assert change.end() == ""
    assert os.getxattr(str(etc / "file"), "user.test") == b"old"


def test_a_file_that_is_a_mount_is_overwritten(etc, change, monkeypatch):
    make(etc / "file", "a longer new text", 0o600)
    number = (etc / "file").stat().st_ino
    change.add("file", "old")
    change.begin()
    refuse_renames(monkeypatch, "file", OSError(16, "Device or resource busy"))
    assert change.end() == ""
    found = (etc / "file").stat()
    assert ((etc / "file").read_text(), found.st_mode & 0o777, found.st_ino) == ("old", 0o640, number)


def test_a_file_that_a_mount_lies_over_is_not_back_before_that_is_gone(etc, change, monkeypatch):
    """What is written while it is mounted goes into the mounted file, and the new one is below."""
    make(etc / "file", "new", 0o600)
    change.add("file", "old", mounted=False)
    change.begin()
    numbers = {"folder": "21", "file": "22"}
    everywhere(
        monkeypatch, "_mount_of", lambda number: numbers["folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file"]
    )
    refuse_renames(monkeypatch, "file", OSError(16, "Device or resource busy"))
    for _try in range(2):
        assert "a mount lies over it" in change.end()
        assert (etc / "file").read_text() == "old" and change.store.changes() == [(TOKEN, "rolledback")]
    numbers["file"] = "21"
    make(etc / "file", "new", 0o600)
    monkeypatch.setattr(os, "rename", RENAME)
    assert change.end() == ""
    assert (etc / "file").read_text() == "old" and change.left() == ["file"]


@pytest.mark.parametrize("verdict", ["rolledback", "confirmed"])
def test_nothing_is_touched_before_the_file_systems_are_there(etc, change, monkeypatch, verdict):
    """An automount starts where anybody asks it, and a starting host waited for its network that waited for the undo; what
    was written below the mount was said to be back.
    """
    make(etc / "file", "new")
    change.add("file", "old", beside=False)
    change.begin()
    change.store.settle(TOKEN, verdict)
    away = ["/srv/file: its file system (nfs4) is not mounted there now"]
    everywhere(monkeypatch, "file_system_away", lambda record: away[0])
    opened = []
    everywhere(monkeypatch, "open_folder", lambda path: opened.append(path) or open_folder(path))
    (etc / change.record["files"][0]["temporary"][0]).write_text("half of it")
    for _try in range(2):
        assert finish(change.store, TOKEN, verdict) == away[0]
    assert not opened and len(change.left()) == 3 and (etc / "file").read_text() == "new"
    away[0] = ""
    assert finish(change.store, TOKEN, verdict) == ""
    assert change.left() == ["file"] and (etc / "file").read_text() == ("old" if verdict == "rolledback" else "new")


def test_the_kernel_tells_which_mount_a_file_is_on():
    mounts = []
    for path in ("/proc", "/proc/self/status", "/"):
        descriptor = os.open(path, os.O_RDONLY)
        mounts.append(restoring._mount_of(descriptor))
        os.close(descriptor)
    assert mounts[0] == mounts[1] != mounts[2] and "" not in mounts


def test_a_superserver_reads_its_files_again_when_all_is_back(etc, change, monkeypatch):
    seen = []
    everywhere(monkeypatch, "pids_of", lambda programs: [4711] if "xinetd" in programs else [])
    monkeypatch.setattr(os, "kill", lambda pid, number: seen.append((pid, number, (etc / "file").read_text())))
    make(etc / "file", "new")
    change.add("file", "old")
    change.record["reload"] = ["xinetd"]
    change.begin()
    assert change.end() == ""
    assert seen == [(4711, signal.SIGHUP, "old")]


def test_the_program_of_another_user_s_process_is_not_asked_for(monkeypatch):
    """A kernel before 4.1 answers that only while the memory of the process is not locked, and root waits for it."""
    asked = []
    real = os.readlink
    monkeypatch.setattr(os, "readlink", lambda path, **given: (asked.append(path), real(path, **given))[1])
    program = os.path.basename(real("/proc/self/exe"))
    assert os.getpid() in pids_of((program,)) and asked
    del asked[:]
    monkeypatch.setattr(os, "geteuid", lambda: 4000000000)
    assert pids_of((program,)) == [] and asked == []


def test_only_names_of_ours_are_tidied_up(change):
    ours = [TOKEN + ".py", TOKEN + ".pending.new", "ffffffffffffffff.watchdog", TOKEN + ".copy0"]
    for name in ours + ["of somebody else", "README"]:
        with open(os.path.join(change.folder, name), "w") as stream:
            stream.write("x")
    change.store.tidy()
    assert change.store.names() == ["README", "of somebody else"]


@pytest.mark.parametrize(
    "key, value",
    [
        ("version", 1),
        ("timeout", -1),
        ("timeout", "60"),
        ("timeout", True),
        ("boot", None),
        ("end", "never"),
        ("reload", ["/bin/sh"]),
        ("undo", {}),
        ("files", [{}]),
        ("undo", [{"file": 0, "copy": 0, "beside": "/etc/passwd"}]),
        ("undo", [{"file": 1, "copy": 0, "beside": ""}]),
        ("undo", [{"file": 0, "copy": "../x", "beside": ""}]),
        ("undo", [{"file": 0, "copy": 0, "beside": "", "do": "run"}]),
    ],
)
def test_a_record_is_checked_key_by_key(etc, change, key, value):
    make(etc / "file", "new")
    change.add("file", "old")
    change.record[key] = value
    change.begin()
    if key in ("timeout", "end"):
        change.store.write(TOKEN + ".pending", json.dumps(dict(change.record, **{key: value})).encode())
    before = change.left()
    assert "no record of a change" in change.end()
    assert (etc / "file").read_text() == "new"
    assert change.left() == before


@pytest.mark.parametrize(
    "key, value",
    [
        ("folder", "etc"),
        ("folder", "/etc/../root"),
        ("folder", "/etc//x"),
        ("name", "../passwd"),
        ("name", ""),
        ("name", "a/b"),
        ("owner", [0, 0]),
        ("owner", [0, 0, 0o200000]),
        ("owner", ["0", 0, 0]),
        ("temporary", ["passwd"]),
        ("temporary", [".other.portcullis.1.00000000.tmp"]),
        ("backup", "passwd"),
        ("backup", "file.portcullis.x"),
        ("keep", 0),
        ("remove_folder", "/etc"),
        ("extended", {"user.x": 1}),
    ],
)
def test_a_file_of_a_record_is_checked_key_by_key(etc, change, key, value):
    make(etc / "file", "new")
    change.add("file", "old", beside=key != "temporary")
    change.record["files"][0][key] = value
    change.begin()
    assert "no record of a change" in change.end()
    assert (etc / "file").read_text() == "new"


@pytest.fixture
def watchdog(change, program):
    """The program as it runs on a host: a process of its own, without Ansible and without the site packages."""
    started = []

    def start():
        process = subprocess.Popen([sys.executable, "-I", "-S", program, "watch", change.folder, TOKEN])
        started.append(process)
        # one that has little time left may have done its work before it is looked at
        wait_until(lambda: process.poll() is not None or change.store.watched(TOKEN))
        return process

    yield start
    for process in started:
        for pid in [process.pid] + children(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()


def children(pid):
    """The processes that a process started; [] where it is gone."""
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as stream:
            return [int(number) for number in stream.read().split()]
    except OSError:
        return []


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_watchdog_undoes_in_time(etc, change, watchdog):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=2)
    process = watchdog()
    assert process.wait(30) == 0
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


def test_the_watchdog_needs_its_own_file_no_more(etc, change, watchdog, program):
    """What runs may be replaced or removed: also the process that takes over is complete."""
    with open(program, "rb") as stream:
        kept = stream.read()
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=2)
    process = watchdog()
    with open(program, "wb") as stream:
        stream.write(b"")
    try:
        wait_until(lambda: children(process.pid))
        process.kill()
        wait_until(lambda: not os.path.exists(change.folder))
    finally:
        with open(program, "wb") as stream:
            stream.write(kept)
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


def test_the_watchdog_ends_with_a_confirmation(etc, change, watchdog):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    process = watchdog()
    assert change.store.settle(TOKEN, CONFIRMED)
    assert process.wait(30) == 0
    assert (etc / "file").read_text() == "new"
    assert change.left() == ["file"]


@pytest.mark.parametrize("name", ["TERM", "INT", "QUIT", "USR1", "USR2", "ALRM", "XCPU"])
def test_the_watchdog_undoes_when_the_host_goes_down_or_somebody_ends_it(etc, change, watchdog, name):
    """Ended by SIGINT, systemd takes it for done and starts no other (`pkill -INT python3`)."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    process = watchdog()
    process.send_signal(getattr(signal, "SIG" + name))
    assert process.wait(30) == 0
    assert (etc / "file").read_text() == "old"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_a_second_watchdog_takes_over(etc, change, watchdog, number):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=6)
    process = watchdog()
    wait_until(lambda: children(process.pid))
    process.send_signal(number)
    assert process.wait(30) == -signal.SIGKILL
    wait_until(lambda: not os.path.exists(change.folder))
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


def test_a_change_that_is_confirmed_while_its_watchdog_reads_it(etc, change, monkeypatch):
    """The record is renamed between the look at its state and the reading of it."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=60)
    change.store.write(TOKEN + ".watchdog", b"")
    dog = Watchdog(change.store, TOKEN)
    real = change.store.record
    states = []

    def record(token, state):
        states.append(state)
        if len(states) == 1:
            assert change.store.settle(token, CONFIRMED)
        return real(token, state)

    monkeypatch.setattr(change.store, "record", record)
    assert dog._read().record["timeout"] == 60
    assert states[-1] == CONFIRMED


def test_a_watchdog_that_starts_again_has_the_time_that_is_left(etc, change, watchdog):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=60)
    change.store.write(TOKEN + ".pending", json.dumps(dict(change.record, end=now() + 0.5)).encode())
    assert watchdog().wait(30) == 0
    assert (etc / "file").read_text() == "old"


def test_a_deadline_of_another_clock_is_not_waited_for(etc, change, watchdog):
    """time_namespaces(7): the module's clock is days ahead of its watchdog's."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=1)
    late = now() + 1000000
    change.store.write(TOKEN + ".pending", json.dumps(dict(change.record, end=late)).encode())
    change.store.write(TOKEN + ".moving", b"%.3f" % late)
    assert watchdog().wait(30) == 0
    assert (etc / "file").read_text() == "old"


@pytest.mark.parametrize("recorded, found, left", [("a", "b", 0), ("a", "", 60), ("", "b", 60), ("a", "a", 60)])
def test_another_start_of_the_system_is_told_by_two_names_that_differ(change, monkeypatch, recorded, found, left):
    """ProcSubset=pid hides the name of this start."""
    everywhere(monkeypatch, "boot_id", lambda: found)
    change.begin(timeout=60)
    assert remaining(change.store, TOKEN, dict(change.record, boot=recorded)) == pytest.approx(left, abs=30)


@pytest.mark.parametrize("ended", [True, False])
def test_a_watchdog_that_was_ended_before_its_time_is_remembered(etc, change, monkeypatch, tmp_path, ended):
    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "portcullis.lock"))
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=60 if ended else 1)
    dog = Watchdog(change.store, TOKEN)
    if ended:
        dog.ended.append(signal.SIGTERM)
    dog.run()
    assert (etc / "file").read_text() == "old"
    assert is_kept(ENDED, TOKEN) is ended


@pytest.mark.parametrize(
    "own, confined",
    [
        ({}, False),
        ({"mnt": "mnt:[9]"}, True),  # ProtectSystem, PrivateTmp
        ({"net": "net:[9]"}, True),  # PrivateNetwork
        ({"status": "CapEff:\t0000\nSeccomp:\t0\n"}, True),  # CapabilityBoundingSet
        ({"status": "CapEff:\t01ff\nSeccomp:\t2\n"}, True),  # SystemCallFilter
        ({"mnt": None}, True),  # /proc does not tell
    ],
)
def test_a_unit_that_is_confined_watches_nothing(change, monkeypatch, own, confined):
    usual = {"mnt": "mnt:[1]", "net": "net:[1]", "pid": "pid:[1]", "user": "user:[1]"}

    def readlink(path):
        _none, _proc, process, _ns, kind = path.split("/")
        told = dict(usual, **own)[kind] if process == "self" else usual[kind]
        if told is None:
            raise PermissionError()
        return told

    def rights(process):
        text = own.get("status") if process == "self" else None
        return (text or "CapEff:\t01ff\nSeccomp:\t0\n").encode().splitlines()

    monkeypatch.setattr(os, "readlink", readlink)
    monkeypatch.setattr(os.path, "lexists", lambda path: True)
    everywhere(monkeypatch, "_rights", rights)
    everywhere(monkeypatch, "Watchdog", None)  # would raise
    assert is_confined() is confined
    if confined:
        assert main(["watch", change.folder, TOKEN, "unit"]) == 2


def test_a_file_that_goes_while_it_is_opened_is_not_there(etc, change, monkeypatch):
    """A watchdog that ends removes its file, also between the opening and the look of whoever asks whether it lives."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=60)
    change.store.write(TOKEN + ".watchdog", b"")
    real = os.open

    def opened(path, *arguments, **options):
        descriptor = real(path, *arguments, **options)
        if path == TOKEN + ".watchdog":
            os.unlink(path, dir_fd=options["dir_fd"])
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    assert change.store.watched(TOKEN) is False


def test_a_change_of_another_start_of_the_system_is_over(change):
    record = {"boot": boot_id(), "end": now() + 10, "timeout": 60}
    assert 0 < remaining(change.store, TOKEN, record) <= 10
    assert remaining(change.store, TOKEN, dict(record, end=now() + 900)) == 60 + PREPARATION
    assert remaining(change.store, TOKEN, dict(record, boot="another")) == 0


@pytest.mark.parametrize(
    "text, least, most", [("%.3f", 39, 40), ("9%.3f", 60, 60), ("", 9, 10), ("x", 0, 0), ("nan", 0, 0)]
)
def test_the_time_out_counts_from_the_first_rename(change, text, least, most):
    record = {"boot": boot_id(), "end": now() + 10, "timeout": 60}
    change.store.write(TOKEN + ".moving", (text % (now() + 40) if "%" in text else text).encode())
    assert least <= remaining(change.store, TOKEN, record) <= most


def test_the_watchdog_tries_until_it_can(etc, change, watchdog):
    """What stands in the way is a folder in the place of the file."""
    (etc / "file").mkdir()
    change.add("file", "old")
    change.begin(timeout=0)
    process = watchdog()
    wait_until(lambda: change.store.state(TOKEN) == "rolledback")
    wait_until(lambda: children(process.pid))
    (etc / "file").rmdir()
    assert process.wait(30) == 0
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


def test_a_boot_that_cannot_undo_yet_tries_in_the_background(etc, change, program):
    (etc / "file").mkdir()
    change.add("file", "old")
    change.begin()
    done = subprocess.run([sys.executable, "-I", "-S", program, "boot", change.folder], check=False, timeout=30)
    assert done.returncode == 0
    wait_until(lambda: change.store.watched(TOKEN))
    assert change.store.state(TOKEN) == "rolledback"
    (etc / "file").rmdir()
    wait_until(lambda: not os.path.exists(change.folder))
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


def test_a_boot_leaves_what_is_watched(etc, change, watchdog):
    """Some crons run @reboot jobs when they start again."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    watchdog()
    assert boot(change.folder) == 0
    assert (etc / "file").read_text() == "new"
    assert change.store.state(TOKEN) == "pending"


@pytest.mark.parametrize(
    "locked, timeout, undone", [(False, 60, True), (True, 60, False), (True, 0, True), (False, 0, True)]
)
def test_a_cron_job_leaves_what_a_run_may_be_at(etc, change, monkeypatch, locked, timeout, undone):
    everywhere(monkeypatch, "TICK", 0.01)
    everywhere(monkeypatch, "try_lock", lambda: None if locked else os.open(str(etc), os.O_RDONLY))
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout)
    assert boot(change.folder, running=True) == 0
    assert (etc / "file").read_text() == ("old" if undone else "new")
    assert change.store.state(TOKEN) == (None if undone else "pending")


def test_a_cron_job_leaves_what_another_watchdog_takes_over(etc, change, monkeypatch):
    looks = []
    everywhere(monkeypatch, "TICK", 0.01)
    everywhere(monkeypatch, "try_lock", lambda: os.open(str(etc), os.O_RDONLY))
    everywhere(monkeypatch, "is_watched", lambda store, token: bool(looks.append(1)) or len(looks) > 1)
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    assert boot(change.folder, running=True) == 0 and (etc / "file").read_text() == "new"


def test_a_dead_watchdog_is_known(change, watchdog):
    change.begin()
    process = watchdog()
    for pid in children(process.pid) + [process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not change.store.watched(TOKEN))


def test_when_a_super_server_was_told_is_kept_for_that_process(tmp_path, monkeypatch):
    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "x.lock"))
    assert told_at(os.getpid()) == 0.0
    before = time.time()
    keep_told(os.getpid())
    assert before - 0.01 <= told_at(os.getpid()) <= time.time()
    assert told_at(os.getppid()) == 0.0
    keep_told(2**22 + 1)  # no process has such a number
    assert told_at(2**22 + 1) == 0.0
    monkeypatch.setattr(time, "time", lambda: before - 100)  # the clock was set back since
    assert told_at(os.getpid()) == 0.0


def test_the_program_says_what_it_takes(tmp_path):
    assert main([]) == 2
    assert main(["watch", "/nowhere"]) == 2
    assert main(["watch", "/nowhere", "../etc"]) == 2
    assert main(["boot", str(tmp_path / "nowhere")]) == 0


@pytest.mark.parametrize("holder, state, told", [(1, "0A", True), (1, "01", False), (2, "0A", False)])
def test_an_sshd_that_listens_at_systemds_socket_is_known(tmp_path, holder, state, told):
    """SIGHUP ends such a server: it starts itself anew, and the socket is not handed to it again."""
    for pid in (1, 2, 70):
        (tmp_path / str(pid) / "fd").mkdir(parents=True)
    for pid, number in ((holder, 30), (70, 3)):
        os.symlink("socket:[1081]", str(tmp_path / str(pid) / "fd" / str(number)))
    (tmp_path / "net").mkdir()
    line = "   0: 00000000:0016 00000000:0000 %s 00000000:00000000 00:00000000 00000000     0        0 1081 1 0 100 0 0 10 0\n"
    (tmp_path / "net" / "tcp").write_text("  sl  local_address rem_address   st\n" + line % state)
    assert listens_for_init(70, str(tmp_path)) is told
    assert not listens_for_init(1, str(tmp_path))  # sshd as a container's only program


@pytest.mark.parametrize("there", [False, True])
def test_a_read_only_file_system_has_nothing_to_remove_of_what_is_not_there(etc, change, monkeypatch, there):
    """unlink(2) gives EROFS also for a name that is not there. What is there has nothing to do any more."""
    units = etc / "systemd"
    units.mkdir()
    (units / ("portcullis-undo-%s.service" % (TOKEN if there else "0" * 16))).write_text("")
    real = os.unlink

    def unlink(path, dir_fd=None):
        if str(path).endswith(".service"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        real(path, dir_fd=dir_fd)

    everywhere(monkeypatch, "UNITS", str(units))
    monkeypatch.setattr(os, "unlink", unlink)
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    assert change.end() == ""
    assert (etc / "file").read_text() == "old" and not os.path.exists(change.folder)


def sweep(folder, mode):
    """chmod -R of all /etc, as an operator or a program that hardens hosts does it."""
    for name in os.listdir(folder):
        os.chmod(os.path.join(folder, name), mode & 0o666)
    os.chmod(folder, mode)


@pytest.mark.parametrize("mode", [0o755, 0o775])
@pytest.mark.parametrize("killed", [False, True])
def test_modes_that_were_swept_do_not_keep_the_watchdog_from_its_work(etc, change, watchdog, mode, killed):
    make(etc / "file", "new")
    change.add("file", "old", mode=0o640)
    change.begin(timeout=3)
    process = watchdog()
    wait_until(lambda: children(process.pid))
    sweep(change.folder, mode)
    if killed:
        process.kill()
    process.wait(30)
    wait_until(lambda: not os.path.exists(change.folder))
    assert (etc / "file").read_text() == "old"
    assert change.left() == ["file"]


@pytest.mark.parametrize("mode, undone", [(0o755, True), (0o775, False)])
def test_a_boot_undoes_what_nobody_else_may_have_written(etc, change, program, mode, undone):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin()
    sweep(change.folder, mode)
    command = [sys.executable, "-I", "-S", program, "boot", change.folder]
    assert subprocess.run(command, check=False, timeout=30).returncode == (0 if undone else 2)
    assert (etc / "file").read_text() == ("old" if undone else "new")
    assert os.path.exists(change.folder) is not undone


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_a_file_system_has_no_locks_no_watchdog_is_taken_to_live(etc, change, monkeypatch, tmp_path, number):
    """NFS without lockd; Lustre without -o flock."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=1)
    change.store.write(TOKEN + ".watchdog", b"")

    def refuse(descriptor, flags):
        raise OSError(number, os.strerror(number))

    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "portcullis.lock"))
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError):
        change.store.watched(TOKEN)
    assert not is_watched(change.store, TOKEN)
    Watchdog(change.store, TOKEN).run()  # one that is at work already when that begins
    assert (etc / "file").read_text() == "old"


@pytest.mark.parametrize("place", ["_wait", "_attempt", "undo"])
def test_an_error_that_nobody_thought_of_is_tried_again(etc, change, monkeypatch, tmp_path, place):
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=1)
    told, where = [], ending if place == "undo" else Watchdog
    real = getattr(where, place)

    def fail_twice(*arguments):
        if len(told) < 2:
            told.append(place)
            raise ValueError("x")
        return real(*arguments)

    monkeypatch.setattr(where, place, fail_twice)
    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "portcullis.lock"))
    everywhere(monkeypatch, "log", lambda text, error=False: told.append(text))
    Watchdog(change.store, TOKEN).run()
    assert (etc / "file").read_text() == "old"
    assert [text for text in told if "tried again until it can: ValueError: x" in text]


def test_a_watchdog_without_a_second_process_does_its_work(etc, change, monkeypatch, tmp_path):
    """There may be no more processes."""
    make(etc / "file", "new")
    change.add("file", "old")
    change.begin(timeout=1)

    def refuse():
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", refuse)
    everywhere(monkeypatch, "host_lock", lambda: str(tmp_path / "portcullis.lock"))
    before = len(os.listdir("/proc/self/fd"))
    watchdog = Watchdog(change.store, TOKEN)
    watchdog.run()
    os.close(watchdog.held)
    assert (etc / "file").read_text() == "old"
    assert len(os.listdir("/proc/self/fd")) <= before + 1  # the lock


def test_a_name_that_is_no_text_can_be_told():
    log("change x cannot be undone yet: /srv/f\udcffr")
