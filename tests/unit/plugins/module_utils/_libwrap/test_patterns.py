# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patterns and lists: hosts_access(5) as the installed libwrap was seen to read it."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.facts import RequestFacts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.patterns import (
    ClientPattern,
    DaemonPattern,
    HostPattern,
    StringPattern,
    World,
    port_number,
    segments_of,
    split_at_sign,
    tokens_of,
)


class World1(Lookups):
    def in_netgroup(self, group, host):
        return {"hosts": host in ("h.example.com", "unknown"), "asked": None}.get(group, False)

    def host_file(self, path):
        return {
            "/list": b"10.0.0.0/8 .example.com\n[2001:db8::]/32\n",
            "/commas": b"10.1.2.3,x",
            "/secret": Unreadable(13),
            "/user": b"bob@ALL EXCEPT ::1",
            "/group": b"@hosts",
            "/l\udce4ste": b"10.1.2.3 /n\xe4chste",
            "/n\udce4chste": b"10.1.2.4",
        }.get(path)


def matches(client, dialect="debian", daemon="sshd", daemons="ALL", **fields):
    policy = Policy.parse("%s: %s\n" % (daemons, client), None, dialect, World1())
    return policy.decide(Request(daemon, **fields)).table == "allow"


@pytest.mark.parametrize(
    "client, address, hostname, matched",
    [
        ("ALL", None, None, True),
        ("all", "10.1.2.3", "h", True),
        ("KNOWN", "10.1.2.3", "h", True),
        ("KNOWN", "10.1.2.3", None, False),
        ("KNOWN", None, "h", False),
        ("LOCAL", "10.1.2.3", "gw", True),
        ("LOCAL", "10.1.2.3", "gw.example.com", False),
        ("LOCAL", "10.1.2.3", None, False),
        ("LOCAL", "10.1.2.3", "unknown", False),
        ("UNKNOWN", None, "h", True),
        ("UNKNOWN", "10.1.2.3", None, True),
        ("UNKNOWN", "10.1.2.3", "h", False),
        (".example.com", "10.1.2.3", "H.EXAMPLE.com", True),
        (".example.com", "10.1.2.3", ".example.com", False),
        (".example.com", "10.1.2.3", "example.com", False),
        (".3", "10.1.2.3", "h", True),  # a suffix of the address
        ("10.", "10.1.2.3", None, True),
        ("10.", "192.0.2.1", "10.example.com", False),
        ("10.1", "10.1.2.3", None, False),
        ("w10.", "192.0.2.1", "w10.example.com", True),
        ("www.", "192.0.2.1", "www.example.com", True),
        ("*.example.com", "192.0.2.1", "H.EXAMPLE.COM", True),
        ("10.1.2.?", "10.1.2.3", None, True),
        ("10.1.2.?", "10.1.2.33", None, False),
        ("h.example.com", "10.1.2.3", "H.example.com", True),
        ("10.1.2.3", "10.1.2.3", None, True),
        ("10.1.2.3", "192.0.2.1", "10.1.2.3", False),
        ("10.1.2.*", "192.0.2.1", "::ffff:10.1.2.3", True),  # a name that looks like a mapped address is one
        ("0xa.1.2.3", "192.0.2.1", "::FFFF:0XA.1.2.3", True),
        ("010.", "010.1.2.3", None, True),
        ("010.0.0.0/255.0.0.0", "010.1.2.3", None, True),
        ("10", "10", None, True),
        ("10", "10.0.0.0", None, False),
        ("@hosts", "10.1.2.3", "h.example.com", True),
        ("@hosts", "10.1.2.3", None, True),
        ("@hosts", "10.1.2.3", "x", False),
        ("@none", "10.1.2.3", "x", False),
        ("/list", "10.1.2.3", None, True),
        ("/list", "192.0.2.1", "h.example.com", True),
        ("/list", "2001:db8::1", None, True),
        ("/list", "192.0.2.1", "x", False),
        ("/commas", "10.1.2.3", "x", False),
        ("/none", "10.1.2.3", "x", False),
        ("/secret", "10.1.2.3", "x", False),
        ("/user", "192.0.2.1", "h", False),
        ("/group", "10.1.2.3", "h.example.com", True),
        ("/group", "10.1.2.3", "x", False),
        ("::1", "::1", None, False),
        ("[::1]", "::1", None, True),
        ("[::1]", "10.1.2.3", "::1", True),
        ("10.1.2.3", "::ffff:10.1.2.3", None, True),
        ("10.0.0.0/8", "::FFFF:10.1.2.3", None, True),
        ("[::]/0", "::ffff:10.1.2.3", None, False),
        ("[::ffff:10.1.2.3]", "::ffff:10.1.2.3", None, False),
        ("[::ffff:10.1.2.3]", "::1", "::ffff:10.1.2.3", False),
        ("255.255.255.255", "255.255.255.255", None, True),
        ("10.0.0.0/255.0.0." + "0" * 30, "10.1.2.3", None, True),  # octal, as long as one likes
        ("[2001:db8::1%" + "0" * 30 + "1]", "2001:db8::1", None, True),
        ("[fe80::1%lo]", "fe80::1", None, True),
        (".cd", "fe80::1%ab.cd", None, True),  # an address is compared as text, its interface with it
        (".cd", "fe80::1%ab.ce", None, False),
        (".x.y", ".x.y", None, False),
        (".3", ".1.3", None, True),
        ("EXCEPT ALL", "10.1.2.3", None, False),
        ("ALL EXCEPT", "10.1.2.3", None, True),
        ("ALL EXCEPT 10. EXCEPT 10.1.", "10.1.2.3", None, True),
        ("ALL EXCEPT 10. EXCEPT 10.1.", "10.2.2.3", None, False),
        ("ALL except 10.", "192.0.2.1", None, True),
        (",10.1.2.3,,x\t", "10.1.2.3", None, True),
        ("10.1.2.3;", "10.1.2.3", None, False),
        ("[", "10.1.2.3", None, False),
        ("/24", "10.1.2.3", None, False),
    ],
)
def test_clients_on_debian(client, address, hostname, matched):
    assert matches(client, address=address, hostname=hostname) is matched


