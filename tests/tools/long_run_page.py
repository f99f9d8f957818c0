# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/long_run.md from what `make test-long` kept of its stages.

usage: python3 tests/tools/long_run_page.py [FILE]      (default: .cache/passed-test-long.json)
"""

import json
import pathlib
import sys
from typing import Any, Dict, List

import paths
from stages import STAGES

PAGE = paths.ROOT / "docs" / "long_run.md"
SUITE = "test-long"
HEAD = """# The long run

<!-- written by tests/tools/long_run_page.py -->

`make test-long` runs what takes too long for `make test`. It needs nobody: a stage that fails is named at the end. A run that was stopped goes on
where it was, if no file has changed since: it leaves out the stages that passed on the same commit.

"""


def page(kept: Dict[str, Any]) -> str:
    """The page about the stages that passed on one commit; it names those that did not."""
    stages = [stage.name for stage in STAGES if SUITE in stage.suites]
    passed = [name for name in stages if name in kept["stages"]]
    dates = sorted({kept["stages"][name]["date"] for name in passed})
    lines: List[str] = [
        "The last run was of commit `%s`, %s: %d of %d stages passed."
        % (kept["commit"][:12], " to ".join(dict.fromkeys((dates[0], dates[-1]))), len(passed), len(stages)),
        "",
        "| Stage | Minutes | Processor minutes | Its own words |",
        "|---|---|---|---|",
    ]
    for name in passed:
        one = kept["stages"][name]
        words = "; ".join("`%s`" % line.replace("|", "/").replace("`", "'") for line in one["figures"])
        lines.append("| %s | %.1f | %.1f | %s |" % (name, one["seconds"] / 60, one["processor"] / 60, words))
    missing = [name for name in stages if name not in passed]
    if missing:
        lines += ["", "Not passed: %s." % ", ".join(missing)]
    return HEAD + "\n".join(lines) + "\n"


def main(arguments: List[str]) -> None:
    path = pathlib.Path(arguments[0]) if arguments else paths.CACHE / ("passed-%s.json" % SUITE)
    PAGE.write_text(page(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
