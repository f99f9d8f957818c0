# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What changed on a fleet between two reports, in sentences."""

from __future__ import annotations

from .host import asked_of

_READS = {True: "yes", False: "no", None: "not known"}


def host_changes(before: dict | None, after: dict) -> list[dict]:
    """What is otherwise on one host: mappings with ``host``, ``daemon`` or None, and ``text``.

    :param before: its document in the earlier report, None where it has none there; ``after``: that of this one.
    """
    name = after["host"]
    if before is None:
        return [{"host": name, "daemon": None, "text": "is new in the report"}]
    if before["reachable"] != after["reachable"]:
        return [
            {"host": name, "daemon": None, "text": "is reached again" if after["reachable"] else "is no longer reached"}
        ]
    if not after["reachable"]:
        return []
    told = []
    for values in (_assertions, _access, _enforced, _reads):
        old, new = values(before), values(after)
        for key in sorted(set(old) & set(new)):
            if old[key] != new[key]:
                told.append({"host": name, "daemon": key[0], "text": "%s: %s -> %s" % (key[1], old[key], new[key])})
    for kind, values in (("service", _services), ("finding", _findings)):
        old, new = values(before), values(after)
        for ended, keys in (("is new", set(new) - set(old)), ("is gone", set(old) - set(new))):
            for key in sorted(keys, key=str):
                daemon, text = (new if ended == "is new" else old)[key]
                told.append({"host": name, "daemon": daemon, "text": "this %s %s%s" % (kind, ended, text)})
    return told


def is_gone(name: str) -> dict:
    """What is told of a host that the earlier report has and this one has not."""
    return {"host": name, "daemon": None, "text": "is no longer in the report"}


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
    return {
        (service["daemon"], "enforced by"): ", ".join(service["enforced_by"] or [])
        or ("nobody" if service["enforced_by"] == [] else "unknown")
        for service in host["services"]
        if service.get("daemon")
    }


def _reads(host: dict) -> dict:
    return {
        (service["daemon"], "reads the tables"): _READS[service.get("reads_tables")]
        for service in host["services"]
        if service.get("daemon")
    }


def _services(host: dict) -> dict:
    return {service["daemon"]: (service["daemon"], "") for service in host["services"] if service.get("daemon")}


def _findings(host: dict) -> dict:
    # A finding about a service is the same one where its port has another number now, and one about a table where the line has moved.
    return {
        (
            part,
            finding.get("code"),
            finding.get("service") or (finding.get("path") or finding.get("table"), finding["message"]),
        ): (None, ": %s: %s" % (finding["severity"], finding["message"]))
        for part, findings in host["findings"].items()
        for finding in findings
    }
