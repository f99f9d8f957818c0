# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""The fleet's report: every form of it, written in one pass over the hosts' documents, one host in memory at a time."""

from __future__ import annotations

import contextlib
import os
from typing import Any, Callable, Iterable, NamedTuple

from .exports import Csv, Junit
from .files import FleetFile, Previous, make_folder, written
from .fleet import heading
from .host import failures
from .page import page
from .view import View, page_data

#: How many of the sentences that say what is wrong are kept.
MOST_FAILURES = 50


class Report(NamedTuple):
    """What became of a fleet's documents."""

    failures: list[str]  # the first of them
    failed: int
    totals: dict[str, int]


def write_report(
    folder: str, documents: Iterable[dict], time: str, evidence: dict[str, Any], fail_on: list[str]
) -> Report:
    """Write fleet.json, the page and the other forms into a folder.

    :param documents: the hosts' documents, read one at a time; ``time``: when the audit ended, in UTC.
    :param evidence: how it was made; ``fail_on``: what counts as a failure.
    """
    make_folder(folder)
    head = heading(time, evidence)
    path = os.path.join(folder, "fleet.json")
    view, junit, tally = View(head, Previous(path)), Junit(time), _Tally(fail_on)
    with contextlib.ExitStack() as files:

        def opened(name: str):
            return files.enter_context(written(os.path.join(folder, name)))

        fleet, table = FleetFile(opened("fleet.json"), head), Csv(opened("fleet.csv"))
        takers: list[Callable[[dict], None]] = [fleet.add, table.add, junit.add, tally.add, view.add]
        for document in documents:
            for take in takers:
                take(document)
        fleet.finish()
        opened("fleet.xml").write(junit.text())
        opened("fleet.html").write(page(page_data(view.data())))
    return Report(tally.failures, tally.failed, tally.totals)


class _Tally:
    """What is wrong, and how much of it."""

    def __init__(self, fail_on: list[str]):
        self._fail_on = fail_on
        self.failures: list[str] = []
        self.failed = 0
        self.totals = dict.fromkeys(("hosts", "unreachable", "assertions", "unmet", "refused"), 0)

    def add(self, host: dict) -> None:
        """The next host's document."""
        told = failures(host, self._fail_on)
        self.failed += len(told)
        self.failures += told[: max(0, MOST_FAILURES - len(self.failures))]
        self.totals["hosts"] += 1
        if not host["reachable"]:
            self.totals["unreachable"] += 1
            return
        met = [decision["met"] for decision in host["assertions"] if decision["met"] is not None]
        self.totals["assertions"] += len(met)
        self.totals["unmet"] += met.count(False)
        self.totals["refused"] += host["refusals"].get("count") or 0
