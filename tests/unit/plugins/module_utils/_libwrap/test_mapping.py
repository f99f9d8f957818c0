# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A meaning is written in a form that each libwrap was seen to read with that meaning (measured probes of the builds)."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.mapping import (
    MappingError,
    RuleMapping,
    comment_lines,
    render_mapping,
)

LENGTH = ("debian", "redhat", "el7", "suse15", "suse12")
NETMASK = ("upstream", "upstream-classic", "el6", "freebsd", "netbsd", "macos")
IPV6_OUTSIDE = ("debian", "redhat", "el7", "el6", "suse15", "freebsd")
IPV6_INSIDE = ("suse12", "netbsd", "macos")
NO_IPV6 = ("upstream", "upstream-classic")


def rule(clients, daemons=("sshd",), **more):
    fields = {"daemons_except": (), "clients_except": (), "options": (), "comment": ()}
    fields.update((name, tuple(value)) for name, value in more.items())
    return RuleMapping(daemons=tuple(daemons), clients=tuple(clients), **fields)


def one(client, dialect):
    (line,) = render_mapping(rule([client]), DIALECTS[dialect])
    return line.split(": ", 1)[1]


# the right-hand forms were answered "granted" by the builds named, and by no others in question
@pytest.mark.parametrize(
    "names, client, form",
    [
        (LENGTH, "10.0.0.0/8", "10.0.0.0/8"),
        (NETMASK, "10.0.0.0/8", "10.0.0.0/255.0.0.0"),
        (LENGTH + NETMASK, "10.1.2.3/32", "10.1.2.3"),
        (LENGTH + NETMASK, "10.1.2.3/255.255.255.255", "10.1.2.3"),
        (LENGTH + NETMASK, "0.0.0.0/0", "0.0.0.0/0.0.0.0"),
        (LENGTH + NETMASK, "10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0"),
        (IPV6_OUTSIDE, "2001:DB8::/32", "[2001:db8::]/32"),
        (IPV6_OUTSIDE, "[2001:db8::/32]", "[2001:db8::]/32"),
        (IPV6_INSIDE, "2001:db8::/32", "[2001:db8::/32]"),
        (IPV6_INSIDE, "[2001:db8::]/32", "[2001:db8::/32]"),
        (IPV6_OUTSIDE + IPV6_INSIDE, "2001:db8:0::1/128", "[2001:db8::1]"),
        (IPV6_OUTSIDE + IPV6_INSIDE, "::1", "[::1]"),
        (LENGTH, "::ffff:10.0.0.0/104", "10.0.0.0/8"),
        (LENGTH + NETMASK, "::ffff:10.1.2.3", "10.1.2.3"),
        (LENGTH, "root@10.0.0.0/8", "root@10.0.0.0/8"),
        (NETMASK, "root@10.0.0.0/8", "root@10.0.0.0/255.0.0.0"),
        (LENGTH + NETMASK, ".example.com", ".example.com"),
        (LENGTH + NETMASK, "@trusted", "@trusted"),
        (LENGTH + NETMASK, "/etc/hosts.clients", "/etc/hosts.clients"),
    ],
)
def test_each_dialect_gets_the_form_it_reads(names, client, form):
    for name in names:
        assert one(client, name) == form, name


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_engine_reads_the_written_rule_with_its_meaning(name):
    inside = [
        ("10.0.0.0/8", "10.9.8.7"),
        ("10.1.2.3/32", "10.1.2.3"),
        ("0.0.0.0/0", "198.51.100.1"),
        ("192.0.2.0/255.255.255.0", "192.0.2.9"),
    ]
    outside = [("10.0.0.0/8", "11.0.0.1"), ("10.1.2.3/32", "10.1.2.4"), ("192.0.2.0/255.255.255.0", "192.0.3.1")]
    if name not in NO_IPV6:
        inside += [("2001:db8::/32", "2001:db8::7"), ("::1/128", "::1"), ("::/0", "2001:db8::1")]
        outside += [("2001:db8::/32", "2001:db9::7"), ("::1/128", "::2")]
    for cases, expected in ((inside, "granted"), (outside, "denied")):
        for client, address in cases:
            (line,) = render_mapping(rule([client]), DIALECTS[name])
            policy = Policy.parse(line + "\n", "ALL: ALL\n", name)
            assert policy.decide(Request("sshd", address)).access == expected, (client, address)


