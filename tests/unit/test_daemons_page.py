# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/daemons.md says what the code knows: the tool that writes its table would change nothing."""

import subprocess
import sys

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.known_daemons import ROWS
from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

SHOW = "import daemons_page, sys; sys.stdout.write(daemons_page.page(daemons_page.PAGE.read_text(encoding='utf-8')))"


def test_the_table_of_daemons_is_current():
    tool = ROOT / "tests" / "tools"
    wanted = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=str(tool), stdout=subprocess.PIPE, universal_newlines=True, check=True
    ).stdout
    assert wanted == (ROOT / "docs" / "daemons.md").read_text(encoding="utf-8")


def test_a_program_stands_in_one_row():
    programs = [program for row in ROWS for program in row.programs]
    assert len(programs) == len(set(programs))
