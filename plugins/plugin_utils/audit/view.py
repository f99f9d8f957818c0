# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet's document as the page shows it: what repeats from host to host is kept once."""

from __future__ import annotations

import json

from .changes import changes

#: How much of a host's refusals, and of all the changes, the page shows.
REFUSED_CLIENTS = 10
MOST_CHANGES = 1000

ENFORCED, TWICE, NOBODY, UNKNOWN, RULES_ONLY = "enforced", "twice", "nobody", "unknown", "rules_only"
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
    :returns: ``time``, ``previous`` (its time), ``clients``, ``daemons``, ``answers``, ``findings``, ``changes`` and ``hosts``. A host's
        ``cells`` map a daemon's number to [enforcement, evidence, reads tables, numbers of answers in the order of ``clients``].
    """
    answers, findings, clients, daemons = Shared(), Shared(), Shared(), Shared()
    for host in fleet["hosts"]:
        for item in host.get("access") or []:
            clients.number(item["clients"])
    hosts = [_host(host, answers, findings, clients, daemons) for host in fleet["hosts"]]
    return {
        "time": fleet["time"],
        "previous": None if previous is None else previous.get("time"),
        "clients": clients.values,
        "daemons": daemons.values,
        "answers": answers.values,
        "findings": findings.values,
        "changes": [] if previous is None else changes(previous, fleet)[:MOST_CHANGES],
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
        state = UNKNOWN if by is None else NOBODY if not by else TWICE if len(by) > 1 else ENFORCED
        told = service.get("evidence") or ", ".join(by or [])
        found.append(([NOBODY, UNKNOWN, TWICE, ENFORCED].index(state), state, told, service.get("reads_tables")))
    _rank, state, told, _reads = min(found, key=lambda item: item[0])
    reads = False if any(item[3] is False for item in found) else next((item[3] for item in found if item[3] is not None), None)
    return [state, told, reads]


def answer(item: dict) -> list:
    """An answer as the page shows it: [access, path, line, rule, address, depends, the other answer or None]."""
    other = item.get("otherwise")
    access = item["access"] if other is None else PARTLY
    told = None
    if other is not None:
        told = [other["access"], other["path"], other["line"], other["rule"], other["request"].get("address"), other["depends"]]
    return [access, item["path"], item["line"], item["rule"], item["request"].get("address"), item["depends"], told, item["access"]]


def _host(host: dict, answers: Shared, findings: Shared, clients: Shared, daemons: Shared) -> dict:
    if not host["reachable"]:
        return {"name": host["host"], "reachable": False, "cells": {}, "findings": [], "errors": {}, "assertions": [], "refused": 0}
    by_daemon: dict[str, list] = {}
    for service in host["services"]:
        if service.get("daemon"):
            by_daemon.setdefault(service["daemon"], []).append(service)
    given: dict[str, dict] = {}
    for item in host["access"]:
        given.setdefault(item["daemon"], {})[item["clients"]] = answers.number(answer(item))
    cells = {}
    for name in sorted(set(by_daemon) | set(given)):
        row = given.get(name, {})
        cells[daemons.number(name)] = enforcement(by_daemon.get(name, [])) + [[row.get(client) for client in clients.values]]
    return {
        "name": host["host"],
        "reachable": True,
        "dialect": host["dialect"],
        "cells": cells,
        "findings": sorted({findings.number([finding["severity"], finding.get("code"), finding.get("path") or finding.get("table"),
                                             finding.get("line"), finding["message"], finding.get("remedy")])
                            for part in sorted(host["findings"]) for finding in host["findings"][part]}),
        "errors": host["errors"],
        "assertions": [[decision["met"], decision["request"].get("daemon"), decision["request"].get("address"), decision["expect"],
                        decision["access"], decision["path"], decision["line"], decision["rule"]] for decision in host["assertions"]],
        "refused": host["refusals"].get("count") or 0,
        "refused_clients": [[client.get("client"), client.get("count"), client.get("last")]
                            for client in (host["refusals"].get("by_client") or [])[:REFUSED_CLIENTS]],
    }
