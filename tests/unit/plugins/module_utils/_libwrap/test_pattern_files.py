# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of hosts that name files of hosts, as the installed libwrap was asked."""

import types

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.pattern_files import (
    MAX_BYTES,
    MAX_FILES,
    MAX_WORDS,
    read_host_file,
)

FILES = {
    "/plain": b"10.0.0.0/8 .example.com\n",
    "/outer": b"192.168.1.77 /plain /plain 203.0.113.9",
    "/outermost": b"/outer /missing /secret",
    "/self": b"10.1.2.3 /self 10.9.9.9",
    "/one": b"/two",
    "/two": b"10.1.2.3\n/one 10.9.9.9",
}


class Files(Lookups):
    def host_file(self, path):
        return Unreadable(13) if path == "/secret" else FILES.get(path)


def decide(path, address, deny="ALL: ALL\n", allow="sshd: %s\n", **fields):
    return Policy.parse(allow % path, deny, "debian", Files()).decide(Request("sshd", address, **fields))


@pytest.mark.parametrize("path", ["/plain", "/outer", "/outermost"])
def test_a_file_in_a_file_is_followed(path):
    assert decide(path, "10.1.2.3").access == "granted"
    assert decide(path, "198.51.100.1", hostname="h.example.com").access == "granted"
    assert decide(path, "198.51.100.1").access == "denied"
    assert decide(path, "203.0.113.9").access == ("denied" if path == "/plain" else "granted")


def test_words_in_order_and_each_file_once():
    assert read_host_file(b"/outermost", Files()) == (
        (b"192.168.1.77", b"10.0.0.0/8", b".example.com", b"203.0.113.9"),
        False,
        False,
    )
    assert read_host_file(b"/two", Files()) == ((b"10.1.2.3",), True, False)


@pytest.mark.parametrize("path", ["/self", "/one", "/two"])
def test_a_file_that_names_itself_crashes_libwrap_behind_the_words_before(path):
    assert decide(path, "10.1.2.3").access == "granted"
    crashed = decide(path, "10.9.9.9")
    assert (crashed.access, crashed.table, crashed.line, crashed.granted) == ("aborted", None, None, False)
    assert "names itself" in crashed.reason


def test_what_is_told_of_a_crash():
    class Sparse(Files):
        def in_netgroup(self, group, host):
            return None

        def host_file(self, path):
            return b"/n\xe4 ALL" if path == "/n\udce4" else Files.host_file(self, path)

    policy = Policy.parse(b"sshd: @asked\nsshd: /n\xe4\n", None, "debian", Sparse())
    crashed = policy.decide(Request("sshd", "10.9.9.9"))
    assert (crashed.access, crashed.depends, crashed.reason) == (
        "aborted",
        ("netgroup asked",),
        "the file of hosts /n\\xe4 names itself",
    )


def test_a_file_that_is_not_come_to_crashes_nothing():
    default = decide("/self", "10.9.9.9", allow="ALL EXCEPT sshd: %s\n", deny=None)
    assert (default.access, default.table) == ("granted", None)
    at = dict(allow="sshd@10.: %s\n", server_address="10.0.0.1")
    assert (
        decide("/self", "10.1.2.3", **at).access == "granted" and decide("/self", "10.9.9.9", **at).access == "aborted"
    )


def test_a_dry_run_past_a_file_that_is_not_come_to():
    policy = Policy.parse("ALL EXCEPT sshd: /self\nsshd: ALL: spawn x\n", None, "debian", Files())
    answers = [policy.decide(Request("sshd", "10.9.9.9"), dry_run=dry_run) for dry_run in (False, True)]
    assert [(answer.line, list(answer.actions)) for answer in answers] == [(2, ["spawn x"]), (2, [])]


def test_a_rule_before_the_crash_decides():
    earlier = "sshd: 10. EXCEPT 10.1.2.4\nsshd: %s\n"
    assert decide("/self", "10.9.9.9", allow=earlier).line == 1
    assert decide("/self", "10.1.2.4", allow=earlier).access == "aborted"
    assert decide("/self", "10.9.9.9", deny="sshd: /self\n", allow="sshd: 10.9.9.9\nx: %s\n").line == 1


def test_nothing_is_proved_past_a_crash():
    policy = Policy.parse("sshd: /self\n", "ALL: ALL\n", "debian", Files())
    assert policy.search("granted", daemon="sshd", address="10.1.2.3").found
    missing = policy.search("granted", daemon="sshd", address="10.9.9.9")
    assert (missing.found, missing.depends) == (False, ("the file /self, which names itself",))
    assert policy.search("granted", daemon="x") == (False, None, ())


