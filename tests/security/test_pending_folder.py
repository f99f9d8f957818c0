# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's own folder of waiting changes: root's, 0700, its files 0600, or the run fails and touches nothing.

The modules run with `root: /` in a mount namespace of their own, whose /etc is the scratch image's.
"""

import json
import os
import subprocess
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.record import VERSION

from attacked import COLLECTION, NOBODY, PATIENCE, Ran, module_environment, snapshot

TOKEN = "0123456789abcdef0123456789abcdef"
NAME = ".portcullis.tcp_wrappers"
OPTIONS = {"allow": ["in.new: 192.0.2.1"], "dialect": "debian", "lockout_guard": "disabled", "allow_unenforced": True}
HOST = 'mount --bind "$0/image/etc" /etc && mount -t tmpfs tmpfs /run && exec "$@"'


def run_on_host(scratch, **options):
    """Run hosts_access as a module of a host that has the image's /etc."""
    arguments = dict(OPTIONS, **options)
    return Ran(
        subprocess.run(
            [
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                HOST,
                str(scratch.folder),
                sys.executable,
                "-m",
                COLLECTION + "plugins.modules.hosts_access",
            ],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=module_environment(),
            cwd="/",
            timeout=PATIENCE,
            check=False,
        )
    )


def record(scratch, victim):
    """A record of the present form that would put its own text into a file of the scratch folder."""
    item = {
        "folder": str(victim.parent),
        "name": victim.name,
        "owner": [0, 0, 0o644],
        "extended": {},
        "temporary": [],
        "backup": "",
        "keep": 1,
        "remove_folder": False,
        "mounted": True,
        "place": "",
        "mount": "",
    }
    return json.dumps(
        {
            "version": VERSION,
            "timeout": 0,
            "boot": "",
            "end": 0,
            "files": [item],
            "undo": [{"file": 0, "copy": 0, "beside": ""}],
            "reload": [],
            "filter": None,
        }
    )


@pytest.fixture(name="folder")
def fixture_folder(scratch):
    """A sound folder with a sound record of somebody's change, and the file that it would write."""
    folder = scratch.image / "etc" / NAME
    victim = scratch.write_outside("victim")
    scratch.write("etc/%s/%s.pending" % (NAME, TOKEN), record(scratch, victim), 0o600)
    scratch.write("etc/%s/%s.copy0" % (NAME, TOKEN), "old text\n", 0o600)
    scratch.write("etc/%s/%s.moving" % (NAME, TOKEN), "", 0o600)
    folder.chmod(0o700)
    return folder


def refused(scratch, folder, place):
    """The run fails, names the place, and leaves everything as it was; twice, with a change to make and without one."""
    for options in ({}, {"allow": None}):
        before = snapshot(scratch.outside), snapshot(folder), (scratch.image / "etc" / "hosts.allow").read_bytes()
        ran = run_on_host(scratch, **options)
        assert (
            snapshot(scratch.outside),
            snapshot(folder),
            (scratch.image / "etc" / "hosts.allow").read_bytes(),
        ) == before
        assert ran.failed
        assert "/etc/%s" % place in ran.result["msg"] and "nothing was changed" in ran.result["msg"], ran.result["msg"]


def test_a_sound_record_is_carried_out(scratch, folder):
    """Else the other tests would show nothing."""
    ran = run_on_host(scratch)
    assert not ran.failed and ran.result["changed"], ran.text
    assert (scratch.outside / "victim").read_text() == "old text\n"
    assert not folder.exists()


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o770, 0o1777])
def test_a_folder_that_others_can_enter_is_refused(scratch, folder, mode):
    folder.chmod(mode)
    refused(scratch, folder, NAME)


def test_a_folder_of_another_user_is_refused(scratch, folder):
    os.chown(str(folder), NOBODY, NOBODY)
    refused(scratch, folder, NAME)


def test_a_folder_of_another_user_with_his_files_is_refused(scratch, folder):
    for path in list(folder.iterdir()) + [folder]:
        os.chown(str(path), NOBODY, NOBODY)
    refused(scratch, folder, NAME)


def test_a_link_in_the_place_of_the_folder_is_refused(scratch, folder):
    target = scratch.outside / "sound"
    os.rename(str(folder), str(target))
    scratch.write_outside("sound/important", "", 0o600)
    folder.symlink_to(target)
    refused(scratch, target, NAME)


@pytest.mark.parametrize("name", ["pending", "copy0"])
@pytest.mark.parametrize("kind", ["mode", "owner", "hard link", "link", "fifo", "folder"])
def test_a_file_that_is_not_of_our_making_is_refused(scratch, folder, kind, name):
    path = folder / ("%s.%s" % (TOKEN, name))
    if kind == "mode":
        path.chmod(0o644)
    elif kind == "owner":
        os.chown(str(path), NOBODY, NOBODY)
    elif kind == "hard link":
        os.link(str(path), str(scratch.outside / "another name"))
    else:
        os.rename(str(path), str(scratch.outside / "elsewhere"))
        if kind == "link":
            path.symlink_to(scratch.outside / "elsewhere")
        elif kind == "fifo":
            os.mkfifo(str(path), 0o600)
        else:
            path.mkdir(0o600)
    for options in ({}, {"allow": None}):
        before = snapshot(scratch.outside), (scratch.image / "etc" / "hosts.allow").read_bytes()
        ran = run_on_host(scratch, **options)
        assert (snapshot(scratch.outside), (scratch.image / "etc" / "hosts.allow").read_bytes()) == before
        assert os.path.lexists(str(path))
        assert ran.failed and "/etc/%s/%s" % (NAME, TOKEN) in ran.result["msg"], ran.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "\\u0000",
        '{"timeout": 0, "lock": "/x", "undo": [{"do": "run", "names": ["/bin/id"]}]}',
        "9" * 5000,
        "[" * 100000,
    ],
)
def test_a_record_that_is_none_is_refused(scratch, folder, text):
    scratch.write("etc/%s/%s.pending" % (NAME, TOKEN), text, 0o600)
    ran = run_on_host(scratch)
    assert ran.failed and "no record of a change" in ran.result["msg"], ran.text
    assert (scratch.outside / "victim").read_text() != "old text\n"


def test_only_names_of_ours_are_removed(scratch):
    folder = scratch.image / "etc" / NAME
    scratch.write("etc/%s/important" % NAME, "", 0o600)
    scratch.write("etc/%s/ffffffffffffffff.watchdog" % NAME, "", 0o600)
    folder.chmod(0o700)
    ran = run_on_host(scratch)
    assert not ran.failed, ran.text
    assert sorted(path.name for path in folder.iterdir()) == ["important"]
