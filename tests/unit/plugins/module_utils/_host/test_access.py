# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may read a file: every answer is the kernel's own, asked by a process that has become that user."""

import os
import struct

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.access import (
    ACL_ATTRIBUTE,
    Access,
    may_read,
    parse_acl,
    read_access,
)

NOBODY, DAEMON, OTHER = 65534, 1, 12345


def acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_owner_bits_win_over_wider_ones():
    assert not may_read(Access(NOBODY, 0, 0o044, ()), NOBODY, NOBODY, [0])
    assert may_read(Access(NOBODY, 0, 0o400, ()), NOBODY, NOBODY, [])


def test_group_bits_win_over_wider_ones():
    assert not may_read(Access(0, DAEMON, 0o604, ()), NOBODY, DAEMON, [])
    assert may_read(Access(0, DAEMON, 0o640, ()), NOBODY, NOBODY, [DAEMON])
    assert may_read(Access(0, 0, 0o644, ()), NOBODY, NOBODY, [])
    assert not may_read(Access(0, 0, 0o640, ()), NOBODY, NOBODY, [])


@pytest.mark.parametrize("raw", [b"", b"\2\0\0", b"\1\0\0\0", b"\2\0\0\0abc"])
def test_a_broken_acl_is_none(raw):
    assert parse_acl(raw) == ()


def test_a_missing_file_has_no_access(tmp_path):
    assert read_access(str(tmp_path / "none")) is None


NONE = 0xFFFFFFFF
LISTS = [
    acl((1, 6, NONE), (2, 4, NOBODY), (4, 0, NONE), (16, 4, NONE), (32, 0, NONE)),
    acl((1, 6, NONE), (2, 0, NOBODY), (4, 4, NONE), (16, 4, NONE), (32, 4, NONE)),
    acl((1, 6, NONE), (2, 4, NOBODY), (4, 4, NONE), (16, 0, NONE), (32, 0, NONE)),
    acl((1, 6, NONE), (4, 0, NONE), (8, 4, DAEMON), (16, 4, NONE), (32, 0, NONE)),
    acl((1, 6, NONE), (4, 4, NONE), (8, 0, DAEMON), (16, 4, NONE), (32, 4, NONE)),
]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o044, 0o440, 0o620, 0o624])
@pytest.mark.parametrize("number", range(-1, len(LISTS)))
def test_agrees_with_the_kernel(tmp_path, number, mode):
    target = tmp_path / "table"
    target.write_bytes(b"")
    if number >= 0:
        try:
            os.setxattr(str(target), ACL_ATTRIBUTE, LISTS[number])
        except OSError:
            return  # a file system without ACLs has nothing to agree with
    os.chmod(str(target), mode)
    os.chmod(str(tmp_path), 0o711)
    if os.geteuid() != 0:
        return
    access = read_access(str(target))
    for uid, gid, groups in [
        (NOBODY, NOBODY, []),
        (OTHER, NOBODY, []),
        (OTHER, DAEMON, []),
        (OTHER, NOBODY, [DAEMON]),
        (OTHER, 0, []),
        (NOBODY, 0, [DAEMON]),
        (OTHER, DAEMON, [0]),
    ]:
        assert may_read(access, uid, gid, groups) == kernel_says(str(target), uid, gid, groups), (uid, gid, groups)


def kernel_says(path, uid, gid, groups):
    descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            os.fchdir(descriptor)
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            status = 0 if os.access(os.path.basename(path), os.R_OK, dir_fd=descriptor) else 1
        finally:
            os._exit(status)
    os.close(descriptor)
    return {0: True, 256: False}[os.waitpid(pid, 0)[1]]
