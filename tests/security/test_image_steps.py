# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image carries out no steps: what looks like a change that waits is refused and named, and nothing of it is read, run or deleted."""

import json
import os
import subprocess
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.record import VERSION

from attacked import ROOT, run_module, snapshot

TOKEN = "0123456789abcdef0123456789abcdef"
FOLDER = "etc/.portcullis.tcp_wrappers"
#: what each module that writes is told, with a change to make and without one
WRITERS = {
    "hosts_access": {"allow": ["in.new: 192.0.2.1"], "dialect": "debian", "lockout_guard": "disabled"},
    "inetd_tcpd": {"state": "wrapped", "allow_missing_tcpd": True, "lockout_guard": "disabled"},
    "xinetd_tcpd": {"state": "wrapped", "allow_missing_tcpd": True, "lockout_guard": "disabled"},
    "systemd_tcpd": {"state": "wrapped", "allow_missing_tcpd": True, "lockout_guard": "disabled"},
}


def old_step(do, *names):
    return {"do": do, "names": [str(name) for name in names], "uid": 0, "gid": 0, "mode": 0o644}


def old_record(undo=(), junk=(), copies=(), folders=(), lock="/run/portcullis-attack.lock"):
    """A record as the first version of the collection believed it."""
    return {
        "timeout": 0,
        "lock": str(lock),
        "undo": list(undo),
        "junk": list(junk),
        "copies": list(copies),
        "folders": list(folders),
    }


