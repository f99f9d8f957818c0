# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""A fleet's findings as SARIF 2.1.0 (OASIS, 27 March 2020), for the places where other scanners' results are shown."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import re
from typing import Any, NamedTuple, TextIO
from urllib.parse import quote

from .help import INFORMATION, help_of
from .host import unmet
from .parts import WITH_FINDINGS
from .plain import plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
UNMET, FAILED, UNREACHED = "assertion-unmet", "audit-part-failed", "host-unreachable"
_OURS = {
    UNMET: "An assertion does not hold",
    FAILED: "A part of the audit failed",
    UNREACHED: "A host was not reached",
}


class _Said(NamedTuple):
    """What one result says."""

    code: str
    message: str
    level: str = "error"
    remedy: str | None = None


class Sarif:
    """One run with a result for each finding, unmet assertion, part that failed and host that was not reached, written
    a host at a time.
    """

    def __init__(self, stream: TextIO, heading: dict[str, Any]):
        """``heading`` is the fleet's document without its hosts."""
        self._stream, self._heading = stream, heading
        self._rules: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}  # of the rules; a host that lies has as many as it likes
        self._first = True
        stream.write('{"$schema":%s,"version":"2.1.0","runs":[{"results":[' % json.dumps(SCHEMA))

    def add(self, host: dict) -> None:
        """The next host's document."""
        name = host["host"]
        if not host["reachable"]:
            self._result(name, None, _Said(UNREACHED, "%s was not reached" % name))
            return
        for decision in host["assertions"]:
            if decision["met"] is False:
                place = (decision["path"], decision["line"])
                self._result(name, None, _Said(UNMET, unmet(decision)), place)
        for part, message in sorted(host["errors"].items()):
            self._result(name, None, _Said(FAILED, "%s: %s" % (part, message)))
        for part in WITH_FINDINGS:
            for finding in host["findings"][part]:
                place = (path_of(host, finding), finding.get("line"))
                level = _LEVELS[finding["severity"]]
                said = _Said(finding["code"], finding["message"], level, finding.get("remedy"))
                self._result(name, part, said, place)

    def finish(self) -> None:
        """The end of the file: who found it, and what the rules are."""
        evidence = self._heading.get("evidence") or {}
        driver: dict[str, Any] = {
            "name": "portcullis.tcp_wrappers.audit",
            "informationUri": INFORMATION,
            "rules": list(self._rules.values()),
        }
        if evidence.get("collection"):
            driver["semanticVersion"] = evidence["collection"]
        rest = {
            "tool": {"driver": driver},
            "invocations": [{"executionSuccessful": True, "endTimeUtc": self._heading["time"]}],
            "columnKind": "unicodeCodePoints",
        }
        self._stream.write("]," + json.dumps(rest, separators=(",", ":"))[1:] + "]}\n")

    def _result(self, host: str, part: str | None, said: _Said, place: tuple = (None, None)) -> None:
        path, line = place
        code, text, remedy = plain(said.code) or "finding", _words(said.message), said.remedy
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(plain(host), safe="") + quote(_below(path))}}
        if line and line > 0:
            physical["region"] = {"startLine": line}
        same = "\n".join([plain(host), code, plain(path or ""), text])
        result: dict[str, Any] = {
            "ruleId": code,
            "ruleIndex": self._rule(code, part, remedy),
            "level": said.level,
            "message": {"text": text.rstrip(".") + ". " + _words(remedy) if remedy else text},
            "locations": [
                {"physicalLocation": physical, "logicalLocations": [{"name": plain(host), "kind": "resource"}]}
            ],
            "partialFingerprints": {
                "hostCodeText/v1": hashlib.sha256(same.encode("utf-8", "surrogatepass")).hexdigest()
            },
        }
        self._stream.write(("" if self._first else ",") + "\n" + json.dumps(result, separators=(",", ":")))
        self._first = False

    def _rule(self, code: str, part: str | None, remedy: str | None) -> int:
        """The number of a rule; its first finding gives the remedy that the rule's help shows."""
        if code not in self._rules:
            rule: dict[str, Any] = {
                "id": code,
                "shortDescription": {"text": _OURS.get(code) or code.replace("_", " ").replace("-", " ")},
                "helpUri": help_of(code, part),
            }
            if remedy:
                rule["help"] = {"text": _words(remedy)}
            self._numbers[code] = len(self._rules)
            self._rules[code] = rule
        return self._numbers[code]


def _words(text: str) -> str:
    """A host's words that a viewer takes for no link and no placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    return _PLACEHOLDER.sub(r"{{\1}}", plain(text).replace("](", "] ("))


def _below(path: str | None) -> str:
    """A path that stays below its host, whatever the host calls it."""
    return posixpath.normpath("/" + plain(path or "/").lstrip("/"))


def path_of(host: dict, finding: dict) -> str | None:
    """The file that a finding is about; one about a table names the table."""
    path = finding.get("path")
    table = finding.get("table") or (path[len("hosts.") :] if path in ("hosts.allow", "hosts.deny") else None)
    if table in ("allow", "deny"):
        return (host["tables"].get(table) or {}).get("path") or "/etc/hosts.%s" % table
    return path


def sarif(fleet: dict) -> str:
    """A fleet's document as SARIF."""
    out = io.StringIO()
    made = Sarif(out, fleet)
    for host in fleet["hosts"]:
        made.add(host)
    made.finish()
    return out.getvalue()
