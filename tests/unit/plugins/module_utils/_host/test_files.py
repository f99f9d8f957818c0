# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading and replacing files: what stands there is told apart, and a failure leaves no trace."""

import collections
import errno
import os
import re
import stat

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import backups, staging
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.commit import (
    Move,
    NewFile,
    Options,
    commit,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.files import (
    FileChanged,
    FileTooLarge,
    list_folder,
    make_folder,
    read,
    remove_folder,
    remove_leftovers,
    stat_file,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

PATH = "/etc/hosts.allow"


Written = collections.namedtuple("Written", "backup_file in_place")


def write(root, path, data, expected=None, backup=False, keep=5, attributes=(None, None, None)):
    """Make one file hold `data` (None: it goes) as the modules do, by one commit."""
    state = expected or read(root, path)
    options = Options(os.urandom(16).hex(), None, backup, keep, ())
    done = commit(root, [NewFile(state, data, *attributes)], [Move(0, data)], [Move(0, state.data)], options)
    return Written(done.backups[0] if done.backups else None, bool(done.in_place))


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


@pytest.fixture
def root(tmp_path, etc):
    return Root(str(tmp_path))


def mode_of(path):
    return stat.S_IMODE(os.stat(str(path)).st_mode)


def test_read_a_file(root, etc):
    (etc / "hosts.allow").write_bytes(b"\xff\x00ALL: ALL\r\n")
    (etc / "hosts.allow").chmod(0o640)
    state = read(root, PATH)
    assert (state.kind, state.data, state.mode, state.errno) == ("file", b"\xff\x00ALL: ALL\r\n", 0o640, 0)
    assert (state.uid, state.gid) == (os.getuid(), os.stat(str(etc / "hosts.allow")).st_gid)
    assert state.real_path == str(etc / "hosts.allow")


def test_what_is_not_a_readable_file_is_told_apart(root, etc):
    assert (read(root, PATH).kind, read(root, PATH).errno) == ("missing", errno.ENOENT)
    (etc / "dangling").symlink_to("nowhere")
    assert (read(root, "/etc/dangling").kind, read(root, "/etc/dangling").errno) == ("dangling", errno.ENOENT)
    assert (read(root, "/etc").kind, read(root, "/etc").errno) == ("directory", errno.EISDIR)
    assert read(root, "/").kind == "directory"
    (etc / "loop").symlink_to("loop")
    assert (read(root, "/etc/loop").kind, read(root, "/etc/loop").errno) == ("unreadable", errno.ELOOP)
    (etc / "file").write_bytes(b"")
    assert (read(root, "/etc/file/x").kind, read(root, "/etc/file/x").errno) == ("unreadable", errno.ENOTDIR)
    assert read(root, "/etc/" + "x" * 300).errno == errno.ENAMETOOLONG


def test_a_fifo_never_blocks(root, etc):
    os.mkfifo(str(etc / "hosts.allow"))
    assert (read(root, PATH).kind, read(root, PATH).data) == ("special", None)
    with pytest.raises(HostError, match="FIFO"):
        write(root, PATH, b"x\n")


def test_a_link_is_read_below_the_root(root, etc):
    (etc / "real").write_bytes(b"inside")
    (etc / "hosts.allow").symlink_to("/etc/real")
    assert read(root, PATH).data == b"inside"
    (etc / "passwd-link").symlink_to("../../../../../../etc/passwd")
    assert read(root, "/etc/passwd-link").kind == "dangling"


def test_a_limit_is_kept(root, etc):
    (etc / "hosts.allow").write_bytes(b"x" * 11)
    assert read(root, PATH, limit=11).data == b"x" * 11
    with pytest.raises(FileTooLarge):
        read(root, PATH, limit=10)


def test_stat_file_reads_nothing(root, etc):
    (etc / "hosts.allow").write_bytes(b"x")
    assert (stat_file(root, PATH).kind, stat_file(root, PATH).data) == ("file", None)


def test_list_folder(root, etc):
    for name in ("b", "B", "a.c"):
        (etc / name).write_bytes(b"")
    assert list_folder(root, "/etc") == ["B", "a.c", "b"]
    assert list_folder(root, "/none") == []


def test_a_new_file_is_0600(root, etc):
    old = os.umask(0)
    try:
        result = write(root, PATH, b"ALL: ALL\n")
    finally:
        os.umask(old)
    assert result == (None, False)
    assert (etc / "hosts.allow").read_bytes() == b"ALL: ALL\n"
    assert mode_of(etc / "hosts.allow") == 0o600
    assert os.listdir(str(etc)) == ["hosts.allow"]


def test_the_temporary_file_is_never_readable_by_others(root, etc, monkeypatch):
    seen = []
    real = os.rename

    def spy(source, target, **kwargs):
        seen.append(stat.S_IMODE(os.stat(source, dir_fd=kwargs["src_dir_fd"]).st_mode))
        return real(source, target, **kwargs)

    opened = []
    real_open = os.open

    def spy_open(name, flags, mode=0o777, **kwargs):
        if flags & os.O_CREAT:
            opened.append((mode, bool(flags & os.O_EXCL)))
        return real_open(name, flags, mode, **kwargs)

    monkeypatch.setattr(os, "rename", spy)
    monkeypatch.setattr(os, "open", spy_open)
    write(root, PATH, b"x\n", attributes=(None, None, 0o644), backup=True)
    write(root, PATH, b"y\n", backup=True)
    assert seen == [0o644, 0o644]
    assert opened and set(opened) == {(0o600, True)}


def test_mode_is_kept_or_set(root, etc):
    (etc / "hosts.allow").write_bytes(b"a\n")
    (etc / "hosts.allow").chmod(0o640)
    write(root, PATH, b"b\n")
    assert mode_of(etc / "hosts.allow") == 0o640
    write(root, PATH, b"c\n", attributes=(None, None, 0o600))
    assert mode_of(etc / "hosts.allow") == 0o600


def test_equal_text_still_has_its_mode_put_right(root, etc):
    (etc / "hosts.allow").write_bytes(b"a\n")
    (etc / "hosts.allow").chmod(0o666)
    assert write(root, PATH, b"a\n", attributes=(None, None, 0o600), backup=True) == (None, False)
    assert mode_of(etc / "hosts.allow") == 0o600 and (etc / "hosts.allow").read_bytes() == b"a\n"


def test_a_link_is_followed_and_stays_a_link(root, etc):
    (etc / "real").write_bytes(b"a\n")
    (etc / "hosts.allow").symlink_to("/etc/real")
    result = write(root, PATH, b"b\n", backup=True)
    assert (etc / "hosts.allow").is_symlink()
    assert (etc / "real").read_bytes() == b"b\n"
    assert result.backup_file.startswith("/etc/real.portcullis.")


@pytest.mark.parametrize("place", ["directory", "dangling", "loop"])
def test_what_stands_in_a_files_place_is_refused(root, etc, place):
    if place == "directory":
        (etc / "hosts.allow").mkdir()
    else:
        (etc / "hosts.allow").symlink_to("hosts.allow" if place == "loop" else "none")
    with pytest.raises(HostError, match="hosts.allow"):
        write(root, PATH, b"x\n")
    assert os.listdir(str(etc)) == ["hosts.allow"]


def test_a_missing_folder_is_named(root):
    with pytest.raises(HostError, match="make its folder first"):
        write(root, "/none/hosts.allow", b"x\n")


def test_backups_hold_the_old_bytes_and_are_pruned(root, etc):
    names = []
    for number in range(7):
        result = write(root, PATH, b"%d\n" % number, backup=True, keep=3)
        names.append(result.backup_file)
    assert names[0] is None  # there was nothing to keep
    kept = sorted(str(entry) for entry in etc.iterdir() if entry.name != "hosts.allow")
    assert kept == sorted(root.outside([name.lstrip("/")]) for name in names[-3:])
    assert [(etc / os.path.basename(name)).read_bytes() for name in kept] == [b"3\n", b"4\n", b"5\n"]
    assert {mode_of(name) for name in kept} == {0o600}
    for name in kept:  # xinetd's includedir skips a name with a dot or a final ~
        assert "." in os.path.basename(name) and name.endswith("~")


def test_only_our_own_backups_are_pruned(root, etc):
    for name in (
        "hosts.allow.bak",
        "hosts.allow.portcullis.notes",
        "hosts.allow.portcullis.20260101T000000.000000Z~.old",
    ):
        (etc / name).write_bytes(b"")
    for number in range(4):
        write(root, PATH, b"%d\n" % number, backup=True, keep=1)
    assert len(os.listdir(str(etc))) == 5


def test_backup_names_are_unique_and_sort_by_time():
    names = [backups.backup_name("x") for number in range(3)]
    assert names == sorted(names)
    assert re.match(r"x\.portcullis\.\d{8}T\d{6}\.\d{6}Z~$", names[0])


def test_expected_protects_what_another_tool_wrote(root, etc):
    (etc / "hosts.allow").write_bytes(b"old\n")
    before = read(root, PATH)
    (etc / "hosts.allow").write_bytes(b"fail2ban was here\n")
    with pytest.raises(FileChanged):
        write(root, PATH, b"new\n", expected=before, backup=True)
    assert (etc / "hosts.allow").read_bytes() == b"fail2ban was here\n"
    assert os.listdir(str(etc)) == ["hosts.allow"]
    assert write(root, PATH, b"new\n", expected=read(root, PATH)) == (None, False)


def test_a_change_right_before_the_commit_is_seen(root, etc, monkeypatch):
    (etc / "hosts.allow").write_bytes(b"old\n")
    real = os.fsync

    def late_writer(descriptor):
        real(descriptor)
        (etc / "hosts.allow").write_bytes(b"late\n")

    monkeypatch.setattr(os, "fsync", late_writer)
    with pytest.raises(FileChanged):
        write(root, PATH, b"new\n")
    assert (etc / "hosts.allow").read_bytes() == b"late\n"
    assert os.listdir(str(etc)) == ["hosts.allow"]


@pytest.mark.parametrize(
    "call,number",
    [
        ("write", errno.ENOSPC),
        ("fsync", errno.EIO),
        ("rename", errno.EPERM),
        ("rename", errno.EROFS),
        ("fchmod", errno.EPERM),
    ],
)
def test_any_failing_call_leaves_the_old_file_and_nothing_else(root, etc, monkeypatch, call, number):
    (etc / "hosts.allow").write_bytes(b"old\n")
    (etc / "hosts.allow").chmod(0o644)

    def fail(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(HostError, match="hosts.allow"):
        write(root, PATH, b"new\n", attributes=(None, None, 0o600), backup=True)
    monkeypatch.undo()
    assert (etc / "hosts.allow").read_bytes() == b"old\n"
    assert os.listdir(str(etc)) == ["hosts.allow"]


def test_a_bind_mounted_file_is_written_in_place(root, etc, monkeypatch):
    (etc / "hosts.allow").write_bytes(b"a longer old text\n")
    inode = os.stat(str(etc / "hosts.allow")).st_ino
    monkeypatch.setattr(staging, "is_mount_point", lambda path: path.endswith("hosts.allow"))
    assert write(root, PATH, b"new\n", attributes=(None, None, 0o600)) == (None, True)
    assert (etc / "hosts.allow").read_bytes() == b"new\n"
    assert os.stat(str(etc / "hosts.allow")).st_ino == inode
    assert os.listdir(str(etc)) == ["hosts.allow"]


def test_a_full_disk_in_place_puts_the_old_bytes_back(root, etc, monkeypatch):
    (etc / "hosts.allow").write_bytes(b"old\n")
    real = os.posix_fallocate
    taken = []

    def full(descriptor, offset, length):
        taken.append(length)
        if len(taken) == 1:
            raise OSError(errno.ENOSPC, "full")
        real(descriptor, offset, length)

    monkeypatch.setattr(staging, "is_mount_point", lambda path: path.endswith("hosts.allow"))
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(HostError, match="room"):
        write(root, PATH, b"new and longer\n")
    assert taken and (etc / "hosts.allow").read_bytes() == b"old\n"


def test_leftovers_of_a_killed_run_are_removed(root, etc):
    (etc / ".hosts.allow.portcullis.123.0a1b2c3d.tmp").write_bytes(b"")
    (etc / ".hosts.deny.portcullis.123.0a1b2c3d.tmp").write_bytes(b"")
    (etc / ".hosts.allow.swp").write_bytes(b"")
    assert remove_leftovers(root, PATH) == 1
    assert sorted(os.listdir(str(etc))) == [".hosts.allow.swp", ".hosts.deny.portcullis.123.0a1b2c3d.tmp"]


def test_a_killed_write_leaves_a_name_that_is_recognised(root, etc, monkeypatch):
    monkeypatch.setattr(os, "unlink", lambda *args, **kwargs: None)
    monkeypatch.setattr(
        os, "rename", lambda *args, **kwargs: (nothing for nothing in ()).throw(OSError(errno.EIO, "io"))
    )
    with pytest.raises(HostError):
        write(root, PATH, b"x\n")
    monkeypatch.undo()
    assert len(os.listdir(str(etc))) == 1
    assert remove_leftovers(root, PATH) == 1


def test_a_file_may_go_and_its_old_text_is_kept(root, etc):
    (etc / "hosts.allow").write_bytes(b"a\n")
    result = write(root, PATH, None, backup=True)
    assert os.listdir(str(etc)) == [os.path.basename(result.backup_file)]


def test_folders(root, etc):
    assert make_folder(root, "/etc/systemd/system/x.d") is True
    assert make_folder(root, "/etc/systemd/system/x.d") is False
    assert remove_folder(root, "/etc/systemd/system") is False
    assert remove_folder(root, "/etc/systemd/system/x.d") is True
    (etc / "file").write_bytes(b"")
    with pytest.raises(HostError):
        make_folder(root, "/etc/file/x")


def test_descriptors_are_closed(root, etc):
    def count():
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    before = count()
    for number in range(20):
        write(root, PATH, b"%d" % number, backup=True)
        read(root, PATH)
        read(root, "/etc/none/x")
    assert count() == before
