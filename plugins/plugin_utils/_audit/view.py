# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A fleet's document as the page shows it: what repeats from host to host is kept once."""

from __future__ import annotations

import json
import re
from typing import Any

from .changes import host_changes, is_gone
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


class View:
    """What the page holds, made a host at a time.

    Its ``data()`` has ``time``, ``previous`` (its time), ``clients``, ``daemons``, ``answers``, ``findings``, ``places``, ``changes``, ``changed`` (how many
    there are) and ``hosts``. A host's ``cells`` map a daemon's number to [enforcement, evidence, reads tables, numbers of answers in the order
    of ``clients``, numbers of the findings about it, whether a stranger is served, numbers of places].
    """

    def __init__(self, heading: dict, previous: Any = None):
        """``heading`` is the fleet's document without its hosts; ``previous`` the report before (files.Previous), or None."""
        self._heading, self._previous = heading, previous or None
        self._answers, self._findings, self._places = Shared(), Shared(), Shared()
        self._clients, self._daemons = Shared(), Shared()
        self._hosts: list[dict] = []
        self._changes: list[dict] = []
        self._changed = 0
        self._seen: set[str] = set()

    def add(self, host: dict) -> None:
        """The next host's document."""
        for item in host.get("access") or []:
            self._clients.number(item["clients"])
        self._hosts.append(_host(host, self._answers, self._findings, self._clients, self._daemons, self._places))
        self._seen.add(host["host"])
        if self._previous is not None:
            self._note(host_changes(self._previous.take(host["host"]), host))

    def _note(self, changes: list[dict]) -> None:
        self._changed += len(changes)
        self._changes += changes[: max(0, MOST_CHANGES - len(self._changes))]

    def data(self) -> dict:
        """All of it, once every host was added."""
        if self._previous is not None:
            self._note([is_gone(name) for name in self._previous.names if name not in self._seen])
        return {
            "time": self._heading["time"],
            "previous": None if self._previous is None else self._previous.time,
            "clients": self._clients.values,
            "daemons": self._daemons.values,
            "answers": self._answers.values,
            "findings": self._findings.values,
            "places": self._places.values,
            "changes": self._changes,
            "changed": self._changed,
            "hosts": self._hosts,
        }


class Held:
    """A fleet's document as the report before, where it is held as a whole."""

    def __init__(self, fleet: dict):
        self.time = fleet.get("time")
        self._hosts = {host["host"]: host for host in fleet.get("hosts") or []}

    @property
    def names(self) -> list[str]:
        """The hosts that are there."""
        return list(self._hosts)

    def take(self, name: str) -> dict | None:
        """The document of a host."""
        return self._hosts.get(name)


def view(fleet: dict, previous: dict | None = None) -> dict:
    """What the page holds, of whole documents of a fleet, this one and the one before."""
    if previous is not None and previous.get("schema") != fleet.get("schema", SCHEMA):
        previous = None
    made = View(fleet, None if previous is None else Held(previous))
    for host in fleet["hosts"]:
        made.add(host)
    return made.data()


def page_data(data: dict) -> str:
    """The view as JSON that can stand inside a script element: ASCII, and nothing that could end the element."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
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
            or name in (finding.get("daemons") or ())
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