def test_a_server_side_file_is_part_of_a_proof():
    policy = Policy.parse("sshd@/outer: ALL\n", "ALL: ALL\n", "debian", Files())
    found = policy.search("granted", daemon="sshd", server_address="198.51.100.1")
    assert (
        found.found and policy.decide(found.witness).granted and found.witness.server_hostname.endswith(".example.com")
    )
    assert policy.search("granted", daemon="sshd", server_address="198.51.100.1", server_hostname="unknown") == (
        False,
        None,
        (),
    )


def test_look_ups_need_no_base_class():
    world = types.SimpleNamespace(
        in_netgroup=lambda group, host: None,
        host_file="10.".__class__,
        user_exists=bool,
        group_exists=bool,
        aclexec_status=lambda command: None,
    )
    policy = Policy.parse("sshd: @gate\nftpd: /list\nx: ALL: aclexec /bin/true\n", "ALL: ALL\n", "debian", world)
    assert policy.search("granted", daemon="sshd").depends == ("netgroup gate",)
    assert policy.search("granted", daemon="x").depends == ("aclexec /bin/true",)
    assert [finding.code for finding in policy.findings()] == ["netgroup-unknown", "host-file-loop", "aclexec-sticky"]


class Long(Lookups):
    """A file that nobody would read to its end, and files that name each other without end."""

    def __init__(self):
        self.asked = []

    def host_file(self, path):
        self.asked.append(path)
        if path == "/bytes":
            return b"10.1.2.3 " + b"x" * (MAX_BYTES - 14) + b" 10.9.9.9"
        if path == "/words":
            return b"10.1.2.3 " + b"y " * MAX_WORDS + b"10.9.9.9"
        if path == "/many":
            return b"10.1.2.3 " + b" ".join(b"/f%d" % number for number in range(5000)) + b" 10.9.9.9"
        return b"192.0.2.1 /%d" % (int(path[1:]) + 1) if path[1:].isdigit() else b"192.0.2.1"


@pytest.mark.parametrize("path", ["/bytes", "/words", "/many", "/1"])
def test_what_is_behind_the_part_that_is_read_is_not_known(path):
    lookups = Long()
    read = read_host_file(path.encode(), lookups)
    assert read.cut and not read.loops and len(read.words) <= MAX_WORDS and len(lookups.asked) <= MAX_FILES
    assert b"10.9.9.9" not in read.words and b"10.9" not in read.words  # a word that was cut through is none
    policy = Policy.parse("sshd: %s\nin.ftpd: ALL\n" % path, "ALL: ALL\n", "debian", lookups)
    rest = ("the rest of the file %s" % path,)
    first = "192.0.2.1" if path == "/1" else "10.1.2.3"
    assert (policy.decide(Request("sshd", first)).access, policy.decide(Request("sshd", first)).depends) == (
        "granted",
        (),
    )
    unsure = policy.decide(Request("sshd", "10.9.9.9"))
    assert (unsure.access, unsure.depends) == ("denied", rest)
    assert policy.decide(Request("in.ftpd", "10.9.9.9")).depends == ()
    assert policy.search("granted", daemon="sshd", network="10.9.9.9", hostname="unknown").depends == rest
    assert policy.search("denied", daemon="sshd", network=first) == (False, None, ())
    assert "host-file-long" in [finding.code for finding in policy.findings()]


def test_a_long_file_about_the_servers_end():
    policy = Policy.parse("sshd@/words: ALL\n", "ALL: ALL\n", "debian", Long())
    assert policy.search("granted", daemon="sshd", server_address="10.9.9.9").depends
    assert policy.decide(Request("sshd", "192.0.2.9", server_address="10.9.9.9")).depends == (
        "the rest of the file /words",
    )


def test_what_is_as_long_as_may_be_is_read_whole():
    class Whole(Lookups):
        def host_file(self, path):
            many = b" ".join(b"/f%d" % number for number in range(MAX_FILES - 1))
            return {"/words": b"y " * MAX_WORDS, "/bytes": b"x" * MAX_BYTES, "/many": many}.get(path, b"z")

    for path in (b"/words", b"/bytes", b"/many"):
        assert not read_host_file(path, Whole()).cut
