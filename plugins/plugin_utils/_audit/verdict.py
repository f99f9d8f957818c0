# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""What an audit found, in one sentence or two."""

from __future__ import annotations

from .._host_words import shortened
from .plain import plain
from .services import OF_USERS, by_daemon, strangers

#: How many hosts a sentence names, one where there are more than MANY; and how many daemons of a host.
NAMED, MANY, DAEMONS = 3, 10, 2
#: The most characters of these daemons: the name of one is a word of the host.
LONGEST = 200


class Verdict:
    """The sentence that begins the page and ends the run."""

    def __init__(self) -> None:
        self.totals = dict.fromkeys(
            ("hosts", "unreachable", "open", "assertions", "unmet", "findings", "refused", "failed"), 0
        )
        self._unseen = self._unasked = 0  # hosts that did not tell what listens, or did not answer
        self._open: list[tuple[int, str]] = []
        self._unreachable: list[str] = []

    def add(self, host: dict) -> None:
        """The next host's document."""
        totals = self.totals
        totals["hosts"] += 1
        if not host["reachable"]:
            totals["unreachable"] += 1
            self._unreachable = [*self._unreachable, plain(host["host"])][:NAMED]
            return
        daemons = open_daemons(host)
        if daemons:
            totals["open"] += 1
            named = ", ".join(daemons) if len(daemons) <= DAEMONS else "%d daemons" % len(daemons)
            told = "%s (%s)" % (plain(host["host"]), shortened(plain(named), LONGEST))
            # the hosts with the most of them are named
            self._open = sorted([*self._open, (-len(daemons), told)])[:NAMED]
        met = [decision["met"] for decision in host["assertions"] if decision["met"] is not None]
        totals["assertions"] += len(met)
        totals["unmet"] += met.count(False)
        totals["failed"] += bool(host["errors"])
        self._unseen += "coverage" in host["errors"]
        self._unasked += "answers" in host["errors"]
        totals["refused"] += host["refusals"].get("count") or 0
        totals["findings"] += sum(one["severity"] == "error" for part in host["findings"].values() for one in part)

    def sentence(self) -> str:
        """Who lets strangers in, what holds, and what is not known."""
        totals = self.totals
        if not totals["hosts"]:
            return "No host was audited."
        told = []
        if totals["unreachable"] < totals["hosts"]:
            told.append(self._strangers())
            told.append(self._held())
        if totals["unreachable"]:
            told.append(
                "%s not reached: %s."
                % (
                    _many(totals["unreachable"], "host was", "hosts were"),
                    _list(self._unreachable, totals["unreachable"]),
                )
            )
        if totals["failed"]:
            told.append("%s audited in part only." % _many(totals["failed"], "host was", "hosts were"))
        return " ".join(told)

    def _strangers(self) -> str:
        totals = self.totals
        if not totals["open"] and self._unseen:
            return "What lets strangers in is not known of %s." % _many(self._unseen, "host", "hosts")
        if not totals["open"]:
            return "No stranger is known to get in."
        told = [told for _count, told in self._open]
        if totals["hosts"] == 1:
            name, _space, daemons = told[0].partition(" (")
            return "%s lets strangers in: %s." % (name, daemons[:-1])
        return "%d of %d hosts %s strangers in: %s." % (
            int(totals["open"]),
            int(totals["hosts"]),
            "lets" if totals["open"] == 1 else "let",
            _list(told, totals["open"]),
        )

    def _held(self) -> str:
        asked, unmet = int(self.totals["assertions"]), int(self.totals["unmet"])
        if not asked and self._unasked:
            return "What was asserted could not be asked on %s." % _many(self._unasked, "host", "hosts")
        if not asked:
            return "Nothing was asserted: say in audit_assertions what must hold."
        if asked == 1:
            return "The one assertion does not hold." if unmet else "The one assertion holds."
        return "%d of %d assertions hold." % (asked - unmet, asked) if unmet else "All %d assertions hold." % asked


def open_daemons(host: dict) -> list[str]:
    """The daemons of a host that serve any stranger, sorted, and behind them its users' own processes, as one."""
    found = [name for name, services in by_daemon(host).items() if strangers(services) is True]
    return sorted(found, key=lambda name: (name == OF_USERS, name))


def _many(count: int, one: str, more: str) -> str:
    return "%d %s" % (count, one if count == 1 else more)


def _list(names: list[str], count: int) -> str:
    shown = names[: NAMED if count <= MANY else 1]
    return ", ".join(shown) + (" and %d more" % (count - len(shown)) if count > len(shown) else "")
