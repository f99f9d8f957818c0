# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logical lines as libwrap's xgets() joins and cuts them; each table was given to the builds."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lexer import (
    read_lines,
    split_field,
    strip_comment,
)

DEBIAN = DIALECTS["debian"]


def kinds(text, dialect="debian"):
    return [(line.kind, line.first, line.last) for line in read_lines(text, DIALECTS[dialect])]


@pytest.mark.parametrize(
    "text, expected",
    [
        (b"", []),
        (b"a: b\n", [("rule", 1, 1)]),
        (
            b"# c\n\n \t\r\na b\na: b\n",
            [("comment", 1, 1), ("blank", 2, 2), ("blank", 3, 3), ("no_separator", 4, 4), ("rule", 5, 5)],
        ),
        (b" # c: d\n", [("rule", 1, 1)]),
        (b"a: \\\nb\nc: d\n", [("rule", 1, 2), ("rule", 3, 3)]),
        (b"# c \\\na: b\nc: d\n", [("comment", 1, 2), ("rule", 3, 3)]),  # the comment swallows the next line
        (b"\\\n\\\na: b\n", [("rule", 1, 3)]),
        (b"a: b \\ \nc: d\n", [("rule", 1, 1), ("rule", 2, 2)]),  # a blank behind the backslash: no continuation
        (b"a: b \\\r\nc: d\r\n", [("rule", 1, 1), ("rule", 2, 2)]),
        (b"a: b \\\\\nc\n", [("rule", 1, 2)]),
        (b"a: b", [("unfinished", 1, 1)]),
        (b"a: b\n# c", [("rule", 1, 1), ("unfinished", 2, 2)]),
        (b"\\\n", [("blank", 1, 1)]),  # only a backslash and a newline: an empty file
        (b"a: b\rc: d", [("unfinished", 1, 1)]),
        (b"a: b\0: c\nd: e\n", [("rule", 1, 1)]),  # a NUL cuts its line and joins the next
        (b"\0a: b\nc: d\n", [("rule", 1, 1)]),  # a line that begins with NUL vanishes, and is not counted
        (b"\0\n\0\nc: d\n", [("rule", 1, 1)]),
        (b"[a: b]\nc: d\n", [("no_separator", 1, 1), ("rule", 2, 2)]),
    ],
)
def test_kinds_and_numbers(text, expected):
    assert kinds(text) == expected


def test_joined_text():
    assert [line.text for line in read_lines(b"a: \\\n  b\\\\\nc\n", DEBIAN)] == [b"a:   b\\c\n"]
    assert [line.text for line in read_lines(b"a: b\0: c\nd: e\n", DEBIAN)] == [b"a: bd: e\n"]


@pytest.mark.parametrize(
    "dialect, kept",
    [
        ("debian", [1]),
        ("redhat", [1, 3]),
        ("el7", [1, 3]),
        ("upstream", [1, 2, 3]),
        ("suse15", [1, 2, 3]),
        ("netbsd", [1, 2, 3]),
        ("macos", [1, 2, 3]),
        ("el6", [1]),
        ("freebsd", [1]),
    ],
)
def test_a_line_that_is_too_long(dialect, kept):
    # what is behind the buffer's end reads "a: ALL": a line of its own where the rest is read
    text = b"b: b\n" + b"x" * 2047 + b"a: ALL\n" + b"c: c\n"
    lines = list(read_lines(text, DIALECTS[dialect]))
    assert [line.text.strip()[:1] for line in lines if line.kind == "rule"] == [
        [b"b", b"a", b"c"][number - 1] for number in kept
    ]
    assert any(line.kind == ("hang" if dialect in ("el6", "freebsd") else "unfinished") for line in lines)


@pytest.mark.parametrize("length, fits", [(2046, True), (2047, False), (2048, False)])
def test_2046_characters_and_a_newline_fit(length, fits):
    first = next(read_lines(b"a:" + b"x" * (length - 2) + b"\n", DEBIAN))
    assert (first.kind == "rule") is fits


def test_the_joined_line_counts():
    text = b"a:" + b"x" * 1500 + b"\\\n" + b"y" * 1500 + b"\nb: c\n"
    assert [line.kind for line in read_lines(text, DEBIAN)] == ["unfinished", "blank"]
    assert [line.kind for line in read_lines(text, DIALECTS["redhat"])] == ["unfinished", "rule"]
    assert [line.kind for line in read_lines(b"a:" + b"x" * 2046 + b"\\\ny\\\nz", DIALECTS["redhat"])] == ["unfinished"]
    full = b"a:" + b"x" * 2044  # one byte is left: the backslash alone fits
    assert [line.kind for line in read_lines(full + b"\\\nb: c\n", DIALECTS["upstream"])] == [
        "unfinished",
        "blank",
        "rule",
    ]


@pytest.mark.parametrize(
    "text, delimiter, brackets, expected",
    [
        (b"a:b:c", b":", "none", (b"a", b"b:c", True)),
        (b"a", b":", "none", (b"a", b"", False)),
        (b"[::1]:b", b":", "none", (b"[", b":1]:b", True)),
        (b"[::1]:b", b":", "depth", (b"[::1]", b"b", True)),
        (b"[[:]:b", b":", "depth", (b"[[:]:b", b"", False)),
        (b"]a:b", b":", "depth", (b"]a:b", b"", False)),  # an unbalanced bracket hides later colons
        (b"][a:b", b":", "depth", (b"][a", b"b", True)),
        (b"[[a:b", b":", "toggle", (b"[[a", b"b", True)),
        (b"[a]:b", b":", "toggle", (b"[a]", b"b", True)),
        (b"]a:b", b":", "toggle", (b"]a", b"b", True)),
        (b"[a:b[c:d", b":", "toggle", (b"[a:b[c", b"d", True)),
        (b"[a:b]c[:]:d", b":", "toggle", (b"[a:b]c[:]", b"d", True)),
        (b"[u@v]@w", b"@", "depth", (b"[u@v]", b"w", True)),
    ],
)
def test_split_at(text, delimiter, brackets, expected):
    assert split_field(text, delimiter, brackets) == expected


@pytest.mark.parametrize(
    "text, kept",
    [(b"a: b # c", b"a: b "), (b"a: \\# b # c", b"a: \\# b "), (b"# a", b""), (b"a: b\\#", b"a: b\\#"), (b"a", b"a")],
)
def test_freebsd_comments(text, kept):
    assert strip_comment(text) == kept


def test_freebsd_strips_after_joining():
    lines = list(read_lines(b"a: b # c \\\n d: e\n# x\n #\nno colon # : \n", DIALECTS["freebsd"]))
    assert [line.kind for line in lines] == ["rule", "comment", "blank", "no_separator"]
