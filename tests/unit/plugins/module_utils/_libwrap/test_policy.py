# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both tables together: first match, defaults, unreadable tables, what comes back as it went in."""

import errno

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.decision import Decision
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect

FAILS_OPEN = {"upstream", "upstream-classic", "freebsd", "netbsd", "macos"}


def decide(allow, deny, dialect="debian", daemon="sshd", address="10.1.2.3", **fields):
    return Policy.parse(allow, deny, dialect).decide(Request(daemon, address, **fields))


def short(decision):
    return (decision.access, decision.table, decision.line)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_order(dialect):
    assert short(decide(None, None, dialect)) == ("granted", None, None)
    assert short(decide("", "", dialect)) == ("granted", None, None)
    assert short(decide("x: ALL\nsshd: 10.\n", "ALL: ALL\n", dialect)) == ("granted", "allow", 2)
    assert short(decide("x: ALL\n", "# c\nALL: ALL\n", dialect)) == ("denied", "deny", 2)
    assert short(
        decide("sshd: ALL\nsshd: ALL: deny\n" if dialect != "upstream-classic" else "sshd: ALL\n", None, dialect)
    ) == ("granted", "allow", 1)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("number", [errno.EACCES, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG])
def test_unreadable_tables(dialect, number):
    denied = ("denied", None, None) if dialect not in FAILS_OPEN else ("granted", None, None)
    assert short(decide(None, Unreadable(number), dialect)) == denied
    assert short(decide("sshd: ALL\n", Unreadable(number), dialect)) == ("granted", "allow", 1)
    assert short(decide(Unreadable(number), None, dialect)) == ("granted", None, None)
    assert short(decide(Unreadable(number), "ALL: ALL\n", dialect)) == ("denied", "deny", 1)


@pytest.mark.parametrize("number", [errno.EISDIR, errno.ENOENT])
def test_directories_and_dangling_links_are_empty(number):
    assert short(decide(None, Unreadable(number))) == ("granted", None, None)


def test_a_table_that_ends_early():
    # Debian: the rest of hosts.allow is ignored, hosts.deny denies what was not matched
    assert short(decide("sshd: ALL", "ALL: ALL\n")) == ("denied", "deny", 1)
    decision = decide(None, "x: ALL\ny: ALL")
    assert short(decision) == ("denied", None, None) and "hosts.deny" in decision.reason
    assert short(decide(None, "x: ALL\ny: ALL", "redhat")) == ("granted", None, None)
    assert short(decide(None, "sshd: ALL\ny: ALL")) == ("denied", "deny", 1)
    policy = Policy.parse(None, "x: ALL\n# c")
    assert (policy.deny.stop, policy.deny.stop_line) == ("error", 2)
    assert (policy.allow.stop, policy.allow.exists, policy.deny.exists) == (None, False, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sshd: ALL\n",
        "a\r\nb: c \\\n d # \u00e9\n\n",
        "x: y",
        "\udcff: ALL\n",
        "\ud800\udcff: ALL\n",
        b"\xff\0: ALL\n",
        None,
        Unreadable(13),
    ],
)
def test_tables_come_back(text):
    policy = Policy.parse(text, text)
    assert policy.render("allow") == policy.render("deny") == text
    with pytest.raises(HostsAccessError):
        policy.render("other")


def test_what_cannot_be_parsed():
    with pytest.raises(HostsAccessError, match="^hosts.deny must be text, None or Unreadable, not int$"):
        Policy.parse("", 7)
    with pytest.raises(HostsAccessError, match="^hosts.allow must be text, None or Unreadable, not list$"):
        Policy.parse([], "")
    with pytest.raises(HostsAccessError, match="choose one of: debian"):
        Policy.parse("", "", "dabian")
    assert get_dialect(DIALECTS["el6"]) is DIALECTS["el6"]
    assert repr(DIALECTS["el6"]) == "Dialect(el6)"


