# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wildcards as Debian's libwrap matches them, in linear time."""

import time

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.globs import Glob


@pytest.mark.parametrize(
    "pattern, text, matched",
    [
        (b"*", b"a", True),
        (b"*", b"", True),
        (b"?", b"a", True),
        (b"?", b"", False),
        (b"?", b"ab", False),
        (b"a", b"a", True),
        (b"a", b"ab", False),
        (b"*.com", b"a.com", True),
        (b"*.com", b".com", True),
        (b"*.com", b"a.com.", False),
        (b"a*", b"a", True),
        (b"a*c", b"abc", True),
        (b"a*c", b"ab", False),
        (b"ab*ba", b"aba", False),
        (b"10.*.?", b"10.1.2.3", True),
        (b"10.*.?", b"10.1.2.33", False),
        (b"*b?d*", b"abcde", True),
        (b"*b?d*", b"abd", False),
        (b"*a*b*", b"ba", False),
        (b"a?c*", b"abc", True),
        (b"a?c*", b"ab", False),
        (b"*?", b"", False),
        (b"?*", b"a", True),
        (b"*b?", b"ab", False),
        (b"a*b*", b"ac", False),
        (b"a*b*", b"acb", True),
        (b"a*b*b", b"ab", False),
        (b"a*b*b", b"axxbxb", True),
        (b"a*x*b", b"ab", False),
        (b"*b*c*", b"bcb", True),
        (b"a?*a?*", b"ab", False),
        (b"*a?*bc", b"abc", False),
        (b"", b"", True),
        (b"", b"a", False),
        # the quirk: two stars at the end want one byte
        (b"**", b"", False),
        (b"**", b"a", True),
        (b"a**", b"a", False),
        (b"a**", b"ab", True),
        (b"a**b", b"ab", True),
        (b"**a", b"a", True),
        (b"*a**", b"ba", False),
        (b"*a**", b"bac", True),
    ],
)
def test_matches(pattern, text, matched):
    assert Glob(pattern).matches(text) is matched


def test_builds_without_the_quirk():
    assert Glob(b"a**", two_stars=False).matches(b"a")


def test_time_is_linear():
    started = time.time()
    assert not Glob(b"*a" * 2000 + b"*b").matches(b"a" * 5000)
    assert time.time() - started < 2
