# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the super-servers of a recorded host are configured to start, with files that cannot be read and more of them than any host has."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    asks_as,
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import sources
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import PLAIN

INETD = "/etc/inetd.conf"
SERVICE = "7010 stream tcp nowait root /usr/sbin/tcpd in.more\n"


def names(found):
    return [(service.kind, service.name) for service in found.services if not service.disabled]


def test_all_that_the_units_and_files_say(bookworm):
    """As `xinetd -d` and systemctl list-sockets had them; Debian's own services of xinetd are switched off."""
    found = configured_services(bookworm, "debian")
    assert names(found)[:3] == [("xinetd", "finger"), ("xinetd", "plain"), ("xinetd", "own-lists")]
    assert {"asks@.service", "rpcbind.service"} == {name for kind, name in names(found) if kind == "systemd"}
    off = {service.name for service in found.services if service.disabled}
    assert {"off", "asksnot@.service", "chargen-stream", "time-dgram"} <= off
    assert found.problems == [] and found.inetd == "xinetd"


def test_as_whom_a_service_is_started(bookworm):
    """xinetd.conf(5): further groups only with `groups = yes`; systemd.exec(5): SupplementaryGroups=."""
    text = bookworm.text("/etc/xinetd.d/wrapped").replace(
        "user = nobody", "user = backup\n group = tape\n groups = YES", 1
    )
    bookworm.write("/etc/xinetd.d/wrapped", text)
    unit = "/etc/systemd/system/asks@.service"
    bookworm.write(unit, bookworm.text(unit) + "User=sync\nSupplementaryGroups=tape none audio\n")
    found = {service.name: asks_as(Accounts(bookworm), service) for service in configured_services(bookworm).services}
    assert (found["finger"].name, found["finger"].gid, found["finger"].groups) == ("backup", 26, (34,))
    assert (found["own-lists"].name, found["own-lists"].groups) == ("nobody", ())
    assert (found["asks@.service"].gid, found["asks@.service"].groups) == (65534, (65534, 26, 29))
    bookworm.write(unit, bookworm.text(unit) + "User=gone\n")
    (service,) = [one for one in configured_services(bookworm).services if one.name == "asks@.service"]
    assert asks_as(Accounts(bookworm), service) is None


def test_the_folder_of_inetutils(trixie):
    """inetutils-inetd reads each regular file of /etc/inetd.d, whatever its name; the others do not look there."""
    trixie.mkdir("/etc/inetd.d")
    for name in ("more", ".hidden", "more~"):
        trixie.write("/etc/inetd.d/" + name, SERVICE)
    trixie.mkdir("/etc/inetd.d/folder")
    assert [name for _kind, name in names(configured_services(trixie))].count("7010") == 0
    trixie.write("/usr/sbin/inetutils-inetd", PLAIN)
    found = configured_services(trixie)
    assert found.inetd == "inetutils"
    assert [name for _kind, name in names(found)].count("7010") == 3
    assert configured_services(trixie, "freebsd").inetd == "freebsd"


def test_a_folder_that_cannot_be_listed_is_a_problem(trixie, monkeypatch):
    trixie.write("/usr/sbin/inetutils-inetd", PLAIN)
    trixie.mkdir("/etc/inetd.d")

    def refuse(root, path):
        raise configured.HostError("cannot list %s: Permission denied." % path)

    monkeypatch.setattr(configured, "list_folder", refuse)
    assert configured_services(trixie).problems == ["cannot list /etc/inetd.d: Permission denied."]


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_count(bookworm):
    bookworm.remove(INETD)
    bookworm.mkdir(INETD)
    bookworm.mkdir("/etc/inet")
    bookworm.write("/etc/inet/inetd.conf", SERVICE)
    found = configured_services(bookworm)
    assert found.problems == ["/etc/inetd.conf cannot be read: Is a directory"]
    assert ("inetd", "7010") in names(found) and ("xinetd", "finger") in names(found)


