# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""A fleet's audit as metrics in the text format of Prometheus, for the textfile collector of node_exporter."""

from __future__ import annotations

import calendar
import time
from typing import TextIO

from .parts import WITH_FINDINGS
from .plain import plain
from .services import strangers

_PREFIX = "portcullis_audit_"
#: Each family: its words. All are gauges, for each is what one audit saw.
FAMILIES = {
    "timestamp_seconds": "When the audit ended, in seconds since 1970.",
    "host_reachable": "Whether the host was reached.",
    "part_failed": "Whether a part of the audit failed on the host.",
    "assertions": "The assertions with an expectation.",
    "unmet_assertions": "The assertions that do not hold.",
    "services": "The services that accept connections, but for users' own processes.",
    "unguarded_services": "The services that nothing makes obey the tables, but those that only the host itself can reach.",
    "open_services": "The services that serve any stranger.",
    "findings": "The findings, by severity.",
    "refusals": "The refused connections of the period that was looked at, by daemon.",
}
_SEVERITIES = ("error", "warning", "info")
_PARTS = ("answers", "coverage", "integrity", "refusals", "tables")


class Metrics:
    """All metrics, family by family."""

    def __init__(self, when: str):
        """``when``: the time of the audit, in UTC."""
        self._samples: dict[str, list[str]] = {name: [] for name in FAMILIES}
        self._add("timestamp_seconds", calendar.timegm(time.strptime(when, "%Y-%m-%dT%H:%M:%SZ")))

    def add(self, host: dict) -> None:
        """The next host's document."""
        name = host["host"]
        self._add("host_reachable", int(host["reachable"]), host=name)
        if not host["reachable"]:
            return
        met = [decision["met"] for decision in host["assertions"] if decision["met"] is not None]
        services = [service for service in host["services"] if service.get("daemon")]
        served = [strangers([service]) for service in services]
        self._add("assertions", len(met), host=name)
        self._add("unmet_assertions", met.count(False), host=name)
        self._add("services", len(services), host=name)
        unguarded = [one for one, service in zip(served, services) if one and service.get("enforced_by") == []]
        self._add("unguarded_services", len(unguarded), host=name)
        self._add("open_services", served.count(True), host=name)
        for part in _PARTS:
            self._add("part_failed", int(part in host["errors"]), host=name, part=part)
        for severity in _SEVERITIES:
            self._add("findings", _findings(host, severity), host=name, severity=severity)
        refusals: dict[str, int] = {}
        for item in host["refusals"].get("by_daemon") or []:
            daemon = plain(item["daemon"])  # two that are shown alike would be one sample twice
            refusals[daemon] = refusals.get(daemon, 0) + item["count"]
        for daemon, count in refusals.items():
            self._add("refusals", count, host=name, daemon=daemon)

    def write(self, stream: TextIO) -> None:
        """All of it."""
        for name, words in FAMILIES.items():
            if self._samples[name]:
                stream.write("# HELP %s%s %s\n# TYPE %s%s gauge\n" % (_PREFIX, name, words, _PREFIX, name))
                stream.write("".join(self._samples[name]))

    def _add(self, family: str, value: int, **labels: str) -> None:
        told = ",".join('%s="%s"' % (key, _escaped(text)) for key, text in labels.items())
        self._samples[family].append("%s%s%s %d\n" % (_PREFIX, family, "{%s}" % told if told else "", value))


def _findings(host: dict, severity: str) -> int:
    shown = sum(one["severity"] == severity for part in WITH_FINDINGS for one in host["findings"][part])
    more = [
        one["count"] for part in WITH_FINDINGS for one in host["more_findings"][part] if one["severity"] == severity
    ]
    return shown + sum(more)


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"')
