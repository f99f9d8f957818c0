# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What changed on a fleet between two reports, in sentences of a kind each; the kinds that let somebody in come first."""

from __future__ import annotations

from .._host_words import shortened
from .host import asked_of
from .services import OF_USERS, by_daemon, enforcement, guards

_READS = {True: "yes", False: "no", None: "not known"}


#: The kinds of changes in the order in which they are told.
KINDS = (
    "gained",
    "unmet",
    "unguarded",
    "unreadable",
    "unreached",
    "finding-new",
    "service-new",
    "lost",
    "met",
    "guarded",
    "readable",
    "reached",
    "finding-gone",
    "service-gone",
    "host-new",
    "host-gone",
)
#: How many hosts a group of equal changes names.
NAMED_HOSTS = 8
#: The most characters of a change, and of the daemon's name in it.
LONGEST = 1000
_OPENNESS = {"granted": 3, "partly": 2, "delegated": 1}


class Grouped:
    """Changes of hosts, equal ones once with their hosts; ``count`` is how many changes there were."""

    def __init__(self, most: int):
        """``most``: how many groups are kept."""
        self._most = most
        self._groups: dict[tuple, dict] = {}
        self.count = 0

    def add(self, changes: list[dict]) -> None:
        """More changes, as host_changes() returns them."""
        self.count += len(changes)
        for change in changes:
            daemon = change["daemon"] and shortened(change["daemon"], LONGEST)
            key = (change["kind"], daemon, shortened(change["text"], LONGEST))
            if key not in self._groups:
                if len(self._groups) >= self._most:
                    continue
                self._groups[key] = dict(zip(("kind", "daemon", "text"), key), hosts=[], count=0)
            group = self._groups[key]
            group["count"] += 1
            if len(group["hosts"]) < NAMED_HOSTS:
                group["hosts"].append(change["host"])

    def groups(self) -> list[dict]:
        """The groups, ``kind``, ``daemon``, ``text``, the first of the ``hosts`` and their ``count``: those that let
        somebody in first, then the largest.
        """
        return sorted(
            self._groups.values(),
            key=lambda one: (KINDS.index(one["kind"]), -one["count"], str(one["daemon"]), one["text"]),
        )


def host_changes(before: dict | None, after: dict) -> list[dict]:
    """What is otherwise on one host: mappings with ``host``, ``kind``, ``daemon`` or None, and ``text``.

    :param before: its document in the earlier report, None where it has none there; ``after``: that of this one.
    """
    name = after["host"]

    def told(kind: str, daemon: str | None, text: str) -> dict:
        return {"host": name, "kind": kind, "daemon": daemon, "text": text}

    if before is None:
        return [told("host-new", None, "is new in the report")]
    if before["reachable"] != after["reachable"]:
        if after["reachable"]:
            return [told("reached", None, "is reached again")]
        return [told("unreached", None, "is no longer reached")]
    if not after["reachable"]:
        return []
    found = []
    for values, kind in (
        (_assertions, _of_assertion),
        (_access, _of_access),
        (_enforced, _of_guard),
        (_reads, _of_reads),
    ):
        old, new = values(before), values(after)
        for key in sorted(set(old) & set(new)):
            if old[key] != new[key]:
                text = "%s: %s -> %s" % (key[1], old[key], new[key])
                found.append(told(kind(old[key], new[key]), key[0], text))
    for kind, values in (("service", _services), ("finding", _findings)):
        old, new = values(before), values(after)
        for ended, keys in (("new", set(new) - set(old)), ("gone", set(old) - set(new))):
            for key in sorted(keys, key=str):
                daemon, text = (new if ended == "new" else old)[key]
                found.append(told("%s-%s" % (kind, ended), daemon, "this %s is %s%s" % (kind, ended, text)))
    return found


def is_gone(name: str) -> dict:
    """What is told of a host that the earlier report has and this one has not."""
    return {"host": name, "kind": "host-gone", "daemon": None, "text": "is no longer in the report"}


def _of_assertion(_old: str, new: str) -> str:
    return "met" if new == "holds" else "unmet"


def _of_access(old: str, new: str) -> str:
    return "gained" if _OPENNESS.get(new, 0) > _OPENNESS.get(old, 0) else "lost"


def _of_guard(_old: str, new: str) -> str:
    return "unguarded" if new in ("nobody", "unknown") else "guarded"


def _of_reads(_old: str, new: str) -> str:
    return "readable" if new == "yes" else "unreadable"


def _assertions(host: dict) -> dict:
    found = {}
    for decision in host["assertions"]:
        if decision["met"] is not None:
            told = "the assertion that %s is %s" % (asked_of(decision), decision["expect"])
            found[str(decision["request"].get("daemon")), told] = "holds" if decision["met"] else "does not hold"
    return found


def _access(host: dict) -> dict:
    return {
        (item["daemon"], item["clients"]): "partly" if item.get("otherwise") else item["access"]
        for item in host["access"]
    }


def _enforced(host: dict) -> dict:
    told = {daemon: guards(services) for daemon, services in _daemons(host).items()}
    return {
        (daemon, "enforced by"): ", ".join(by or []) or ("nobody" if by == [] else "unknown")
        for daemon, by in told.items()
    }


def _reads(host: dict) -> dict:
    return {
        (daemon, "reads the tables"): _READS[enforcement(services)["reads"]]
        for daemon, services in _daemons(host).items()
    }


def _daemons(host: dict) -> dict:
    """The services of a host by their daemons, without those of users, who start and end them as they like."""
    return {daemon: services for daemon, services in by_daemon(host).items() if daemon != OF_USERS}


def _services(host: dict) -> dict:
    return {service["daemon"]: (service["daemon"], "") for service in host["services"] if service.get("daemon")}


def _findings(host: dict) -> dict:
    # A finding about a service is the same one where its port has another number now, and one about a table where the
    # line has moved.
    return {
        (
            part,
            finding.get("code"),
            finding.get("service") or (finding.get("path") or finding.get("table"), finding["message"]),
        ): (None, ": %s: %s" % (finding["severity"], finding["message"]))
        for part, findings in host["findings"].items()
        for finding in findings
    }