@pytest.mark.parametrize(
    "client, fields, matched",
    [
        ("PARANOID", {"paranoid": True}, True),
        ("PARANOID", {"hostname": "paranoid"}, True),
        ("KNOWN", {"paranoid": True}, False),
        ("LOCAL", {"paranoid": True}, False),
        ("PARANOID", {"hostname": "x"}, False),
        ("bob@ALL", {"user": "BOB"}, True),
        ("bob@ALL", {"user": None}, False),
        ("KNOWN@ALL", {"user": "bob"}, True),
        ("KNOWN@ALL", {"user": None}, False),
        ("UNKNOWN@ALL", {"user": None}, True),
        ("ALL@10.", {"user": None}, True),
        ("b*@ALL", {"user": "bob"}, True),
        ("bob@192.", {"user": "bob"}, False),
        ("@hosts", {"hostname": "h.example.com"}, True),
        ("[bob@ALL", {"user": "[bob"}, True),
        ("[bob]@ALL", {"user": "[bob]"}, False),
        ("[h", {"hostname": "[h"}, True),
        ("[h]", {"hostname": "[h]"}, False),
        ("u[[a]@10.", {"user": "u[[a]"}, False),  # one bracket is still open at the @
        ("u[a]]@10.", {"user": "u[a]]"}, False),
        ("x[[a]/b", {"hostname": "x[[a]/b"}, True),  # and here at the /
    ],
)
def test_users_and_paranoid(client, fields, matched):
    assert matches(client, **dict({"address": "10.1.2.3"}, **fields)) is matched


@pytest.mark.parametrize(
    "daemons, fields, matched",
    [
        ("sshd", {}, True),
        ("SSHD", {}, True),
        ("ssh", {}, False),
        ("s*", {}, True),
        ("ALL EXCEPT sshd", {}, False),
        ("LOCAL", {}, False),
        (".telnetd", {"daemon": "in.telnetd"}, True),
        (".telnetd", {"daemon": ".telnetd"}, False),
        ("KNOWN", {}, True),
        ("22", {"server_port": 22}, True),
        ("22", {"server_port": 23}, False),
        ("22", {}, False),
        ("22", {"daemon": "22"}, False),
        ("0022", {"server_port": 22}, True),
        ("+22", {"server_port": 22}, True),
        ("4294967318", {"server_port": 22}, True),
        ("65536", {"daemon": "65536"}, True),
        ("22x", {"daemon": "22x"}, True),
        ("sshd@10.", {"server_address": "10.0.0.1"}, True),
        ("sshd@10.", {"server_address": "192.0.2.1"}, False),
        ("sshd@10.", {}, False),
        ("sshd@www.x.org", {"server_hostname": "www.x.org"}, True),
        ("sshd@PARANOID", {"server_paranoid": True}, True),
        ("sshd@[::1]", {"server_address": "::1"}, True),
        ("/usr/sbin/sshd", {"daemon": "/usr/sbin/sshd"}, True),
        ("@x", {"daemon": "@x"}, True),
        ("unknown", {"daemon": None}, True),
        ("unknown", {"daemon": ""}, False),
        ("KNOWN", {"daemon": ""}, True),
        ("22@10.", {"server_port": 22, "server_address": "10.1.1.1"}, True),
    ],
)
def test_daemons_on_debian(daemons, fields, matched):
    assert matches("ALL", daemons=daemons, **dict({"daemon": "sshd", "address": "10.1.2.3"}, **fields)) is matched


