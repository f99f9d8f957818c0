# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``[fe80::1%eth0]``: Debian's libwrap matches it only where the host has that interface; tests/real asks the installed one."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

LINK_LOCAL = Request(daemon="sshd", address="fe80::1")


class Interfaces(Lookups):
    """A host with the interface lo; of eth9 nobody knows."""

    def interface_exists(self, name):
        return {"lo": True, "eth9": None}.get(name, False)


def policy(client, lookups):
    return Policy.parse("sshd: %s\n" % client, "ALL: ALL\n", "debian", lookups)


@pytest.mark.parametrize(
    "client, granted, depends",
    [
        ("[fe80::1%lo]", True, ()),
        ("[fe80::1%lo]/64", True, ()),
        ("[fe80::1%nosuch]", False, ()),
        ("[fe80::1%nosuch]/64", False, ()),
        ("[fe80::1%LO]", False, ()),
        ("[fe80::1%1]", True, ()),
        ("[fe80::1%eth9]", True, ("interface eth9",)),
        ("ALL EXCEPT [fe80::1%nosuch]", True, ()),
        ("ALL EXCEPT [fe80::1%lo]", False, ()),
        ("bob@[fe80::1%nosuch]", False, ()),
    ],
)
def test_the_pattern_needs_its_interface(client, granted, depends):
    decision = policy(client, Interfaces()).decide(LINK_LOCAL)
    assert (decision.granted, decision.depends) == (granted, depends)


def test_every_interface_exists_for_who_knows_nothing_of_the_host():
    assert policy("[fe80::1%nosuch]", None).decide(LINK_LOCAL).granted
    assert policy("[fe80::1%nosuch]", None).search("granted", daemon="sshd").found


def test_a_proof_depends_on_the_interface():
    granted = policy("[fe80::1%lo]", Interfaces()).search("denied", daemon="sshd", address="fe80::1")
    assert (granted.found, granted.depends) == (False, ("interface lo",))
    unknown = policy("[fe80::1%nosuch]/64", Interfaces()).search("granted", daemon="sshd", network="fe80::/64")
    assert (unknown.found, unknown.depends) == (False, ("interface nosuch",))
    elsewhere = policy("[fe80::1%lo]", Interfaces()).search("granted", daemon="sshd", network="2001:db8::/32")
    assert (elsewhere.found, elsewhere.depends) == (False, ())


def test_a_change_that_an_interface_decides_says_so():
    changes = policy("[fe80::1%lo]", Interfaces()).compare(policy("192.0.2.1", Interfaces()))
    lost = [change for change in changes if change.before == "granted"]
    assert [change.witness.address for change in lost] == ["fe80::1"]
    assert lost[0].depends == ("interface lo",)


@pytest.mark.parametrize(
    "client, severity", [("[fe80::1%nosuch]", "error"), ("[fe80::1%eth9]", "warning"), ("[fe80::1%lo]", None)]
)
def test_the_finding(client, severity):
    found = [
        finding.severity for finding in policy(client, Interfaces()).findings() if finding.code == "interface-unknown"
    ]
    assert found == ([severity] if severity else [])
