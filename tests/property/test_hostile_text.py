# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text made to hang or to grow: ten mebibytes are read and answered in seconds, and globs cost what they are long."""

import random
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.globs import Glob

SIZE = 10 << 20
SECONDS = 5.0
REQUEST = {"daemon": "sshd", "address": "10.1.2.3", "hostname": "h.example.com", "user": "bob"}


def repeated(text):
    return text * (SIZE // len(text))


TEXTS = {
    "random bytes": random.Random(20261123).getrandbits(8 * SIZE).to_bytes(SIZE, "big"),
    "opening brackets": repeated(b"["),
    "closing brackets": repeated(b"]"),
    "brackets in rules": repeated(b"ALL: " + b"[" * 1000 + b"]" * 1000 + b"\n"),
    "brackets and all that ends a field": repeated(b"ALL: " + b"[:@/" * 250 + b"]" * 250 + b"[]" * 300 + b":@/\n"),
    "backslashes": repeated(b"\\"),
    "continued lines": repeated(b"\\\n"),
    "EXCEPTs": repeated(b"EXCEPT "),
    "EXCEPTs in rules": repeated(b"ALL: " + b"EXCEPT " * 280 + b"\n"),
    "ALL EXCEPT ALL in rules": repeated(b"sshd: " + b"ALL EXCEPT " * 180 + b"\n"),
    "NULs": repeated(b"\0"),
    "NUL lines": repeated(b"\0\n"),
    "stars": repeated(b"*"),
    "stars in rules": repeated(b"ALL: " + b"*a" * 1000 + b"\n"),
    "colons": repeated(b":"),
    "at signs in rules": repeated(b"ALL: " + b"@" * 2000 + b"\n"),
    "comment signs": repeated(b"\\#"),
    "options": repeated(b"ALL: 10.9.9.9: " + b"x" * 1900 + b"\n"),
}
# Each way of reading long lines and brackets.
READERS = ("debian", "redhat", "macos")


def seconds_for(text, dialect):
    """Processor time to parse and to decide, so that other work on the machine does not count."""
    started = time.process_time()
    policy = Policy.parse(text, None, dialect)
    decision = policy.decide(Request(**REQUEST))
    used = time.process_time() - started
    assert decision.access in ("granted", "denied")
    assert policy.render("allow") is text
    return used


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_ten_mebibytes_are_read_and_answered(name):
    used = {dialect: seconds_for(TEXTS[name], dialect) for dialect in READERS}
    assert max(used.values()) < SECONDS, used


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - set(READERS)))
def test_random_bytes_in_the_other_dialects(dialect):
    assert seconds_for(TEXTS["random bytes"], dialect) < SECONDS


@pytest.mark.parametrize(
    "pattern, text",
    [
        (b"*a" * 5000 + b"*b", b"a" * 10000),
        (b"*a?" * 5000, b"ab" * 10000),
        (b"*" * 10000, b"a" * 10000),
        (b"*aaaaaaaaab" * 1000, b"a" * 10000),
    ],
)
def test_many_stars_cost_no_more_than_the_text(pattern, text):
    started = time.process_time()
    Glob(pattern).matches(text)
    assert time.process_time() - started < 1.0


def test_a_pattern_that_libwrap_itself_takes_minutes_for():
    policy = Policy.parse("ALL: " + "*a" * 60 + "b\n", None)
    started = time.process_time()
    assert policy.decide(Request("sshd", "10.1.2.3", hostname="a" * 120)).table is None
    assert time.process_time() - started < 1.0
