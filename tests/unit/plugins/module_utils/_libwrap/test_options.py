# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_options(5) as the builds carry it out: what decides, what would be done, what denies."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.options import (
    parse_options,
    split_options,
)

EVERYONE = set(DIALECTS)


class Accounts(Lookups):
    def __init__(self, status=0):
        self.status = status

    def user_exists(self, name):
        return name in ("root", "nobody")

    def group_exists(self, name):
        return name in ("root", "nogroup")

    def aclexec_status(self, command):
        return self.status


def run(options, dialect="debian", table="allow", dry_run=False, status=0):
    text = "ALL: ALL: %s\n" % options
    policy = Policy.parse(
        text if table == "allow" else None, text if table == "deny" else None, dialect, Accounts(status)
    )
    return policy.decide(Request("sshd", "10.1.2.3", hostname="h.example.com", user="bob"), dry_run=dry_run)


def grants(options, among=EVERYONE - {"upstream-classic"}):
    return set(dialect for dialect in among if run(options, dialect).access == "granted")


@pytest.mark.parametrize(
    "field, parts",
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a:b", [b"a", b"b"]),
        (b"a:", [b"a"]),
        (b":a", [b"", b"a"]),
        (b"a::b", [b"a", b"", b"b"]),
        (b"a\\:b:c", [b"a:b", b"c"]),
        (b"a\\b", [b"a\\b"]),
        (b"a\\", [b"a\\"]),
    ],
)
def test_colons_part_options(field, parts):
    assert split_options(field) == parts


@pytest.mark.parametrize(
    "options, access, actions",
    [
        ("allow", "granted", []),
        ("deny", "denied", []),
        ("DENY", "denied", []),
        ("allow=", "granted", []),
        ("deny =", "denied", []),
        ("allow x", "denied", []),
        ("deny: allow", "denied", []),
        ("allow: spawn x", "denied", []),
        ("spawn echo %a %h", "granted", ["spawn echo 10.1.2.3 h.example.com"]),
        ("spawn=(echo) &: deny", "denied", ["spawn (echo) &"]),
        ("spawn = echo a\\:b", "granted", ["spawn echo a:b"]),
        ("spawn echo 12:30", "denied", ["spawn echo 12"]),
        ("spawn==x", "granted", ["spawn =x"]),
        ("spawn", "denied", []),
        ("twist echo no", "delegated", ["twist echo no"]),
        ("twist echo no: allow", "denied", []),
        ("twist", "denied", []),
        ("/bin/x", "denied", []),
        ("bogus x", "denied", []),
        ("", "denied", []),
        (" ", "denied", []),
        ("=x", "denied", []),
        ("umask 022", "granted", ["umask 22"]),
        ("umask 1777", "denied", []),
        ("umask 8", "denied", []),
        ("umask", "denied", []),
        ("nice", "granted", ["nice 10"]),
        ("nice 5", "granted", ["nice 5"]),
        ("nice -5", "granted", ["nice -5"]),
        ("nice x", "denied", []),
        ("linger 10", "granted", ["linger 10"]),
        ("linger -1", "denied", []),
        ("linger x", "denied", []),
        ("keepalive", "granted", ["keepalive"]),
        ("keepalive 1", "denied", []),
        ("rfc931", "granted", []),
        ("rfc931 5", "granted", []),
        ("rfc931 0", "denied", []),
        ("rfc931 x", "denied", []),
        ("setenv A b c", "granted", ["setenv A=b c"]),
        ("setenv A %c", "granted", ["setenv A=bob@h.example.com"]),
        ("setenv A", "granted", ["setenv A="]),
        ("setenv A=b", "denied", []),
        ("severity notice", "granted", []),
        ("severity mail.info", "granted", []),
        ("SEVERITY Mail.Info", "granted", []),
        ("severity foo", "denied", []),
        ("severity foo.info", "denied", []),
        ("severity mail.foo", "denied", []),
        ("severity authpriv.info", "denied", []),
        ("severity ftp.info", "denied", []),
        ("severity", "denied", []),
        ("banners /nonexistent", "granted", []),
        ("banners", "denied", []),
        ("user root", "granted", []),
        ("user nobody.nogroup", "granted", []),
        ("user nosuch", "denied", []),
        ("user nobody.nosuch", "denied", []),
        ("group nogroup", "granted", []),
        ("group nosuch", "denied", []),
        ("user =root", "granted", []),
        ("group\r root", "granted", []),
    ],
)
def test_debian(options, access, actions):
    decision = run(options)
    assert (decision.access, decision.table, decision.line, list(decision.actions)) == (access, "allow", 1, actions)
    assert (decision.reason is None) is (
        access != "denied" or options.lower().startswith("deny") and ":" not in options or "&: deny" in options
    )


