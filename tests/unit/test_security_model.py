# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/security_model.md names for each line a test that is there, and every file of attacks is named in it."""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def page(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
        return stream.read()


def rows():
    """The cells of each line of the tables, without headings."""
    lines = [
        line
        for line in page("docs/security_model.md").splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "at most" not in line]


def test_each_line_is_held_by_a_test_that_is_there():
    assert len(rows()) >= 15
    for row in rows():
        tests = re.findall(r"`(tests/[^`]+|molecule/[^`]+)`", row[-1])
        assert len(row) == 3 and (tests or row[-1] == "no test can"), row
        assert [test for test in tests if not os.path.exists(os.path.join(ROOT, test))] == []


def test_every_file_of_attacks_is_named():
    named = page("docs/security_model.md")
    attacks = [
        name
        for name in os.listdir(os.path.join(ROOT, "tests", "security"))
        if name.startswith("test_") and name != "test_the_tools.py"
    ]
    assert [name for name in sorted(attacks) if "tests/security/" + name not in named] == []


def test_how_to_report_leads_to_the_model():
    assert "(docs/security_model.md)" in page("SECURITY.md") and "SECURITY.md" in page("docs/security_model.md")
