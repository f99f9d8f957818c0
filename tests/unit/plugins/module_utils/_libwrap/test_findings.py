# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings where the page of examples does not reach: position and effect, what is no finding, size, hostile text."""

import ast
import errno
import os
import random
import re
import subprocess
import sys
import time

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.finding import Finding
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint import kinds
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.kinds import KINDS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.traps import LIMIT, effect_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

NAMES = sorted(DIALECTS)


def findings(allow, deny="ALL: ALL\n", dialect="debian", lookups=None):
    return Policy.parse(allow, deny, dialect, lookups).findings()


def seen(allow, deny="ALL: ALL\n", dialect="debian"):
    return [(found.code, found.effect, found.table, found.line) for found in findings(allow, deny, dialect)]


@pytest.mark.parametrize(
    "allow, deny, effect",
    [
        ("sshd: 10.1.2.3/24\n", "ALL: ALL\n", "closes"),
        ("", "sshd: 10.1.2.3/24\n", "opens"),
        ("sshd: 10.1.2.3/24: deny\n", "", "opens"),
        ("", "sshd: 10.1.2.3/24: allow\n", "closes"),
        ("sshd: ALL EXCEPT 10.1.2.3/24\n", "ALL: ALL\n", "opens"),
        ("", "sshd: ALL EXCEPT 10.1.2.3/24\n", "closes"),
        ("", "sshd@10.1.2.3/24: ALL\n", "opens"),
    ],
)
def test_the_effect_follows_table_options_and_except(allow, deny, effect):
    assert [(found.code, found.effect) for found in findings(allow, deny)] == [("host-bits-set", effect)]


@pytest.mark.parametrize(
    "rule, effect",
    [
        ("192.0.2.1: sshd", "closes"),
        ("192.0.2.: sshd", "closes"),
        ("192.0.2.1-192.0.2.9: sshd", "closes"),
        ("10.0.0.0/8 192.0.2.0/255.255.255.0: sshd", "closes"),
        ("[2001:db8::]/32: sshd", "closes"),
        ("sshd 192.0.2.1: 198.51.100.7", "closes"),
        ("ALL EXCEPT 192.0.2.1: 198.51.100.7", "opens"),
        ("sshd, in.ftpd 192.0.2.1: ALL", "opens"),
    ],
)
def test_a_client_among_the_daemons(rule, effect):
    found = [one for one in findings(rule + "\n") if one.severity == "error"]
    assert [(one.code, one.effect) for one in found] == [("client-as-daemon", effect)]


@pytest.mark.parametrize("rule", ["22: 192.0.2.1", "sshd@192.0.2.1: 198.51.100.7", "sshd2.4: 192.0.2.1"])
def test_what_may_stand_among_the_daemons(rule):
    assert "client-as-daemon" not in [one.code for one in findings(rule + "\n")]


def test_behind_two_excepts_the_effect_is_that_of_none():
    assert ("host-bits-set", "closes") in [
        (found.code, found.effect) for found in findings("sshd: ALL EXCEPT 10. EXCEPT 10.1.2.3/24\n")
    ]


@pytest.mark.parametrize(
    "reach, grants, depth, effect",
    [
        ("fewer", True, 0, "closes"),
        ("fewer", False, 0, "opens"),
        ("fewer", True, 1, "opens"),
        ("fewer", False, 1, "closes"),
        ("more", True, 0, "opens"),
        ("more", False, 0, "closes"),
        ("more", True, 1, "closes"),
        ("more", False, 2, "closes"),
        ("none", True, 0, "none"),
        ("opens", False, 1, "opens"),
        ("closes", True, 1, "closes"),
    ],
)
def test_effect_of(reach, grants, depth, effect):
    assert effect_of(reach, grants, depth) == effect


