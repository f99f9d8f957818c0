# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""From the sets of a policy to the text of one program."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .._libwrap.strange_keys import strange_keys
from .access_list import REPLACE, AccessList
from .errors import BackendError
from . import nftables, sshd

NFTABLES, SSHD = "nftables", "sshd"
TARGETS = (NFTABLES, SSHD)
FAIL, DENY = "fail", "deny"


class Service(NamedTuple):
    """What shall be enforced: libwrap's name of a daemon, and the fixed ports that it listens on."""

    daemon: str
    ports: Tuple[int, ...]
    protocol: str


def access_list_of(service: Service, sets: Any, mode: str, unexpressed: str) -> AccessList:
    """Who may reach a service. BackendError where the policy asks for more than addresses, and ``unexpressed`` is fail.

    Companion refuses only what is denied in every case, so nothing that is unexpressed stands against it.
    """
    if mode == REPLACE and unexpressed == FAIL and sets.unexpressed:
        raise BackendError(_why(service.daemon, sets.unexpressed))
    return AccessList(service.daemon, service.ports, service.protocol, sets.granted, sets.denied, mode)


def port_of(service: Service) -> Optional[int]:
    """The one port of a service, so that rules that name ports are settled; None where it has several."""
    return service.ports[0] if len(service.ports) == 1 else None


def _why(daemon: str, unexpressed: Sequence[Any]) -> str:
    told = []
    for one in unexpressed[:3]:
        rule = one.rules[0]
        told.append(
            "hosts.%s line %s (%s) makes %s %s, whatever the address (%s)"
            % (
                rule.table.name,
                rule.line,
                rule.client_field.decode("utf-8", "replace").strip(),
                one.clients,
                one.access,
                one.reason,
            )
        )
    more = len(unexpressed) - len(told)
    return (
        "the policy of %s cannot be expressed by addresses: %s%s. Write these clients as networks, or set unexpressed "
        "to deny, and only clients that are granted whatever else they are get in"
        % (daemon, "; ".join(told), "; and %d more" % more if more else "")
    )


def render(target: str, access_lists: Sequence[AccessList], style: nftables.Style, version: Tuple[int, int]) -> str:
    """The text for one program; ``version`` is that of OpenSSH. BackendError where the program cannot do it."""
    if target == NFTABLES:
        return nftables.render(access_lists, style)
    if target == SSHD:
        return sshd.render(access_lists, version)
    raise BackendError("target is %r, and must be one of %s" % (target, ", ".join(TARGETS)))


def read_services(value: Any) -> List[Service]:
    """Services as tasks write them: mappings of daemon, ports and protocol. BackendError says which entry is wrong, and
    how.
    """
    if not isinstance(value, (list, tuple)) or not value:
        raise BackendError("services must be a list of mappings such as {daemon: sshd, ports: [22]}")
    return [_service(entry, "services[%d]" % number) for number, entry in enumerate(value)]


def _service(entry: Any, where: str) -> Service:
    if not isinstance(entry, dict):
        raise BackendError("%s is %r, and must be a mapping such as {daemon: sshd, ports: [22]}" % (where, entry))
    known: Dict[str, Any] = dict(entry)
    strange = strange_keys(known, ("daemon", "ports", "protocol", "target"))
    if strange is not None:
        raise BackendError("%s %s" % (where, strange))
    daemon = known.get("daemon")
    if not isinstance(daemon, str) or not daemon:
        raise BackendError("%s: daemon is %r, and must be the name that libwrap sees, in quotes" % (where, daemon))
    ports = known.get("ports")
    if not isinstance(ports, (list, tuple)) or not ports:
        raise BackendError("%s: ports is %r, and must be a list of the fixed ports of %s" % (where, ports, daemon))
    return Service(str(daemon), tuple(_port(port, where) for port in ports), str(known.get("protocol") or "tcp"))


def _port(port: Any, where: str) -> int:
    """A port; templates make text of numbers."""
    text = str(port)
    if isinstance(port, bool) or not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise BackendError("%s: %r is no port: it must be a number from 1 to 65535" % (where, port))
    return int(text)
