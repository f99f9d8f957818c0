# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""% expansions (hosts_access(5)) and the buffer that they may fill."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.expand import (
    ExpansionTooLong,
    expand,
    known_letter,
)

REQUEST = Request(
    "sshd",
    "10.1.2.3",
    hostname="h.example.com",
    user="bob",
    server_address="10.0.0.1",
    server_hostname="www.x.org",
    server_port=22,
    client_port=40000,
    pid=77,
)
NOTHING = Request()


@pytest.mark.parametrize(
    "template, full, nothing",
    [
        ("%a", "10.1.2.3", "unknown"),
        ("%A", "10.0.0.1", "unknown"),
        ("%c", "bob@h.example.com", "unknown"),
        ("%d", "sshd", "unknown"),
        ("%h", "h.example.com", "unknown"),
        ("%H", "www.x.org", "unknown"),
        ("%n", "h.example.com", "unknown"),
        ("%N", "www.x.org", "unknown"),
        ("%p", "77", "4321"),
        ("%s", "sshd@www.x.org", "unknown"),
        ("%u", "bob", "unknown"),
        ("%r", "40000", "0"),
        ("%R", "22", "0"),
        ("%%", "%", "%"),
        ("%", "%", "%"),
        ("a%%b", "a%b", "a%b"),
        ("x%", "x%", "x%"),
    ],
)
def test_letters(template, full, nothing):
    assert expand(template.encode(), REQUEST, DIALECTS["debian"]) == (full.encode(), [])
    assert expand(template.encode(), NOTHING, DIALECTS["debian"]) == (nothing.encode(), [])


def test_what_is_known_of_the_client():
    def client(**fields):
        return expand(b"%c %h %n", Request("sshd", **fields), DIALECTS["debian"])[0].decode()

    assert client(address="10.1.2.3") == "10.1.2.3 10.1.2.3 unknown"
    assert client(address="10.1.2.3", user="bob") == "bob@10.1.2.3 10.1.2.3 unknown"
    assert client(address="10.1.2.3", paranoid=True) == "10.1.2.3 10.1.2.3 paranoid"
    assert expand(b"%s", Request("sshd", server_address="::1"), DIALECTS["debian"])[0] == b"sshd@::1"


def test_odd_characters_become_underscores():
    value = "h ost;rm -rf /$(x)`\u00e9"
    assert expand(b"%n;", Request("sshd", hostname=value), DIALECTS["debian"])[0] == b"h_ost_rm_-rf_/__x____;"
    assert expand(b"%u", Request("sshd", user="aZ09!@%-_=+:,./"), DIALECTS["debian"])[0] == b"aZ09!@%-_=+:,./"


def test_unknown_letters_warn():
    assert expand(b"a%zb%\xe9", REQUEST, DIALECTS["debian"]) == (b"ab", ["unrecognized %z", "unrecognized %\\xe9"])
    for name, dialect in DIALECTS.items():
        assert (expand(b"%r", REQUEST, dialect)[1] == []) is (name == "debian")
        assert known_letter(ord("R"), dialect) is (name == "debian")
        assert (
            known_letter(ord("a"), dialect) and known_letter(ord("%"), dialect) and not known_letter(ord("z"), dialect)
        )


@pytest.mark.parametrize(
    "dialect, room", [("debian", 8192), ("redhat", 8192), ("freebsd", 1024), ("netbsd", 1024), ("macos", 1024)]
)
def test_the_buffer(dialect, room):
    assert expand(b"x" * (room - 2), REQUEST, DIALECTS[dialect])[0] == b"x" * (room - 2)
    with pytest.raises(ExpansionTooLong) as error:
        expand(b"x" * (room - 1), REQUEST, DIALECTS[dialect])
    assert isinstance(error.value, HostsAccessError) and str(room) in str(error.value)
