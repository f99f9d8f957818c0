# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small part of the golden answers, which every mutant is asked: a few cases of every feature and every thirtieth of the rest.

Not a test of its own in `make test`: tests/conformance asks everything there.
"""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import compare
import golden

FIRST_OF_A_FEATURE = 2
EVERY = 30


def sample(dialect):
    """The cases of a dialect that are asked."""
    seen = {}
    chosen = []
    for number, case in enumerate(golden.cases(dialect)):
        seen[case.feature] = seen.get(case.feature, 0) + 1
        if seen[case.feature] <= FIRST_OF_A_FEATURE or number % EVERY == 0:
            chosen.append(case)
    return chosen


SAMPLES = dict((dialect, sample(dialect)) for dialect in golden.DIALECTS)


@pytest.mark.parametrize("dialect", golden.DIALECTS)
def test_sample(dialect):
    for case in SAMPLES[dialect]:
        tally = compare.compare_case(dialect, case)
        assert tally.answers and not tally.differences


def test_faults():
    assert not compare.compare_faults().differences
