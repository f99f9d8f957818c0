# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What a daemon's services say about its guard and about strangers."""

from __future__ import annotations

import re

#: What users' own processes are called together: their services have no daemon, and are none of the host's.
OF_USERS = "users' own processes"
ENFORCED, TWICE, NOBODY, UNKNOWN, RULES_ONLY, LOCAL = "enforced", "twice", "nobody", "unknown", "rules_only", "local"
# A socket that nobody but the host itself can reach.
_LOOPBACK = re.compile(r"\w+ (127\.|\[::1\]|\[::ffff:127\.)")


def by_daemon(host: dict) -> dict[str, list]:
    """The services of a host by their daemons, those of its users' own processes under OF_USERS."""
    found: dict[str, list] = {}
    for service in host["services"]:
        found.setdefault(service.get("daemon") or OF_USERS, []).append(service)
    return found


def enforcement(services: list[dict]) -> dict:
    """The worst that holds for a daemon's services: ``guard``, ``evidence``, and ``reads``, whether it can read the
    tables.
    """
    if not services:
        return {"guard": RULES_ONLY, "evidence": "no service here asks for this daemon", "reads": None}
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
    return {"guard": state, "evidence": told, "reads": reads}


def guards(services: list[dict]) -> list[str] | None:
    """Who makes a daemon obey the tables, by the service of it that is guarded worst: [] nobody, None where that is not
    known.
    """
    told = [service.get("enforced_by") for service in services]
    if [] in told:
        return []
    return None if None in told or not told else min(told, key=lambda by: (len(by), by))


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


def _is_local(service: dict) -> bool:
    listens = service.get("listens") or []
    return bool(listens) and all(_LOOPBACK.match(place) for place in listens)
