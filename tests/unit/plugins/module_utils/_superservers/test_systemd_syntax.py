# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unit files and command lines as systemd reads them: systemd.syntax(7), systemd.service(5)."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd_syntax as syntax


def parse(text):
    return syntax.settings(text, "/u")


def commands(*values):
    return syntax.commands(parse("[Service]\n" + "".join("ExecStart=%s\n" % value for value in values)))


def test_settings():
    found = parse(
        "# c\n; c\nstray\n[Service]\r\nExecStart = /a \\\n# comment inside\n  b\\\\\nUser=x\\\n[Socket]\nAccept=yes\n=none\n"
    )
    assert [(item.section, item.key, item.value, item.line) for item in found] == [
        ("Service", "ExecStart", "/a    b\\\\", 5),
        ("Service", "User", "x [Socket]", 8),
        ("Service", "Accept", "yes", 10),
        ("Service", "", "none", 11),
    ]


def test_the_last_value_counts_and_nothing_unsets():
    found = parse("[Service]\nUser=a\nUser=b\nGroup=c\nGroup=\n[Other]\nUser=d\n")
    assert syntax.last(found, "Service", "User") == "b"
    assert syntax.last(found, "Service", "Group") is None
    assert syntax.last(found, "Service", "Nice") is None


def test_lists_start_again_after_nothing():
    found = parse("[Socket]\nListenStream=1\nListenStream=\nListenStream=2\nListenStream=3\n")
    assert [item.value for item in syntax.listed(found, "Socket", "ListenStream")] == ["2", "3"]


@pytest.mark.parametrize(
    "value, expected",
    [("yes", True), ("True", True), ("1", True), ("on", True), ("no", False), ("0", False), (None, False)],
)
def test_booleans(value, expected):
    assert syntax.true(value) is expected


@pytest.mark.parametrize(
    "value, prefixes, path, argv0, words",
    [
        ("/usr/sbin/in.foo", "", "/usr/sbin/in.foo", None, ()),
        ("-/usr/sbin/in.foo -a  b", "-", "/usr/sbin/in.foo", None, ("-a", "b")),
        ("@/usr/sbin/tcpd /usr/sbin/in.foo -a", "@", "/usr/sbin/tcpd", "/usr/sbin/in.foo", ("-a",)),
        ("-@/usr/sbin/x y", "-@", "/usr/sbin/x", "y", ()),
        ("!!/x", "!!", "/x", None, ()),
        (":+/x $A", ":+", "/x", None, ("$A",)),
        ('"/opt/my prog" "a b" \'c "d\' e\\x20f', "", "/opt/my prog", None, ("a b", 'c "d', "e f")),
        ('/x %i ${A} "" \\; a', "", "/x", None, ("%i", "${A}", "", "\\;", "a")),
    ],
)
def test_command_lines(value, prefixes, path, argv0, words):
    (command,) = commands(value)
    assert (command.prefixes, command.path, command.argv0, command.words) == (prefixes, path, argv0, words)


def test_several_commands():
    assert [command.path for command in commands("/a 1 ; /b 2", "/c")] == ["/a", "/b", "/c"]
    assert [command.path for command in commands("/a", "", "/c ;")] == ["/c"]
    assert commands() == []


@pytest.mark.parametrize("word", ["/a", "/my prog", 'a"b', "a\\b", "a;b", "%i", "$x"])
def test_what_is_quoted_is_read_as_one_word(word):
    assert syntax.raw_words(syntax.quoted(word) + " x") == [syntax.quoted(word), "x"]
    assert syntax.unquoted(syntax.quoted(word)) == word


@pytest.mark.parametrize(
    "line, kind",
    [
        ("ListenStream=23", "tcp"),
        ("ListenStream=127.0.0.1:23", "tcp"),
        ("ListenStream=[::]:23", "tcp"),
        ("ListenDatagram=69", "udp"),
        ("ListenStream=/run/x.sock", "unix"),
        ("ListenStream=@x", "unix"),
        ("ListenStream=%t/x", "unix"),
        ("ListenStream=vsock::1", "other"),
        ("ListenFIFO=/run/x", "other"),
    ],
)
def test_what_a_socket_listens_on(line, kind):
    assert list(syntax.transports(parse("[Socket]\n" + line + "\n"))) == [kind]