def test_both_words_work_in_both_tables():
    assert run("allow", table="deny").access == "granted"
    assert run("severity notice", table="deny").access == "denied"


def test_differences_between_the_builds():
    extended = EVERYONE - {"upstream-classic"}
    assert grants("severity authpriv.info") == {"freebsd", "netbsd"}
    assert grants("severity ftp.info") == {"freebsd", "netbsd"}
    assert grants("severity console.info") == {"freebsd"}
    assert grants("setenv A=b") == {"upstream"}
    assert grants("aclexec /bin/true") == {"debian", "redhat"}
    assert grants("severity notice") == extended
    for options in ("umask 1777", "bogus", "user nosuch", "allow: deny", "nice x"):
        assert grants(options) == set()


def test_the_third_field_of_the_classic_build_is_a_command():
    decision = run("deny: 12:30 %a", "upstream-classic")
    assert (decision.access, [action.split() for action in decision.actions]) == (
        "granted",
        ["spawn deny: 12:30 10.1.2.3".split()],
    )
    assert run("x", "upstream-classic", "deny").access == "denied"
    assert run("x" * 500 + "%c" * 500, "upstream-classic").access == "aborted"


def test_who_switches_user_and_group():
    switching = set(dialect for dialect in EVERYONE if run("group nogroup", dialect).actions == ["setgid nogroup"])
    assert switching == EVERYONE - {"upstream-classic", "debian", "redhat", "el7"}
    assert run("user nobody.nogroup", "freebsd").actions == ["setgid nogroup", "setuid nobody"]
    assert run("user nosuch.nogroup", "freebsd").actions == [
        "setgid nogroup"
    ]  # the group is taken before the user is looked up
    assert run("user nobody").actions == []
    assert run("user nobody", dry_run=True).actions == ["setuid nobody"]  # inverted in Debian


def test_a_dry_run_only_tells():
    decision = run("spawn x: nice 5: linger 1: keepalive: setenv A b: umask 022", dry_run=True)
    assert (decision.access, list(decision.actions)) == ("granted", ["setenv A=b", "umask 22"])
    assert run("twist x", dry_run=True).access == "delegated"
    policy = Policy.parse("ALL: ALL: aclexec /bin/false\n", "ALL: ALL\n", "debian", Accounts(1))
    answers = [policy.decide(Request("sshd", "10.1.2.3"), dry_run=dry_run) for dry_run in (False, True)]
    assert [(answer.access, answer.table) for answer in answers] == [("denied", "deny"), ("granted", "allow")]


def test_aclexec_that_nobody_can_run():
    decision = run("aclexec /bin/check %a", status=None)
    assert (decision.access, decision.depends) == ("granted", ("aclexec /bin/check 10.1.2.3",))


@pytest.mark.parametrize(
    "deny, access, line",
    [
        ("ALL: ALL\n", "denied", 1),
        (
            "ALL: ALL: severity notice\n",
            "granted",
            1,
        ),  # the failure is kept: a rule with another option counts as none
        ("ALL: ALL: deny\n", "denied", 1),
        ("ALL: ALL: allow\n", "granted", 1),
        ("x: ALL\n", "granted", 1),
        ("ALL: ALL: bogus\n", "denied", 1),
    ],
)
def test_a_failed_aclexec_is_kept(deny, access, line):
    policy = Policy.parse("ALL: ALL: aclexec /bin/false\nsshd: ALL\n", deny, "debian", Accounts(1))
    decision = policy.decide(Request("sshd", "10.1.2.3"))
    assert (decision.access, decision.line) == (access, line)
    assert decision.table == ("allow" if deny.startswith("x") else "deny")