def test_a_finding_is_plain_data():
    (found,) = findings("# one\nsshd: \\\n 10.1\n")
    assert found == Finding(
        "short-address",
        "error",
        "closes",
        "allow",
        3,
        "'10.1' is compared as a whole address, so it never matches.",
        "Write 10.1. with a dot at the end for all addresses that begin so.",
    )
    assert found.as_dict() == {
        "code": "short-address",
        "severity": "error",
        "effect": "closes",
        "table": "allow",
        "line": 3,
        "message": found.message,
        "remedy": found.remedy,
    }
    assert isinstance(found.as_dict(), dict)


SANE = """# /etc/hosts.allow: see hosts_access(5)

sshd, in.telnetd: 10.1.2.3, 192.168.4.0/255.255.255.0 127.
ALL: 172.16.0.0/255.240.0.0 EXCEPT 172.16.7.7 \\
  172.16.8.
in.tftpd: ALL EXCEPT 10.9.0.0/255.255.0.0: severity auth.notice
vsftpd: 10.: spawn (/usr/bin/logger -t %d 'from %a') & : deny
#
"""


@pytest.mark.parametrize("dialect", [name for name in NAMES if name not in ("upstream-classic", "suse12")])
def test_sane_tables_have_no_findings(dialect):
    assert seen(SANE, "ALL: ALL\n", dialect) == []


def test_the_dialects_that_cannot_have_none():
    assert set(found.code for found in findings(SANE, "ALL: ALL\n", "suse12")) == set(["address-warnings"])
    assert set(found.code for found in findings(SANE, "ALL: ALL\n", "upstream-classic")) == set(["options-unsupported"])


@pytest.mark.parametrize("dialect", NAMES)
def test_empty_missing_and_commented_tables_have_none(dialect):
    assert seen(None, "", dialect) == [] and seen("\n \t\n# a: b\n#\n", "# ALL: ALL\n\n", dialect) == []


@pytest.mark.parametrize(
    "line",
    [
        "sshd: ALL",
        "sshd : ALL : allow",
        "ALL:ALL: deny",
        "sshd,in.ftpd: 10.1.2.3",
        "sshd: 255.255.255.255",
        "sshd: 0.0.0.0/0.0.0.0",
        "in.: 10.",
        "sshd: 10.1.*",
        "sshd: *",
        "s?hd: 10.1.2.?",
        "sshd: [::]/0",
        "sshd: [fe80::1%lo]",
        "sshd@10.1.2.3: ALL",
        "sshd: ALL: setenv A b: umask 022: nice: deny",
        "sshd: 10.1.2.3: spawn (echo a\\:b) &: allow",
        'sshd: 10.1.2.3: spawn echo "%h": deny',
        "a_b-c.d+e: 10.1.2.3",
        "sshd: 128.0.0.0/1 192.0.2.1/32",
    ],
)
def test_lines_with_nothing_to_find(line):
    assert seen(line + "\n") == []


@pytest.mark.parametrize(
    "lines, expected",
    [
        (b"sshd: 10.1.2.3\r\nALL: ALL: deny\r\n", [("crlf", "none", "allow", 1)]),
        (b"\xff\xfes\0s\0h\0d\0:\0", [("byte-order-mark", "closes", "allow", 1)]),
        (b"\xef\xbb\xbf# a comment\nsshd: 10.1.2.3\n", [("byte-order-mark", "none", "allow", 1)]),
        (b"\xef\xbb\xbf\nsshd: 10.1.2.3\n", [("byte-order-mark", "none", "allow", 1)]),
        (b"# a\\\n# b\nsshd: ALL\n", []),
        (b"# a\\\nwords\nsshd: ALL\n", [("comment-swallows-line", "none", "allow", 2)]),
        (b"sshd: 10.1.2.3 \\\n", [("missing-newline", "closes", "allow", 1)]),
        (b"  # no colon\n", [("indented-comment", "none", "allow", 1)]),
        (b"  #sshd: 10.1.2.3\n", [("indented-comment", "none", "allow", 1)]),
        (b"sshd: 10.1.2.3\r10.1.2.4\n", [("bare-carriage-return", "none", "allow", 1)]),
        (b"sshd@::1: ALL\n", [("bare-ipv6", "closes", "allow", 1)]),
        (b"sshd: bob@2001:db8::/32 10.1.2.3\n", [("bare-ipv6", "closes", "allow", 1)]),
        (b"sshd [x: ALL\n", [("unbalanced-bracket", "closes", "allow", 1)]),
        (b"sshd: \xe9t\xe9\n", [("impossible-character", "closes", "allow", 1)]),
        (b": ALL\n", [("empty-list", "closes", "allow", 1)]),
        (b"a b # c: 10.1.2.3\n", [("trailing-comment", "opens", "allow", 1)]),
    ],
)
def test_lines(lines, expected):
    assert seen(lines) == expected


