# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attacked side: an image and what lies outside of it, users without rights, and modules run as Ansible runs them."""

import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess

import ansible.release

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt
from hostile_text import encode
from module_server import ModuleServer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEGACY = ROOT / "tests" / "fixtures" / "legacy"
COLLECTION = "ansible_collections.portcullis.tcp_wrappers."
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
# A user and a group without an entry in passwd and group, who own nothing.
NOBODY = 47110
# What stands in every file outside: whoever shows it has read outside.
SECRET = "what-stands-outside-7f3a"
PATIENCE = 120  # seconds: whatever takes longer hangs, also on a busy machine


class Scratch:
    """folder/image: a host's files. folder/outside: files that no module may read, write, make, remove or chmod."""

    def __init__(self, folder):
        self.folder, self.image, self.outside = folder, folder / "image", folder / "outside"
        self.fresh()
        self.outside.mkdir()

    def fresh(self):
        """Make the image what it was in the beginning."""
        remove(self.image)
        shutil.copytree(str(LEGACY), str(self.image), symlinks=True)
        (self.image / "usr" / "sbin" / "tcpd").chmod(0o755)
        self.write("usr/sbin/nft", "#!/bin/sh\n", 0o755)

    def write(self, path, text="", mode=0o644):
        """Make image/PATH (bytes or text) with its folders; returns where it is."""
        return _write(self.image / path.lstrip("/"), text, mode)

    def write_outside(self, path, text="", mode=0o644):
        """The same outside of the image, with the secret as a comment in it."""
        return _write(self.outside / path.lstrip("/"), text + "# %s\n" % SECRET, mode)

    def link(self, path, target):
        """image/PATH becomes a link to `target`, whatever stood there."""
        place = self.image / path.lstrip("/")
        remove(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(str(target))
        return place


def _write(place, text, mode):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else encode(text))
    place.chmod(mode)
    return place


def remove(place):
    """Take a file, a link or a tree away."""
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(str(place))
    elif os.path.lexists(str(place)):
        place.unlink()


def snapshot(folder):
    """All that tells whether anything below a folder was changed: kind, mode, owner, times but the last access, links, size and content of every name.

    The time of the last change of the inode (ctime) cannot be set back: what was changed and put right again shows too.
    """
    found = {}
    for place, folders, files in os.walk(os.fsencode(str(folder))):
        for name in [b"."] + folders + files:
            path = os.path.join(place, name)
            info = os.lstat(path)
            content = None
            if stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(info.st_mode) and info.st_size < 1 << 20:
                with open(path, "rb") as stream:
                    content = hashlib.sha256(stream.read()).hexdigest()
            found[path] = (
                info.st_mode,
                info.st_uid,
                info.st_gid,
                info.st_ino,
                info.st_nlink,
                info.st_size,
                info.st_mtime_ns,
                info.st_ctime_ns,
                content,
            )
    return found


def start_as_nobody(command, uid=NOBODY, **options):
    """Start a program as NOBODY, or as a daemon's user, without groups and rights; its output is a pipe."""
    options = dict(
        {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": "/"}, **options
    )
    return subprocess.Popen(
        ["setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs"] + command,
        **options,
    )


class Ran:
    """A module's end: `result` (what it printed, as JSON), `text` (all that it printed, raw bytes) and `code`."""

    def __init__(self, done):
        self.text, self.code = done.stdout + done.stderr, done.returncode
        self.result = json.loads(done.stdout.decode("utf-8"))

    @property
    def failed(self):
        return bool(self.result.get("failed"))


def only_ansible():
    """A folder with ansible, and nothing else of what is installed beside it: for a Python that is not the controller's."""
    installed = os.path.dirname(ansible.__file__)
    folder = ROOT / ".cache" / ("ansible-" + ansible.release.__version__)
    folder.mkdir(exist_ok=True)
    if not os.path.lexists(str(folder / "ansible")) or os.readlink(str(folder / "ansible")) != installed:
        link = folder / ("part-%d" % os.getpid())
        link.symlink_to(installed)
        link.rename(folder / "ansible")
    return folder


def module_environment():
    """The environment of a module's process. What Python compiles is kept in the cache: compiling it is half of what a start costs."""
    env = dict(
        os.environ,
        PYTHONPATH="%s:%s" % (ROOT / ".cache" / "collections", only_ansible()),
        PYTHONPYCACHEPREFIX=str(ROOT / ".cache" / "pycache"),
        LC_ALL="C.UTF-8",
    )
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


SERVER = ModuleServer([COLLECTION + "plugins.modules." + name for name in MODULES], module_environment())


def run_module(name, check=False, diff=True, **arguments):
    """Run a module in a process of its own, with its arguments as JSON on standard input, as Ansible does. Returns a Ran.

    A module that does not end, or that prints anything but one JSON document, is an error.
    """
    return Ran(SERVER.run(COLLECTION + "plugins.modules." + name, module_input(check, diff, arguments), PATIENCE))


def module_input(check, diff, arguments):
    """What Ansible writes to a module's standard input."""
    arguments = dict(arguments, _ansible_check_mode=check, _ansible_diff=diff)
    return json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()


def start_module(name, check=False, diff=True, **arguments):
    """The same by a start of Python, which takes four times as long."""
    return Ran(
        subprocess.run(
            [prebuilt.OF_HOSTS, "-m", COLLECTION + "plugins.modules." + name],
            input=module_input(check, diff, arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=module_environment(),
            cwd="/",
            timeout=PATIENCE,
            check=False,
        )
    )
