# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine asks of the world, answered by an image's files and by the running host."""

import errno
import grp
import os
import pwd

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.files import read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import lookups as lookups_module
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups, table_text
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

NETGROUP = """# admins
admin (boss.example.com,,) (,root,)  \\
      (Desk.example.com,-,example)
loop loop admin
none (-,-,-)
case (Desk.example.com,,)
deep admin (10.0.0.1,,)
"""


@pytest.fixture
def image(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nweird line\nslapd:x:99:99::/:/bin/false\n")
    (tmp_path / "etc" / "group").write_text("root:x:0:\nslapd:x:99:\n")
    (tmp_path / "etc" / "netgroup").write_text(NETGROUP)
    (tmp_path / "etc" / "nsswitch.conf").write_text("passwd: files\nnetgroup:  files  # only\n")
    return tmp_path


def test_accounts_of_an_image(image):
    lookups = HostLookups(Root(str(image)))
    assert lookups.user_exists("slapd") and not lookups.user_exists("daemon") and not lookups.user_exists("weird line")
    assert lookups.group_exists("slapd") and not lookups.group_exists("daemon")


def test_accounts_of_the_host():
    lookups = HostLookups(Root("/"))
    assert lookups.user_exists(pwd.getpwuid(0).pw_name) and not lookups.user_exists("no-such-user")
    assert lookups.group_exists(grp.getgrgid(0).gr_name) and not lookups.group_exists("no-such-group")


def test_interfaces(image):
    assert HostLookups(Root("/")).interface_exists("lo")
    assert HostLookups(Root("/")).interface_exists("no-such-interface") is False
    assert HostLookups(Root(str(image))).interface_exists("lo") is None


@pytest.mark.parametrize(
    "group,host,member",
    [
        ("admin", "desk.EXAMPLE.com", True),
        ("admin", "other.example.com", True),  # (,root,) is every host
        ("none", "desk.example.com", False),
        ("case", "desk.EXAMPLE.com", True),
        ("case", "other.example.com", False),
        ("loop", "boss.example.com", True),
        ("deep", "10.0.0.1", True),
        ("missing", "boss.example.com", False),
    ],
)
def test_netgroups_of_an_image(image, group, host, member):
    assert HostLookups(Root(str(image))).in_netgroup(group, host) is member


def test_netgroups_that_nobody_can_ask(image):
    (image / "etc" / "nsswitch.conf").write_text("netgroup: files nis\n")
    lookups = HostLookups(Root(str(image)))
    assert lookups.in_netgroup("admin", "boss.example.com") is True
    assert lookups.in_netgroup("missing", "x") is None
    (image / "etc" / "nsswitch.conf").write_text("netgroup: nis\n")
    assert HostLookups(Root(str(image))).in_netgroup("admin", "boss.example.com") is None


def test_netgroups_of_an_image_are_walked_once_and_not_without_end(image, monkeypatch):
    chain = "".join("g%d g%d\n" % (one, one + 1) for one in range(300)) + "g300 (last,,)\n"
    (image / "etc" / "netgroup").write_text(chain)
    walked = []
    real = lookups_module._hosts_of
    monkeypatch.setattr(lookups_module, "_hosts_of", lambda groups, group: walked.append(group) or real(groups, group))
    lookups = HostLookups(Root(str(image)))
    assert [lookups.in_netgroup("g0", host) for host in ("last", "LAST", "x")] == [True, True, False]
    assert walked == ["g0"]
    monkeypatch.setattr(lookups_module, "MAX_GROUPS", 100)
    lookups = HostLookups(Root(str(image)))
    assert lookups.in_netgroup("g0", "last") is None and lookups.in_netgroup("g250", "last") is True
    monkeypatch.setattr(lookups_module, "MAX_LOOKS", 10)
    lookups = HostLookups(Root(str(image)))
    assert lookups.in_netgroup("g250", "last") is True and lookups.in_netgroup("g251", "last") is None


DISABLED = b"\x7fELF\0netgroup support is disabled\0"


def with_libwraps(image, **texts):
    for folder, text in texts.items():
        (image / "usr" / "lib" / folder).mkdir(parents=True)
        (image / "usr" / "lib" / folder / "libwrap.so.0").write_bytes(text)
    return HostLookups(Root(str(image)))


def test_a_libwrap_without_netgroups_finds_nobody_in_one(image):
    """Debian 13: hosts.deny `in.nm: @grp` serves the client whom innetgr(3) finds in grp; hosts.allow lets nobody in."""
    lookups = with_libwraps(image, **{"x86_64-linux-gnu": DISABLED, "i386-linux-gnu": DISABLED})
    assert not lookups.asks_netgroups() and lookups.in_netgroup("admin", "boss.example.com") is False
    asked = Request(daemon="in.nm", address="10.1.2.3", hostname="boss.example.com")
    for tables, access in (("", "in.nm: @admin\n"), "granted"), (("in.nm: @admin\n", "ALL: ALL\n"), "denied"):
        policy = Policy.parse(tables[0], tables[1], "debian", lookups)
        decision = policy.decide(asked)
        assert (decision.access, decision.depends) == (access, ())
        found = policy.search(daemon="in.nm", access="granted")
        assert (found.found, found.depends) == (access == "granted", ())
        assert [one.networks for one in policy.sets("in.nm").unexpressed] == []
        (told,) = [one for one in policy.findings() if one.code.startswith("netgroup")]
        assert (told.code, told.severity) == ("netgroup-unknown", "error") and "never matches" in told.message


def test_where_one_libwrap_of_two_knows_netgroups_they_are_asked(image):
    lookups = with_libwraps(image, **{"x86_64-linux-gnu": DISABLED, "i386-linux-gnu": b"\x7fELF\0innetgr\0"})
    assert lookups.asks_netgroups() and lookups.in_netgroup("admin", "boss.example.com") is True


def test_the_hosts_own_netgroups_answer():
    assert HostLookups(Root("/")).in_netgroup("no-such-netgroup", "localhost") in (False, None)


def test_pattern_files(image):
    (image / "etc" / "good").write_bytes(b"10.0.0.1\n")
    lookups = HostLookups(Root(str(image)))
    assert lookups.host_file("/etc/good") == b"10.0.0.1\n"
    assert lookups.host_file("/etc/none") is None
    assert lookups.host_file("/etc") == Unreadable(errno.EISDIR)
    (image / "etc" / "good").unlink()
    assert lookups.host_file("/etc/good") == b"10.0.0.1\n"  # one answer for one task


def test_tables_as_the_engine_takes_them(image):
    root = Root(str(image))
    assert table_text(read(root, "/etc/hosts.allow")) is None
    (image / "etc" / "hosts.allow").symlink_to("none")
    assert table_text(read(root, "/etc/hosts.allow")) is None
    assert table_text(read(root, "/etc/passwd/x")) == Unreadable(errno.ENOTDIR)
    os.mkfifo(str(image / "etc" / "hosts.deny"))
    assert isinstance(table_text(read(root, "/etc/hosts.deny")), Unreadable)


# measured with the libwrap of Debian 11, 12 and 13: what the status of an aclexec's command is
ACLEXEC = [
    ("/bin/runs", None),
    ("/bin/runs %a", None),
    ("/bin/gone", 127),
    ("/bin/gone 192.0.2.1 -x=1", 127),
    ("/bin/gone 2>/dev/null", 127),
    ("/bin/text", 127),
    ("/bin/folder", 127),
    ("/bin/gone || true", None),
    ("! /bin/gone", None),
    ("/bin/gone; true", None),
    ("/bin/gone &", None),
    ("if /bin/gone; then true; fi", None),
    ("# /bin/gone", None),
    (": /bin/gone", None),
    ("gone", None),  # looked up along a PATH that nobody knows
    ("$X", None),
    ("", None),
]


@pytest.mark.parametrize("command, status", ACLEXEC)
def test_a_command_is_never_run_and_fails_only_where_its_program_is_certainly_none(image, command, status):
    folder = image / "bin"
    (folder / "folder").mkdir(parents=True)
    for name, mode in (("runs", 0o744), ("text", 0o644)):
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
        (folder / name).chmod(mode)
    assert HostLookups(Root(str(image))).aclexec_status(command) == status
