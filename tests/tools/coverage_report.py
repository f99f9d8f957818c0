# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the unit tests, the golden answers and the properties of one dialect under coverage; print what they reach, in branches.

usage: python3 tests/tools/coverage_report.py [--enforce]     (with --enforce, too little is a failure)
"""

import subprocess
import sys
from typing import List

import environment
import paths
import venvs

ENGINE = ("plugins/module_utils/_libwrap/*", 95)
WHOLE = ("plugins/*", 85)
# What needs a host (the action plugins, the rollback, the audit's parts) is tested by tests/real and molecule, which are not counted here.
# Of the properties those that reach much with little work: counting makes it three times as much.
COUNTED = "debian and not compare_says and not shadowed_rules_never"
# Unit tests whose children die at every call: what such a child reached is not counted anyway. They are a stage of their own.
KILL_POINTS = (
    "tests/unit/plugins/module_utils/_host/test_transaction_kill_points.py",
    "tests/unit/plugins/module_utils/_modules/test_guard_kill_points.py",
    "tests/unit/plugins/module_utils/_modules/test_record_kill_points.py",
)
TESTS = (
    ("tests/unit",) + tuple("--ignore=" + path for path in KILL_POINTS),
    ("tests/conformance", "-k", "not every"),
    ("tests/property", "-k", COUNTED),
)


def main(arguments: List[str]) -> int:
    python = str(venvs.ensure("2.21") / "bin" / "python")
    data = str(paths.CACHE / "coverage" / "data")
    (paths.CACHE / "coverage").mkdir(parents=True, exist_ok=True)
    env = dict(environment.variables("2.21"), COVERAGE_FILE=data)

    def coverage(*words: str) -> int:
        return subprocess.run(
            [python, "-m", "coverage"] + list(words), cwd=str(paths.ROOT), env=env, check=False
        ).returncode

    coverage("erase")
    for tests in TESTS:
        if coverage("run", "-m", "pytest", "-q", *tests):
            return 1
    coverage("combine", "--quiet")
    coverage("report", "--include", WHOLE[0])
    status = 0
    for name, (files, wanted) in (("engine", ENGINE), ("whole", WHOLE)):
        limit = ["--fail-under", str(wanted)] if "--enforce" in arguments else []
        print("branch coverage of the %s, in per cent (at least %d is wanted):" % (name, wanted), flush=True)
        status = coverage("report", "--include", files, "--format", "total", "--precision", "1", *limit) or status
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
