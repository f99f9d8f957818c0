# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's answers are those of the eleven builds, one by one (run.py prints the same as a table)."""

import compare
import golden
import pytest


def check(tally, at_least):
    assert not tally.differences, "%d differ, the first: %s" % (len(tally.differences), tally.differences[0])
    assert tally.answers >= at_least


@pytest.mark.parametrize("dialect", golden.DIALECTS)
def test_every_answer_of_the_build(dialect):
    check(compare.compare_dialect(dialect), 46000)


def test_every_probe():
    check(compare.compare_probes(), 3500)


def test_every_expansion():
    check(compare.compare_expansions(), 9900)


def test_tables_that_cannot_be_opened_or_never_end():
    check(compare.compare_faults(), 560)


def test_a_changed_answer_is_seen():
    case = next(golden.cases("debian"))
    assert not compare.compare_case("debian", case).differences
    wrong = case._replace(live=[("granted", None, None, [])] * len(case.live))
    assert compare.compare_case("debian", wrong).differences