def builds_with(client, **fields):
    return set(name for name in DIALECTS if matches(client, name, **fields))


def test_differences_between_the_builds():
    everyone = set(DIALECTS)
    assert builds_with("*", address="10.1.2.3") == {"debian", "redhat", "el7", "el6", "suse15", "suse12"}
    assert builds_with("H*", address="10.1.2.3", hostname="h") == {"debian"}
    assert builds_with("www.", address="10.1.2.3", hostname="www.x") == everyone - {"suse12"}
    assert builds_with("/list", address="192.0.2.1", hostname="h.example.com") == everyone - {
        "upstream",
        "upstream-classic",
        "macos",
    }
    assert builds_with("localhost", address="127.0.0.1", hostname="localhost.localdomain") == {
        "redhat",
        "el7",
        "el6",
        "suse15",
    }
    assert builds_with("ALL", daemons="localhost", daemon="localhost.localdomain", address="10.1.2.3") == {
        "redhat",
        "el7",
        "el6",
        "suse15",
    }
    assert builds_with("ALL", daemons="[x]", daemon="x", address="10.1.2.3") == {"netbsd"}
    assert builds_with("ALL", daemons="[x]", daemon="[x]", address="10.1.2.3") == {"upstream", "upstream-classic"}
    # names that are spelled as addresses: SLES 12 compares them with networks, Red Hat with no pattern that has a colon
    assert builds_with("[::/0]", address=None, hostname="2001:db8::1") == {"suse12"}
    assert builds_with("[ 2001:db8:3d2a:: ]", address="10.1.2.3", hostname="2001:db8:3d2a::") & {
        "debian",
        "redhat",
        "el7",
    } == {"debian"}
    assert builds_with("10.1.2.3", address="::ffff:10.1.2.3") == {"debian", "el6", "freebsd", "suse12"}
    assert builds_with("ALL", daemons="22", address="10.1.2.3", server_port=22) == {"debian"}
    assert builds_with("ALL", daemons="22", daemon="22", address="10.1.2.3") == everyone - {"debian"}


def test_macos_loses_its_place_in_the_list_at_a_bracket_that_is_not_closed():
    others = set(DIALECTS) - {"upstream", "upstream-classic", "macos"}
    assert builds_with("[ 2001:db8:3d2a:: ]", address="2001:db8:3d2a::") == others
    assert builds_with("[fe80: :1]/32, 203.0.112.0/255.255.240.0", address="203.0.113.9") == others
    assert builds_with("bob@[fe80: :1]/32, 203.0.112.0/255.255.240.0", address="203.0.113.9") == others
    assert builds_with("203.0.112.0/255.255.240.0, [fe80: :1]/32", address="203.0.113.9") == set(DIALECTS)


def test_a_file_is_read_once_a_decision():
    class Counting(World1):
        asked = []

        def host_file(self, path):
            Counting.asked.append(path)
            return World1.host_file(self, path)

    policy = Policy.parse("sshd: /list\nALL: /list\n", None, "debian", Counting())
    assert policy.decide(Request("sshd", "192.0.2.1", hostname="x")).table is None
    assert Counting.asked == ["/list"]


def test_a_netgroup_that_nobody_can_look_up():
    decision = Policy.parse("ALL: @asked\n", "ALL: ALL\n", "debian", World1()).decide(
        Request("sshd", "10.1.2.3", hostname="h")
    )
    assert (decision.access, decision.depends) == ("denied", ("netgroup asked",))


