# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/findings.md holds: each example is run in every dialect, and its remedy too."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.kinds import KINDS
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._libwrap.findings_page import (
    answer_of,
    findings_text,
    policy_of,
    read_page,
)

SECTIONS = read_page()
EXAMPLES = [example for section in SECTIONS for example in section.examples]
#: Needs more lines than a page has.
WITHOUT_EXAMPLE = ("more-findings",)


def named(example):
    return "%s-%d" % (example.code, example.number)


def test_every_code_has_its_section_and_no_other():
    assert [section.code for section in SECTIONS] == list(KINDS)
    assert [section.code for section in SECTIONS if not section.examples] == list(WITHOUT_EXAMPLE)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.code)
def test_the_page_says_what_the_registry_says(section):
    kind = KINDS[section.code]
    assert (section.severity, section.effect, section.explanation) == (kind.severity, kind.effect, kind.explanation)
    assert "\n" not in kind.explanation and kind.explanation.endswith(".")


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_example_in_every_dialect(example):
    listed = [dialect for dialects, _answer, _findings in example.rows for dialect in dialects]
    assert sorted(listed) == sorted(DIALECTS)
    for dialects, answer, findings in example.rows:
        for dialect in dialects:
            policy = policy_of(example, dialect)
            assert (dialect, answer_of(policy, example.request), findings_text(policy.findings())) == (
                dialect,
                answer,
                findings,
            )


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_example_shows_exactly_its_code(example):
    alone = [
        dialect
        for dialect in DIALECTS
        if set(found.code for found in policy_of(example, dialect).findings()) == set([example.code])
    ]
    assert alone or example.number > 1


@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.instead is not None], ids=named)
def test_the_remedy_mends_it(example):
    found = [
        dialect for dialect in DIALECTS if example.code in [one.code for one in policy_of(example, dialect).findings()]
    ]
    after = dict((dialect, policy_of(example, dialect, instead=True).findings()) for dialect in found)
    assert found
    for dialect, findings in after.items():
        assert example.code not in [one.code for one in findings], dialect
    assert [dialect for dialect, findings in after.items() if not any(one.severity == "error" for one in findings)]


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_answer_is_what_the_effect_says(example):
    for dialects, answer, findings in example.rows:
        if findings == "`%s` error, closes" % example.code:
            assert answer in ("denied", "never answers", "crashes"), dialects
        if findings == "`%s` error, opens" % example.code:
            assert answer == "granted", dialects
