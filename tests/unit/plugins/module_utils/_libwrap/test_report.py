# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules as hosts_access_info reports them."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.report import (
    describe_line,
    describe_rules,
    escape,
    escape_text,
    unescape,
)

DEBIAN = DIALECTS["debian"]


def rules(data):
    return describe_rules(data, DEBIAN, "allow", "/etc/hosts.allow")


def test_a_rule_is_told_with_its_parts_and_its_place():
    (rule,) = rules(
        b"# head\n\nsshd, in.telnetd EXCEPT in.ftpd: ALL \\\n  EXCEPT .example.com : spawn echo a\\:b : allow\n"
    )
    assert rule == {
        "table": "allow",
        "line": 4,
        "block_name": None,
        "comment": [],
        "daemons": ["sshd", "in.telnetd"],
        "daemons_except": ["in.ftpd"],
        "clients": ["ALL"],
        "clients_except": [".example.com"],
        "options": ["spawn echo a:b", "allow"],
        "text": "sshd, in.telnetd EXCEPT in.ftpd: ALL   EXCEPT .example.com : spawn echo a\\:b : allow",
    }


def test_what_libwrap_does_not_read_is_no_rule():
    assert rules(b"# comment: ALL\n\nno colon\nsshd: 10.") == []


def test_a_nested_except_is_a_word_of_the_exceptions():
    assert describe_line("ALL: a EXCEPT b EXCEPT c", DEBIAN)["clients_except"] == ["b", "EXCEPT", "c"]


@pytest.mark.parametrize(
    "above, comment",
    [
        (b"\n# office\n#\n# and home\n", ["office", "", "and home"]),
        (b"\n#office\n", []),  # could not be written back as it stands
        (b"\n# caf\xe9\n", []),
        (b"# the first lines of the table\n", []),
        (b"\n# office\n\n", []),
        (b"a: 1.\n# office\n", ["office"]),
    ],
)
def test_only_a_comment_that_can_be_written_back_is_told(above, comment):
    assert rules(above + b"sshd: 10.\n")[-1]["comment"] == comment


def test_a_block_is_named():
    found = rules(b"a: 1.\n# BEGIN portcullis web\nb: 2.\n# END portcullis web\nc: 3.\n")
    assert [(rule["text"], rule["block_name"]) for rule in found] == [
        ("a: 1.", None),
        ("b: 2.", "web"),
        ("c: 3.", None),
    ]


@pytest.mark.parametrize(
    "raw", [b"plain", b"caf\xe9", b"\x1b[31m", b"\xef\xbb\xbfsshd", "é".encode("utf-8"), b"tab\there", b"\x85\xa0"]
)
def test_what_cannot_be_printed_is_escaped_and_found_again(raw):
    shown = escape(raw)
    assert shown.replace("\t", " ").isprintable() and unescape(shown) == raw


def test_a_text_keeps_its_lines():
    assert escape_text(b"a\r\n\xff\n") == "a\\x0d\n\\xff\n"
