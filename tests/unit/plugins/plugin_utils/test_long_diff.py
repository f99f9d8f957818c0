# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host answers as its diff keeps nobody waiting, and a long table still shows what changes."""

import difflib
import random

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._long_diff import MOST_LINES, bounded


def diff_of(before, after, **more):
    return dict(before="".join(before), after="".join(after), before_header="a", after_header="b", **more)


def numbered(count):
    return ["sshd: 10.0.%d.%d\n" % divmod(number, 256) for number in range(count)]


@pytest.mark.parametrize(
    "diff", [diff_of(numbered(10), numbered(12)), {"prepared": "x"}, {}, None, "text", [1, {"a": 2}]]
)
def test_a_short_diff_is_left_to_ansible(diff):
    assert bounded(diff) == diff and bounded([diff]) == [diff]


@pytest.mark.parametrize(
    "changed",
    [
        lambda lines: lines[:20000] + ["sshd: 192.0.2.1\n"] + lines[20000:],
        lambda lines: lines[:20000] + lines[20010:],
        lambda lines: ["# new\n"] + lines,
        lambda lines: lines[:-1] + ["last"],
        lambda lines: lines[:500] + ["sshd: 192.0.2.1\n"] + lines[501:],
    ],
)
def test_one_change_in_a_long_table_is_shown_as_difflib_shows_it(changed):
    before = numbered(40000)
    after = changed(before)
    shown = bounded(diff_of(before, after))["prepared"]
    wanted = [line if line.endswith("\n") else line + "\n" for line in difflib.unified_diff(before, after)]
    assert shown.splitlines(True)[3:] == wanted[3:]
    # difflib leaves a count of one away, and so starts a text without lines at 0
    assert shown.startswith("--- a\n+++ b\n@@ -")


def test_texts_that_differ_everywhere_are_not_compared():
    before = numbered(60000)
    after = before[:]
    random.Random(7).shuffle(after)
    assert bounded([diff_of(before, after)])[0]["prepared"].endswith(
        "The texts differ in more than %d lines, which are not shown.\n" % MOST_LINES
    )


def test_many_short_diffs_are_one_long_one():
    parts = [diff_of(["%d\n" % number] * 500, ["x%d\n" % number] * 500) for number in range(100)]
    compared = [one for one in bounded(parts) if "before" in one]
    assert len(compared) == MOST_LINES // 1000
    assert all(one["prepared"].count("\n-") == 500 for one in bounded(parts)[4:])


def test_a_mapping_is_as_long_as_ansible_shows_it():
    assert "not shown" in bounded({"before": {}, "after": {str(number): number for number in range(5000)}})["prepared"]
