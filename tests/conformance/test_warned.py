# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a build warned, the engine has a finding: each line of the golden answers that libwrap logged something about."""

import compare
import golden
import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.hosts_access import Policy


def silent(policy, warned):
    """The warnings on whose line, or table, no finding stands. The file's end is given as 0, None, or the last whole line."""
    lines = {(found.table, found.line) for found in policy.findings()}
    missed = []
    for table, line, text in warned:
        near = {line, 1} if line == 0 else {line}
        if "newline" in text or "subsequent" in text:
            near.add((line or 0) + 1)
        if table is None or line is None:
            near = {None}
        if not any((name, number) in lines for name in ("allow", "deny") if table in (None, name) for number in near):
            missed.append((table, line, text))
    return missed


@pytest.mark.parametrize("dialect", golden.DIALECTS)
def test_every_line_that_the_build_warned_about_has_a_finding(dialect):
    warned = 0
    for case in golden.cases(dialect):
        if not case.warned:
            continue
        policy = Policy.parse(case.allow, case.deny, dialect, compare.Machine(case.files, case.netgroups))
        assert not silent(policy, case.warned), (case.id, case.allow, case.deny)
        warned += len(case.warned)
    assert warned > 500


def test_every_line_of_the_probes():
    for dialect, case in golden.probes():
        policy = Policy.parse(case.allow, case.deny, dialect, compare.Machine(case.files, case.netgroups))
        assert not silent(policy, case.warned), (dialect, case.id, case.allow, case.deny)


def test_tables_and_files_that_cannot_be_opened():
    for fault in golden.faults():
        allow, deny = compare.FAULTS.get(fault.fault, (fault.allow, fault.deny))
        policy = Policy.parse(allow, deny, fault.dialect, compare.Machine(compare.FAULTY_FILES, {}))
        assert not silent(policy, fault.warned), (fault.dialect, fault.fault)
        if any(answer[0] == "hang" for answer in fault.answers):
            assert "endless-loop" in [found.code for found in policy.findings()]
