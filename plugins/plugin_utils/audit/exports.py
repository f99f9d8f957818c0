# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's document for other tools: JUnit XML and CSV."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

# What XML 1.0 has no way to write.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A spreadsheet would take a value that starts so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = ("host", "reachable", "daemon", "enforced_by", "reads_tables", "clients", "access", "whole_group", "path", "line", "rule")


def junit(fleet: dict) -> str:
    """JUnit XML: a test suite a host, a test case an assertion; a host that was not reached, and a part that failed, is an error."""
    suites = ElementTree.Element("testsuites", name="portcullis.tcp_wrappers.audit")
    for host in fleet["hosts"]:
        suite = ElementTree.SubElement(suites, "testsuite", name=_xml(host["host"]), timestamp=fleet["time"].rstrip("Z"))
        failed = errors = 0
        if not host["reachable"]:
            errors = 1
            _case(suite, host["host"], "reached", "error", "the host was not reached")
        for decision in host.get("assertions") or []:
            request = decision["request"]
            name = "%s from %s is %s" % (request.get("daemon"), request.get("address"), decision["expect"] or "asked")
            unmet = decision["met"] is False
            failed += unmet
            _case(suite, host["host"], name, "failure" if unmet else None, "it is %s by %s line %s: %s" % (
                decision["access"], decision["path"], decision["line"], decision["rule"]))
        for part, message in sorted((host.get("errors") or {}).items()):
            errors += 1
            _case(suite, host["host"], part, "error", message)
        for key, value in (("tests", len(suite)), ("failures", failed), ("errors", errors)):
            suite.set(key, str(value))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def to_csv(fleet: dict) -> str:
    """CSV with a heading: a line for every daemon and group of clients of every host; COLUMNS are its fields."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for host in fleet["hosts"]:
        if not host["reachable"]:
            writer.writerow([_cell(host["host"]), "no"] + [""] * (len(COLUMNS) - 2))
            continue
        services = {service["daemon"]: service for service in host["services"] if service.get("daemon")}
        for item in host["access"]:
            service = services.get(item["daemon"], {})
            by = service.get("enforced_by")
            writer.writerow([_cell(value) for value in (
                host["host"], "yes", item["daemon"], "unknown" if by is None else " ".join(by) or "nobody",
                {True: "yes", False: "no"}.get(service.get("reads_tables"), "unknown"), item["clients"], item["access"],
                "no" if item.get("otherwise") else "yes", item["path"], item["line"], item["rule"])])
    return out.getvalue()


def _case(suite, host: str, name: str, outcome: str | None, message: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=_xml(host), name=_xml(name))
    if outcome:
        ElementTree.SubElement(case, outcome, message=_xml(message))


def _xml(text) -> str:
    return _NO_XML.sub(lambda found: "\\u%04x" % ord(found.group()), str(text))


def _cell(value) -> str:
    text = "" if value is None else str(value)
    text = "".join(char if char.isprintable() else "\\x%02x" % ord(char) for char in text)
    return "'" + text if text.startswith(_FORMULA) else text
