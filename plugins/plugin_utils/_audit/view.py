# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A fleet's document as the page shows it: what repeats from host to host is kept once."""

from __future__ import annotations

import json
import re

from .changes import changes
from .fleet import SCHEMA

#: How much of a host's refusals, and of all the changes, the page shows.
REFUSED_CLIENTS = 10
MOST_CHANGES = 1000

ENFORCED, TWICE, NOBODY, UNKNOWN, RULES_ONLY, LOCAL = "enforced", "twice", "nobody", "unknown", "rules_only", "local"

# A socket that nobody but the host itself can reach.
_LOOPBACK = re.compile(r"\w+ (127\.|\[::1\]|\[::ffff:127\.)")
GRANTED, DENIED, PARTLY, DELEGATED, ABORTED = "granted", "denied", "partly", "delegated", "aborted"


class Shared:
    """Values kept once, each known by its number."""

    def __init__(self):
        self.values = []
        self._numbers = {}

    def number(self, value) -> int:
        """The number of a value, the same for equal ones."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]


def view(fleet: dict, previous: dict | None = None) -> dict:
    """What the page holds.

    :param fleet: the fleet's document; ``previous`` the one of the report before, or None.
    :returns: ``time``, ``previous`` (its time), ``clients``, ``daemons``, ``answers``, ``findings``, ``places``, ``changes``, ``changed`` (how many
        there are) and ``hosts``. A host's ``cells`` map a daemon's number to [enforcement, evidence, reads tables, numbers of answers in the order
        of ``clients``, numbers of the findings about it, whether a stranger is served, numbers of places].
    """
    if previous is not None and previous.get("schema") != fleet.get("schema", SCHEMA):
        previous = None
    answers, findings, clients, daemons, places = Shared(), Shared(), Shared(), Shared(), Shared()
    for host in fleet["hosts"]:
        for item in host.get("access") or []:
            clients.number(item["clients"])
    hosts = [_host(host, answers, findings, clients, daemons, places) for host in fleet["hosts"]]
    changed = [] if previous is None else changes(previous, fleet)
    return {
        "time": fleet["time"],
        "previous": None if previous is None else previous.get("time"),
        "clients": clients.values,
        "daemons": daemons.values,
        "answers": answers.values,
        "findings": findings.values,
        "places": places.values,
        "changes": changed[:MOST_CHANGES],
        "changed": len(changed),
        "hosts": hosts,
    }


def page_data(fleet: dict, previous: dict | None = None) -> str:
    """The view as JSON that can stand inside a script element: ASCII, and nothing that could end the element."""
    text = json.dumps(view(fleet, previous), separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def enforcement(services: list[dict]) -> list:
    """The worst that holds for a daemon's services: [enforcement, evidence, whether it can read the tables]."""
    if not services:
        return [RULES_ONLY, "no service here asks for this daemon", None]
    found = []
    for service in services:
        by = service.get("enforced_by")
        state = (
            UNKNOWN
            if by is None
            else ENFORCED
            if len(by) == 1
            else TWICE
            if by
            else LOCAL
            if _is_local(service)
            else NOBODY
        )
        told = service.get("evidence") or ", ".join(by or [])
        found.append(([NOBODY, UNKNOWN, TWICE, ENFORCED, LOCAL].index(state), state, told, service.get("reads_tables")))
    _rank, state, told, _reads = min(found, key=lambda item: item[0])
    reads = (
        False
        if any(item[3] is False for item in found)
        else next((item[3] for item in found if item[3] is not None), None)
    )
    return [state, told, reads]


def strangers(services: list[dict]) -> bool | None:
    """Whether a stranger is served by one of a daemon's services; None where that is not known."""
    told = set()
    for service in services:
        by = service.get("enforced_by")
        if _is_local(service):
            told.add(False)
        elif by == []:
            told.add(True)
        else:
            told.update(
                None if by is None or access is None else access == "granted"
                for access in (service.get("anywhere") or {"": None}).values()
            )
    return True if True in told else None if None in told or not told else False


