# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every situation of ../situations, on hosts of its own, several at a time.

PORTCULLIS_SITUATIONS: all, or by default those of the spread.
"""

import pytest

from situations import chosen


@pytest.mark.parametrize("name", [situation.name for situation in chosen()])
def test_nobody_is_locked_out(name, outcomes):
    problems = [problem for outcome in outcomes(name) for problem in outcome.all()]
    assert not problems, "\n".join(problems)
