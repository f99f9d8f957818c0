# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The services that a task means which names none: all that listen for others."""

from typing import Any, Dict, List, Optional, Tuple

from ..._backends.translate import Service
from ..._host.files.root import Root
from ..._host.system.detect import detect_dialect
from ..._host.system.ephemeral_ports import is_kernels_choice
from ..._host.system.known_daemons import STARTERS
from ..._host.system.tunnels import tunnel_places
from ..services.brought import brought_along
from ..services.configured import configured_services
from ..services.listener import Listener
from ..services.machine import look_at
from ..services.survey import find_services
from .network_daemons import is_on_the_way
from .options import Found

#: Services of rpc whose ports are others after each start, unless their configuration fixes them.
_RPC = ("mountd", "statd", "rquotad", "rpc.mountd", "rpc.statd", "rpc.rquotad", "ypserv", "ypbind")

_LEFT = (
    "Left out of the filter, because the kernel may have picked their ports, and others after the next start: %s. To filter "
    "one whose port is fixed, name it in services."
)

_UNKNOWN = (
    "Left out of the filter, because nothing that was seen says which service it is: %s. Name it in services, with "
    "the daemon that the rules mean."
)

_PEOPLES = (
    "Left out of the filter, because users started them, and rules mean daemons of the host: %s. To filter a port, name it in "
    "services, with the daemon that the rules mean."
)

_SHOWN = 10  # anybody may have thousands of them


def listening(root: Root) -> Tuple[List[Found], List[str]]:
    """All that listens for others on fixed ports, by libwrap's names, and warnings of what else listens. Processes of one
    name are one service, but for those that the way to the host may depend on, and those that are none of the host's own:
    neither decides what becomes of the others.

    A filter for a port that the kernel picked would stand before nobody after the next start, and the service would be open.
    """
    machine = look_at(root)
    configured = configured_services(root, detect_dialect(root).dialect)
    tunnels = tunnel_places() if root.is_host else set()
    found: Dict[Any, List[int]] = {}
    brought: Dict[Any, str] = {}
    left: Dict[str, None] = {}
    unknown: Dict[str, None] = {}
    people: Dict[str, None] = {}
    for covered in find_services(machine, configured):
        if covered.personal and not covered.gave_way:
            people.update(("%s (%s port %d)" % (covered.name, kind, port), None) for kind, port in _for_others(covered))
            continue
        if covered.program is None or (covered.kind == "process" and covered.program.rsplit("/", 1)[-1] in STARTERS):
            unknown.update(
                ("%s port %d of %s" % (kind, port, covered.daemon), None) for kind, port in _for_others(covered)
            )
            continue
        fixed = [] if covered.daemon in _RPC else fixed_ports(covered)
        process = brought_along(covered) if fixed else ""
        for protocol in sorted({kind for kind, _port in fixed}):
            ports = [port for kind, port in fixed if kind == protocol]
            on_the_way = is_on_the_way(protocol, ports, covered.listens, tunnels)
            key = (covered.daemon, protocol, on_the_way, bool(process))
            found.setdefault(key, []).extend(ports)
            brought.setdefault(key, process)
        for protocol, port in _for_others(covered):
            if (protocol, port) not in fixed:
                left["%s (%s port %d)" % (covered.daemon, protocol, port)] = None
    services = [
        Found(Service(key[0], tuple(sorted(set(found[key]))), key[1]), key[2], brought[key]) for key in sorted(found)
    ]
    warnings = [text % ", ".join(sorted(names)) for text, names in ((_LEFT, left), (_UNKNOWN, unknown)) if names]
    return services, warnings + _of_people(sorted(people)) + configured.problems + _of_doubt(machine.doubt)


def _of_doubt(doubt: str) -> List[str]:
    return ["%s%s." % (doubt[0].upper(), doubt[1:])] if doubt else []


def _of_people(names: List[str]) -> List[str]:
    more = " and %d more" % (len(names) - _SHOWN) if len(names) > _SHOWN else ""
    return [_PEOPLES % (", ".join(names[:_SHOWN]) + more)] if names else []


def fixed_ports(service: Listener) -> List[Tuple[str, int]]:
    """(protocol, port) of each place at which a service listens for others, also after the next start."""
    return [(protocol, port) for protocol, port in _for_others(service) if not is_kernels_choice(port)]


def _for_others(service: Listener) -> List[Tuple[str, int]]:
    return [(protocol, port) for protocol, address, port in service.listens if not is_loopback(address)]


def is_loopback(address: Optional[str]) -> bool:
    """Whether only the host itself comes in at an address."""
    plain = str(address).replace("::ffff:", "")
    return plain.startswith("127.") or plain == "::1"