def answer(item: dict) -> list:
    """An answer as the page shows it: [access, path, line, rule, address, depends, the other answer or None, the access of this address,
    the clients that were asked about, whether the answer is proved for all of them]."""
    other = item.get("otherwise")
    access = item["access"] if other is None else PARTLY
    told = None
    if other is not None:
        told = [
            other["access"],
            other["path"],
            other["line"],
            other["rule"],
            other["request"].get("address"),
            other["depends"],
        ]
    asked = (item.get("asked") or "").partition("%s from " % item["daemon"])[2] or None
    return [
        access,
        item["path"],
        item["line"],
        item["rule"],
        item["request"].get("address"),
        item["depends"],
        told,
        item["access"],
        asked,
        "otherwise" in item and other is None,
    ]


def _is_local(service: dict) -> bool:
    listens = service.get("listens") or []
    return bool(listens) and all(_LOOPBACK.match(place) for place in listens)


def _host(host: dict, answers: Shared, findings: Shared, clients: Shared, daemons: Shared, places: Shared) -> dict:
    if not host["reachable"]:
        return {
            "name": host["host"],
            "reachable": False,
            "cells": {},
            "findings": [],
            "errors": {},
            "assertions": [],
            "refused": 0,
        }
    by_daemon: dict[str, list] = {}
    for service in host["services"]:
        if service.get("daemon"):
            by_daemon.setdefault(service["daemon"], []).append(service)
    given: dict[str, dict] = {}
    lines: dict[str, set] = {}
    for item in host["access"]:
        given.setdefault(item["daemon"], {})[item["clients"]] = answers.number(answer(item))
        lines.setdefault(item["daemon"], set()).update(
            (told.get("table"), told["line"]) for told in (item, item.get("otherwise")) if told
        )
    for rule in host.get("rules") or []:
        for name in rule.get("daemons") or []:
            lines.setdefault(name, set()).add((rule.get("table"), rule.get("line")))
    found = [
        (finding, findings.number(_finding(finding)))
        for part in sorted(host["findings"])
        for finding in host["findings"][part]
    ]
    cells = {}
    for name in sorted(set(by_daemon) | set(given)):
        row, services = given.get(name, {}), by_daemon.get(name, [])
        names = {service["name"] for service in services}
        about = {
            number
            for finding, number in found
            if (finding.get("service") is not None and finding["service"] in names)
            or _line(finding) in lines.get(name, ())
        }
        cells[daemons.number(name)] = enforcement(services) + [
            [row.get(client) for client in clients.values],
            sorted(about),
            strangers(services),
            [places.number(_place(service)) for service in services],
        ]
    return {
        "name": host["host"],
        "reachable": True,
        "dialect": host["dialect"],
        "cells": cells,
        "findings": sorted({number for _finding, number in found}),
        "errors": host["errors"],
        "assertions": [
            [
                decision["met"],
                decision["request"].get("daemon"),
                decision["request"].get("address"),
                decision["expect"],
                decision["access"],
                decision["path"],
                decision["line"],
                decision["rule"],
                decision.get("asked"),
            ]
            for decision in host["assertions"]
        ],
        "refused": host["refusals"].get("count") or 0,
        "refused_clients": [
            [client.get("client"), client.get("count"), client.get("last")]
            for client in (host["refusals"].get("by_client") or [])[:REFUSED_CLIENTS]
        ],
    }


def _finding(finding: dict) -> list:
    path = finding.get("path") or (finding.get("table") and "hosts.%s" % finding["table"])
    return [
        finding["severity"],
        finding.get("code"),
        path,
        finding.get("line"),
        finding["message"],
        finding.get("remedy"),
    ]


def _line(finding: dict) -> tuple | None:
    """The table and line that a finding is about; those of tcpd_coverage_info name the table in their path."""
    path = finding.get("path") or ""
    table = finding.get("table") or (path[len("hosts.") :] if path.startswith("hosts.") else None)
    return (table, finding["line"]) if table and finding.get("line") else None


def _place(service: dict) -> list:
    """Where a service is met: [kind, sockets, user, whether a packet filter speaks of its port, file, line]."""
    return [
        service.get("kind"),
        service.get("listens") or [],
        service.get("runs_as"),
        service.get("packet_filter"),
        service.get("path"),
        service.get("line"),
    ]
