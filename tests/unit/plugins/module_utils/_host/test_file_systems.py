# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An undo waits for the file systems of its files: what is written below a mount that comes later undoes nothing."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import file_systems, mountinfo

# of a host of Debian 12, systemd 252, the options cut; the tables are links to /srv/tables, an automount over a bind mount
HOST = b"""229 162 0:91 / / rw,relatime - overlay overlay rw
230 229 0:94 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
235 229 254:0 /containers/669f0f8ad849/userdata/hosts /etc/hosts rw,relatime - ext4 /dev/vda rw,discard
"""
AUTOMOUNT = b"332 229 0:112 / /srv/tables rw,relatime - autofs systemd-1 rw,fd=41,pgrp=1,timeout=0,direct\n"
MOUNTED = b"333 332 0:91 /srv/real /srv/tables rw,relatime - overlay overlay rw\n"
BELOW_ETC = b"260 229 0:91 /etc /etc ro,relatime - overlay overlay rw\n"  # ProtectSystem=full of an ssh server
ONE_FILE = b"261 229 0:91 /srv/t/hosts.allow /etc/hosts.allow rw,relatime - overlay overlay rw\n"  # BindPaths= of one
KEPT = ONE_FILE.replace(b"hosts.allow /etc", b"hosts.allow.bak /etc")  # sed -i.bak, where it is mounted from
DEPLOYED = MOUNTED.replace(b"/srv/real", b"/srv/real.old")  # mv of the folder
REMOUNTED = DEPLOYED.replace(b"333 ", b"334 ")
REMOVED = ONE_FILE.replace(b"allow /etc", b"allow//deleted /etc")  # another file took its name
LATE_DISK = b"334 229 8:17 / /srv/tables rw,relatime - ext4 /dev/sdb1 rw\n"
OTHER_NAME = LATE_DISK.replace(b"8:17", b"8:33").replace(b"sdb1", b"sdc1")  # at the next boot
SHARE = b"335 229 0:60 / /srv/tables rw,relatime - nfs4 filer:/tables rw,vers=4.2\n"
FOLDER = "/etc/.portcullis.tcp_wrappers"
IN_ETC, IN_SRV = "/etc/hosts.allow", "/srv/tables/hosts.allow"


@pytest.fixture
def mounts(monkeypatch):
    def let_there_be(text):
        monkeypatch.setattr(file_systems, "read_mounts", lambda: mountinfo.mounts_of(text))

    return let_there_be


@pytest.mark.parametrize(
    "path, before, after, away",
    [
        (IN_ETC, HOST, HOST, False),
        (IN_ETC, HOST + BELOW_ETC, HOST, False),  # the watchdog does not run in the ssh server's namespace
        (IN_ETC, HOST, HOST + BELOW_ETC, False),
        (IN_ETC, HOST, HOST + ONE_FILE, False),  # restoring.py knows that a mount lies over it
        (IN_ETC, HOST + ONE_FILE, HOST + ONE_FILE, False),
        (IN_ETC, HOST + ONE_FILE, HOST + REMOVED, False),
        (IN_ETC, HOST + ONE_FILE, HOST + KEPT, False),  # the same mount
        (IN_SRV, HOST + AUTOMOUNT + MOUNTED, HOST + AUTOMOUNT + DEPLOYED, False),
        (IN_SRV, HOST + AUTOMOUNT + MOUNTED, HOST + AUTOMOUNT + REMOUNTED, True),
        (IN_ETC, HOST + ONE_FILE, HOST, True),  # process 1 sees another file there
        (IN_SRV, HOST, HOST, False),
        (IN_SRV, HOST + AUTOMOUNT + MOUNTED, HOST + AUTOMOUNT + MOUNTED, False),
        (IN_SRV, HOST + AUTOMOUNT + MOUNTED, HOST + AUTOMOUNT, True),
        (IN_SRV, HOST + AUTOMOUNT + MOUNTED, HOST, True),
        (IN_SRV, HOST + LATE_DISK, HOST, True),
        (IN_SRV, HOST + LATE_DISK, HOST + OTHER_NAME, False),
        (IN_SRV, HOST + SHARE, HOST, True),
        (IN_SRV, HOST + SHARE, HOST + LATE_DISK, True),
        (IN_SRV, HOST + SHARE, b"", False),  # without /proc nobody can tell
    ],
)
def test_a_file_is_away_where_its_file_system_is(mounts, monkeypatch, path, before, after, away):
    mounts(before)
    folder, name = path.rsplit("/", 1)
    place = file_systems.places_of([path], FOLDER)[0]
    record = {"boot": "a", "files": [dict(place._asdict(), folder=folder, name=name)]}
    monkeypatch.setattr(file_systems, "boot_id", lambda: "a")
    mounts(after)
    told = file_systems.file_system_away(record)
    assert bool(told) == away
    assert not away or told.startswith(path + ": its file system (")


def test_what_is_on_the_record_s_own_mount_is_never_away(mounts):
    """Whoever reads the record has that mount; a host that starts from another snapshot has it at another place."""
    mounts(HOST + SHARE)
    assert told_places([IN_ETC, "/etc/inetd.conf", IN_SRV]) == ["", "", "nfs4:/hosts.allow"]


def test_a_host_that_starts_in_an_initial_file_system_has_its_root_above_it(mounts):
    mounts(
        b"1 1 0:2 / / rw - rootfs rootfs rw\n29 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        + SHARE.replace(b"229", b"29")
    )
    assert told_places([IN_ETC, IN_SRV]) == ["", "nfs4:/hosts.allow"]


def test_nothing_is_told_below_a_root_that_is_no_mount(mounts):
    """chroot(2): no line has the mount that / is on."""
    mounts(b"335 229 0:60 / /srv/tables rw,relatime - nfs4 filer:/tables rw\n")
    assert told_places([IN_SRV]) == [""]


def told_places(paths):
    return [one.place for one in file_systems.places_of(paths, FOLDER)]


def test_after_a_boot_the_number_of_a_mount_tells_nothing(mounts, monkeypatch):
    mounts(HOST + AUTOMOUNT + MOUNTED)
    place = file_systems.places_of([IN_SRV], FOLDER)[0]
    assert place.mount == "333 0:91"
    record = {"boot": "a", "files": [dict(place._asdict(), folder="/srv/tables", name="hosts.allow")]}
    mounts(HOST + AUTOMOUNT + DEPLOYED)
    for boot, away in (("a", False), ("b", True)):
        monkeypatch.setattr(file_systems, "boot_id", lambda boot=boot: boot)
        assert bool(file_systems.file_system_away(record)) is away
