# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A fleet's document for other tools: JUnit XML and CSV."""

from __future__ import annotations

import collections
import csv
import io
import re
from typing import TextIO
from xml.etree import ElementTree

from .._host_words import shortened
from .host import PART_OF, asked_of, sentences, unmet
from .plain import plain
from .services import by_daemon, enforcement, guards

# A spreadsheet would take a value that starts so, or with the wide form of it, for a formula.
# Many take a semicolon for the end of a value, too.
_FORMULA = re.compile('(\\A|;[\\s"]*)(?=[=+@\uff1d\uff0b\uff0d\uff20-])')

# The most characters of a test case's name and of its message, which its text has in full: programs show both in a line.
_LONGEST = 500

COLUMNS = (
    "host",
    "reachable",
    "daemon",
    "enforced_by",
    "reads_tables",
    "clients",
    "access",
    "whole_group",
    "path",
    "line",
    "rule",
    "asked",
    "other_address",
    "other_access",
    "other_path",
    "other_line",
    "other_rule",
)


class Junit:
    """JUnit XML: a test suite a host, a test case for each assertion and for all that audit_fail_on knows.

    A host that was not reached, and a part that failed, is an error. Where nothing was asserted, a test case that is
    skipped says so.
    """

    def __init__(self, time: str):
        self._time = time
        self._suites = ElementTree.Element("testsuites", name="portcullis.tcp_wrappers.audit")
        self._sums: collections.Counter = collections.Counter()

    def add(self, host: dict) -> None:
        """The next host's document."""
        suite = ElementTree.SubElement(
            self._suites,
            "testsuite",
            name=plain(host["host"]),
            hostname=plain(host["host"]),
            timestamp=(host.get("time") or self._time).rstrip("Z"),
        )
        cases = _Cases(suite, host["host"])
        cases.add("reached", None if host["reachable"] else "error", "the host was not reached")
        if host["reachable"]:
            _add_host(cases, host)
        for key, value in cases.counts().items():
            suite.set(key, str(value))
            self._sums[key] += value

    def text(self) -> str:
        """The whole document."""
        for key in ("tests", "failures", "errors", "time"):
            self._suites.set(key, str(self._sums[key]))
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(self._suites, encoding="unicode") + "\n"
        )


class Csv:
    """CSV with a heading: a line for every daemon and group of clients of every host, one for a host without; COLUMNS
    are its fields.
    """

    def __init__(self, stream: TextIO):
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, host: dict) -> None:
        """The next host's document."""
        for row in _rows(host) or [[host["host"], "yes" if host["reachable"] else "no"]]:
            self._writer.writerow([_cell(value) for value in row] + [""] * (len(COLUMNS) - len(row)))


def junit(fleet: dict) -> str:
    """A fleet's document as JUnit XML."""
    made = Junit(fleet["time"])
    for host in fleet["hosts"]:
        made.add(host)
    return made.text()


def to_csv(fleet: dict) -> str:
    """A fleet's document as CSV."""
    out = io.StringIO()
    made = Csv(out)
    for host in fleet["hosts"]:
        made.add(host)
    return out.getvalue()


def _add_host(cases: _Cases, host: dict) -> None:
    """The test cases of a host that was reached."""
    for decision in host.get("assertions") or []:
        cases.add(*_assertion(decision))
    held = any(decision["met"] is not None for decision in host.get("assertions") or [])
    if not held and "answers" not in host["errors"]:
        cases.add("assertions", "skipped", "nothing was asserted: say in audit_assertions what must hold")
    for kind in ("findings", "coverage", "integrity"):
        told = sentences(host, kind)
        for sentence in told:
            cases.add("%s: %s" % (kind, sentence), "failure", sentence)
        if not told and PART_OF[kind] not in host["errors"]:
            cases.add(kind, None, "")
    for part, message in sorted(host["errors"].items()):
        cases.add("part %s" % part, "error", message)
    if not host["errors"]:
        cases.add("errors", None, "")


class _Cases:
    """The test cases of one suite, each with a name of its own."""

    def __init__(self, suite, host: str):
        self._suite, self._host = suite, plain(host)
        self._names: collections.Counter = collections.Counter()
        self._outcomes: collections.Counter = collections.Counter()

    def add(self, name: str, outcome: str | None, message: str) -> None:
        """One test case; ``outcome`` is failure, error, skipped, or None where it passed."""
        name = shortened(plain(name), _LONGEST)
        self._names[name] += 1
        if self._names[name] > 1:
            name += " (%d)" % self._names[name]
        case = ElementTree.SubElement(self._suite, "testcase", classname=self._host, name=name, time="0")
        self._outcomes[outcome] += 1
        if outcome:
            text = plain(message)
            told = ElementTree.SubElement(case, outcome, type=outcome, message=shortened(text, _LONGEST))
            told.text = text

    def counts(self) -> dict:
        return {
            "tests": len(self._suite),
            "failures": self._outcomes["failure"],
            "errors": self._outcomes["error"],
            "skipped": self._outcomes["skipped"],
            "time": 0,
        }


def _assertion(decision: dict) -> tuple:
    asked = asked_of(decision)
    told = "%s is %s by %s line %s: %s" % (
        decision["request"].get("address"),
        decision["access"],
        decision["path"],
        decision["line"],
        decision["rule"],
    )
    if decision["met"] is None:
        return asked, "skipped", "nothing is expected; " + told
    return (
        "%s must be %s" % (asked, decision["expect"]),
        None if decision["met"] else "failure",
        "%s; %s" % (unmet(decision), told),
    )


def _rows(host: dict) -> list[list]:
    if not host["reachable"]:
        return []
    services = by_daemon(host)
    rows = []
    for item in host["access"]:
        known = services.get(item["daemon"], [])
        by, other = guards(known), item.get("otherwise")
        rows.append(
            [
                host["host"],
                "yes",
                item["daemon"],
                "unknown" if by is None else " ".join(by) or "nobody",
                {True: "yes", False: "no"}.get(enforcement(known)["reads"], "unknown"),
                item["clients"],
                item["access"],
                "no" if other else "yes",
                item["path"],
                item["line"],
                item["rule"],
                item.get("asked"),
            ]
        )
        if other:
            rows[-1] += [other["request"].get("address"), other["access"], other["path"], other["line"], other["rule"]]
    return rows


def _cell(value) -> str:
    text = "" if value is None else plain(value)
    return _FORMULA.sub(r"\1'", text)
