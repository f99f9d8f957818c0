# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A fleet's document as the page shows it: what repeats from host to host is kept once."""

from __future__ import annotations

import collections
import datetime
import json
from typing import Any, Iterable, Sequence

from .._host_words import shortened
from .changes import Grouped, host_changes, is_gone
from .fleet import SCHEMA
from .help import help_of
from .sarif import path_of
from .services import NOBODY, by_daemon, enforcement, strangers
from .verdict import Verdict

#: How much of a host's refusals, and of all the changes, the page shows.
REFUSED_CLIENTS = 10
MOST_CHANGES = 1000
#: The most characters of one host on the page, and of all: a browser holds a text of 512 Mi characters at most, and one of
#: them in a second or two. 1,000 hosts take some 6 million.
MOST_OF_HOST = 4 * 1024 * 1024
MOST_OF_PAGE = 128 * 1024 * 1024
#: From half of that on, a host has no more than this, so that a few large ones leave room for the others.
MOST_OF_LATER_HOST = 64 * 1024
#: The most daemons, which are columns, and findings of one host on the page.
MOST_DAEMONS = 500
MOST_FINDINGS = 5000
#: Hosts that are named where their data is left out, and characters of each of their texts that are kept.
NAMED_LEFT_OUT = 10
LEFT_OUT_TEXT = 200
#: Clients of the whole fleet, and days, in the picture of refusals.
PICTURED_CLIENTS = 12
PICTURED_DAYS = 31

#: What is wrong with a host, the worst first.
RANKS = {
    name: rank
    for rank, name in enumerate(("open", "unmet", "unguarded", "unreachable", "failed", "error", "warning", "good"))
}
PARTLY = "partly"


class Shared:
    """Values kept once, each known by its number. ``size`` is what they take on the page, in characters."""

    def __init__(self):
        self.values = []
        self.size = 0
        self._numbers = {}

    def number(self, value) -> int:
        """The number of a value, the same for equal ones."""
        key = json.dumps(value, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.values)
            self.values.append(value)
            self.size += size_of(key)
        return self._numbers[key]

    def forget(self, count: int) -> None:
        """Keep the first values only, so many of them."""
        for key in list(self._numbers)[count:]:
            self.size -= size_of(key)
            del self._numbers[key]
        del self.values[count:]


def size_of(text: str) -> int:
    """How many characters JSON takes on the page (page_data)."""
    return len(text) + 5 * (text.count("<") + text.count(">") + text.count("&"))


