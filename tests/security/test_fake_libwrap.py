# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local user decides nothing: neither a file of his that is named libwrap nor a program of his own keeps the administrator from tightening a mode."""

import ctypes.util
import os
import shutil
import signal
import subprocess
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import read_process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.readers import (
    find_blocked_readers,
    remedies,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

USER = 31337
DAEMON = 62000  # one of systemd's dynamic users
MAP = """
import mmap, os, sys
with open(sys.argv[1], "rb") as stream:
    memory = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
os.write(1, b"x")
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path_factory):
    """A folder of the user's, which root and everybody may enter."""
    folder = tmp_path_factory.mktemp("home")
    for part in (folder.parent, folder.parent.parent):
        part.chmod(part.stat().st_mode | 0o055)
    folder.chmod(0o755)
    os.chown(str(folder), USER, USER)
    return folder


@pytest.fixture
def run():
    """Start a program as a user; it writes one byte when it is ready."""
    children = []

    def start(command, user=USER, group=None, **environment):
        def become():
            os.setgroups([])
            os.setgid(user if group is None else group)
            os.setuid(user)

        child = subprocess.Popen(
            command,
            preexec_fn=become,
            cwd="/",
            env=dict(os.environ, **environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        children.append(child)
        assert child.stdout.read(1) == b"x"
        return child.pid

    yield start
    for child in children:
        child.send_signal(signal.SIGKILL)
        child.communicate()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "hosts.allow"
    path.write_bytes(b"")
    path.chmod(0o644)
    return str(path)


def blocked(table):
    return find_blocked_readers(Root("/"), [table], 0, 0, 0o600)


def own_file(home, name, data=b"not a library"):
    path = home / name
    path.write_bytes(data)
    os.chown(str(path), USER, USER)
    return path


def python():
    """A Python that every user may run."""
    for program in ("/usr/bin/python3", sys.executable):
        if os.path.exists(program):
            return program


@pytest.mark.parametrize("user", [USER, 65534])
def test_a_file_named_libwrap_is_no_libwrap(home, run, table, user):
    pid = run([python(), "-I", "-S", "-c", MAP, str(own_file(home, "libwrap.so.0"))], user)
    assert b"libwrap.so" in open("/proc/%d/maps" % pid, "rb").read()
    assert read_process(pid).maps_libwrap is False
    assert pid not in [reader.pid for reader in blocked(table)]


def test_a_copy_of_the_real_library_is_none_either(home, run, table):
    real = "/usr/lib/x86_64-linux-gnu/libwrap.so.0"
    copy = own_file(home, "libwrap.so.0", open(os.path.realpath(real), "rb").read() if os.path.exists(real) else b"x")
    pid = run([python(), "-I", "-S", "-c", MAP, str(copy)])
    assert read_process(pid).maps_libwrap is False
    assert pid not in [reader.pid for reader in blocked(table)]


def test_a_program_of_the_user_s_own_is_no_daemon_even_with_the_real_library(home, run, table):
    assert ctypes.util.find_library("wrap"), "libwrap is installed where these tests run"
    program = home / "in.daemon"
    shutil.copy(shutil.which("dash") or "/bin/sh", str(program))
    os.chown(str(program), USER, USER)
    pid = run([str(program), "-c", "printf x; read line"], LD_PRELOAD=ctypes.util.find_library("wrap"))
    assert read_process(pid).maps_libwrap is True
    assert pid not in [reader.pid for reader in blocked(table)]


@pytest.mark.parametrize("user, held_back", [(DAEMON, 1), (USER, 0)])
def test_no_person_s_group_is_advised(run, table, user, held_back):
    """A daemon with a person's group is held back, and the remedy gives the tables to its user; a person's own process counts for nothing."""
    load = "import ctypes, os, sys; ctypes.CDLL('libwrap.so.0'); os.write(1, b'x'); sys.stdin.read()"
    pid = run([python(), "-I", "-S", "-c", load], user, group=USER)
    assert read_process(pid).maps_libwrap is True
    found = [reader for reader in blocked(table) if reader.pid == pid]
    assert len(found) == held_back
    assert not found or ("group:" not in remedies(found) and "setfacl -m u:%d:r" % user in remedies(found))