def test_a_duplicate_says_whether_its_verdict_is_lost():
    twice = "sshd: 10.1.2.3\nsshd: 10.1.2.3%s\n"
    assert seen(twice % "") == [("duplicate", "none", "allow", 2)]
    assert seen(twice % ": deny") == [("duplicate", "opens", "allow", 2)]
    assert seen("", twice % ": allow") == [("duplicate", "closes", "deny", 2)]
    assert seen("sshd: 10.1.2.3 10.1.2.4\nsshd: 10.1.2.4,10.1.2.3\n") == [("duplicate", "none", "allow", 2)]
    assert seen("sshd: 10.1.2.3\n", "sshd: 10.1.2.3\n") == [
        ("void-ban", "opens", "deny", 1)
    ]  # of two tables: no duplicate


@pytest.mark.parametrize(
    "port, code",
    [
        ("22", "port-as-daemon"),
        ("0022", "port-as-daemon"),
        ("+22", "port-as-daemon"),
        ("0", "port-out-of-range"),
        ("-5", "port-out-of-range"),
    ],
)
def test_ports_in_any_spelling(port, code):
    assert [found.code for found in findings(port + ": 10.1.2.3\n")] == [code]


def test_a_length_that_netbsd_takes_for_a_mask_may_match_strangers():
    assert seen("sshd: 10.0.0.0/8\n", "ALL: ALL\n", "netbsd") == [("prefix-length-unsupported", "closes", "allow", 1)]
    assert seen("sshd: 0.0.0.0/1\n", "ALL: ALL\n", "netbsd") == [("prefix-length-unsupported", "opens", "allow", 1)]


def test_what_follows_two_excepts_works_the_other_way_round():
    assert seen("sshd: ALL EXCEPT 10. EXCEPT ALL\n") == [
        ("except-nested", "none", "allow", 1),
        ("except-all", "opens", "allow", 1),
    ]
    assert seen("sshd: ALL EXCEPT 10. EXCEPT EXCEPT 10.1.2.3\n") == [("except-empty", "closes", "allow", 1)]


def test_several_of_a_kind_on_a_line_are_one_finding():
    (found,) = findings("sshd: 10.1 10.2 10.3\n")
    assert found.message == "'10.1' is compared as a whole address, so it never matches (2 more on this line)."


def test_errors_come_before_notes_of_the_same_kind():
    (found,) = findings("", "sshd: bob@ @ng@10.1.2.3\n")
    assert (found.code, found.severity) == ("bad-at-sign", "error")


@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("number", [errno.EACCES, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG])
def test_a_table_that_cannot_be_opened(dialect, number):
    denied = DIALECTS[dialect].unreadable_deny == "denied"
    assert seen(Unreadable(number), "", dialect) == [("table-unreadable", "closes", "allow", None)]
    assert seen("", Unreadable(number), dialect) == [
        ("table-unreadable", "closes" if denied else "opens", "deny", None)
    ]


def test_a_table_that_does_not_exist_is_no_finding():
    assert seen(Unreadable(errno.ENOENT), None) == []


