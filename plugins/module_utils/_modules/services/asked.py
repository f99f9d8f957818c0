# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""For one daemon name: is there such a service, and does somebody ask libwrap about its connections? The one answer
that all modules use.
"""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from ..._host.files.root import Root
from .installed import installed_daemon
from .listener import Listener, names_of

ASKS, DOES_NOT_ASK, NOT_KNOWN, NO_SERVICE = "asks", "does not ask", "not known", "no such service"


class Asked(NamedTuple):
    """What is known of a daemon; `service` is the one that asks least, None where there is none."""

    daemon: str
    state: str  # ASKS, DOES_NOT_ASK, NOT_KNOWN, NO_SERVICE
    service: Optional[Listener]

    def report(self) -> Dict[str, Any]:
        """As modules return it."""
        service = self.service
        return {
            "daemon": self.daemon,
            "state": self.state,
            "listens": [] if service is None else places_of(service),
            "evidence": None if service is None else service.evidence,
            "remedy": (service.remedy or None) if service is not None else None,
        }


def ask_about(root: Root, services: Sequence[Listener], daemon: str) -> Asked:
    """What holds for a daemon of the host; of an image, where nothing runs, also what is installed counts."""
    wanted = daemon.lower()
    hosts = [service for service in services if not service.personal]
    found = [service for service in hosts if wanted in [name.lower() for name in names_of(service)]]
    unknown = next((service for service in hosts if service.other_names), None)
    if not found and unknown is not None:
        return Asked(daemon, NOT_KNOWN, unknown)
    found += installed_ones(root, found, [daemon])
    for service in found:
        if service.filtered_by and not service.asked_of:
            continue
        if service.asked_of == []:
            return Asked(daemon, DOES_NOT_ASK, service)
    for service in found:
        if service.asked_of is None and not service.filtered_by:
            return Asked(daemon, NOT_KNOWN, service)
    return Asked(daemon, ASKS, found[0]) if found else Asked(daemon, NO_SERVICE, None)


def installed_ones(root: Root, services: Sequence[Listener], daemons: Iterable[str]) -> List[Listener]:
    """Of an image, where nothing runs, what is installed that asks by some names, or would; of a name that one of the
    services has, only what starts with the system.
    """
    if root.is_host:
        return []
    names = {name.lower() for service in services for name in names_of(service)}
    found = [installed_daemon(root, daemon, daemon.lower() in names) for daemon in dict.fromkeys(daemons)]
    return [service for service in found if service is not None]


def places_of(service: Listener) -> List[str]:
    """Where it listens: `tcp port 22`."""
    return ["%s port %d" % place for place in service.places]
