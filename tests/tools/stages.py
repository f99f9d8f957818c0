# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stages of `make test` and its relatives: what runs, in which venv, after what."""

from typing import List, NamedTuple, Tuple


class Stage(NamedTuple):
    name: str
    commands: List[List[str]]
    suites: Tuple[str, ...] = ("test",)
    venv: str = ""            # its bin folder comes first on PATH
    after: Tuple[str, ...] = ()   # names of stages that must have passed
    alone: bool = False       # nothing else runs meanwhile: it measures time
    timeout: int = 900        # seconds


PYTEST = ["python", "-m", "pytest", "-q"]
UNIT = PYTEST + ["tests/unit"]
# Python 3.6 is for managed hosts only: what runs on the controller (filters, tests, actions) is not tested there.
UNIT_36 = PYTEST + ["tests/unit/plugins/module_utils"]

STAGES = [
    Stage("unit, Python 3.13", [UNIT], ("test", "quick"), "2.21"),
    Stage("ruff", [["ruff", "check", "--cache-dir", ".cache/ruff", "--output-format", "concise", "."]], ("test", "quick"), "2.21"),
    Stage("yamllint", [["yamllint", "--strict", "."]], ("test", "quick"), "2.21"),
    Stage("unit, Python 3.11", [UNIT], ("test",), "2.16"),
    Stage("unit, Python 3.6", [UNIT_36], ("test",), "py36"),
]
