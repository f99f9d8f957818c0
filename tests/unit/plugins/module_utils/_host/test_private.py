# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the text of a file may be told, by who may change the way to it. lstat(2) is answered with the owners of a made tree."""

import os
import stat
import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import private
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.private import (
    Seen,
    may_be_told,
    may_name,
)

ALICE, BOB = 1000, 1001
FOLDER, LINK, FILE = stat.S_IFDIR, stat.S_IFLNK, stat.S_IFREG
#: Path: owner, kind and mode, and where a link leads.
TREE = {
    "/": (0, FOLDER | 0o755, None),
    "/etc": (0, FOLDER | 0o755, None),
    "/etc/hosts.deny": (0, FILE | 0o644, None),
    "/etc/secret": (0, FILE | 0o600, None),
    "/etc/link": (0, LINK | 0o777, "secret"),
    "/etc/relative": (0, LINK | 0o777, "../etc/./secret"),
    "/etc/round": (0, LINK | 0o777, "/etc/round"),
    "/etc/home": (0, LINK | 0o777, "/home/alice/list"),
    "/home": (0, FOLDER | 0o755, None),
    "/home/alice": (ALICE, FOLDER | 0o755, None),
    "/home/alice/list": (ALICE, LINK | 0o777, "/etc/secret"),
    "/tmp": (0, FOLDER | 0o1777, None),
    "/tmp/list": (BOB, LINK | 0o777, "/etc/secret"),
    "/open": (0, FOLDER | 0o777, None),
    "/open/secret": (0, FILE | 0o600, None),
    "/root": (0, FOLDER | 0o700, None),
    "/root/list": (0, FILE | 0o644, None),
}
SECRET = Seen("/etc/secret", 0, 0o600)


@pytest.fixture(autouse=True)
def tree(monkeypatch):
    def answer(path):
        if path not in TREE:
            raise FileNotFoundError(2, "No such file or directory", path)
        uid, mode, _target = TREE[path]
        return types.SimpleNamespace(st_uid=uid, st_mode=mode)

    monkeypatch.setattr(private.os, "lstat", answer)
    monkeypatch.setattr(private.os, "readlink", lambda path: TREE[path][2])
    monkeypatch.setattr(private.os, "geteuid", lambda: 0)


@pytest.mark.parametrize(
    "path, seen, told",
    [
        ("/etc/hosts.deny", Seen("/etc/hosts.deny", 0, 0o644), True),  # everybody reads it
        ("/etc/secret", SECRET, True),  # root alone leads there
        ("/etc/link", SECRET, True),
        ("/etc/../etc/relative", SECRET, True),
        ("/home/alice/list", SECRET, False),  # her link leads to what only root may read
        ("/etc/home", SECRET, False),
        ("/home/alice/list", SECRET._replace(uid=ALICE), True),  # her own
        ("/home/alice/private", Seen("/home/alice/private", 0, 0o600), True),  # no link: what she named stands there
        ("/tmp/list", SECRET, False),
        ("/tmp/none", SECRET, True),  # sticky, and not there
        ("/open/secret", SECRET, False),
        ("/etc/round", SECRET, False),
        ("/root/list", Seen("/root/list", 0, 0o644), True),
        ("/home/alice/list", Seen("/root/list", 0, 0o644), False),  # nobody else comes into /root
        ("/home/alice/list", Seen("/gone/list", 0, 0o644), False),
    ],
)
def test_what_may_be_told(path, seen, told):
    assert may_be_told(path, seen) is told


@pytest.mark.parametrize(
    "path, seen, target, told",
    [
        ("/etc/hosts.deny", Seen("/etc/hosts.deny", 0, 0o600), SECRET, True),  # root names it
        ("/etc/hosts.deny", Seen("/etc/hosts.deny", 0, 0o620), SECRET, False),  # others may write it
        ("/etc/hosts.deny", Seen("/etc/hosts.deny", BOB, 0o600), SECRET, False),
        ("/etc/hosts.deny", Seen("/etc/hosts.deny", BOB, 0o600), SECRET._replace(uid=BOB), True),
        ("/home/alice/list", SECRET, SECRET, False),
        ("/home/alice/list", SECRET, SECRET._replace(uid=ALICE), True),
        ("/home/alice/list", SECRET, Seen("/etc/hosts.deny", 0, 0o644), True),
    ],
)
def test_what_may_be_told_of_a_file_that_another_names(path, seen, target, told):
    assert may_name(path, seen, target) is told


def test_a_run_without_root_trusts_its_own_files(monkeypatch):
    assert os.geteuid() == 0
    monkeypatch.setattr(private.os, "geteuid", lambda: ALICE)
    assert may_be_told("/home/alice/list", SECRET) is True
