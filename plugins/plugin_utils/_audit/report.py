# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""The fleet's report: every form of it, written in one pass over the hosts' documents, one host in memory at a time."""

from __future__ import annotations

import contextlib
import re
from typing import Any, Callable, Iterable, NamedTuple

from .._host_words import shortened
from .exports import Csv, Junit
from .files import REPORT, FleetFile, Folder, Previous
from .fleet import heading
from .host import failures
from .metrics import Metrics
from .page import page
from .sarif import Sarif
from .view import View, page_data

#: How many of the sentences that say what is wrong are kept.
MOST_FAILURES = 50
#: The most characters of each.
LONGEST_FAILURE = 2000
#: The forms of the report of a fleet.
FORMS = (REPORT, "fleet.html", "fleet.csv", "fleet.xml", "fleet.sarif", "fleet.prom")
# A report that is kept is called by its time.
_KEPT = re.compile(r"fleet-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.html\Z")


class Report(NamedTuple):
    """What became of a fleet's documents."""

    verdict: str
    failures: list[str]  # the first of them
    failed: int
    totals: dict[str, int]
    left_out: list[str]  # the hosts whose data is too much for the page


class Made(NamedTuple):
    """How and when an audit was made, and what counts as a failure."""

    time: str  # when it ended, in UTC
    evidence: dict[str, Any]
    fail_on: list[str]
    keep: int  # how many earlier reports are kept


def write_report(folder: Folder, documents: Iterable[dict], made: Made) -> Report:
    """Write every form of the report into a folder. Where that fails, the report that was there stands.

    :param documents: the hosts' documents, read one at a time.
    """
    head = heading(made.time, made.evidence)
    previous = Previous(folder)
    kept = _kept_then(folder, previous, made.keep)
    view, junit, failed = View(head, previous, kept), Junit(made.time), _Failures(made.fail_on)
    metrics = Metrics(made.time)
    with contextlib.ExitStack() as files:

        def opened(name: str):
            return files.enter_context(folder.written(name))

        fleet, table, sarif = (
            FleetFile(opened(REPORT), head),
            Csv(opened("fleet.csv")),
            Sarif(opened("fleet.sarif"), head),
        )
        takers: list[Callable[[dict], None]] = [one.add for one in (fleet, table, sarif, junit, metrics, failed, view)]
        for document in documents:
            for take in takers:
                take(document)
        fleet.finish()
        sarif.finish()
        metrics.write(opened("fleet.prom"))
        opened("fleet.xml").write(junit.text())
        opened("fleet.html").write(page(page_data(view.data())))
        _keep(folder, previous, kept)
    return Report(view.verdict.sentence(), failed.first, failed.count, view.verdict.totals, view.left_out)


def _kept_then(folder: Folder, previous: Previous, keep: int) -> list[dict[str, str]]:
    """The reports that will be kept beside this one, the newest first: ``time`` and ``file``."""
    found, names = [], folder.names()
    for name in names:
        date = _KEPT.match(name)
        if date:
            found.append({"time": "%s-%s-%sT%s:%s:%sZ" % date.groups(), "file": name})
    if previous and previous.time and "fleet.html" in names:
        name = "fleet-%s.html" % re.sub("[-:]", "", previous.time)
        found = [one for one in found if one["file"] != name] + [{"time": previous.time, "file": name}]
    return sorted(found, key=lambda one: one["file"], reverse=True)[:keep]


def _keep(folder: Folder, previous: Previous, kept: list[dict[str, str]]) -> None:
    """Call the report before by its time, and remove those that are not kept any more."""
    names = {one["file"] for one in kept}
    for name in folder.names():
        if _KEPT.match(name) and name not in names:
            for ending in (".html", ".json"):
                folder.remove(name[: -len(".html")] + ending)
    stamp = re.sub("[-:]", "", previous.time or "")
    if "fleet-%s.html" % stamp in names:
        there = folder.names()
        for ending in ("html", "json"):
            source, target = "fleet.%s" % ending, "fleet-%s.%s" % (stamp, ending)
            if source in there and target not in there:
                folder.link(source, target)


class _Failures:
    """What the run shall fail on."""

    def __init__(self, fail_on: list[str]):
        self._fail_on = fail_on
        self.first: list[str] = []
        self.count = 0

    def add(self, host: dict) -> None:
        """The next host's document."""
        told = failures(host, self._fail_on)
        self.count += len(told)
        kept = told[: max(0, MOST_FAILURES - len(self.first))]
        self.first += [shortened(one, LONGEST_FAILURE) for one in kept]
