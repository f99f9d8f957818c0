# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who of a recorded host could no longer read a table: rpcbind, mosquitto and slapd have become users without capabilities, the others are root."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import readers, time_of_users
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.mappings import NO_TIME
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.readers import (
    find_blocked_readers,
    find_tightenings,
    remedies,
)
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import PLAIN

TABLE = "/etc/hosts.deny"
OPENLDAP = 105  # user and group of slapd


@pytest.fixture(autouse=True)
def system_programs(bookworm, monkeypatch):
    """The programs of the recording are the system's own."""
    monkeypatch.setattr(readers, "trusted_program", lambda pid, proc: True)


def blocked(host, uid=0, gid=0, mode=0o600, path=TABLE):
    return find_blocked_readers(host, [path], uid, gid, mode, host.path + "/proc")


@pytest.mark.parametrize(
    "uid, gid, mode, pids",
    [
        (0, 0, 0o600, [27, 53, 60]),
        (None, None, 0o600, [27, 53, 60]),
        (0, OPENLDAP, 0o640, [27, 53]),
        (OPENLDAP, 0, 0o600, [27, 53]),
        (0, 0, 0o604, []),
        (0, 0, 0o644, []),
        (None, None, None, []),
    ],
)
def test_who_loses_the_table(bookworm, uid, gid, mode, pids):
    assert [reader.pid for reader in blocked(bookworm, uid, gid, mode)] == pids


def test_what_is_told_of_each(bookworm):
    found = blocked(bookworm)
    assert [(one.command, one.uid, one.user, one.groups, one.path) for one in found] == [
        ("rpcbind", 102, "_rpc", ("nogroup",), TABLE),
        ("mosquitto", 104, "mosquitto", ("mosquitto",), TABLE),
        ("slapd", OPENLDAP, "openldap", ("openldap",), TABLE),
    ]
    alone = remedies(found[2:])
    assert alone.startswith("give the tables a group of which the user openldap is a member (group: openldap,")
    together = remedies(found)
    assert "group:" not in together and "setfacl -m u:_rpc:r,u:mosquitto:r,u:openldap:r" in together


def test_users_and_groups_without_a_name_go_by_their_number(bookworm):
    assert (readers.user_name(4242), readers.group_name(4242)) == ("4242", "4242")


def test_a_table_that_is_yet_to_be_made_counts(bookworm):
    assert [one.pid for one in blocked(bookworm, path="/etc/hosts.none")] == [27, 53, 60]
    assert blocked(bookworm, path="/etc/hosts.none", mode=0o644) == []
    (made,) = find_tightenings(bookworm, ["/etc/hosts.none"], None, None, None)
    assert made.before is None and made.after.mode == 0o600


def test_what_cannot_read_it_now_loses_nothing(bookworm):
    bookworm.chmod(TABLE, 0o640)
    assert blocked(bookworm) == []


def test_a_wider_mode_takes_nothing_from_anybody(bookworm):
    bookworm.chmod(TABLE, 0o600)
    assert find_tightenings(bookworm, [TABLE], 0, 0, 0o640) == []
    assert len(find_tightenings(bookworm, [TABLE], 0, 5, 0o640)) == 1  # another group may have read it


def test_capabilities_of_the_host_s_namespace_read_anything(bookworm):
    """capabilities(7): bit 1 and 2 of CapEff. A namespace of one's own gives none for the host's files."""
    status = bookworm.text("/proc/60/status")
    assert "CapEff:\t0000000000000000" in status
    bookworm.write("/proc/60/status", status.replace("CapEff:\t0000000000000000", "CapEff:\t0000000000000004"))
    assert [one.pid for one in blocked(bookworm)] == [27, 53]
    bookworm.remove("/proc/60/ns/user")
    (bookworm.folder / "proc/60/ns/user").symlink_to("user:[4026532999]")
    assert [one.pid for one in blocked(bookworm)] == [27, 53, 60]


def test_a_person_s_process_and_a_program_of_a_user_s_own_do_not_count(bookworm, monkeypatch):
    for pid, old in ((60, "105"), (53, "104")):
        uids = "Uid:\t%s\t%s\t%s\t%s" % ((old,) * 4)
        assert uids in bookworm.text("/proc/%d/status" % pid)
    status = bookworm.text("/proc/60/status")
    bookworm.write("/proc/60/status", status.replace("Uid:\t105\t105\t105\t105", "Uid:\t1000\t1000\t1000\t1000"))
    bookworm.write("/proc/60/cgroup", "0::/user.slice/user-1000.slice/session-3.scope\n")
    monkeypatch.setattr(readers, "trusted_program", lambda pid, proc: pid != 53)
    assert [one.pid for one in blocked(bookworm)] == [27]


