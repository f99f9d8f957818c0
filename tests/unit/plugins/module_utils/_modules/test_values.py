# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every way that YAML is known to bend a rule is refused with its index and a remedy."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.values import (
    check_options,
    check_rules,
)

# what PyYAML and Ansible make of `- <text>` without quotes (2.16 and 2.21 alike)
BENT = [
    ("ALL: ALL", {"ALL": "ALL"}, "write 'ALL: ALL' in quotes"),
    ("sshd: 10.0.0.0/8", {"sshd": "10.0.0.0/8"}, "write 'sshd: 10.0.0.0/8' in quotes"),
    ("sshd: 10.", {"sshd": 10.0}, "write 'sshd: 10.0' in quotes, but as you meant it: YAML turns 10. into 10.0"),
    ("sshd: 12:30", {"sshd": 750}, "write 'sshd: 750' in quotes, but as you meant it"),
    ("on: ALL", {True: "ALL"}, "in quotes, but as you meant it"),
    ("on: ALL, as JSON has it", {"true": "ALL"}, "write 'true: ALL' in quotes, but as you meant it"),
    ("sshd: [2001:db8::1]", {"sshd": ["2001:db8::1"]}, "write 'sshd: [2001:db8::1]' in quotes."),
    ("1:2", 62, "1:2"),
    ("10.", 10.0, "10."),
    ("yes", True, "booleans"),
    ("nothing", None, "Remove the empty entry"),
    ("[a, b]", ["a", "b"], "as a list"),
]


@pytest.mark.parametrize("text, value, remedy", BENT, ids=[row[0] for row in BENT])
def test_values_that_yaml_bent_are_refused_with_index_and_remedy(text, value, remedy):
    with pytest.raises(TaskError) as failure:
        check_rules(["ALL: LOCAL", value], "allow")
    assert "allow[1]" in str(failure.value)
    assert remedy in str(failure.value)


@pytest.mark.parametrize("value", [62, 10.0, True, ["sshd"], {"on": "ALL"}])
def test_values_that_yaml_bent_are_refused_inside_a_mapping(value):
    with pytest.raises(TaskError) as failure:
        check_rules([{"daemons": ["sshd"], "clients": ["10.", value]}], "deny")
    assert "deny[0].clients[1]" in str(failure.value)


@pytest.mark.parametrize(
    "rule, told",
    [
        (
            {"daemon": "sshd", "client": "10.0.0.1"},
            ["'client', 'daemon'", "Write daemons for daemon and clients for client."],
        ),
        ({"daemons": "sshd", "client": "10.0.0.1"}, ["allow[0] has 'client'", "Write clients for client."]),
        ({"deamons": "sshd", "clients": "10.0.0.1"}, ["Write daemons for deamons."]),
        ({"daemons": "sshd", "clients": "10.", "except": "10.1."}, ["Write clients_except for except."]),
        ({"services": ["sshd"], "hosts": ["10."]}, ["Write daemons for services and clients for hosts."]),
        (
            {"daemons": "sshd", "clients": "10.", "colour": "red"},
            ["has 'colour', which a rule does not take. It takes daemons,"],
        ),
    ],
)
def test_a_mapping_with_other_keys_is_told_the_right_ones(rule, told):
    with pytest.raises(TaskError) as failure:
        check_rules([rule], "allow")
    for words in told:
        assert words in str(failure.value)
    assert "YAML" not in str(failure.value)


def test_a_string_is_one_rule_and_is_never_split_at_commas():
    (rule,) = check_rules("sshd, in.telnetd: 10., 11.", "allow")
    assert rule.text == "sshd, in.telnetd: 10., 11."


def test_nothing_and_none_are_different():
    assert check_rules(None, "allow") is None
    assert check_rules([], "allow") == []


def test_a_daemon_may_be_a_port_and_nothing_else_may_be_a_number():
    (rule,) = check_rules([{"daemons": [22, "sshd"], "clients": "ALL"}], "allow")
    assert rule.mapping.daemons == (22, "sshd")
    with pytest.raises(TaskError):
        check_rules([{"daemons": [70000], "clients": "ALL"}], "allow")
    with pytest.raises(TaskError):
        check_rules([{"daemons": [True], "clients": "ALL"}], "allow")


@pytest.mark.parametrize(
    "text, told",
    [
        ("sshd: ALL\nALL: ALL", "line break"),
        ("sshd: ALL\r", "line break"),
        ("sshd: ALL\u2028ALL: ALL", "line break"),
        ("sshd: ALL\0", "NUL"),
        ("sshd: \x1b[31mALL", "U+001B"),
        ("sshd:\u00a0ALL", "looks like a blank"),
        ("sshd: \u202eALL", "U+202E"),
        ("sshd: \udce9", "U+DCE9"),
        ("", "empty"),
        ("   ", "empty"),
        ("# sshd: ALL", "comment"),
        ("sshd: ALL \\", "backslash"),
    ],
)
def test_lines_that_would_become_something_else_are_refused(text, told):
    with pytest.raises(TaskError) as failure:
        check_rules(["ALL: LOCAL", text], "allow")
    assert "allow[1]" in str(failure.value) and told in str(failure.value)


def test_a_line_keeps_its_tabs_and_any_printable_letter():
    (rule,) = check_rules(["sshd:\t10. : banners /etc/caf\u00e9"], "allow")
    assert rule.text == "sshd:\t10. : banners /etc/caf\u00e9"


@pytest.mark.parametrize(
    "entry, told",
    [
        ({"daemons": "sshd"}, "no clients"),
        ({"clients": "ALL"}, "no daemons"),
        ({"daemons": "sshd", "clients": []}, "no clients"),
        ({"daemons": "sshd", "clients": "10., 11."}, "more than one word"),
        ({"daemons": "sshd", "clients": "ALL", "option": "deny"}, "'option'"),
        ({"daemons": "sshd", "clients": "10.\n"}, "line break"),
        ({"daemons": "sshd", "clients": "ALL", "options": ["spawn x\n"]}, "line break"),
        ({"daemons": "sshd", "clients": "ALL", "options": [{"spawn": "x"}]}, "options[0]"),
        ({"daemons": "sshd", "clients": "ALL", "comment": "a\nb"}, "line break"),
        ({"daemons": "sshd", "clients": "ALL", "comment": "ends in \\"}, "swallows"),
        ({"daemons": "sshd", "clients": "ALL", "comment": "BEGIN portcullis x"}, "marker"),
    ],
)
def test_mappings_that_cannot_be_meant_are_refused(entry, told):
    with pytest.raises(TaskError) as failure:
        check_rules([entry], "allow")
    assert told in str(failure.value)


def test_what_hosts_access_info_adds_is_taken():
    (rule,) = check_rules(
        [
            {
                "table": "allow",
                "line": 3,
                "text": "sshd: ALL",
                "block_name": None,
                "daemons": ["sshd"],
                "daemons_except": [],
                "clients": ["ALL"],
                "clients_except": [],
                "options": [],
                "comment": [],
            }
        ],
        "allow",
    )
    assert rule.text == "sshd: ALL" and rule.mapping is None and rule.given["clients"] == ["ALL"]
    (bare,) = check_rules([{"table": "allow", "text": "sshd: ALL"}], "allow")
    assert bare.text == "sshd: ALL" and bare.given is None


def test_options_are_checked_as_rules_are():
    assert check_options("severity auth.info", "default_options") == ["severity auth.info"]
    assert check_options(None, "default_options") is None
    with pytest.raises(TaskError):
        check_options([{"spawn": "x"}], "default_options")
