# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which stages of a suite have passed on this commit: a run that was interrupted goes on where it was.

They stand in .cache/passed-SUITE.json. Nothing is kept of a tree with changes that are not committed.
"""

import datetime
import json
import pathlib
import re
import subprocess
from typing import Any, Dict, List

import paths

# The suites that take hours; every other one runs as a whole.
KEPT = ("test-long",)
# Lines of a stage's output that are its result: of pytest, the fuzzers, mutmut and the scenarios.
FIGURES = re.compile(
    r"\d+ passed|\d+ questions|\d+ mutants|killed|locked out|number_of_executed_units|\d+ failed, \d+ passed|units ok"
)
COLOURS = re.compile("\x1b\\[[0-9;]*m")


def commit() -> str:
    """The commit of the checkout, or nothing where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git"] + list(words), cwd=str(paths.ROOT), stdout=subprocess.PIPE, check=True, universal_newlines=True
        ).stdout.strip()

    return "" if git("status", "--porcelain") else git("rev-parse", "HEAD")


def figures(log: pathlib.Path) -> List[str]:
    """The lines of a log that are the stage's result, the last four of them, without colours and frames."""
    lines = [COLOURS.sub("", line).strip(" =\t") for line in log.read_text(errors="replace").splitlines()]
    found = [line for line in lines if FIGURES.search(line) and len(line) < 160 and not line.startswith("$ ")]
    return list(dict.fromkeys(found))[-4:]


class Passed:
    """The stages that passed, by name: date, seconds, processor, figures."""

    def __init__(self, suite: str):
        self.path = paths.CACHE / ("passed-%s.json" % suite)
        self.commit = commit()
        self.stages: Dict[str, Dict[str, Any]] = {}
        if self.commit and self.path.exists():
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.stages = kept["stages"] if kept["commit"] == self.commit else {}

    def keep(self, name: str, seconds: float, processor: float, log: pathlib.Path) -> None:
        if not self.commit:
            return
        self.stages[name] = {
            "date": datetime.date.today().isoformat(),
            "seconds": round(seconds, 1),
            "processor": round(processor, 1),
            "figures": figures(log),
        }
        text = json.dumps({"commit": self.commit, "stages": self.stages}, indent=1, sort_keys=True) + "\n"
        temporary = self.path.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.path)