def test_more_services_than_there_are_ports(trixie, monkeypatch):
    monkeypatch.setattr(configured, "MAX_SERVICES", 2)
    found = configured_services(trixie)
    assert found.problems[0].startswith("/etc/inetd.conf: inetd has more than 2 services")
    assert "inetd" not in {kind for kind, _name in names(found)}


@pytest.mark.parametrize(
    "limit, problems",
    [
        # of inetd.conf 290 bytes: a single file, and then all of them together
        ("MAX_FILE", ["/etc/inetd.conf is larger than 100 bytes"]),
        ("MAX_BYTES", ["inetd.conf was not read"]),
    ],
)
def test_files_beyond_any_size(trixie, monkeypatch, limit, problems):
    monkeypatch.setattr(sources, limit, 100)
    found = configured_services(trixie)
    assert not any(name == "7001" for _kind, name in names(found))
    assert found.problems and all(any(word in told for told in found.problems) for word in problems), found.problems


def test_a_configuration_of_xinetd_that_is_a_folder(bookworm):
    bookworm.mkdir("/etc/xinetd.conf")
    found = configured_services(bookworm)
    assert found.problems and "xinetd" in found.problems[0]
    assert ("systemd", "rpcbind.service") in names(found)


def test_units_beyond_any_number(bookworm, monkeypatch):
    monkeypatch.setattr(sources, "MAX_NAMES", 1)
    found = configured_services(bookworm)
    assert any("more than 1 names together" in told for told in found.problems)
    assert "systemd" not in {kind for kind, _name in names(found)}


@pytest.mark.parametrize(
    "made", ["too long", "many lines", "gone from a full folder", "a folder", "a link that leads out"]
)
def test_whatever_a_person_makes_of_a_file_of_variables_concerns_that_unit_alone(bookworm, monkeypatch, made):
    """The user of the service owns it: a hole of 9 MB hid all socket units of systemd."""
    before = names(configured_services(bookworm, "debian"))
    unit = "/etc/systemd/system/asks@.service"
    bookworm.write(unit, bookworm.text(unit) + "EnvironmentFile=/srv/app/env\n")
    bookworm.mkdir("/srv/app")
    if made == "too long":
        os.truncate(str(bookworm.write("/srv/app/env", b"")), 9 << 20)
    elif made == "many lines":
        bookworm.write("/srv/app/env", b"\n" * 250001)
    elif made == "gone from a full folder":
        monkeypatch.setattr(sources, "MAX_NAMES", 5000)
        for number in range(5001):
            (bookworm.folder / "srv/app" / str(number)).write_bytes(b"")
    elif made == "a folder":
        bookworm.mkdir("/srv/app/env")
    else:
        (bookworm.folder / "srv/app/env").symlink_to("../" * 40 + "etc/shadow/x")
    found = configured_services(bookworm, "debian")
    assert (names(found), found.problems) == (before, [])


def test_files_of_variables_take_nothing_from_what_is_read_of_units(bookworm, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 150000)
    bookworm.mkdir("/srv/app")
    for number in range(4):
        bookworm.write("/srv/app/env%d" % number, b"#" * 60000)
    read = sources.HostSources(bookworm)
    told = [read.part("/srv/app/env%d" % number) for number in range(4)]
    assert [data is None for data in told] == [False, False, True, True]
    assert len(read.read("/srv/app/env0")) == 60000


def test_a_unit_that_cannot_be_read_may_decide_which_libraries_a_daemon_gets(bookworm, monkeypatch):
    assert configured_services(bookworm, "debian").loader_of("ssh.service") is None

    def refuse(*_given):
        raise HostError("too many names.")

    found = configured_services(bookworm, "debian")
    monkeypatch.setattr(found.units[0], "loader_of", refuse)
    assert "cannot be read (too many names.)" in found.loader_of("ssh.service")
    monkeypatch.setattr(configured.systemd, "read", refuse)
    assert "cannot be read (too many names.)" in configured_services(bookworm, "debian").loader_of("ssh.service")
