# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file that is written in place is wholly old where there is no room for the new bytes: a rollback left half a table."""

import errno
import os
import resource

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import descriptors

OLD, NEW = b"ALL: ALL\n", b"sshd: 192.0.2.1\n" * 1000
ROOM = 4096


@pytest.fixture(name="descriptor")
def fixture_descriptor(tmp_path):
    path = tmp_path / "hosts.allow"
    path.write_bytes(OLD)
    descriptor = os.open(str(path), os.O_RDWR)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(name="little_room")
def fixture_little_room():
    """No file grows beyond one block, as on a full file system: setrlimit(2)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def bytes_of(descriptor):
    return os.pread(descriptor, 2 * len(NEW), 0)


def test_without_room_nothing_is_changed(descriptor, little_room):
    with pytest.raises(OSError):
        descriptors.overwrite(descriptor, NEW)
    assert bytes_of(descriptor) == OLD


def test_with_room_all_bytes_are_new_shorter_or_longer(descriptor):
    for data in (NEW, b"", OLD):
        os.lseek(descriptor, 0, os.SEEK_SET)
        descriptors.overwrite(descriptor, data)
        assert bytes_of(descriptor) == data


def test_room_that_was_taken_in_part_is_given_back(descriptor, monkeypatch):
    """As ext4 does, which keeps what it could take of fallocate(2)."""

    def partly(number, _offset, length):
        os.ftruncate(number, length // 2)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", partly)
    with pytest.raises(OSError):
        descriptors.overwrite(descriptor, NEW)
    assert bytes_of(descriptor) == OLD


def test_a_file_system_that_takes_no_room_beforehand_is_written_all_the_same(descriptor, monkeypatch):
    def unknown(*_arguments):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "posix_fallocate", unknown)
    descriptors.overwrite(descriptor, NEW)
    assert bytes_of(descriptor) == NEW