def test_rules_and_lines():
    policy = Policy.parse("# c\nsshd, ftpd: 10. EXCEPT 10.1. \\\n .com: severity info: deny\r\nx: y\n", b"z: \xff\n")
    first, second = policy.allow.rules
    assert (first.first_line, first.line, second.line) == (2, 3, 4)
    assert first.text == "sshd, ftpd: 10. EXCEPT 10.1. \\\n .com: severity info: deny" and second.text == "x: y"
    assert [[pattern.token for pattern in segment] for segment in first.daemons] == [[b"sshd", b"ftpd"]]
    assert [[pattern.token for pattern in segment] for segment in first.clients] == [[b"10."], [b"10.1.", b".com"]]
    assert [option.name for option in first.options] == [b"severity", b"deny"] and second.options == []
    assert policy.deny.rules[0].text == "z: \udcff"
    assert [line.kind for line in policy.allow.lines] == ["comment", "rule", "rule"]
    assert [rule.number for rule in policy.rules] == [0, 1, 2]
    for thing in (first, policy.allow, next(policy.allow.lines)):
        assert repr(thing)


def test_what_is_not_said_of_the_world():
    """Policy.parse: without look-ups there are no netgroups and no files."""
    policy = Policy.parse("sshd: @g /f\nsshd: ALL\n", None)
    assert short(policy.decide(Request("sshd", "10.1.2.3"))) == ("granted", "allow", 2)


def test_decisions_tell_all():
    decision = decide("sshd: ALL: spawn x: allow\n", None)
    assert decision.granted and decision.rule == "sshd: ALL: spawn x: allow"
    assert decision.as_dict() == {
        "access": "granted",
        "granted": True,
        "table": "allow",
        "line": 1,
        "rule": decision.rule,
        "actions": ["spawn x"],
        "depends": [],
        "reason": None,
    }
    assert repr(decision) == "Decision(granted by hosts.allow line 1)"
    assert decide("sshd: ALL\n", None).rule == "sshd: ALL"
    default = decide(None, None)
    assert (default.rule, repr(default)) == (None, "Decision(granted by default)")
    assert not Decision("delegated").granted and not Decision("aborted").granted


def test_look_ups_that_know_nothing():
    nothing = Lookups()
    assert (
        nothing.in_netgroup("g", "h"),
        nothing.host_file("/f"),
        nothing.user_exists("u"),
        nothing.group_exists("g"),
        nothing.aclexec_status("x"),
    ) == (False, None, True, True, 0)
    assert Unreadable(13) == Unreadable(13) != Unreadable(2) and Unreadable(13) != 13
    assert len(set([Unreadable(13), Unreadable(13)])) == 1 and repr(Unreadable(13)) == "Unreadable(13)"


def test_the_stock_table_of_freebsd_decides_all():
    text = "ALL : ALL : allow\nsshd : 10. : deny\n"
    assert short(decide(text, None, "freebsd")) == ("granted", "allow", 1)


@pytest.mark.parametrize("dialect", ["el6", "freebsd"])
def test_a_line_at_which_a_build_loops_for_ever(dialect):
    policy = Policy.parse("a: b\n#" + "x" * 2047 + "\nsshd: ALL\n", None, dialect)
    assert (policy.allow.stop, policy.allow.stop_line, len(policy.allow.rules)) == ("hang", 2, 1)