@pytest.mark.parametrize("code", sorted(KINDS))
def test_codes_are_words_with_dashes(code):
    kind = KINDS[code]
    assert code == code.lower() and code.replace("-", "").isalnum()
    assert kind.severity in ("error", "warning", "info") and kind.effect and kind.explanation.endswith(".")


def test_a_note_that_opens_is_a_warning():
    assert [found.severity for found in findings("sshd: .example.com\n")] == ["info"]
    assert [found.severity for found in findings("", "sshd: .example.com\n")] == ["warning"]


class OneFile(Lookups):
    """A host with one pattern file."""

    def __init__(self, content):
        self.content = content

    def host_file(self, path):
        return self.content.get(path)


def test_the_words_of_a_file_are_looked_at():
    host = OneFile({"/h": b"10.1.2.3 10.1\n# 10.1.2.3/24 .example.com\n"})
    found = findings("sshd: /h\n", "ALL: ALL\n", "debian", host)
    assert sorted(one.code for one in found) == ["host-bits-set", "host-file-word", "name-lookup", "short-address"]
    assert all("'/h'" in one.message for one in found)


def test_a_file_that_leads_back_to_itself():
    host = OneFile({"/a": b"/b", "/b": b"10.1.2.3 /c", "/c": b"/a"})
    assert [one.code for one in findings("sshd: /a\n", "ALL: ALL\n", "debian", host)] == ["host-file-loop"]
    assert [one.code for one in findings("sshd: /missing\n", "ALL: ALL\n", "debian", host)] == ["host-file-missing"]
    assert [one.code for one in findings("sshd: /missing\n")] == ["host-file"]


def test_messages_are_one_printable_line():
    noise = random.Random(7)
    for _round in range(300):
        data = bytes(bytearray(noise.choice(b"ab:[]@/.*%\\#\r\0 ,\xff\xe9\t10EXCEPT") for _count in range(60))) + b"\n"
        for dialect in NAMES:
            for found in findings(data, data, dialect):
                assert found.message.isprintable() and found.remedy.isprintable() and found.message.endswith("."), found
                assert found.code in KINDS and found.effect in ("opens", "closes", "none")


def test_lines_point_into_the_table():
    noise = random.Random(8)
    for _round in range(200):
        data = bytes(bytearray(noise.choice(b"ab:#\\\n\n\r\0 ") for _count in range(80)))
        for dialect in NAMES:
            for found in findings(data, b"ALL: ALL\n", dialect):
                assert 1 <= found.line <= data.count(b"\n") + 1


def test_many_findings_of_a_kind_are_counted():
    found = findings("x\n" * (LIMIT + 5))
    assert [one.code for one in found[:LIMIT]] == ["no-colon"] * LIMIT
    assert [(one.code, one.message) for one in found[LIMIT:]] == [
        ("more-findings", "5 more lines have the finding no-colon.")
    ]


@pytest.mark.parametrize(
    "junk",
    [
        b"[" * 500000,
        b"\\" * 500000,
        b"EXCEPT " * 70000,
        b"a EXCEPT: b EXCEPT c EXCEPT\n" * 18000,
        b"a:\0\n" * 120000,
        b"a:b\r" * 120000,
        (b"ALL:ALL:spawn " + b"%h" * 900 + b"\n") * 250,
        (b"a:b" + b"\\ " * 900 + b"\n") * 250,
        (b"a:b:" + b":" * 2000 + b"\n") * 250,
        (b"a: " + b"*?" * 900 + b"\n") * 250,
    ],
)
@pytest.mark.parametrize("dialect", ["debian", "freebsd", "redhat"])
def test_hostile_text_is_looked_through_in_linear_time(junk, dialect):
    policy = Policy.parse(junk, None, dialect)
    start = time.process_time()
    policy.findings()
    assert time.process_time() - start < 10