def test_what_only_serves_a_connection_that_was_let_in_does_not_count(bookworm):
    """The line of the recorded connection of a client to slapd, which the process holds instead of a socket that listens."""
    lines = bookworm.text("/proc/net/tcp").splitlines(True)
    (listening,) = [line for line in lines if ":0185 00000000:0000 0A" in line]  # port 389
    served = listening.replace("00000000:0185 00000000:0000 0A", "0100007F:0185 0200007F:C350 01").replace(
        listening.split()[9], "999999"
    )
    bookworm.write("/proc/net/tcp", "".join(lines) + served)
    for entry in sorted((bookworm.folder / "proc/60/fd").iterdir()):
        bookworm.remove("/proc/60/fd/" + entry.name)
    (bookworm.folder / "proc/60/fd/9").symlink_to("socket:[999999]")
    assert [one.pid for one in blocked(bookworm)] == [27, 53]


@pytest.mark.parametrize("seen", ["link", "arguments", "name"])
def test_where_maps_may_not_be_read_the_program_counts(bookworm, seen):
    """A container's root without CAP_SYS_PTRACE sees neither maps nor the link to the program of other users."""
    for pid in (27, 53, 60):
        bookworm.remove("/proc/%d/maps" % pid)
    bookworm.write("/usr/sbin/rpcbind", PLAIN)
    if seen != "link":
        for pid in (27, 53, 60):
            bookworm.remove("/proc/%d/exe" % pid)
    if seen == "name":
        for pid in (27, 53, 60):
            bookworm.write("/proc/%d/cmdline" % pid, "slapd: worker\0")
    assert [one.pid for one in blocked(bookworm)] == [53, 60]


def test_one_whose_maps_nobody_read_may_ask(bookworm, monkeypatch):
    """The time for the processes of mosquitto's user is used up; its program links no libwrap here, and it may have loaded it."""
    bookworm.write("/usr/sbin/mosquitto", PLAIN)
    monkeypatch.setattr(time_of_users, "_spent", {(104, ""): time_of_users.MAX_SECONDS})
    assert [(one.pid, one.doubt) for one in blocked(bookworm)] == [(27, ""), (53, NO_TIME), (60, "")]


@pytest.mark.parametrize(
    "group, program, listens, vetoes",
    [
        ("mosquitto.service", None, True, True),
        ("mosquitto.service", PLAIN, True, True),  # it has loaded libwrap itself
        ("mosquitto.service", None, False, True),
        ("mosquitto.service", PLAIN, False, False),  # `python3 -c "ctypes.CDLL('libwrap.so.0')"`
        ("webby.service", None, True, False),  # a script that a service of root's starts
    ],
)
def test_who_loads_libwrap_as_a_service_s_user_has_no_veto(bookworm, monkeypatch, group, program, listens, vetoes):
    """A script of a web server's kept a host from being hardened, and the remedy was to show it the tables."""
    monkeypatch.setattr(readers, "is_of_the_system", lambda process, proc: group == "mosquitto.service")
    if program:
        bookworm.write("/usr/sbin/mosquitto", program)
    if not listens:
        for entry in sorted((bookworm.folder / "proc/53/fd").iterdir()):
            bookworm.remove("/proc/53/fd/" + entry.name)
    assert [one.vetoes for one in blocked(bookworm) if one.pid == 53] == [vetoes]
    bookworm.write("/proc/1/comm", "init\n")  # without systemd nothing tells who started a process
    assert [one.vetoes for one in blocked(bookworm) if one.pid == 53] == [listens or not program]


def test_a_process_that_sees_another_table_loses_nothing(bookworm, tmp_path):
    bookworm.remove("/proc/60/root")
    (bookworm.folder / "proc/60/root").symlink_to(str(tmp_path))
    assert [one.pid for one in blocked(bookworm)] == [27, 53]


def test_an_image_is_read_by_nobody(bookworm, monkeypatch):
    monkeypatch.setattr(bookworm, "is_host", False)
    assert blocked(bookworm) == []


def test_an_access_list_lets_in_whom_it_names(bookworm, monkeypatch):
    """The list as `setfacl -m u:105:r` leaves it: the mask is the group's part of the mode (acl(5))."""
    named = ((1, 6, 0xFFFFFFFF), (2, 4, OPENLDAP), (4, 0, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))
    monkeypatch.setattr(readers, "read_acl", lambda path: named)
    assert [one.pid for one in blocked(bookworm, mode=0o640)] == [27, 53]
    assert [one.pid for one in blocked(bookworm, mode=0o600)] == [27, 53, 60]