@pytest.mark.parametrize(
    "deny, access, line, actions, reason",
    [
        ("ALL: ALL\n", "denied", 3, ["setenv A=b"], None),
        ("ALL: ALL: setenv C %a\n", "granted", 3, ["setenv A=b", "setenv C=10.1.2.3"], "aclexec failed"),
        ("ALL: ALL: spawn x\n", "granted", 3, ["setenv A=b", "spawn x"], "aclexec failed"),
        ("ALL: ALL: deny\n", "denied", 3, ["setenv A=b"], None),
        ("ALL: ALL: bogus\n", "denied", 3, ["setenv A=b"], 'bad option name: "bogus"'),
    ],
)
def test_what_is_told_after_a_failed_aclexec(deny, access, line, actions, reason):
    policy = Policy.parse(
        "ALL: ALL: setenv A b: aclexec /bin/false %a\n", "x: ALL\nsshd: 10.9.\n" + deny, "debian", Accounts(1)
    )
    decision = policy.decide(Request("sshd", "10.1.2.3"))
    assert (decision.access, decision.table, decision.line, list(decision.actions)) == (access, "deny", line, actions)
    assert decision.rule_object is policy.deny.rules[2]
    assert decision.reason == reason


@pytest.mark.parametrize(
    "deny, access, table, line, actions, depends, reason",
    [
        ("ALL: ALL\n", "denied", "deny", 3, [], (), None),
        (
            "ALL: ALL: setenv C d: aclexec /bin/ask2\n",
            "granted",
            "deny",
            3,
            ["setenv C=d"],
            ("aclexec /bin/ask2",),
            "aclexec failed",
        ),
        ("ALL: ALL: aclexec /bin/ask2: deny\n", "denied", "deny", 3, [], ("aclexec /bin/ask2",), None),
        ("", "granted", "allow", 1, [], (), "aclexec failed"),
        (
            "ALL: ALL",
            "denied",
            "allow",
            1,
            [],
            (),
            "hosts.deny cannot be read to its end: its last line has no newline",
        ),
    ],
)
def test_what_the_answer_after_a_failed_aclexec_rests_on(deny, access, table, line, actions, depends, reason):
    class Unknowing(Lookups):
        def in_netgroup(self, group, host):
            return None

        def aclexec_status(self, command):
            return 1 if command == "/bin/false" else None

    policy = Policy.parse(
        "ALL: ALL: setenv A b: aclexec /bin/ask: aclexec /bin/false\n",
        "sshd@192.: ALL\nALL: @asked\n" + deny,
        "debian",
        Unknowing(),
    )
    decision = policy.decide(Request("sshd", "10.1.2.3", server_address="10.0.0.1"))
    assert (decision.access, decision.table, decision.line, decision.reason) == (access, table, line, reason)
    assert decision.rule_object is policy.table(table).rules[line - 1]
    assert list(decision.actions) == ["setenv A=b"] + actions
    assert decision.depends == ("netgroup asked", "aclexec /bin/ask") + depends


def test_a_failed_aclexec_in_the_second_table_grants():
    decision = run("setenv A b: aclexec /bin/false", table="deny", status=1)
    assert (decision.access, decision.table, decision.reason) == ("granted", "deny", "aclexec failed")
    assert list(decision.actions) == ["setenv A=b"]
    for rest in ("ALL: ALL\n", "y: ALL"):  # neither another rule nor a line without an end is asked
        decision = Policy.parse(None, "ALL: ALL: aclexec /bin/false\n" + rest, "debian", Accounts(1)).decide(
            Request("sshd")
        )
        assert (decision.access, decision.table, decision.line) == ("granted", "deny", 1)
    broken = Policy.parse("ALL: ALL: aclexec /bin/false\n", "ALL", "debian", Accounts(1)).decide(Request("sshd"))
    assert (broken.access, broken.table, broken.line) == ("denied", "allow", 1)


@pytest.mark.parametrize(
    "dialect, letters, access",
    [
        ("debian", 300, "aborted"),
        ("debian", 60, "granted"),
        ("freebsd", 60, "aborted"),
        ("netbsd", 60, "aborted"),
        ("macos", 60, "aborted"),
        ("redhat", 60, "granted"),
    ],
)
def test_an_expansion_that_is_too_long_ends_the_process(dialect, letters, access):
    policy = Policy.parse("ALL: ALL: spawn %s\n" % ("%n" * letters), None, dialect)
    assert policy.decide(Request("sshd", "10.1.2.3", hostname="h" * 60)).access == access


def test_reading_stops_at_the_first_error():
    options = parse_options(b"severity info: bogus: allow\n", DIALECTS["debian"])
    assert [(option.name, option.value, bool(option.error)) for option in options] == [
        (b"severity", b"info", False),
        (b"bogus", None, True),
    ]
