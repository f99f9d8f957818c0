# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who but root may change what stands at a path."""

import os
import pwd
import struct

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import changers, folders_on_way
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.access import parse_acl, read_acl
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.changers import who_changes

OWN = os.geteuid()
OTHER = OWN + 1500
GROUP = os.getegid() + 1600


@pytest.fixture(name="owners")
def fixture_owners(monkeypatch):
    """Whose each file is, by its number: what fstat(2) tells is changed, so that no test needs root."""
    found = {}
    fstat = os.fstat

    def told(descriptor):
        info = fstat(descriptor)
        uid, gid = found.get(info.st_ino, (OWN, os.getegid()))
        return os.stat_result(info[:4] + (uid, gid) + info[6:])

    monkeypatch.setattr(os, "fstat", told)
    return found


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for name, mode in (("etc", 0o755), ("srv", 0o755), ("common", 0o1777)):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(mode)
    (tmp_path / "etc/passwd").write_text("alice:x:%d:1::/:/bin/sh\n" % OTHER)
    (tmp_path / "etc/group").write_text("staff:x:%d:\n" % GROUP)
    for name in ("srv/list", "common/list"):
        (tmp_path / name).write_text("10.1.2.3\n")
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o777)  # of the folder that an image was unpacked into nothing is said
    return tmp_path


def place(image, name, owners=None, uid=OWN, gid=None, mode=None):
    """Give a file an owner, a group and a mode."""
    path = image / name
    if mode is not None:
        path.chmod(mode)
    if owners is not None:
        owners[os.lstat(str(path)).st_ino] = (uid, os.getegid() if gid is None else gid)
    return path


@pytest.mark.parametrize("name, whose, who", [
    ("srv/list", {}, None),
    ("srv/list", {"uid": OTHER}, "user alice"),
    ("srv/list", {"uid": OTHER + 1}, "user %d" % (OTHER + 1)),
    ("srv/list", {"mode": 0o646}, "everybody"),
    ("srv/list", {"mode": 0o664}, None),
    ("srv/list", {"mode": 0o664, "gid": GROUP}, "group staff"),
    ("srv/list", {"mode": 0o664, "gid": GROUP, "uid": OTHER}, "user alice and group staff"),
    ("srv", {"uid": OTHER}, "user alice"),
    ("srv", {"mode": 0o775, "gid": GROUP}, "group staff"),
    ("srv", {"mode": 0o757}, "everybody"),
    ("srv", {"mode": 0o1757}, None),  # sticky: what stands there stays
])  # fmt: skip
def test_a_file_and_the_folders_on_the_way(image, owners, name, whose, who):
    place(image, name, owners, **whose)
    assert who_changes(Root(str(image)), "/srv/list") == who


@pytest.mark.parametrize("path, who", [
    ("/common/list", None),
    ("/common/none", "everybody"),  # anybody may put one there
    ("/srv/none", None),
    ("/srv/none/deeper", None),
    ("/srv/list/none", None),  # no folder
])  # fmt: skip
def test_a_file_that_is_missing(image, path, who):
    assert who_changes(Root(str(image)), path) == who


@pytest.mark.parametrize("folder, who", [("srv", None), ("common", "user alice")])
def test_a_link_of_somebody_else(image, owners, folder, who):
    """He can put another one in its place where the folder lets him."""
    (image / folder / "link").symlink_to("/srv/list")
    place(image, folder + "/link", owners, uid=OTHER)
    assert who_changes(Root(str(image)), "/%s/link" % folder) == who


def test_a_link_into_a_folder_of_somebody_else(image, owners):
    (image / "home").mkdir()
    (image / "home/link").symlink_to("../srv/list")
    (image / "srv/to").symlink_to("/home/link")
    place(image, "home", owners, uid=OTHER)
    assert who_changes(Root(str(image)), "/srv/to") == "user alice"


