# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Messages of modules, as the user of a role can understand them."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.words import in_words_of

GIVEN = dict.fromkeys(
    (
        "lockout_guard",
        "operators",
        "rollback_timeout",
        "block_name",
        "trap",
        "dialect",
        "mode",
        "group",
        "owner",
        "default",
        "state",
        "exclusive",
        "root",
        "unfinished_line",
    ),
    "x",
)
GIVEN["origins"] = {
    "allow": ["harden_allow[0]", "harden_group_allow[0]", "harden_allow_web"],
    "assertions": ["harden_host_assertions[0]"],
    "keep_access": ["harden_keep_access[0]"],
    "deny": [],
}


@pytest.mark.parametrize(
    "message, told",
    [
        (
            "allow[1] could never decide where it would stand",
            "harden_group_allow[0] could never decide where it would stand",
        ),
        ("allow[2] 'sshd 10.': no colon", "harden_allow_web 'sshd 10.': no colon"),
        ("assertions[0].address is 'x'", "harden_host_assertions[0].address is 'x'"),
        ("keep_access[0], sshd from 192.0.2.1", "harden_keep_access[0], sshd from 192.0.2.1"),
        ("allow[7] is beyond", "allow[7] is beyond"),
        (
            "operators[0] is 'x', and must be an IPv4 or IPv6 address in quotes. Networks and names go under keep_access.",
            "harden_operators[0] is 'x', and must be an IPv4 or IPv6 address in quotes. Networks and names go under harden_keep_access.",
        ),
        ("lockout_guard: nothing was written.", "harden_lockout_guard: nothing was written."),
        ("rollback_timeout is 'x', and must be a number", "harden_rollback_timeout is 'x', and must be a number"),
        ("block_name 'a b' is refused", "harden_block_name 'a b' is refused"),
        ("one run with state 'absent'", "one run with harden_state 'absent'"),
        (
            "It was left so; unfinished_line: complete ends it.",
            "It was left so; harden_unfinished_line: complete ends it.",
        ),
        (
            "mode 'u=rw' is refused. mode is 'x'. or mode '0644', (group: 53, mode: '0640')",
            "harden_mode 'u=rw' is refused. harden_mode is 'x'. or harden_mode '0644', (harden_group: 53, harden_mode: '0640')",
        ),
        (
            "with this owner and mode 0600 process 7 could no longer read it",
            "with this owner and mode 0600 process 7 could no longer read it",
        ),
        ("Set dialect to the build that comes closest", "Set harden_dialect to the build that comes closest"),
        ("answered as dialect upstream. Set dialect.", "answered as dialect upstream. Set harden_dialect."),
        (
            "deny[0] is ALL: ALL, which default: allow removes",
            "deny[0] is ALL: ALL, which harden_default: allow removes",
        ),
        ("default_options: no such option", "harden_trap: no such option"),
        (
            "/etc/hosts.allow line 3: 'sshd: allow, deny' by its operators' group",
            "/etc/hosts.allow line 3: 'sshd: allow, deny' by its harden_operators' group",
        ),
    ],
)
def test_a_message_names_the_variable(message, told):
    assert in_words_of("harden", message, GIVEN) == told


def test_what_is_no_variable_of_the_role_stays():
    assert (
        in_words_of("audit", "lockout_guard: x, root is /srv", {"root": "/srv", "origins": {}})
        == "lockout_guard: x, audit_root is /srv"
    )


def test_what_a_host_makes_of_a_message_costs_no_more_than_its_length():
    """No number of thousands of digits is made, and nothing before an option's name is looked through again for each name."""
    endless = "allow[%s] " % ("9" * 6000)
    assert in_words_of("harden", endless, {"origins": {"allow": ["harden_allow[0]"]}}) == endless
    many = "dialect: " * 200000
    assert in_words_of("harden", many, {"dialect": "auto"}) == many


@pytest.mark.parametrize(
    "message, told",
    [
        ("services[0]: ports is None", "enforce_services[0]: ports is None"),
        ("or set unexpressed to deny, and only", "or set enforce_unexpressed to deny, and only"),
        ("lost_options: warn accepts that", "enforce_lost_options: warn accepts that"),
        ("known: set target: nftables", "known: set enforce_target: nftables"),
        ("run the task with state: absent", "run the task with enforce_state: absent"),
        ("services run there", "services run there"),
    ],
)
def test_messages_of_enforcement(message, told):
    given = dict.fromkeys(("services", "unexpressed", "lost_options", "target", "state"), "x")
    assert in_words_of("enforce", message, given) == told
    assert in_words_of("harden", "set target: x", GIVEN) == "set target: x"