def test_ten_thousand_rules():
    lines = [
        "svc%d: 10.%d.%d.0/24 h%d.example.com [2001:db8:%x::]/48"
        % (number % 50, number >> 8 & 255, number & 255, number, number)
        for number in range(10000)
    ]
    policy = Policy.parse("\n".join(lines) + "\n", "ALL: ALL\n")
    start = time.process_time()
    found = policy.findings()
    assert time.process_time() - start < 10
    (one,) = found  # many of one kind are one, with their lines
    assert (one.code, one.line) == ("name-lookup", 1) and "10000 times, in lines 1-10000." in one.message


def test_a_few_of_one_kind_are_listed_one_by_one_and_errors_always():
    few = "".join("sshd: h%d.example.com\n" % number for number in range(20))
    assert [one.code for one in findings(few, "ALL: ALL\n")] == ["name-lookup"] * 20
    gaps = few + "sshd: 10.0.0.1\nsshd: more.example.com\nsshd: 10.0.0.2\nsshd: last.example.com\n"
    (one,) = findings(gaps, "ALL: ALL\n")
    assert one.message.endswith("so it is 22 times, in lines 1-20, 22, 24.")
    wrong = "".join("sshd: 10.%d.0.1/33\n" % number for number in range(30))
    assert [one.code for one in findings(wrong, "ALL: ALL\n")] == ["bad-mask"] * 30


def test_a_missing_newline_hides_nothing_else():
    found = findings("sshd: 10.0.0.0/33 {{ net }}", "ALL: ALL\n")
    assert [one.code for one in found] == ["missing-newline", "impossible-character"]
    assert [one.code for one in findings("sshd: 10.0.0.1/33\nsshd: 10.0.0.1 deny", "ALL: ALL\n")] == [
        "bad-mask",
        "missing-newline",
        "option-as-client",
    ]
    assert [one.line for one in findings("x: 10.0.0.1\nsshd: 10.0.0.1/33", "ALL: ALL\n")] == [2, 2]


@pytest.mark.parametrize("allow, deny, void", [
    ("ALL: ALL EXCEPT 192.0.2.9", "ALL: 192.0.2.66", [1]),
    ("ALL: ALL EXCEPT 192.0.2.9: allow", "sshd: 192.0.2.66", [1]),
    ("ALL: 0.0.0.0/0.0.0.0 EXCEPT 192.0.2.0/24", "ALL: 192.0.2.9\nALL: 198.51.100.1", [2]),
    ("ALL: ALL EXCEPT 192.0.2.9", "ALL: 192.0.2.9", []),
    ("ALL: ALL EXCEPT 192.0.2.", "ALL: 192.0.2.66", []),
    ("ALL: ALL EXCEPT .example.com", "ALL: 192.0.2.66", []),  # its name may be there
    ("sshd: ALL EXCEPT 192.0.2.9", "ALL: 192.0.2.66", [1]),  # other daemons obey the ban
    ("sshd: 192.0.2.66", "ALL: 192.0.2.66", []),  # and that is meant so
    ("sshd: 192.0.2.66", "sshd: 192.0.2.66", [1]),
    ("sshd: ALL", "sshd: 192.0.2.66\nALL: ALL", [1]),  # DenyHosts
    ("sshd: 192.0.2.0/24", "sshd: 192.0.2.66", [1]),
    ("ALL: 192.0.2.0/24", "ALL: 192.0.2.66", [1]),
    ("sshd: 10.", "sshd: 192.0.2.66\nsshd: 10.0.0.9", [2]),
    ("sshd: ALL", "in.ftpd: 192.0.2.66", []),
    ("sshd: LOCAL", "sshd: 192.0.2.66", []),
    ("sshd: ALL: aclexec /bin/x %a", "sshd: 192.0.2.66", []),
    ("ALL: 192.0.2.66: deny\nALL: ALL EXCEPT 192.0.2.9", "ALL: 192.0.2.66", []),
    ("ALL: ALL EXCEPT 192.0.2.9: spawn /bin/x: deny", "ALL: 192.0.2.66", []),
])  # fmt: skip
def test_bans_that_hosts_allow_makes_void(allow, deny, void):
    policy = Policy.parse(allow + "\n", deny + "\n", "debian")
    assert [one.line for one in policy.findings() if one.code == "void-ban"] == void
    for line in void:  # and so it is
        address = deny.split("\n")[line - 1].split()[-1]
        assert policy.decide(Request(daemon="sshd", address=address)).granted