def new_record(scratch, target):
    """A record of the present form, complete and sound, that puts its own text into a file outside of the image."""
    item = {
        "folder": str(target.parent),
        "name": target.name,
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
    scratch.write("%s/%s.copy0" % (FOLDER, TOKEN), "text of the image\n", 0o600)
    scratch.write("%s/%s.moving" % (FOLDER, TOKEN), "", 0o600)
    return {
        "version": VERSION,
        "timeout": 0,
        "boot": "",
        "end": 0,
        "files": [item],
        "undo": [{"file": 0, "copy": 0, "beside": ""}],
        "reload": [],
        "filter": None,
    }


def place(scratch, record, state="pending"):
    """The record in the image, with the owner and modes of a sound one."""
    path = scratch.write("%s/%s.%s" % (FOLDER, TOKEN, state), json.dumps(record), 0o600)
    path.parent.chmod(0o700)
    return path


def attack(scratch, module, **options):
    """Run a module that writes on the image; nothing outside may have changed, and the record stands as it stood."""
    outside, inside = snapshot(scratch.outside), snapshot(scratch.image / FOLDER)
    ran = run_module(module, root=str(scratch.image), **dict(WRITERS[module], **options))
    assert snapshot(scratch.outside) == outside
    assert snapshot(scratch.image / FOLDER) == inside
    assert ran.failed
    assert str(scratch.image / FOLDER) in ran.result["msg"] and "nothing was changed" in ran.result["msg"]


@pytest.mark.parametrize("module", sorted(WRITERS))
@pytest.mark.parametrize("state", ["pending", "rolledback"])
def test_a_record_in_an_image_runs_no_program(scratch, module, state):
    place(scratch, old_record([old_step("run", "/bin/sh", "-c", "id > %s/outside/ran" % scratch.folder)]), state)
    attack(scratch, module)


def test_a_task_that_changes_nothing_runs_no_program_either(scratch):
    place(scratch, old_record([old_step("run", "/bin/sh", "-c", "id > %s/outside/ran" % scratch.folder)]))
    attack(scratch, "hosts_access", allow=None)


@pytest.mark.parametrize("state", ["pending", "confirmed", "rolledback"])
@pytest.mark.parametrize("key", ["junk", "copies"])
def test_a_record_in_an_image_removes_no_file(scratch, key, state):
    target = scratch.write_outside("etc/passwd")
    place(scratch, old_record(**{key: [str(target)]}), state)
    attack(scratch, "hosts_access")


def test_a_record_in_an_image_removes_no_folder(scratch):
    (scratch.outside / "empty").mkdir()
    place(scratch, old_record(folders=[str(scratch.outside / "empty")]))
    attack(scratch, "hosts_access")


def test_a_record_in_an_image_makes_no_lock(scratch):
    place(scratch, old_record(lock=scratch.outside / "lock"))
    attack(scratch, "hosts_access")


@pytest.mark.parametrize("do", ["rename", "overwrite", "remove"])
def test_a_record_in_an_image_writes_no_file(scratch, do):
    source = scratch.write("etc/evil", "of the image\n")
    target = scratch.write_outside("etc/passwd")
    place(scratch, old_record([old_step(do, *([source, target] if do != "remove" else [target]))]))
    attack(scratch, "hosts_access")


@pytest.mark.parametrize("module", sorted(WRITERS))
def test_a_sound_record_in_an_image_writes_no_file(scratch, module):
    target = scratch.write_outside("etc/passwd")
    place(scratch, new_record(scratch, target))
    attack(scratch, module)


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("module", sorted(WRITERS))
def test_a_link_in_the_place_of_the_folder_empties_nothing(scratch, module, relative):
    victim = scratch.write_outside("home/important")
    scratch.link(FOLDER, "../../outside/home" if relative else victim.parent)
    attack(scratch, module)


@pytest.mark.parametrize("kind", ["file", "fifo", "dangling"])
def test_whatever_has_the_name_of_the_folder_is_refused(scratch, kind):
    path = scratch.image / FOLDER
    if kind == "file":
        scratch.write(FOLDER, "text")
    elif kind == "fifo":
        os.mkfifo(str(path))
    else:
        path.symlink_to("/nowhere/at/all")
    attack(scratch, "hosts_access")
    attack(scratch, "hosts_access", allow=None)


def test_a_check_names_it_too(scratch):
    place(scratch, old_record())
    ran = run_module("hosts_access", check=True, root=str(scratch.image), **WRITERS["hosts_access"])
    assert ran.failed and str(scratch.image / FOLDER) in ran.result["msg"]


def test_an_etc_that_is_a_link_leaves_nothing_outside(scratch):
    """The link is absolute: for the image it leads to a folder of the image, for the kernel to one of the host."""
    (scratch.outside / "etc").mkdir()
    inner = scratch.image / str(scratch.outside / "etc").lstrip("/")
    inner.parent.mkdir(parents=True)
    os.rename(str(scratch.image / "etc"), str(inner))
    scratch.link("etc", scratch.outside / "etc")
    before = snapshot(scratch.outside)
    ran = run_module("hosts_access", root=str(scratch.image), **WRITERS["hosts_access"])
    assert not ran.failed and ran.result["changed"], ran.text
    assert snapshot(scratch.outside) == before
    assert b"in.new: 192.0.2.1" in (inner / "hosts.allow").read_bytes()


SWAP = """\
import json, os, sys
sys.path.insert(0, %(collections)r)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import commit, reading, root
image = root.Root(%(image)r)
real, done = getattr(os, %(call)r), []

def swapping(*arguments, **named):
    if not done and any(str(argument).endswith("hosts.allow") for argument in arguments):
        done.append(True)
        os.rename(image.path + "/etc", image.path + "/etc.away")
        os.symlink(%(outside)r, image.path + "/etc")
    return real(*arguments, **named)

state = reading.read(image, "/etc/hosts.allow")
new = None if %(call)r == "unlink" else b"new\\n"
setattr(os, %(call)r, swapping)
try:
    commit.commit(image, [commit.NewFile(state, new, None, None, None)], [commit.Move(0, new)], [commit.Move(0, state.data)],
                  commit.Options("%(token)s", None, True, 5, ()))
except Exception as error:
    print(error)
assert done
"""


@pytest.mark.parametrize("call", ["rename", "link", "unlink"])
def test_a_folder_that_is_swapped_for_a_link_is_not_followed(scratch, call):
    """Between the check and the rename of a commit the image's etc becomes a link to the host's."""
    scratch.write_outside("etc/hosts.allow")
    scratch.write_outside("etc/hosts.deny")
    before = snapshot(scratch.outside)
    script = SWAP % {
        "collections": str(ROOT / ".cache" / "collections"),
        "image": str(scratch.image),
        "outside": str(scratch.outside / "etc"),
        "call": call,
        "token": TOKEN,
    }
    subprocess.run([sys.executable, "-c", script], check=call != "link", timeout=120)
    assert snapshot(scratch.outside) == before


def test_a_user_without_rights_cannot_hold_the_lock_of_root(scratch, nobody):
    """The image's folder can be read by everybody, and so be locked by everybody."""
    holder = nobody("flock", scratch.image, "sh", "-c", "echo held; exec sleep 600")
    assert holder.stdout.readline() == b"held\n"
    ran = run_module("hosts_access", root=str(scratch.image), **WRITERS["hosts_access"])
    assert not ran.failed and ran.result["changed"], ran.text
    assert holder.poll() is None
