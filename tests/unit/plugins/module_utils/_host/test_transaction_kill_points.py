# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirmation and the watchdog are killed at each of their calls, as the module is in test_guard_kill_points: the next run ends their work."""

import fcntl
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import (
    commit,
    pending,
    reading,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.ending import end
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.names import spare_name
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.store import Store
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.rollback_parts import everywhere
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.killed import run_killed

TOKEN = "0123456789abcdef"
CALLS = (
    "open",
    "rename",
    "link",
    "unlink",
    "mkdir",
    "rmdir",
    "fsync",
    "fchmod",
    "fchown",
    "write",
    "close",
    "ftruncate",
    "stat",
    "listdir",
    "read",
    "setxattr",
)
NAMES = ("hosts.allow", "hosts.deny")
OLD, BETWEEN, NEW = (b"old allow\n", b"old deny\n"), b"all of the old policy\n", (b"new allow\n", b"new deny\n")
WAY_BACK = [NEW, (BETWEEN, NEW[1]), (BETWEEN, OLD[1]), OLD]
BACKUPS = ["hosts.allow.portcullis.2026010%dT000000.000000Z~" % day for day in (1, 2)]


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A folder that stands for a host: its changes are recorded, and a lock stands for the watchdog while the change is made."""
    held = []

    def hold(self, store, change):
        held.append(store.open(change.token + ".watchdog", os.O_RDONLY | os.O_CREAT))
        fcntl.flock(held[0], fcntl.LOCK_EX)

    for module in (pending, commit):
        monkeypatch.setattr(module, "keeps_records", lambda _root: True)
    monkeypatch.setattr(pending.Pending, "_watch", hold)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # a kill takes nothing back that the kernel has
    (tmp_path / "etc").mkdir()
    return tmp_path, held


def change(host):
    """Old tables with two backups of an earlier time, then a change that waits to be confirmed; nobody watches it."""
    folder, held = host
    for name in os.listdir(str(folder / "etc")):
        os.unlink(str(folder / "etc" / name))
    for name, text in list(zip(NAMES, OLD)) + [(name, b"backup\n") for name in BACKUPS]:
        (folder / "etc" / name).write_bytes(text)
    root = Root(str(folder))
    files = [
        commit.NewFile(reading.read(root, "/etc/" + name), text, None, None, 0o600) for name, text in zip(NAMES, NEW)
    ]
    there = [commit.Move(0, b"all of the new policy\n"), commit.Move(1, NEW[1]), commit.Move(0, NEW[0])]
    back = [commit.Move(0, BETWEEN), commit.Move(1, OLD[1]), commit.Move(0, OLD[0])]
    commit.commit(root, files, there, back, commit.Options(TOKEN, 30, True, 2, ()))
    os.close(held.pop())
    assert tables(host) == NEW
    return pending.Pending(root)


def tables(host):
    return tuple((host[0] / "etc" / name).read_bytes() for name in NAMES)


def names(host):
    return sorted(os.listdir(str(host[0] / "etc")))


def test_a_run_that_gives_up_leaves_files_whose_mount_is_away_to_its_watchdog(host, monkeypatch):
    """Both tables were unmounted right after they were written: the run put its old ones below, and forgot the change; the new
    ones came back.
    """
    away = ["/etc/hosts.allow: its file system (ext4) is not mounted there now"]
    monkeypatch.setattr(pending, "file_system_away", lambda record: away[0])
    everywhere(monkeypatch, "file_system_away", lambda record: away[0])
    written = []

    def fail(self):
        written.append(tables(host))
        raise HostError("somebody has written a table.")

    monkeypatch.setattr(commit.Staging, "refuse_late_writes", fail)
    with pytest.raises(
        HostError, match=r"could not be undone in full \(/etc/hosts.allow: its file system.*tries again"
    ):
        change(host)
    assert written == [NEW] and tables(host) == NEW
    os.close(host[1].pop())
    away[0] = ""
    waiting = pending.Pending(Root(str(host[0])))
    waiting.settle_old()
    assert tables(host) == OLD and names(host) == sorted(list(NAMES) + BACKUPS)


def test_a_confirmation_that_is_killed_anywhere(host):
    seen = set()
    for number in range(1, 10000):
        waiting = change(host)
        done = run_killed(CALLS, number, lambda: waiting.confirm(TOKEN))
        assert tables(host) == NEW
        waiting.settle_old()
        now = tables(host)
        assert now in (OLD, NEW), number
        left = names(host)
        if now == NEW:  # its own backup of hosts.allow, and the younger one of the two that were there
            assert [name for name in left if name.startswith("hosts.allow.")][0] == BACKUPS[1]
            assert len(left) == 5
        else:
            assert left == sorted(list(NAMES) + BACKUPS)
        seen.add(now)
        if done:
            break
    assert number > 12 and seen == {OLD, NEW}


def test_a_watchdog_that_is_killed_anywhere(host):
    seen = set()
    for number in range(1, 10000):
        waiting = change(host)

        def undo():
            with Store(waiting.folder) as store:
                end(store, TOKEN)

        done = run_killed(CALLS, number, undo)
        assert tables(host) in WAY_BACK, number
        seen.add(tables(host))
        if not done:
            waiting.settle_old()
        assert tables(host) == OLD
        assert names(host) == sorted(list(NAMES) + BACKUPS)
        if done:
            break
    assert number > 25 and seen == set(WAY_BACK)


@pytest.mark.parametrize("verdict", ["confirmed", "rolledback"])
def test_pruning_waits_for_the_verdict(host, verdict):
    waiting = change(host)
    assert len([name for name in names(host) if name.startswith("hosts.allow.portcullis.")]) == 3
    if verdict == "confirmed":
        assert waiting.confirm(TOKEN)
    else:
        assert waiting.settle_old() == [TOKEN]
    left = [name for name in names(host) if name.startswith("hosts.allow.portcullis.")]
    assert (left == BACKUPS) == (verdict == "rolledback") and len(left) == 2


@pytest.mark.parametrize("verdict", ["confirmed", "rolledback", "not made"])
def test_the_time_of_a_folder_tells_when_its_files_were_replaced(host, monkeypatch, verdict):
    """sshd looks for files in sshd_config.d: what comes and goes beside them after its last reading is none that it reads."""
    folder, held = host
    (folder / "etc" / "d").mkdir()
    for name in ("ours.conf",) + tuple("ours.conf.portcullis.2026010%dT000000.000000Z~" % day for day in (1, 2)):
        (folder / "etc" / "d" / name).write_bytes(OLD[0])
    (folder / "etc" / "d" / spare_name("ours.conf")).write_bytes(b"left by a killed run")
    replaced = []

    def note(*_arguments):
        replaced.append(os.stat(str(folder / "etc" / "d")).st_mtime_ns)
        return ""

    os.utime(str(folder / "etc" / "d"), (1000000000, 1000000000))
    everywhere(monkeypatch, "reload_all", note)
    state = reading.read(Root(str(folder)), "/etc/d/ours.conf")
    move, back = commit.Move(0, NEW[0]), commit.Move(0, OLD[0])
    asked = commit.Options(TOKEN, 30, True, 2, (), take_effect=note)
    if verdict == "not made":
        (folder / "etc" / "d" / "ours.conf").write_bytes(b"of another program")
    try:
        commit.commit(Root(str(folder)), [commit.NewFile(state, NEW[0], None, None, 0o600)], [move], [back], asked)
    except commit.HostError:
        assert verdict == "not made"
        replaced.append(1000000000000000000)
    os.close(held.pop())
    if verdict == "confirmed":
        assert pending.Pending(Root(str(folder))).confirm(TOKEN)
    elif verdict == "rolledback":
        assert pending.Pending(Root(str(folder))).settle_old() == [TOKEN]
    assert os.stat(str(folder / "etc" / "d")).st_mtime_ns == replaced[-1]
    assert len(replaced) == (2 if verdict == "rolledback" else 1) and len(os.listdir(str(folder / "etc" / "d"))) == 3