@pytest.mark.parametrize("rule, said", [
    ("sshd: \u201c10.0.0.1\u201d", "Write '10.0.0.1' without quotes"),
    ("\u201esshd\u201c: 10.0.0.1", "Write 'sshd' without quotes"),
    ("sshd: \u00ab10.0.0.1\u00bb", "Write '10.0.0.1' without quotes"),
    ("sshd: web\u2013a.example.com", "Write 'web-a.example.com' with a plain hyphen"),
    ("rpc\u2011mountd: 10.0.0.1", "Write 'rpc-mountd' with a plain hyphen"),
    ("sshd: {{ admin_net }}", "Render it before the table is written"),
    ("{{ daemon }}: 10.0.0.1", "Render it before the table is written"),
    ("{% if x %}sshd: 10.0.0.1{% endif %}", "Render it before the table is written"),
    ("sshd: <%= @net %>", "Render it before the table is written"),
    ("sshd:$OFFICE", "Render it before the table is written"),
    ("sshd: 10.0.0.1, ${OFFICE}", "Render it before the table is written"),
    ("sshd: \u2013", "Write '-' with a plain hyphen"),
])  # fmt: skip
def test_what_an_editor_or_a_template_left(rule, said):
    (one,) = Policy.parse((rule + "\n").encode("utf-8"), b"ALL: ALL\n", "debian").findings()
    assert (one.code, one.severity) == ("impossible-character", "error") and one.remedy.startswith(said)


@pytest.mark.parametrize(
    "rule", ["192.0.2.20-192.0.2.1", "192.0.2.[1-20]", "192.0.2.1 - 192.0.2.20", "192.0.2.1 \u2013 192.0.2.20"]
)
def test_a_range_s_networks_are_told_however_it_is_written(rule):
    text = ("sshd: %s\n" % rule).encode("utf-8")
    (one,) = Policy.parse(text, b"ALL: ALL\n", "debian").findings()
    wanted = "Write 192.0.2.1, 192.0.2.2/31, 192.0.2.4/30, 192.0.2.8/29, 192.0.2.16/30, 192.0.2.20."
    assert one.code == "address-range" and one.remedy == wanted
    # of one with blanks, libwrap matches the ends
    granted = [
        Policy.parse(text, b"ALL: ALL\n", "debian").decide(Request(daemon="sshd", address="192.0.2.%d" % n)).granted
        for n in (1, 2, 20)
    ]
    assert granted == ([True, False, True] if " " in rule else [False] * 3)
    assert ("the first and the last" in one.message) is (" " in rule)


def test_aclexec_without_a_command_is_told_to_have_one():
    (one,) = [one for one in findings("sshd: 10.0.0.1: aclexec\n", "ALL: ALL\n") if one.code == "option-needs-value"]
    assert one.remedy == "Write aclexec COMMAND."


def test_braces_of_a_command_are_no_template():
    rule = "sshd: 10.0.0.1: spawn (/usr/bin/awk '{{print}}' /etc/x) &\n"
    assert "impossible-character" not in [one.code for one in findings(rule, "ALL: ALL\n")]


def test_deciding_loads_none_of_this():
    script = (
        "import sys; sys.path[:0] = %r\n"
        "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy\n"
        "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request\n"
        "Policy.parse('sshd: ALL', None).decide(Request(daemon='sshd', address='10.1.2.3'))\n"
        "print([name for name in sys.modules if '.finding' in name])\n" % (sys.path,)
    )
    assert subprocess.check_output([sys.executable, "-c", script]).strip() == b"[]"


