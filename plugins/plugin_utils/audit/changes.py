# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed on a fleet between two reports, in sentences."""

from __future__ import annotations


def changes(before: dict, after: dict) -> list[dict]:
    """The differences: mappings with ``host``, ``daemon`` or None, and ``text``, in the order of the hosts.

    :param before: the fleet's document of the earlier report; ``after``: that of this one.
    """
    old = {host["host"]: host for host in before.get("hosts") or []}
    told = []
    for host in after["hosts"]:
        told += _host(old.pop(host["host"], None), host)
    told += [{"host": name, "daemon": None, "text": "is no longer in the report"} for name in sorted(old)]
    return told


def _host(before: dict | None, after: dict) -> list[dict]:
    name = after["host"]
    if before is None:
        return [{"host": name, "daemon": None, "text": "is new in the report"}]
    if before["reachable"] != after["reachable"]:
        return [{"host": name, "daemon": None, "text": "is reached again" if after["reachable"] else "is no longer reached"}]
    if not after["reachable"]:
        return []
    told = []
    for values in (_access, _enforced):
        old, new = values(before), values(after)
        for key in sorted(set(old) & set(new)):
            if old[key] != new[key]:
                told.append({"host": name, "daemon": key[0], "text": "%s: %s -> %s" % (key[1], old[key], new[key])})
    old, new = _services(before), _services(after)
    told += [{"host": name, "daemon": daemon, "text": "this service is new"} for daemon in sorted(new - old)]
    told += [{"host": name, "daemon": daemon, "text": "this service is gone"} for daemon in sorted(old - new)]
    return told


def _access(host: dict) -> dict:
    return {(item["daemon"], item["clients"]): "partly" if item.get("otherwise") else item["access"] for item in host["access"]}


def _enforced(host: dict) -> dict:
    return {(service["daemon"], "enforced by"): ", ".join(service["enforced_by"] or []) or ("nobody" if service["enforced_by"] == [] else "unknown")
            for service in host["services"] if service.get("daemon")}


def _services(host: dict) -> set:
    return {service["daemon"] for service in host["services"] if service.get("daemon")}