@pytest.mark.parametrize("name", NO_IPV6)
def test_a_libwrap_without_ipv6_is_not_given_an_ipv6_rule(name):
    with pytest.raises(MappingError) as failure:
        render_mapping(rule(["2001:db8::/32"]), DIALECTS[name])
    assert "no IPv6" in str(failure.value)


@pytest.mark.parametrize(
    "client, remedy",
    [
        ("10.1.2.3/24", "10.1.2.0/24"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("010.0.0.0/8", "leading zero"),
        ("10.0.0.0/33", "0 to 32"),
        ("10/8", "all four parts"),
        ("10.0.0.0/", "0 to 32"),
        ("2001:db8::/129", "0 to 128"),
        ("host:22", "no IPv6 address"),
        ("EXCEPT", "clients_except"),
    ],
)
def test_clients_that_would_never_match_are_refused_with_the_remedy(client, remedy):
    with pytest.raises(MappingError) as failure:
        render_mapping(rule([client]), DIALECTS["debian"])
    assert remedy in str(failure.value)


def test_a_colon_inside_an_option_is_escaped_and_read_back_whole():
    (line,) = render_mapping(rule(["ALL"], options=["spawn echo 12:30", "deny"]), DIALECTS["debian"])
    assert line == "sshd: ALL: spawn echo 12\\:30: deny"
    decision = Policy.parse(line + "\n", None).decide(Request("sshd", "10.1.2.3"))
    assert decision.access == "denied" and decision.actions == ["spawn echo 12:30"]


def test_exceptions_nest_to_the_right():
    (line,) = render_mapping(
        rule(["ALL"], daemons=["ALL"], clients_except=["10.0.0.0/8", "EXCEPT", "10.1.0.0/16"]), DIALECTS["debian"]
    )
    assert line == "ALL: ALL EXCEPT 10.0.0.0/8 EXCEPT 10.1.0.0/16"


def test_a_port_is_written_where_it_is_understood():
    assert render_mapping(rule(["ALL"], daemons=[22]), DIALECTS["debian"]) == ["22: ALL"]
    with pytest.raises(MappingError):
        render_mapping(rule(["ALL"], daemons=[22]), DIALECTS["redhat"])


def test_a_long_rule_becomes_several_of_the_same_meaning():
    clients = ["10.%d.%d.%d" % (a, b, c) for a in range(3) for b in range(10) for c in range(1, 21)]
    mapping = rule(
        clients, daemons=["sshd", "in.telnetd"], clients_except=["10.1.1.0/24"], options=["severity auth.info"]
    )
    lines = render_mapping(mapping, DIALECTS["debian"])
    assert 1 < len(lines) < 8 and max(len(line) for line in lines) <= 2046
    policy = Policy.parse("".join(line + "\n" for line in lines), "ALL: ALL\n")
    for client in clients:
        expected = "denied" if client.startswith("10.1.1.") else "granted"
        assert policy.decide(Request("in.telnetd", client)).access == expected
    assert policy.decide(Request("sshd", "10.3.0.1")).access == "denied"


def test_what_cannot_be_split_is_refused():
    with pytest.raises(MappingError) as failure:
        render_mapping(rule(["ALL"], clients_except=["10.0.%d.0/24" % part for part in range(256)]), DIALECTS["debian"])
    assert "file" in str(failure.value)


def test_the_old_language_takes_one_command():
    classic = DIALECTS["upstream-classic"]
    assert render_mapping(rule(["ALL"], options=["(echo a:b) &"]), classic) == ["sshd: ALL: (echo a:b) &"]
    with pytest.raises(MappingError):
        render_mapping(rule(["ALL"], options=["spawn x", "deny"]), classic)


def test_freebsd_ends_a_line_at_a_number_sign():
    with pytest.raises(MappingError):
        render_mapping(rule(["ALL"], options=["spawn echo #1"]), DIALECTS["freebsd"])


def test_comments():
    assert comment_lines(["the office", ""]) == ["# the office", "#"]
