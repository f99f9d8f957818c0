# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the text of a file may be told, by who may change the way to it, in a tree of several owners."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import private
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.private import (
    SEVERAL,
    Seen,
    depends_on_reader,
    may_be_told,
    may_name,
    proc_devices,
    seen,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

ALICE, BOB = 1500, 1501
#: Path: owner, mode, and where a link leads or what kind it is.
TREE = {
    "/etc": (0, 0o755, "folder"),
    "/etc/hosts.deny": (0, 0o644, "file"),
    "/etc/secret": (0, 0o600, "file"),
    "/etc/staff": (0, 0o604, "file"),
    "/etc/link": (0, None, "secret"),
    "/etc/relative": (0, None, "../etc/./secret"),
    "/etc/home": (0, None, "/home/alice/list"),
    "/home": (0, 0o755, "folder"),
    "/home/alice": (ALICE, 0o755, "folder"),
    "/home/alice/list": (ALICE, None, "/etc/secret"),
    "/home/alice/public": (ALICE, None, "/etc/hosts.deny"),
    "/home/alice/staff": (ALICE, None, "/etc/staff"),
    "/home/alice/hidden": (ALICE, None, "/root/list"),
    "/home/alice/own": (ALICE, 0o600, "file"),
    "/home/alice/roots": (0, 0o600, "file"),
    "/home/alice/bobs": (BOB, 0o600, "file"),
    "/tmp": (0, 0o1777, "folder"),
    "/tmp/list": (BOB, None, "/etc/secret"),
    "/tmp/roots": (0, 0o600, "file"),
    "/tmp/twice": (0, 0o600, "file"),
    "/tmp/kept": (0, 0o755, "folder"),
    "/tmp/kept/roots": (0, 0o600, "file"),
    "/open": (0, 0o777, "folder"),
    "/open/secret": (0, 0o600, "file"),
    "/shared": (ALICE, 0o2775, "folder"),
    "/shared/own": (ALICE, 0o600, "file"),
    "/root": (0, 0o700, "folder"),
    "/root/list": (0, 0o644, "file"),
}


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    tmp_path.chmod(0o755)
    for path, (_uid, mode, what) in TREE.items():
        place = tmp_path / path[1:]
        if what == "folder":
            place.mkdir()
        elif what == "file":
            place.write_text("10.1.2.3\n")
        else:
            place.symlink_to(what)
        if mode is not None:
            place.chmod(mode)
    os.link(str(tmp_path / "tmp/twice"), str(tmp_path / "etc/twice"))
    for path, (uid, _mode, _what) in TREE.items():
        os.chown(str(tmp_path / path[1:]), uid, 0, follow_symlinks=False)
    return Root(str(tmp_path))


def look(root, path):
    return root.reach(path, lambda way: seen(way, way.info))


@pytest.mark.parametrize(
    "path, told",
    [
        ("/etc/hosts.deny", True),  # everybody reads it
        ("/etc/secret", True),  # root alone leads there
        ("/etc/link", True),
        ("/etc/../etc/relative", True),
        ("/home/alice/list", False),  # her link leads to what only root may read
        ("/etc/home", False),
        ("/home/alice/public", True),
        ("/home/alice/staff", False),  # its group may not read it, and she may be of it
        ("/home/alice/hidden", False),  # nobody else comes into /root
        ("/root/list", True),
        ("/home/alice/own", True),
        ("/home/alice/roots", False),  # she gives it the name that the table has
        ("/home/alice/bobs", False),
        ("/home/alice/../alice/own", True),
        ("/tmp/list", False),
        ("/tmp/roots", False),  # anybody may have moved it there out of a folder of his own
        ("/tmp/twice", False),  # or have given it a second name there
        ("/tmp/kept/roots", True),  # but nobody else has moved root's folder there
        ("/open/secret", False),
        ("/shared/own", False),  # a group may change what stands there
    ],
)
def test_what_may_be_told(root, path, told):
    assert may_be_told(look(root, path)) is told


def of(uid, mode, leaders=()):
    return Seen(uid, mode, mode & 0o044 == 0o044, frozenset(leaders))


SECRET = of(0, 0o600)


@pytest.mark.parametrize(
    "naming, target, told",
    [
        (of(0, 0o600), SECRET, True),  # root names it
        (of(0, 0o620), SECRET, False),  # others may write it
        (of(BOB, 0o600), SECRET, False),
        (of(BOB, 0o600), of(BOB, 0o600), True),
        (of(BOB, 0o600, [ALICE]), of(BOB, 0o600), False),
        (of(BOB, 0o620), of(BOB, 0o600), False),
        (of(0, 0o600, [ALICE]), SECRET, False),
        (of(0, 0o600, [ALICE]), of(ALICE, 0o600), True),
        (of(0, 0o600, [SEVERAL]), of(ALICE, 0o600), False),
        (of(0, 0o600, [ALICE]), of(0, 0o644), True),
    ],
)
def test_what_may_be_told_of_a_file_that_another_names(naming, target, told):
    assert may_name(naming, target) is told


def test_a_run_without_root_trusts_its_own_files(root, monkeypatch):
    assert os.geteuid() == 0
    monkeypatch.setattr(private.os, "geteuid", lambda: ALICE)
    assert may_be_told(look(root, "/home/alice/list")) is True


@pytest.mark.parametrize(
    "path, depends",
    [("/etc/home", False), ("/tmp/list", True), ("/tmp/roots", False), ("/home/alice/none", False)],
)
def test_whose_link_in_tmp_is_followed_depends_on_who_asks(root, path, depends):
    assert root.reach(path, lambda way: depends_on_reader(way, frozenset())) is depends


def test_proc_is_another_thing_for_each_process():
    devices = proc_devices()
    assert os.stat("/proc").st_dev in devices and os.stat("/").st_dev not in devices
    for path, depends in (("/proc/self/cwd", True), ("/dev/fd/0", True), ("/etc/passwd", False)):
        assert Root("/").reach(path, lambda way: depends_on_reader(way, devices)) is depends
