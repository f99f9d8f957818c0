# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that a tighter mode would blind are found: a real process that maps the real libwrap."""

import ctypes
import os
import signal

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.readers import (
    find_blocked_readers,
    remedies,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

NOBODY = 65534


def start(uid, gid, groups, keep_capability=False, chroot=None):
    """A child that maps libwrap and has become somebody else."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            ctypes.CDLL("libwrap.so.0")
            libc = ctypes.CDLL(None, use_errno=True)
            if chroot:
                os.chroot(chroot)
            os.setgroups(groups)
            os.setgid(gid)
            if keep_capability:
                libc.prctl(8, 1, 0, 0, 0)  # PR_SET_KEEPCAPS
            os.setuid(uid)
            if keep_capability:  # CAP_DAC_READ_SEARCH back into the effective set
                header = (ctypes.c_uint32 * 2)(0x20080522, 0)
                data = (ctypes.c_uint32 * 6)(4, 4, 0, 0, 0, 0)
                assert libc.capset(header, data) == 0
            os.write(writer, b"x")
            signal.pause()
        finally:
            os._exit(1)
    os.close(writer)
    assert os.read(reader, 1) == b"x"
    os.close(reader)
    return pid


@pytest.fixture
def daemon():
    pids = []

    def run(*args, **kwargs):
        pids.append(start(*args, **kwargs))
        return pids[-1]

    yield run
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "hosts.allow"
    path.write_bytes(b"")
    path.chmod(0o644)
    return str(path)


def pids(*args):
    return [reader.pid for reader in find_blocked_readers(Root("/"), *args)]


def test_a_daemon_that_dropped_root(daemon, table):
    pid = daemon(NOBODY, NOBODY, [1])
    found = [reader for reader in find_blocked_readers(Root("/"), [table], 0, 0, 0o600) if reader.pid == pid]
    assert [(reader.uid, reader.user, reader.groups, reader.path) for reader in found] == [
        (NOBODY, "nobody", ("nogroup", "daemon"), table)
    ]
    assert "group: nogroup" in remedies(found) and "setfacl -m u:nobody:r)" in remedies(found)
    # no group has both: what is said must help both
    other = found[0]._replace(user="other", groups=("other",), daemon_groups=("other",))
    assert "group:" not in remedies(found + [other]) and "setfacl -m u:nobody:r,u:other:r)" in remedies(found + [other])
    assert pid not in pids([table], 0, 0, 0o644)
    assert pid not in pids([table], 0, NOBODY, 0o640)
    assert pid not in pids([table], 0, 1, 0o640)
    assert pid in pids([table], 0, 2, 0o640)
    assert pid not in pids([table], NOBODY, 0, 0o600)


def test_a_table_yet_to_be_made_counts(daemon, tmp_path):
    pid = daemon(NOBODY, NOBODY, [])
    assert pid in pids([str(tmp_path / "hosts.deny")], 0, 0, 0o600)
    assert pid in pids([str(tmp_path / "hosts.deny")], None, None, None)


def test_what_cannot_read_it_now_loses_nothing(daemon, table):
    pid = daemon(NOBODY, NOBODY, [])
    os.chmod(table, 0o640)
    assert pid not in pids([table], 0, 0, 0o600)


def test_root_and_capabilities_read_anything(daemon, table):
    assert daemon(0, 0, []) not in pids([table], 0, 0, 0o600)
    assert daemon(NOBODY, NOBODY, [], keep_capability=True) not in pids([table], 0, 0, 0o600)


def test_a_process_in_a_chroot_reads_tables_of_its_own(daemon, table, tmp_path):
    pid = daemon(NOBODY, NOBODY, [], chroot=str(tmp_path))
    assert pid not in pids([table], 0, 0, 0o600)


@pytest.mark.parametrize("seen", ["link", "arguments", "name"])
def test_where_maps_may_not_be_read_the_program_counts(tmp_path, table, seen):
    """A container's root without CAP_SYS_PTRACE sees neither maps nor the link to the program of other users."""
    proc = tmp_path / "proc"
    for pid, program in ((7, "tcpd"), (8, "cat")):
        (proc / str(pid)).mkdir(parents=True)
        status = "Name:\t%s\nUid:\t9\t9\t9\t9\nGid:\t9\t9\t9\t9\nGroups:\t\nCapEff:\t0\n" % program
        (proc / str(pid) / "status").write_text(status)
        (proc / str(pid) / "root").symlink_to("/")
        path = "/usr/sbin/tcpd" if program == "tcpd" else "/bin/cat"
        if seen == "link":
            (proc / str(pid) / "exe").symlink_to(path)
        elif seen == "arguments":
            (proc / str(pid) / "cmdline").write_bytes(path.encode() + b"\0-l\0")
    found = find_blocked_readers(Root("/"), [table], 0, 0, 0o600, str(proc))
    assert [reader.pid for reader in found] == [7]


def test_an_image_is_read_by_nobody(daemon, tmp_path):
    daemon(NOBODY, NOBODY, [])
    assert find_blocked_readers(Root(str(tmp_path)), ["/etc/hosts.allow"], 0, 0, 0o600) == []
