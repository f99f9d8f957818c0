# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As whom a unit's tcpd reads the tables. Measured on Debian 13 (systemd 257): whether a client was served that
hosts.allow grants and hosts.deny (`ALL: ALL`) would refuse, with three owners of both tables.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.access import Access, may_read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import system_may
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import asks_as
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources

LIB = "/usr/lib/systemd/system/"
NOBODY, ADM, DAEMON = 65534, 4, 1
# who owns the tables, and their mode
ROOTS, NOBODYS, DAEMONS = Access(0, 0, 0o600, ()), Access(NOBODY, ADM, 0o640, ()), Access(DAEMON, ADM, 0o640, ())
PASSWD = "root:x:0:0::/:\ndaemon:x:1:1::/:\nnobody:x:65534:65534::/:\n"


@pytest.fixture(name="accounts")
def fixture_accounts(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(PASSWD)
    (tmp_path / "etc/group").write_text("root:x:0:\ndaemon:x:1:\nadm:x:4:\nnogroup:x:65534:\n")
    return Accounts(Root(str(tmp_path)))


def service(prefixes, *lines):
    text = "[Service]\nStandardInput=socket\nExecStart=%s@/usr/sbin/tcpd /usr/sbin/in.foo\n" % prefixes
    files = {
        LIB + "foo.socket": "[Socket]\nListenStream=7000\nAccept=yes\n",
        LIB + "foo@.service": text + "".join(line + "\n" for line in lines),
    }
    (entry,) = systemd.read(TextSources(files, {})).entries
    return entry


def reads(accounts, entry):
    """Who reads: of the three owners' tables."""
    user = asks_as(accounts, entry)
    return [
        user.reads_anything or may_read(table, user.uid, user.gid, user.groups) for table in (ROOTS, NOBODYS, DAEMONS)
    ]


ALL, NONE = [True, True, True], [False, False, False]
AS_NOBODY, AS_OWNER = [False, True, False], [True, False, False]


@pytest.mark.parametrize(
    "prefixes, lines, measured",
    [
        ("", ["User=nobody"], AS_NOBODY),
        ("-!", ["User=nobody"], ALL),
        ("!", ["DynamicUser=yes"], ALL),
        ("!", ["User=nobody", "Group=adm"], ALL),
        ("!!", ["User=nobody"], AS_NOBODY),
        ("!", ["User=nobody", "CapabilityBoundingSet=CAP_CHOWN"], AS_OWNER),
        ("+", ["User=nobody", "CapabilityBoundingSet=CAP_CHOWN"], ALL),
        ("!", ["User=nobody", "PrivateUsers=yes"], AS_OWNER),
        ("", ["PrivateUsers=yes"], AS_OWNER),
        ("", ["CapabilityBoundingSet=CAP_CHOWN"], AS_OWNER),
        ("", ["SecureBits=noroot"], AS_OWNER),
        ("", ["User=nobody", "AmbientCapabilities=CAP_DAC_OVERRIDE"], ALL),
        ("", ["User=nobody", "AmbientCapabilities=1"], ALL),
        ("", ["User=nobody", "AmbientCapabilities=CAP_DAC_OVERRIDE", "AmbientCapabilities="], AS_NOBODY),
        (
            "",
            ["User=nobody", "AmbientCapabilities=CAP_DAC_OVERRIDE", "AmbientCapabilities=~cap_dac_override"],
            AS_NOBODY,
        ),
        ("", ["User=nobody", "AmbientCapabilities=CAP_DAC_OVERRIDE", "CapabilityBoundingSet=CAP_CHOWN"], AS_NOBODY),
        ("", ["DynamicUser=yes", "AmbientCapabilities=CAP_DAC_OVERRIDE"], ALL),
        ("", ["DynamicUser=yes"], NONE),
        ("", ["DynamicUser=yes", "User=dynu"], NONE),
        ("", ["DynamicUser=yes", "Group=adm"], [False, True, True]),
        ("", ["DynamicUser=yes", "SupplementaryGroups=adm"], [False, True, True]),
        ("", [], ALL),
    ],
)
def test_who_reads_the_tables(accounts, prefixes, lines, measured):
    assert reads(accounts, service(prefixes, *lines)) == measured


@pytest.mark.parametrize(
    "prefixes, lines",
    [
        # served with root's tables, refused with daemon's: its capabilities count for files of two users alone
        ("", ["User=nobody", "PrivateUsers=yes", "AmbientCapabilities=CAP_DAC_OVERRIDE"]),
        ("", ["User=nobody", "PrivateUsers=identity"]),
        ("", ["User=nobody", "ExecStart=!@/usr/sbin/tcpd /usr/sbin/in.bar", "Type=oneshot"]),
    ],
)
def test_where_that_cannot_be_told(accounts, prefixes, lines):
    assert asks_as(accounts, service(prefixes, *lines)) is None


@pytest.mark.parametrize("bounding, given", [("00000000000000ff", True), ("00000000800405fb", False), ("", True)])
def test_a_system_gives_what_it_has(tmp_path, bounding, given):
    """systemd in a container without CAP_DAC_READ_SEARCH starts the unit all the same, as its user alone."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1/status").write_text("Name:\tsystemd\n" + ("CapBnd:\t%s\n" % bounding if bounding else ""))
    assert system_may(["cap_dac_read_search"], str(tmp_path)) is given


def test_a_privileged_command_is_kept_from_nothing_but_sees_what_is_bound():
    hidden = "InaccessiblePaths=/etc/hosts.deny"
    assert not dict(service("+", hidden).attributes).get("other_tables")
    assert dict(service("!", hidden).attributes)["other_tables"] == hidden
    bound = "BindReadOnlyPaths=/dev/null:/etc/hosts.deny"
    assert dict(service("+", bound).attributes)["other_tables"] == bound