def test_every_netgroup_that_nobody_can_look_up_is_told():
    class Nobody(Lookups):
        def in_netgroup(self, group, host):
            asked.append((group, host))

    asked = []
    policy = Policy.parse(b"ALL: @one\nALL: @zw\xf6lf\n", b"ALL: ALL\n", "debian", Nobody())
    decision = policy.decide(Request("sshd", "10.1.2.3", hostname="h\udcf6"))
    assert decision.depends == ("netgroup one", "netgroup zw\ufffdlf")
    assert asked == [("one", "h\udcf6"), ("zw\udcf6lf", "h\udcf6")]  # bytes that are no UTF-8 come through


@pytest.mark.parametrize("address, matched", [("10.1.2.3", True), ("10.1.2.4", True), ("10.1.2.5", False)])
def test_files_whose_names_are_no_utf8(address, matched):
    policy = Policy.parse(b"ALL: /l\xe4ste\n", None, "debian", World1())
    assert (policy.decide(Request("sshd", address)).table == "allow") is matched


@pytest.mark.parametrize(
    "token, port",
    [
        (b"22", 22),
        (b"0", 0),
        (b"65535", 65535),
        (b"65536", None),
        (b"-1", None),
        (b"-0", 0),
        (b"4294967318", 22),
        (b"9" * 50, None),
        (b"-" + b"9" * 50, None),
        (b"18446744073709551617", None),  # more than 64 bits: the largest number, whatever the sign
        (b"18446744073709551638", None),
        (b"-18446744073709551617", None),
        (b"-18446744073709551616", None),
        (b"-18446744073709551615", 1),
        (b"-18446744073709551594", 22),
        (b"-4294967274", 22),
        (b"0" * 60 + b"22", 22),
        (b"9" * 5000, None),
        (b"x", None),
        (b"22 ", None),
    ],
)
def test_ports(token, port):
    assert port_number(token) == port


def test_lists_and_signs():
    debian = DIALECTS["debian"]
    assert tokens_of(b" a,b\tc\r\n, d ") == [b"a", b"b", b"c", b"d"]
    assert segments_of([b"a", b"EXCEPT", b"b", b"c", b"except"]) == [[b"a"], [b"b", b"c"], []]
    assert split_at_sign(b"@group", debian) == (b"@group", None)
    assert split_at_sign(b"u@h@x", debian) == (b"u", b"h@x")
    assert split_at_sign(b"[a@b]", debian) == (
        b"[a",
        b"b]",
    )  # the first character is not looked at, a bracket neither
    assert split_at_sign(b"u[a@b]", debian) == (b"u[a@b]", None)


def test_patterns_say_what_they_are():
    debian = DIALECTS["debian"]
    kinds = [
        (token, StringPattern(token, debian).kind)
        for token in (b"ALL", b"Known", b".x", b"x.", b"x", b"*", b"[::1]", b"")
    ]
    assert [kind for _token, kind in kinds] == [
        "all",
        "known",
        "suffix",
        "prefix",
        "exact",
        "glob",
        "network",
        "never",
    ]
    assert [HostPattern(token, debian).kind for token in (b"@g", b"/f", b"KNOWN", b"local", b"10.0.0.0/8", b"x")] == [
        "netgroup",
        "file",
        "known",
        "local",
        "network",
        "string",
    ]
    assert [
        repr(pattern)
        for pattern in (
            StringPattern(b"x", debian),
            HostPattern(b"x", debian),
            DaemonPattern(b"x", debian),
            ClientPattern(b"x", debian),
        )
    ] == ["StringPattern(exact b'x')", "HostPattern(string b'x')", "DaemonPattern(b'x')", "ClientPattern(b'x')"]


def test_prefixes_of_sles_12_are_networks_or_plain_words():
    suse12 = DIALECTS["suse12"]
    assert [StringPattern(token, suse12).kind for token in (b"10.", b"10.1.2.", b"1.2.3.4.", b"www.")] == [
        "prefix",
        "prefix",
        "exact",
        "exact",
    ]


def test_an_empty_user_matches_nobody():
    assert not StringPattern(b"", DIALECTS["debian"]).matches(b"", b"")
    world = World(get_dialect("debian"), Lookups())
    facts = RequestFacts(Request("sshd", "10.1.2.3", user="bob"), world.dialect)
    assert not ClientPattern(b"[x@ALL", world.dialect).matches(facts, world)
