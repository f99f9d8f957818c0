# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One daemon's clients as networks, and what networks cannot say."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis import sets as sets_module
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.client_space import (
    ClientSpace,
    DaemonView,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy

DENY_ALL = "ALL: ALL\n"


def sets_of(allow, deny=DENY_ALL, daemon="sshd", port=None, dialect="debian", lookups=None):
    """The sets of one daemon."""
    return Policy.parse(allow, deny, dialect, lookups).sets(daemon, port)


def told(sets):
    """What is unexpressed, without the networks."""
    return [(one.clients, one.access, one.reason, [rule.line for rule in one.rules]) for one in sets.unexpressed]


def test_networks_are_the_fewest_and_in_order():
    sets = sets_of("sshd: 10.0.1.0/24, 10.0.0.0/24, 192.0.2.1, [2001:db8::]/32\nsshd: 10.0.0.7\n")
    assert sets.granted == (("10.0.0.0/23", "192.0.2.1/32"), ("2001:db8::/32",))
    assert sets.denied[0][:3] == ("0.0.0.0/5", "8.0.0.0/7", "10.0.2.0/23")
    assert sets.unexpressed == () and sets.lost == ()


def test_no_rule_grants_everybody_and_mapped_addresses_are_left_out():
    sets = sets_of("", "")
    assert sets.granted[0] == ("0.0.0.0/0",)
    assert "::/0" not in sets.granted[1] and "::fffe:0:0/96" in sets.granted[1]
    assert not [net for net in sets.granted[1] if net.startswith("::ffff:")]


def test_an_unreadable_deny_table_refuses_everybody():
    assert Policy.parse("sshd: 10.\n", Unreadable(13)).sets("sshd").granted == (("10.0.0.0/8",), ())


def test_masks_with_holes_and_octets_are_exact():
    sets = sets_of("sshd: 10.0.0.5/255.0.0.255\n")
    assert len(sets.granted[0]) == 65536
    assert sets.granted[0][:2] == ("10.0.0.5/32", "10.0.1.5/32") and sets.granted[0][-1] == "10.255.255.5/32"
    assert sets.unexpressed == ()


def test_a_pattern_of_too_many_networks_is_unexpressed():
    sets = sets_of("sshd: .3\n")
    assert told(sets) == [(".3", "granted", "address_text", [1])]
    assert sets.granted == ((), ())


@pytest.mark.parametrize(
    "client, reason",
    [
        (".example.com", "name"),
        ("www.example.com", "name"),
        ("LOCAL", "name"),
        ("UNKNOWN", "name"),
        ("PARANOID", "name"),
        ("KNOWN", "name"),
        ("bob@ALL", "user"),
        ("bob@.example.com", "user"),
        ("@admins", "netgroup"),
        ("/etc/hosts.friends", "file"),
    ],
)
def test_what_asks_more_than_an_address_is_unexpressed(client, reason):
    sets = sets_of("sshd: 10.0.0.0/8\nsshd: %s\n" % client)
    assert told(sets) == [(client, "granted", reason, [2])]
    assert sets.granted == (("10.0.0.0/8",), ())
    assert sets.denied == ((), ())
    assert sets.unexpressed[0].networks[0] == ("0.0.0.0/5", "8.0.0.0/7") + tuple(
        "%d.0.0.0/%d" % pair for pair in ((11, 8), (12, 6), (16, 4), (32, 3), (64, 2), (128, 1))
    )


def test_what_an_earlier_address_rule_settles_stays_settled():
    sets = sets_of("sshd: .example.com\n", "sshd: 192.0.2.0/24\nsshd: PARANOID\n")
    assert [(one[0], one[1], one[2]) for one in told(sets)] == [
        ("PARANOID", "denied", "name"),
        (".example.com", "granted", "name"),
    ]
    assert sets.unexpressed[1].networks == (("192.0.2.0/24",), ())


def test_only_the_patterns_that_addresses_do_not_settle_are_named():
    assert told(sets_of("sshd: 10.0.0.0/8, .example.com 192.0.2.1\n")) == [(".example.com", "granted", "name", [1])]


def test_all_names_together_are_settled():
    sets = sets_of("sshd: KNOWN\nsshd: UNKNOWN\nsshd: PARANOID\n")
    assert sets.granted[0] == ("0.0.0.0/0",) and sets.unexpressed == ()


def test_a_port_settles_rules_that_name_ports():
    table = "22: 10.\nsshd: 11.\n"
    assert sets_of(table, port=22).granted == (("10.0.0.0/7",), ())
    assert sets_of(table, port=2222).granted == (("11.0.0.0/8",), ())
    assert told(sets_of(table)) == [("10.", "granted", "server", [1])]


def test_the_servers_own_address_is_unexpressed():
    assert told(sets_of("sshd@192.0.2.1: 10.\n")) == [("10.", "granted", "server", [1])]


def test_a_command_that_decides_is_unexpressed():
    sets = sets_of("sshd: 10.: aclexec /bin/check\nsshd: 11.\n")
    assert told(sets) == [("10.", "granted", "aclexec", [1])]
    assert sets.granted == (("11.0.0.0/8",), ()) and sets.lost == ()


def test_an_option_whose_length_decides_is_unexpressed():
    sets = sets_of("sshd: 10.: setenv A %s\n" % ("%h" * 70))
    assert [one[1:3] for one in told(sets)] == [("granted", "option_length")]


def test_options_without_an_answer_are_lost():
    sets = sets_of("sshd: 10.: spawn echo %a\nin.ftpd: 10.: nice\n", "ALL: ALL: severity mail.info: twist /bin/no %c\n")
    assert [(one.option, one.value, one.rule.table.name, one.rule.line) for one in sets.lost] == [
        ("spawn", "echo %a", "allow", 1),
        ("severity", "mail.info", "deny", 1),
        ("twist", "/bin/no %c", "deny", 1),
    ]
    assert sets.granted == (("10.0.0.0/8",), ()) and sets.unexpressed == ()


def test_a_command_of_the_classic_language_is_lost():
    sets = sets_of("sshd: 10.: echo %a\n", dialect="upstream-classic")
    assert [(one.option, one.value) for one in sets.lost] == [("spawn", "echo %a")]


def test_a_rule_that_never_decides_loses_nothing():
    assert sets_of("ALL: ALL\nsshd: ALL: spawn echo\n").lost == ()


class Files(Lookups):
    """A host with one file of hosts."""

    def host_file(self, path):
        return b"10.0.0.0/8 192.0.2.1\n" if path == "/etc/friends" else None


def test_a_file_that_can_be_read_is_what_it_holds():
    assert sets_of("sshd: /etc/friends\n", lookups=Files()).granted == (("10.0.0.0/8", "192.0.2.1/32"), ())


def test_many_netgroups_are_sound():
    groups = "".join("sshd: 10.%d.0.0/16 EXCEPT @group%d\n" % (number, number) for number in range(8))
    sets = sets_of(groups + "sshd: 10.0.0.0/14\n")
    assert sets.granted == (("10.0.0.0/14",), ())
    assert [one.reason for one in sets.unexpressed] == ["netgroup"] * 4
    assert [one.networks[0] for one in sets.unexpressed] == [("10.%d.0.0/16" % number,) for number in range(4, 8)]


def test_many_parts_are_put_together():
    users = "".join("sshd: bob@10.0.0.%d\n" % number for number in range(0, 200, 2))
    sets = sets_of(users)
    assert len(sets.unexpressed) == 1 and len(sets.unexpressed[0].networks[0]) == 100
    assert sets.unexpressed[0].clients.endswith(" and 76 more") and len(sets.unexpressed[0].rules) == 100


def test_too_many_names_are_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(sets_module, "MOST_WORDS", 2)
    with pytest.raises(HostsAccessError, match="^the rules of sshd name 3 hosts and users, more than the 2"):
        sets_of("sshd: a b c 10.\n")


def test_too_many_ranges_are_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(sets_module, "MOST_RANGES", 3)
    with pytest.raises(HostsAccessError, match="hosts.allow line 1 combine in too many ways.*more than 3 ranges"):
        sets_of("sshd: 10.0.0.1 10.0.0.3\n")


def test_an_odd_client_is_shown_escaped():
    assert told(sets_of("sshd: h\x1b[31m\n"))[0][0] == "h\\x1b[31m"


@pytest.mark.parametrize("count", [1, 63, 64, 65])
def test_few_and_many_users_are_open_where_their_rules_are(count):
    together = sets_of("sshd: %s\n" % " ".join("user%d@10.0.0.0/8" % number for number in range(count)))
    alone = sets_of("".join("sshd: user%d@10.0.0.0/8\n" % number for number in range(count)))
    assert [one[1:] for one in told(together)] == [("granted", "user", [1])]
    assert [one[1:] for one in told(alone)] == [("granted", "user", list(range(1, count + 1)))]
    assert [one.networks for one in together.unexpressed + alone.unexpressed] == [(("10.0.0.0/8",), ())] * 2


class _Netgroups(Lookups):
    """Netgroups are asked about."""

    def in_netgroup(self, group, host):
        return False


@pytest.mark.parametrize("count", [64, 65])
def test_the_states_of_some_users_are_those_users_with_every_answer(count):
    text = "sshd: " + " ".join("user%d@.example.com" % number for number in range(count)) + " @group .example.org\n"
    space = ClientSpace(DaemonView(Policy.parse(text, "", "debian", _Netgroups()), b"sshd", None))
    names = space.names.special(b"unknown")
    parts = space.take_apart(space.states(names=names, users=(1 << count) - 1))
    assert parts == dict(((user, answer, 0), names) for user in range(count) for answer in space.answers)
    assert space.take_apart(0) == {}