@pytest.mark.parametrize(
    "allow, deny, said",
    [
        ("sshd: 10.0.0.0/8\n", "", True),
        ("sshd: 10.0.0.0/8\n", None, True),
        ("sshd: 10.0.0.0/8\n", "# ALL: ALL\n", True),
        ("sshd: 10.0.0.0/8\n", "sshd: 10.1.2.3\n", False),
        ("sshd: 10.0.0.0/8\nALL: ALL: deny\n", "", False),
        ("sshd: 10.0.0.0/8\nALL: ALL: twist /bin/echo no\n", "", False),
        ("sshd: 10.0.0.0/8\n", "# no newline", False),  # Debian's denies all then
        ("ALL: ALL\n", "", False),  # allow-everything says it
        ("", "", False),
    ],
)
def test_rules_beside_which_nothing_denies(allow, deny, said):
    assert (
        [found.code for found in findings(allow, deny) if found.code == "nothing-denies"] == ["nothing-denies"]
    ) is said


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("sshd: 10.0.0.1 deny\n", [("option-as-client", "opens", "allow", 1)]),
        ("sshd: 10.0.0.1 allow\n", [("option-as-client", "none", "allow", 1)]),
        ("sshd : aclexec /usr/local/bin/x %a\n", [("option-as-client", "opens", "allow", 1)]),
        ("sshd: ALL EXCEPT 10.0.0.1 spawn (logger %a) &\n", [("option-as-client", "none", "allow", 1)]),
        ("sshd: EXCEPT allow\n", [("option-as-client", "none", "allow", 1), ("except-first", "closes", "allow", 1)]),
        ("sshd: deny.example.com\n", [("name-lookup", "closes", "allow", 1)]),
        ("sshd: 192.168.1.1-192.168.1.20\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: 192.168.1.1-20\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: 192.168.1.20-192.168.1.1\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: 192.168.1.[1-20]\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: 192.168.1.1 - 192.168.1.20\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: 10.1.2.3, 192.168.1.1 \u2013 192.168.1.20\n", [("address-range", "closes", "allow", 1)]),
        ("sshd: a-1-2.example.com\n", [("name-lookup", "closes", "allow", 1)]),
        ("sshd:192,168,219.1\n", [("comma-in-address", "closes", "allow", 1)]),
        ("sshd: 10.1.2.3,10.1.2.4\n", []),
        ("sshd: 10.1.,10.2.\n", []),
        ("sshd: ALL : allow  # office\n", [("trailing-comment", "closes", "allow", 1)]),
        ("sshd: ALL : severity local0.alert  # note\n", [("trailing-comment", "closes", "allow", 1)]),
        ("sshd: ALL : spawn echo a # b\n", []),
    ],
)
def test_what_people_write_in_the_wrong_place(lines, expected):
    assert [one for one in seen(lines) if one[0] != "allow-everything"] == expected


@pytest.mark.parametrize(
    "lines, remedy",
    [
        (
            "sshd: 192.168.1.1-192.168.1.20\n",
            "Write 192.168.1.1, 192.168.1.2/31, 192.168.1.4/30, 192.168.1.8/29, 192.168.1.16/30, 192.168.1.20.",
        ),
        ("sshd: 10.0.0.0-255\n", "Write 10.0.0.0/24."),
        ("sshd: 0.0.0.0-255.255.255.255\n", "Write 0.0.0.0/0.0.0.0."),
        ("sshd: 192,168,219.1\n", "Write 192.168.219.1 with dots."),
        (
            "sshd: 10.3.0.0/255.0.0.0\n",
            "Write the network 10.3.0.0/16, the address 10.3.0.0, or, if all of it is meant, 10.0.0.0/8.",
        ),
        ("sshd: 10.1.2.3/24\n", "Write the address 10.1.2.3, or, if all of it is meant, the network 10.1.2.0/24."),
    ],
)
def test_the_remedy_opens_no_more_than_was_written(lines, remedy):
    assert [found.remedy for found in findings(lines)] == [remedy]


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_form_of_a_kind_says_what_to_do(code):
    for form in KINDS[code].forms.values():
        assert form.message and not form.message.endswith(".") and form.remedy.endswith((".", "..."))


