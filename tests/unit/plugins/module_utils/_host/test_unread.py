# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file was read since it was changed, by its times; our own reading leaves no trace in them."""

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import unread
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.files import open_file, read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import started_at

DAY = 86400


@pytest.fixture(name="conf")
def fixture_conf(tmp_path, monkeypatch):
    """A file that nobody has read since it was changed, beside one that somebody has."""
    monkeypatch.setattr(unread, "_READ_ONES", ())
    (tmp_path / "read").write_text("")
    (tmp_path / "conf").write_text("text\n")
    os.utime(str(tmp_path / "read"), (time.time() + DAY, time.time() - DAY))
    os.utime(str(tmp_path / "conf"), (time.time() - DAY, time.time() - DAY))
    return tmp_path / "conf"


def test_changed_and_not_read(conf):
    assert unread.is_unread(str(conf), 0.0)


def test_read_since(conf):
    os.utime(str(conf), (time.time() + DAY, time.time() - DAY))
    assert not unread.is_unread(str(conf), 0.0)


def test_changed_before(conf):
    assert not unread.is_unread(str(conf), os.stat(str(conf)).st_ctime + 1)


def test_a_file_system_that_does_not_keep_the_time_tells_nothing(conf, monkeypatch):
    (conf.parent / "read").unlink()
    assert not unread.is_unread(str(conf), 0.0)  # no file there was ever read: nobody knows whether it would be seen
    (conf.parent / "read").write_text("")
    os.utime(str(conf.parent / "read"), (time.time() + DAY, time.time()))
    assert unread.is_unread(str(conf), 0.0)
    told = os.statvfs(str(conf))
    flags = told.f_flag | os.ST_NOATIME
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result(tuple(told)[:8] + (flags,) + tuple(told)[9:]))
    assert not unread.is_unread(str(conf), 0.0)


def test_a_time_that_lies_ahead():
    assert unread.lies_ahead(time.time() + 60) and not unread.lies_ahead(time.time())


def test_a_missing_file(tmp_path):
    assert not unread.is_unread(str(tmp_path / "none"), 0.0)


def test_our_own_reading_leaves_no_trace(conf):
    before = os.stat(str(conf)).st_atime_ns
    root = Root(str(conf.parent))
    assert read(root, "/conf").data == b"text\n"
    with open_file(root, "/conf") as stream:
        stream.read()
    assert os.stat(str(conf)).st_atime_ns == before


def test_when_a_process_was_started():
    before = time.time()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        after = time.time()
        started = started_at(child.pid)
        child.communicate(b"\n")
    assert before - 0.1 <= started <= after + 0.1  # the kernel counts in hundredths
    assert started_at(child.pid) is None