def test_a_way_that_does_not_end_is_told_as_far_as_it_goes(image, owners):
    (image / "home").mkdir()
    (image / "home/link").symlink_to("link")
    place(image, "home", owners, uid=OTHER)
    assert who_changes(Root(str(image)), "/home/link/x/y") == "user alice"
    assert who_changes(Root(str(image)), "home/link") is None


def test_a_list_of_access_tells_who_may_write(image, monkeypatch):
    """What setfacl -m u:OTHER:rw,g:GROUP:r leaves: the mode's bits for the group are the mask."""
    entries = ((1, 6, 0), (2, 6, OTHER), (4, 4, 0), (8, 4, GROUP), (16, 6, 0), (32, 4, 0))
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    path = place(image, "srv/list", mode=0o664)
    monkeypatch.setattr(changers, "read_acl", lambda name: parse_acl(raw) if name == str(path) else read_acl(name))
    assert who_changes(Root(str(image)), "/srv/list") == "user alice"


@pytest.mark.parametrize("folder, who", [("srv", "user alice"), ("common", None)])
def test_a_list_of_access_of_a_folder_that_is_only_passed(image, monkeypatch, folder, who):
    """What setfacl -m u:OTHER:rwx leaves on the folder of a link: its owner and group are root's."""
    entries = ((1, 7, 0), (2, 7, OTHER), (4, 5, 0), (16, 7, 0), (32, 5, 0))
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    (image / folder / "link").symlink_to("/etc/passwd")
    path = place(image, folder, mode=0o775 if folder == "srv" else 0o1775)

    def listed(name):
        return parse_acl(raw) if name == str(path) else read_acl(name)

    for module in (changers, folders_on_way):
        monkeypatch.setattr(module, "read_acl", listed)
    assert who_changes(Root(str(image)), "/%s/link" % folder) == who


def test_a_list_of_access_of_a_passed_folder_keeps_people_out(image, monkeypatch):
    """The mode's bits for the group are the mask there, so the list alone says who may search it."""
    entries = ((1, 7, 0), (2, 0, OTHER), (4, 5, 0), (16, 5, 0), (32, 5, 0))
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    (image / "srv/link").symlink_to("/etc/passwd")
    monkeypatch.setattr(folders_on_way, "read_acl", lambda name: parse_acl(raw) if name.endswith("/srv") else ())
    assert not folders_on_way.may_reach(Root(str(image)), "/srv/link", OTHER, OTHER, [])
    assert folders_on_way.may_reach(Root(str(image)), "/srv/link", OTHER + 1, OTHER, [])


def test_the_running_host_has_names_of_its_own(image, owners, monkeypatch):
    place(image, "srv/list", owners, uid=OTHER)
    image.chmod(0o755)
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd(("bob", "x", uid, 1, "", "/", "/bin/sh")))
    assert who_changes(Root("/"), str(image / "srv/list")) == "user bob"


def test_a_device_keeps_nothing():
    """Everybody may write to it, and finds as much in it as before."""
    assert os.stat("/dev/null").st_mode & 0o002
    assert who_changes(Root("/"), "/dev/null") is None


def test_the_users_of_an_image_are_read_once(image, owners, monkeypatch):
    """Its file may be long, and thousands of rules may ask."""
    asked = []
    for module in (changers, lookups):
        monkeypatch.setattr(module, "read", lambda root, path, own=module.read: asked.append(path) or own(root, path))
    place(image, "srv/list", owners, uid=OTHER)
    place(image, "common/list", owners, uid=OTHER)
    found = lookups.HostLookups(Root(str(image)))
    assert [found.who_changes(path) for path in ("/srv/list", "/common/list")] == ["user alice", "user alice"]
    assert asked == ["/etc/passwd"]
    assert [found.user_exists(name) for name in ("alice", "bob", "carol")] == [True, False, False]
    assert [found.group_exists(name) for name in ("staff", "wheel")] == [True, False]
    assert asked == ["/etc/passwd", "/etc/passwd", "/etc/group"]
