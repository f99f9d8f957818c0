# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file system for which a user's own program answers is not asked, also where the host itself has mounted it: no call below it would end."""

import errno
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import mounts, unasked
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.files import open_file, read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import mountinfo
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import shown
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.programs import trusted_program
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Unsettled

# as Linux writes them: the second is alice's sshfs, the third root's NTFS, the last her mount at a name with a blank
MOUNTINFO = b"""21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
63 21 0:51 / /home/alice/mnt rw,nosuid,nodev,relatime shared:30 - fuse.sshfs h: rw,user_id=2001,group_id=2001,allow_other
64 21 8:2 / /mnt/disk rw,relatime - fuseblk /dev/sda2 rw,user_id=0,group_id=0,allow_other,blksize=4096
65 21 0:52 / /home/alice/a\\040b rw,nosuid,nodev,relatime - fuse hello rw,user_id=2001,group_id=2001,allow_other
66 21 0:53 / /sys/fs/fuse/connections rw,nosuid - fusectl fusectl rw
""".replace(b"\\\\", b"\\")


def test_which_mounts_are_users():
    assert mounts.users_mounts_among(mountinfo.mounts_of(MOUNTINFO)) == {
        b"63": "/home/alice/mnt",
        b"65": "/home/alice/a b",
    }
    assert mountinfo.mounts_of(b"") == mountinfo.mounts_of(b"x - fuse\n - \n") == []


def test_what_a_line_says():
    found = {mount.point: mount for mount in mountinfo.mounts_of(MOUNTINFO)}
    assert found["/home/alice/a b"] == (
        b"65",
        b"21",
        b"0:52",
        "/",
        "/home/alice/a b",
        b"fuse",
        b"rw,user_id=2001,group_id=2001,allow_other",
    )
    assert [mount.kind for mount in mountinfo.mounts_of(MOUNTINFO[:120])] == [b"ext4"]  # the second is cut short


@pytest.fixture(name="place")
def fixture_place(tmp_path, monkeypatch):
    """A folder that is such a mount, by what the modules know: whoever asks there fails the test."""
    place = tmp_path / "mnt"
    place.mkdir()
    (place / "sshd").write_text("10.1.2.3")
    known = {b"1": str(place)}
    for where in (mounts, shown):
        monkeypatch.setattr(where, "users_mounts", lambda: known)
    shown._our_mounts.cache_clear()
    shown._our_devices.cache_clear()
    real_mount = unasked.mount_of

    def mount_of(descriptor):
        return b"1" if os.readlink("/proc/self/fd/%d" % descriptor).startswith(str(place)) else real_mount(descriptor)

    monkeypatch.setattr(unasked, "mount_of", mount_of)
    monkeypatch.setattr(unasked, "_is_users", lambda mount: mount == b"1")
    for name in ("stat", "lstat", "readlink", "open"):
        real = getattr(os, name)

        def ask(path, *words, name=name, real=real, **options):
            folder = options.get("dir_fd")
            base = "" if folder is None else os.readlink("/proc/self/fd/%d" % folder)
            whole = os.path.join(base, os.fsdecode(path)) if not isinstance(path, int) else ""
            unasked_for = name == "open" and words[0] & os.O_PATH
            assert unasked_for or not whole.startswith(str(place)), whole
            return real(path, *words, **options)

        monkeypatch.setattr(os, name, ask) if name != "readlink" else None
    yield place
    shown._our_mounts.cache_clear()
    shown._our_devices.cache_clear()


def test_whose_a_mount_is_is_asked_when_it_is_met(tmp_path, monkeypatch):
    path = tmp_path / "mountinfo"
    monkeypatch.setattr(unasked, "OWN_MOUNTS", str(path))
    monkeypatch.setattr(unasked, "_others", set())
    path.write_bytes(MOUNTINFO[:77])
    assert [unasked._is_users(mount) for mount in (b"21", b"2", b"9")] == [False] * 3
    path.write_bytes(MOUNTINFO)
    assert [unasked._is_users(mount) for mount in (b"63", b"64", b"65", b"63")] == [True, False, True, True]


def test_no_file_is_looked_up_there(place):
    for root, path in ((Root("/"), str(place / "sshd")), (Root(str(place.parent)), "/mnt/sshd")):
        state = read(root, path)
        assert (state.kind, state.errno, state.is_answer) == ("unreadable", errno.ETIMEDOUT, False)
        with pytest.raises(HostError, match=r"a file system of a user's own program \(FUSE\)"):
            open_file(root, path)
        assert isinstance(HostLookups(root).host_file(path), Unsettled)


@pytest.mark.parametrize("path", ["mnt/sshd", "mnt", "link/sshd", "home/link/sshd"])
def test_no_program_is_looked_up_there(place, tmp_path, path):
    """The path that the kernel has kept of a program, which is below such a mount by now, or behind somebody's link to one."""
    for folder in tmp_path.parents:
        if folder != folder.parent and "pytest" in folder.name:
            folder.chmod(0o755)
    (tmp_path / "link").symlink_to("mnt")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "link").symlink_to("../mnt")
    os.chown(str(tmp_path / "home"), 1500, 1500)
    folder = tmp_path / "proc" / "7"
    folder.mkdir(parents=True)
    (folder / "exe").symlink_to(tmp_path / path)
    assert trusted_program(7, str(tmp_path / "proc")) is False


def test_a_link_to_a_file_of_the_kernel_s_is_not_read_through(tmp_path):
    """/proc/kmsg in the place of a log: what is read there is gone for everybody else."""
    (tmp_path / "mosquitto.log").symlink_to("/proc/version")
    (tmp_path / "folder").symlink_to("/sys/kernel")
    for path in (str(tmp_path / "mosquitto.log"), str(tmp_path / "folder/uevent_seqnum"), "/proc/self/../version"):
        with pytest.raises(HostError, match="file of the kernel's"):
            open_file(Root("/"), path)
        assert read(Root("/"), path).errno == errno.EOPNOTSUPP
        assert isinstance(HostLookups(Root("/")).host_file(path), Unsettled)
    assert read(Root("/"), "/proc/version").data.startswith(b"Linux")
