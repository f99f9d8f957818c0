# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a busy disk: a child process does it, so a watchdog is not taken for frozen, and keeps no lock for longer."""

import errno
import os
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import programs, syncing
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.restoring import Step


@pytest.fixture(name="opened")
def fixture_opened(tmp_path):
    descriptor = os.open(str(tmp_path), os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def step(folder, name, data=b"x"):
    return Step(str(folder), name, data, (os.getuid(), os.getgid(), 0o600), {}, "")


def test_whoever_waits_shows_that_it_lives(opened, monkeypatch):
    signs = []
    monkeypatch.setattr(programs, "ALIVE", [lambda: signs.append(time.monotonic())])
    monkeypatch.setattr(syncing, "ALIVE", programs.ALIVE)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: time.sleep(1))
    began = time.monotonic()
    syncing.sync([opened])
    assert time.monotonic() - began >= 1
    assert len(signs) >= 4


def test_the_child_has_no_other_file_of_its_parent_open(opened, tmp_path, monkeypatch):
    """flock(2): a lock is held as long as any process has the file open."""
    lock = os.open(str(tmp_path / "lock"), os.O_RDWR | os.O_CREAT)

    def look(descriptor):
        os.fstat(descriptor)
        try:
            os.fstat(lock)
        except OSError:
            return
        raise OSError(errno.EBUSY, "the child has the lock")

    monkeypatch.setattr(os, "fsync", look)
    syncing.sync([opened])
    os.close(lock)


def test_what_the_disk_says_is_said(opened, monkeypatch):
    def broken(_descriptor):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)) as caught:
        syncing.sync([opened])
    assert caught.value.errno == errno.EIO


def test_without_another_process_it_is_done_by_this_one(opened, monkeypatch):
    synced = []

    def no_more():
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(os, "fork", no_more)
    monkeypatch.setattr(os, "fsync", synced.append)
    syncing.sync([opened])
    assert synced == [opened]


def test_each_file_goes_before_its_folder_and_what_is_gone_is_left_out(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"x")
    synced = []
    monkeypatch.setattr(syncing, "sync", lambda found: synced.extend(os.fstat(one).st_ino for one in found))
    steps = [step(tmp_path, "one"), step(tmp_path, "two"), step(tmp_path, "gone"), step(tmp_path, "removed", None)]
    syncing.sync_steps(steps + [step(tmp_path / "no folder", "one")])
    assert synced == [os.stat(str(path)).st_ino for path in (tmp_path / "one", tmp_path / "two", tmp_path)]
