# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remedies of patterns that were meant otherwise: whoever follows one lets nobody in who was not meant."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request


class NoFiles(Lookups):
    """A host without files of hosts."""

    def host_file(self, path):
        del path


def remedies(rule):
    return [found.remedy for found in Policy.parse(rule + "\n", "ALL: ALL\n", "debian", NoFiles()).findings()]


@pytest.mark.parametrize(
    "pattern, written, granted, denied",
    [
        # the wildcard masks of routers
        ("10.0.0.0/0.0.0.255", "10.0.0.0/24", "10.0.0.200", "10.0.1.0"),
        ("192.168.0.0/0.0.255.255", "192.168.0.0/16", "192.168.7.1", "192.169.0.0"),
        ("10.0.0.5/0.0.0.3", "10.0.0.4/30", "10.0.0.6", "10.0.0.8"),
        ("10.0.0.0\\24", "10.0.0.0/24", "10.0.0.200", "10.0.1.0"),
        ("!10.0.0.1", "ALL EXCEPT 10.0.0.1", "10.0.0.2", "10.0.0.1"),
    ],
)
def test_what_is_to_be_written_instead(pattern, written, granted, denied):
    (remedy,) = remedies("sshd: " + pattern)
    assert written in remedy
    policy = Policy.parse("sshd: %s\n" % written, "ALL: ALL\n", "debian")
    assert policy.decide(Request(daemon="sshd", address=granted)).granted
    assert not policy.decide(Request(daemon="sshd", address=denied)).granted


def test_a_mask_in_the_right_order_keeps_its_remedy():
    assert "192.0.2.0/24" in remedies("sshd: 192.0.2.1/255.255.255.0")[0]
    assert "192.0.2.0/255.0.255.0" not in remedies("sshd: 192.0.2.1/255.255.0.255")[0]


@pytest.mark.parametrize("length", ["/24", "/255.255.255.0"])
def test_a_length_that_stands_apart_is_no_file_to_be_made(length):
    (remedy,) = [one for one in remedies("sshd: 10.0.0.0 " + length) if "blank" in one]
    assert "right behind the address" in remedy and "Create" not in remedy
    assert any("Create the file" in one for one in remedies("sshd: /etc/24"))


def test_an_option_without_clients_asks_for_them():
    (remedy,) = remedies("sshd: ALLOW")
    assert remedy == "Write the clients that are meant, and a colon before 'ALLOW'."


def test_a_variable_of_a_configure_script_is_no_user():
    assert remedies("sshd: @CLIENTS@") == [
        "Render it before the table is written, as Ansible does with the variables of a task."
    ]


def test_another_character_is_not_only_to_be_left_out():
    """Without its quote, `10.0.0.0"24` would be an address of another meaning."""
    assert remedies('sshd: 10.0.0.0"24') == ["Write the name or address that is meant: it has no '\"'."]
