# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The times of a configuration tell whether a real inetd or xinetd has read it since it was changed."""

import os
import signal
import time

import pytest
from superserver import PATIENCE, ask, free_ports, temporary_world

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import unread
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.reading import read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import started_at

INETD = "%d stream tcp nowait root %s in.hello %s\n"
XINETD = (
    "service hello\n{\n type = UNLISTED\n port = %d\n socket_type = stream\n protocol = tcp\n wait = no\n user = root\n"
    " server = %s\n server_args = %s\n}\n"
)
SERVERS = {
    "openbsd-inetd": (["-i"], INETD),
    "inetutils-inetd": (["-d", "--pidfile=pid"], INETD),
    "xinetd": (["-dontfork", "-pidfile", "pid", "-f"], XINETD),
}


def until(told):
    """Wait for an event that is sure to come."""
    deadline = time.monotonic() + PATIENCE
    while not told():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def has_been_read(path):
    """Read a file until that shows: the kernel's clock of files has steps."""
    path.read_text()
    info = os.stat(str(path))
    return info.st_atime_ns > info.st_ctime_ns


@pytest.mark.parametrize("package", sorted(SERVERS))
def test_read_at_the_start_and_at_a_reload_and_not_between(package):
    arguments, service = SERVERS[package]
    (port,) = free_ports(1)
    with temporary_world() as world:
        conf = world.folder / "conf"
        conf.write_text(service % (port, world.daemon("in.hello"), "old"))
        (world.folder / "other").write_text("x")
        until(lambda: has_been_read(world.folder / "other"))  # here the time of the last reading is kept
        with world.running(package, arguments + [str(conf)], port) as process:
            assert not unread.is_unread(str(conf), 0.0)
            began = started_at(process.pid)
            (world.folder / "new").write_text(service % (port, world.daemon("in.hello"), "new"))
            (world.folder / "new").rename(conf)
            until(lambda: not is_one_tick(conf))
            assert b"new" in read(Root("/"), str(conf)).data  # as the modules read it
            assert unread.is_unread(str(conf), began) and b"[old]" in ask(port)
            os.kill(process.pid, signal.SIGHUP)
            until(lambda: b"[new]" in ask(port))
            assert not unread.is_unread(str(conf), began)


def is_one_tick(path):
    """Whether the file was made and changed in one step of the kernel's clock; touching it again makes it two."""
    info = os.stat(str(path))
    if info.st_atime_ns < info.st_ctime_ns:
        return False
    os.chmod(str(path), 0o644)
    return True