def test_many_rules_are_answered_in_order():
    lines = ["d%d: 10.%d.0.0/255.255.0.0" % (number % 7, number % 250) for number in range(2000)] + [
        "ALL: .example.com EXCEPT bad.example.com",
        "in.*@10.: [2001:db8::]/32",
        "22: KNOWN",
    ]
    policy = Policy.parse("\n".join(lines) + "\n", "ALL: ALL\n")

    def answer(daemon, address, **fields):
        return short(policy.decide(Request(daemon, address, **fields)))

    assert answer("d3", "10.3.1.1") == ("granted", "allow", 4)
    assert answer("d3", "10.10.1.1") == ("granted", "allow", 11)
    assert answer("d9", "10.3.1.1", hostname="a.example.com") == ("granted", "allow", 2001)
    assert answer("d9", "10.3.1.1", hostname="bad.example.com") == ("denied", "deny", 1)
    assert answer("in.ftpd", "2001:db8::9", server_address="10.1.1.1") == ("granted", "allow", 2002)
    assert answer("x", "192.0.2.1", hostname="h", server_port=22) == ("granted", "allow", 2003)


def test_blank_lines_count_and_hold_no_rule():
    policy = Policy.parse("\n\nsshd: 10.\n\n\nx: ALL\n\n", None)
    assert [(rule.line, rule.raw) for rule in policy.rules] == [(3, b"sshd: 10.\n"), (6, b"x: ALL\n")]


def test_the_tables_by_name():
    policy = Policy("sshd: ALL\n", "ALL: ALL\n")
    assert policy.dialect is DIALECTS["debian"] and policy.decide(Request("sshd", "10.1.2.3")).table == "allow"
    assert policy.table("allow") is policy.allow and policy.table("deny") is policy.deny
    assert (policy.render("allow"), policy.render("deny")) == ("sshd: ALL\n", "ALL: ALL\n")
    with pytest.raises(HostsAccessError, match="^there is no table 'motd'; the tables are 'allow' and 'deny'$"):
        policy.table("motd")


def test_what_a_default_rests_on():
    class Unknowing(Lookups):
        def in_netgroup(self, group, host):
            return None

    def default(deny):
        decision = Policy.parse("ALL: @asked\n", deny, "debian", Unknowing()).decide(Request("sshd", "10.1.2.3"))
        return (decision.access, decision.table, decision.depends, decision.reason)

    assert default(None) == ("granted", None, ("netgroup asked",), None)
    assert default(Unreadable(errno.EACCES)) == (
        "denied",
        None,
        ("netgroup asked",),
        "hosts.deny cannot be read to its end",
    )


@pytest.mark.parametrize(
    "allow, deny, dialect, reason",
    [
        ("sshd: 10.", None, "debian", "the last line of hosts.allow has no newline, so libwrap does not read it"),
        ("sshd: 10.", "ALL: ALL\n", "debian", None),
        ("# a comment", None, "debian", None),
        (
            "sshd: 11.\n",
            "ALL: ALL",
            "netbsd",
            "the last line of hosts.deny has no newline, so libwrap does not read it",
        ),
        ("sshd: 10.", "ALL: ALL", "debian", "hosts.deny cannot be read to its end: its last line has no newline"),
    ],
)
def test_a_last_line_without_a_newline_is_the_reason_where_no_rule_is(allow, deny, dialect, reason):
    assert Policy.parse(allow, deny, dialect).decide(Request("sshd", "10.1.2.3")).reason == reason


def test_two_policies_and_the_rules_that_could_go():
    wide, narrow = Policy.parse("sshd: 10.\n", "ALL: ALL\n"), Policy.parse("sshd: 10. EXCEPT 10.1.\n", "ALL: ALL\n")
    assert [(change.before, change.after) for change in wide.compare(narrow)] == [("granted", "denied")]
    assert [(change.before, change.after) for change in narrow.compare(wide)] == [("denied", "granted")]
    assert wide.compare(Policy.parse("sshd: 10.\n", "ALL: ALL\n")) == []
    policy = Policy.parse("sshd: 10.1.\nsshd: 10.\nsshd: 10.2.\n", "ALL: ALL\n")
    assert [(one.rule.line, one.never_decides) for one in policy.shadowed_rules()] == [(1, False), (3, True)]
    assert [(one.rule.line, one.never_decides) for one in policy.shadowed_rules(redundant=False)] == [(3, True)]
