# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was done to a table is taken back; what others wrote since stays; and a proof that nothing else changes."""

import itertools

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.between import surprises
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.blocks import TableError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.undo import undone

DEBIAN = get_dialect("debian")
BLOCK = b"# BEGIN portcullis harden\nsshd: 10.0.0.0/8\n# END portcullis harden\n"
BAN = b"ALL: 192.0.2.5\n"
EVERYBODY = b"ALL: ALL\n"


def undo(before, left, now):
    return undone(before, left, now, DEBIAN, "/etc/hosts.deny")


@pytest.mark.parametrize(
    "before", [None, b"", b"ALL: ALL", b"ALL: ALL\r\n", b"# \xff\nx: 1.\n", b"a: 1.\\\n"], ids=repr
)
def test_a_table_that_nobody_wrote_to_becomes_what_it_was_byte_for_byte(before):
    assert undo(before, (before or b"") + BLOCK, (before or b"") + BLOCK) == before


@pytest.mark.parametrize(
    "before, left, now, right",
    [
        # a ban below the catch-all, above it, and in the middle of the foreign lines
        (b"", EVERYBODY, EVERYBODY + BAN, BAN),
        (b"", EVERYBODY, BAN + EVERYBODY, BAN),
        (
            b"# a\nx: 1.\n# b\n",
            b"# a\nx: 1.\n# b\n" + EVERYBODY,
            b"# a\nx: 1.\n" + BAN + b"# b\n" + EVERYBODY,
            b"# a\nx: 1.\n" + BAN + b"# b\n",
        ),
        # a table that was missing holds what others wrote, and is missing again where that has gone too
        (None, EVERYBODY, EVERYBODY + BAN, BAN),
        (None, EVERYBODY, b"", None),
        (None, EVERYBODY, None, None),
        # a line without its line end stays one: libwrap does not read it, and nothing may bring it to life
        (b"ALL: ALL", EVERYBODY, EVERYBODY + BAN, BAN + b"ALL: ALL"),
        (
            b"x: 1.\n# end",
            b"x: 1.\n# end\n" + EVERYBODY,
            b"x: 1.\n# end\n" + EVERYBODY + BAN,
            b"x: 1.\n" + BAN + b"# end",
        ),
        (b"x: 1.\\\n", b"x: 1.\\\n\n" + EVERYBODY, b"x: 1.\\\n\n" + EVERYBODY + BAN, BAN + b"x: 1.\\\n"),
        (b"ALL: ALL", EVERYBODY, BAN + EVERYBODY, BAN + b"ALL: ALL"),
        # the trap that took another catch-all's place
        (
            b"ALL: ALL: severity auth.info\n",
            b"ALL: ALL: spawn x\n",
            b"ALL: ALL: spawn x\n" + BAN,
            b"ALL: ALL: severity auth.info\n" + BAN,
        ),
        # a block that somebody added a rule to goes as a whole
        (
            b"x: 1.\n",
            b"x: 1.\n" + BLOCK,
            b"x: 1.\n" + BLOCK.replace(b"# END", b"telnetd: 10.\n# END") + BAN,
            b"x: 1.\n" + BAN,
        ),
        # what exclusive took away comes back beside what others wrote
        (b"x: 1.\ny: 2.\n", b"z: 3.\n", b"z: 3.\n" + BAN, b"x: 1.\ny: 2.\n" + BAN),
        # somebody has undone it by hand already, or a line of it
        (b"x: 1.\n", b"x: 1.\n" + EVERYBODY, b"x: 1.\n", b"x: 1.\n"),
        (b"x: 1.\ny: 2.\n", b"z: 3.\n", b"x: 1.\ny: 2.\nz: 3.\n" + BAN, b"x: 1.\ny: 2.\n" + BAN),
        # the very line that was written is another's now: it stays
        (b"", EVERYBODY, b"ALL: ALL: severity auth.info\n", b"ALL: ALL: severity auth.info\n"),
        # the file was removed
        (b"# a\n", b"# a\n" + EVERYBODY, None, None),
    ],
)
def test_what_others_wrote_since_stays(before, left, now, right):
    assert undo(before, left, now) == right


def test_a_marker_without_its_other_is_named():
    with pytest.raises(TableError, match="/etc/hosts.deny, line 2: '# END portcullis harden' stands without"):
        undo(b"", BLOCK, BLOCK.partition(b"\n")[2])


REQUESTS = [
    Request(daemon, address, name)
    for daemon in ("sshd", "in.ftpd")
    for address in ("10.0.0.1", "192.0.2.5", "198.51.100.7")
    for name in (None, "a.example.com")
]
TABLES = [
    (b"", b""),
    (b"sshd: 10.\n", b"ALL: ALL\n"),
    (b"sshd: 10.\n", b"ALL: ALL"),
    (b"", b"ALL: 192.0.2.5\n"),
    (b"ALL: 192.0.2.\n", b"ALL: .example.com\n"),
    (b"in.ftpd: ALL: twist /bin/x\n", b"sshd: ALL\n"),
]


@pytest.mark.parametrize("before, now, after", list(itertools.product(range(len(TABLES)), repeat=3)))
def test_a_surprise_is_an_answer_that_neither_policy_gave(before, now, after):
    """Held against every answer to some requests; each request of a set that is named must be one."""
    policies = [Policy.parse(*TABLES[number]) for number in (before, now, after)]
    found = surprises(*policies)
    for change in found:
        old, current, new = [policy.decide(change.witness).access for policy in policies]
        assert new not in (old, current) and (change.before, change.after) == (current, new)
    for request in REQUESTS:
        old, current, new = [policy.decide(request).access for policy in policies]
        assert any(change.matches(request) for change in found) == (new not in (old, current)), request


def test_a_surprise_is_told_in_words_with_a_request_that_shows_it():
    found = surprises(
        Policy.parse(b"", b"ALL: ALL\n"), Policy.parse(b"sshd: 10.\n", b"ALL: ALL\n"), Policy.parse(b"", b"ALL: 10.\n")
    )
    assert ["%s: %s: %s -> %s" % (change.daemon, change.clients, change.before, change.after) for change in found] == [
        "ALL: ALL except 10.0.0.0/8: denied -> granted"
    ]
