# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changes hands where the world answers about the server's own end: nothing is called equal that is equal for a sample only."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups


class Netgroups(Lookups):
    """A host that knows netgroups, though nobody is in them."""

    def in_netgroup(self, group, host):
        return False


def changes(before, after, lookups):
    policies = [Policy.parse(allow, "ALL: ALL\n", lookups=lookups) for allow in (before, after)]
    return [(str(change), change.depends) for change in policies[0].compare(policies[1])]


def test_one_netgroup_of_the_server_for_another():
    asked = ("@admins of the server's end", "@others of the server's end")
    assert changes("sshd@@admins: ALL\n", "sshd@@others: ALL\n", Netgroups()) == [
        ("sshd where the server matches sshd@@admins: ALL: granted -> denied", asked),
        ("sshd where the server matches sshd@@others: ALL: denied -> granted", asked),
    ]


@pytest.mark.parametrize("after", ["", "sshd: 10.0.0.1\n", "sshd@192.0.2.1: ALL\n"])
def test_a_netgroup_of_the_server_for_something_else(after):
    assert any(
        text.endswith("granted -> denied") and asked == ("@admins of the server's end",)
        for text, asked in changes("sshd@@admins: ALL\n", after, Netgroups())
    )


def test_the_same_netgroup_of_the_server_changes_nothing():
    assert (
        changes("sshd@@admins: 10.0.0.1, 10.0.0.2\n", "sshd@@admins: 10.0.0.1\nsshd@@admins: 10.0.0.2\n", Netgroups())
        == []
    )


def test_without_netgroups_nobody_is_in_one():
    assert changes("sshd@@admins: ALL\n", "", None) == []


@pytest.mark.parametrize("before", ["sshd: 192.0.2.7\n", ""])
def test_daemons_that_a_rule_names_are_told_by_name(before):
    rule = "nfsd, portmap, lockd: 192.0.2.0/24\n"
    changes = Policy.parse(before, "ALL: ALL\n").compare(Policy.parse(before + rule, "ALL: ALL\n"))
    assert [str(change) for change in changes] == ["lockd, nfsd, portmap: 192.0.2.0/24: denied -> granted"]


def test_all_daemons_but_some_are_told_so():
    after = Policy.parse("a: 10.0.0.0/8\nALL EXCEPT sshd: 10.0.0.0/8\n", "ALL: ALL\n")
    assert [change.daemon for change in Policy.parse("", "ALL: ALL\n").compare(after)] == ["ALL except sshd"]