class View:
    """What the page holds, made a host at a time.

    What repeats from host to host is kept once, in ``answers``, ``findings``, ``places`` and ``daemons``, and named by its number there. ``data()`` says
    which keys there are; the page's script reads them by these names.
    """

    def __init__(self, heading: dict, previous: Any = None, kept: Sequence[dict] = ()):
        """``heading`` is the fleet's document without its hosts; ``previous`` the report before (files.Previous), or None.

        :param kept: the reports that are kept beside the page, mappings with ``time`` and ``file``, the newest first.
        """
        self._heading, self._previous, self._kept = heading, previous or None, list(kept)
        self._shared = {name: Shared() for name in ("answers", "findings", "places", "clients", "daemons")}
        self._hosts: list[dict] = []
        self._size = 0  # of what stands in it so far, without what is shared
        #: the names of the hosts whose data is too much for the page
        self.left_out: list[str] = []
        self._changes = Grouped(MOST_CHANGES)
        self._refused = Refused(heading["time"])
        self._verdict = Verdict()
        self._seen: set[str] = set()

    def add(self, host: dict) -> None:
        """The next host's document."""
        for item in host.get("access") or []:
            self._shared["clients"].number(item["clients"])
        self._hosts.append(self._shown(host))
        self._verdict.add(host)
        self._refused.add(host)
        self._seen.add(host["host"])
        if self._previous is not None:
            self._changes.add(host_changes(self._previous.take(host["host"]), host))

    def _shown(self, host: dict) -> dict:
        """A host on the page; with little but its rank where that is more than it, or the page, may have."""
        counts = {name: len(one.values) for name, one in self._shared.items()}
        before = self._size + sum(one.size for one in self._shared.values())
        most = MOST_OF_HOST if before < MOST_OF_PAGE // 2 else MOST_OF_LATER_HOST if before < MOST_OF_PAGE else 0
        if host["reachable"] and (len(_names(host)) > MOST_DAEMONS or _count(host) > MOST_FINDINGS):
            most = 0
        if most:
            made = _host(host, self._shared)
            size = size_of(json.dumps(made))
            if self._size + size + sum(one.size for one in self._shared.values()) - before <= most:
                self._size += size
                return made
        for name, count in counts.items():
            self._shared[name].forget(count)
        made = _left_out(host)
        self._size += size_of(json.dumps(made))
        self.left_out.append(host["host"])
        return made

    @property
    def verdict(self) -> Verdict:
        """What was found so far, in words and numbers."""
        return self._verdict

    def data(self) -> dict:
        """All of it, once every host was added."""
        if self._previous is not None:
            self._changes.add([is_gone(name) for name in self._previous.names if name not in self._seen])
        return {
            "time": self._heading["time"],
            "evidence": self._heading.get("evidence"),
            "previous": None if self._previous is None else self._previous.time,
            "kept": self._kept,
            "verdict": self._verdict.sentence(),
            "totals": self._verdict.totals,
            "clients": self._shared["clients"].values,
            "daemons": self._shared["daemons"].values,
            "answers": self._shared["answers"].values,
            "findings": self._shared["findings"].values,
            "places": self._shared["places"].values,
            "changes": self._changes.groups(),
            "changed": self._changes.count,
            "refusals": self._refused.data(),
            "hosts": self._hosts,
            "left_out": self.left_out[:NAMED_LEFT_OUT],
            "left_out_count": len(self.left_out),
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


def answer(item: dict) -> dict:
    """An answer as the page shows it: what decides, ``other``, a client of the group that is answered differently, or null, and whether it is ``proved``."""
    other = item.get("otherwise")
    asked = (item.get("asked") or "").partition("%s from " % item["daemon"])[2] or None
    return dict(
        _decided(item),
        shown=item["access"] if other is None else PARTLY,
        other=None if other is None else _decided(other),
        asked=asked,
        proved="otherwise" in item and other is None,
    )


def _decided(item: dict) -> dict:
    made = {key: item[key] for key in ("access", "path", "line", "rule", "depends")}
    return dict(made, address=item["request"].get("address"))


def _host(host: dict, shared: dict[str, Shared]) -> dict:
    if not host["reachable"]:
        return _unreached(host)
    found = [
        (finding, shared["findings"].number(_finding(host, part, finding)))
        for part in sorted(host["findings"])
        for finding in host["findings"][part]
    ]
    numbers = sorted({number for _finding_, number in found})
    made = {
        "name": host["host"],
        "reachable": True,
        "dialect": host["dialect"],
        "cells": _cells(host, shared, found),
        "findings": numbers,
        "more": sum(one["count"] for more in (host.get("more_findings") or {}).values() for one in more),
        "errors": host["errors"],
        "assertions": [_assertion(decision) for decision in host["assertions"]],
        "refused": host["refusals"].get("count") or 0,
        "refused_clients": [
            {key: client.get(key) for key in ("client", "count", "last")}
            for client in (host["refusals"].get("by_client") or [])[:REFUSED_CLIENTS]
        ],
        "logs": {key: host["refusals"].get(key) for key in ("since", "sources", "problems")},
    }
    return dict(made, rank=_rank(host, made["cells"].values()))


def _unreached(host: dict) -> dict:
    return {"name": host["host"], "reachable": False, "rank": RANKS["unreachable"]}


def _left_out(host: dict) -> dict:
    """A host whose data is left out: how bad it is, its assertions, and where the rest stands."""
    if not host["reachable"]:
        return _unreached(host)
    told = "its data is too much for this page, and stands in fleet.json and in the file of this host"
    errors = {part: shortened(message, LEFT_OUT_TEXT) for part, message in host["errors"].items()}
    return {
        "name": host["host"],
        "reachable": True,
        "dialect": host["dialect"] and shortened(host["dialect"], LEFT_OUT_TEXT),
        "cells": {},
        "findings": [],
        "more": 0,
        "errors": dict(errors, page=told),
        "assertions": [
            {key: shortened(one, LEFT_OUT_TEXT) if isinstance(one, str) else one for key, one in decision.items()}
            for decision in map(_assertion, host["assertions"])
        ],
        "refused": host["refusals"].get("count") or 0,
        "refused_clients": [],
        "logs": {"since": None, "sources": [], "problems": []},
        "rank": _rank(host, [dict(enforcement(one), open=strangers(one)) for one in by_daemon(host).values()]),
    }


def _names(host: dict) -> set[str]:
    """The daemons of a host: those of its services, and those that were asked about."""
    return set(by_daemon(host)) | {item["daemon"] for item in host["access"]}


def _count(host: dict) -> int:
    return sum(len(found) for found in host["findings"].values())


def _cells(host: dict, shared: dict[str, Shared], found: list[tuple[dict, int]]) -> dict[int, dict]:
    """What the page says of each daemon of a host, by the daemon's number. ``found``: the host's findings with their numbers."""
    known = by_daemon(host)
    given: dict[str, dict] = {}
    lines: dict[str, set] = {}
    for item in host["access"]:
        given.setdefault(item["daemon"], {})[item["clients"]] = shared["answers"].number(answer(item))
        lines.setdefault(item["daemon"], set()).update(
            (told.get("table"), told["line"]) for told in (item, item.get("otherwise")) if told
        )
    cells, subjects = {}, _Subjects(found)
    for name in sorted(set(known) | set(given)):
        row, services = given.get(name, {}), known.get(name, [])
        names = {service["name"] for service in services}
        about = subjects.about(name, names, lines.get(name, set()))
        cells[shared["daemons"].number(name)] = dict(
            enforcement(services),
            answers=[row.get(client) for client in shared["clients"].values],
            findings=sorted(about),
            open=strangers(services),
            places=[shared["places"].number(_place(service)) for service in services],
        )
    return cells


def _rank(host: dict, cells: Iterable[dict]) -> int:
    """How bad it is, 0 the worst: the page shows the hosts in this order. ``cells``: what is said of its daemons."""
    cells = list(cells)
    severities = {finding["severity"] for found in host["findings"].values() for finding in found}
    if any(cell["open"] for cell in cells):
        return RANKS["open"]
    if any(decision["met"] is False for decision in host["assertions"]):
        return RANKS["unmet"]
    if any(cell["guard"] == NOBODY or cell["reads"] is False for cell in cells):
        return RANKS["unguarded"]
    if host["errors"]:
        return RANKS["failed"]
    return RANKS["error"] if "error" in severities else RANKS["warning"] if "warning" in severities else RANKS["good"]


class _Subjects:
    """The findings of a host by what they are about, so that a host with many is quickly done with."""

    def __init__(self, found: list[tuple[dict, int]]):
        """``found``: the findings with their numbers."""
        self._services: dict[str, set[int]] = collections.defaultdict(set)
        self._lines: dict[tuple, set[int]] = collections.defaultdict(set)
        self._daemons: dict[str, set[int]] = collections.defaultdict(set)
        for finding, number in found:
            line = _line(finding)
            if finding.get("service") is not None:
                self._services[finding["service"]].add(number)
            if line is not None:
                self._lines[line].add(number)
            for daemon in finding.get("daemons") or ():
                self._daemons[daemon].add(number)

    def about(self, daemon: str, services: set, lines: set) -> set[int]:
        """The findings about a daemon: about its services, about rules that decided for it, or about one that names it."""
        found = set(self._daemons.get(daemon, ()))
        for known, keys in ((self._services, services), (self._lines, lines)):
            for key in keys:
                found.update(known.get(key, ()))
        return found


def _assertion(decision: dict) -> dict:
    made = {key: decision[key] for key in ("met", "expect", "access", "path", "line", "rule")}
    request = decision["request"]
    return dict(made, daemon=request.get("daemon"), address=request.get("address"), asked=decision.get("asked"))


def _finding(host: dict, part: str, finding: dict) -> dict:
    return {
        "severity": finding["severity"],
        "code": finding.get("code"),
        "path": path_of(host, finding),
        "line": finding.get("line"),
        "message": finding["message"],
        "remedy": finding.get("remedy"),
        "help": help_of(finding.get("code"), part),
    }


def _line(finding: dict) -> tuple | None:
    """The table and line that a finding is about; those of tcpd_coverage_info name the table in their path."""
    path = finding.get("path") or ""
    table = finding.get("table") or (path[len("hosts.") :] if path.startswith("hosts.") else None)
    return (table, finding["line"]) if table and finding.get("line") else None


def _place(service: dict) -> dict:
    """Where a service is met."""
    keys = ("kind", "runs_as", "packet_filter", "path", "line", "remedy")
    return dict({key: service.get(key) for key in keys}, listens=service.get("listens") or [])


class Refused:
    """Who was refused on the whole fleet, and on which days: the clients that were refused most often."""

    def __init__(self, time: str) -> None:
        """``time``: when the audit was made; later days are no host's to tell."""
        self._clients: dict[str, dict] = {}
        self._days: collections.Counter = collections.Counter()
        self._last = datetime.date.fromisoformat(time[:10])

    def add(self, host: dict) -> None:
        """The next host's document."""
        refusals = host.get("refusals") or {}
        for one in (refusals.get("by_client") or [])[:REFUSED_CLIENTS]:
            known = self._clients.setdefault(
                one["client"], {"client": one["client"], "count": 0, "hosts": 0, "days": collections.Counter()}
            )
            known["count"] += one["count"]
            known["hosts"] += 1
        for told in refusals.get("by_day") or []:
            ago = self._ago(told["day"])
            if ago is None:
                continue
            self._days[ago] += told["count"]
            for one in told["clients"]:
                if one["client"] in self._clients:
                    self._clients[one["client"]]["days"][ago] += one["count"]

    def data(self) -> dict:
        """``days``, the oldest first, the counts of ``all`` on each, and the ``clients``, the most refused first, with theirs."""
        ordered = sorted(self._clients.values(), key=lambda one: (-one["count"], one["client"]))[:PICTURED_CLIENTS]
        distances = range(max(self._days, default=-1), -1, -1)
        return {
            "days": [str(self._last - datetime.timedelta(ago)) for ago in distances],
            "all": [self._days[ago] for ago in distances],
            "clients": [dict(one, days=[one["days"][ago] for ago in distances]) for one in ordered],
        }

    def _ago(self, day: str) -> int | None:
        """How many days before the audit a day is; None for one that is not in the picture, or is none."""
        try:
            ago = (self._last - datetime.date.fromisoformat(day)).days
        except ValueError:
            return None
        return ago if 0 <= ago < PICTURED_DAYS else None