def test_the_detectors_hold_no_sentence():
    """What is said stands in the table of kinds; a detector yields a code, a form and words."""
    folder = os.path.join(os.path.dirname(kinds.__file__))
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py") or name == "kinds.py":
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "trap":
                texts = [one.value for one in call.args if isinstance(one, ast.Constant)]
                assert all(re.match(r"[a-z0-9-]*\Z", text) for text in texts), (name, call.lineno)
                assert not texts or texts[1:] == [] or texts[1] in KINDS[texts[0]].forms, (name, call.lineno)


@pytest.mark.parametrize(
    "allow, deny, daemons",
    [
        ("sshd: 10.0.0.0/8\n", "in.ftpd: ALL\n", ["sshd"]),
        ("sshd in.ftpd: 10.0.0.0/8\nSSHD: 192.0.2.1\n", "in.ftpd: ALL\n", ["sshd"]),
        ("sshd in.ftpd: 10.0.0.0/8\n", "ALL EXCEPT sshd: ALL\n", ["sshd"]),
        ("sshd: 10.0.0.0/8\n", "ALL EXCEPT sshd@192.0.2.1: ALL\n", []),  # at another address it is refused
        ("sshd: 10.0.0.0/8\n", "ALL EXCEPT ssh* EXCEPT sshd: ALL\n", []),  # too much to tell
        ("sshd: 10.0.0.0/8\n", "in.*: ALL\n", ["sshd"]),
        ("sshd: 10.0.0.0/8\n", "s*: ALL\n", []),
        ("sshd: 10.0.0.0/8\n", "SSHD: ALL\n", []),
        ("sshd: 10.0.0.0/8\n", "22: ALL\n", []),  # a port: it may be sshd's
        ("sshd: 10.0.0.0/8\n", "sshd@192.0.2.1: ALL\n", []),
        ("sshd: 10.0.0.0/8\n", "ALL: PARANOID\n", []),
        ("sshd: ALL\nin.ftpd: 10.0.0.0/8\n", "in.ftpd: ALL\n", []),  # meant to be open
        ("sshd: 10.0.0.0/8: spawn (logger %a) &\n", "in.ftpd: ALL\n", []),  # it does more than grant
        ("sshd: 10.0.0.0/8\nsshd: ALL: deny\n", "in.ftpd: ALL\n", []),
        ("sshd: ALL EXCEPT 192.0.2.66\n", "in.ftpd: ALL\n", ["sshd"]),
    ],
)
def test_a_daemon_at_which_nothing_denies(allow, deny, daemons):
    found = [one for one in findings(allow, deny) if one.code == "nothing-denies"]
    assert [(one.table, one.line, one.remedy) for one in found] == [
        ("allow", 1, "Write %s: ALL in hosts.deny." % daemon) for daemon in daemons
    ]
    for daemon in daemons:  # whom no rule names is granted there, and no more after the remedy
        stranger = Request(daemon=daemon, address="192.0.2.66")
        assert Policy.parse(allow, deny, "debian").decide(stranger).granted
        assert not Policy.parse(allow, deny + "%s: ALL\n" % daemon, "debian").decide(stranger).granted


def test_a_daemon_at_which_nothing_denies_is_looked_for_in_bounds():
    allow = "".join("d%d: 10.0.0.1\n" % number for number in range(2000))
    deny = "".join("e%d*: ALL\n" % number for number in range(2000))
    assert len([one for one in findings(allow, deny) if one.code == "nothing-denies"]) <= 10
