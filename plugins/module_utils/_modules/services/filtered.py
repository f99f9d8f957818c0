# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services before which nftables or sshd itself refuses clients by address: what runs, held against the tables."""

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from ..._backends import nftables, sshd
from ..._backends.access_list import Enforced, ranges_of
from ..._backends.errors import BackendError
from ..._host.files.reading import read
from ..._host.files.root import Root
from ..._host.system.enforcers import nft_listing
from ..._host.system.handed_on import find_handed_on, is_handed_on
from ..._libwrap.analysis.ranges import Ranges, address_at, join, meet, subtract
from ..._libwrap.analysis.sets import Sets, sets_of
from ..._libwrap.both_tables import BothTables
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.finding import Finding
from ..proofs.patience import new_patience
from .kinds import finding
from .drop_in import overruled, unread
from .listener import Listener
from .remedies import HANDED_ON

NFTABLES, SSHD = "nftables", "sshd"


class Filtered(NamedTuple):
    """The services, those with a filter that does what the tables say marked so; findings on filters that do not."""

    services: List[Listener]
    findings: List[Finding]


def find_filtered(root: Root, policy: BothTables, services: Sequence[Listener]) -> Filtered:
    """Which services of a running host are filtered as the tables say. Whatever is not of this collection's making
    counts for nothing.
    """
    found: List[Listener] = []
    findings: List[Finding] = []
    patience = new_patience()
    running = _running(root) if root.is_host else []
    handed_on = find_handed_on() if any(program == NFTABLES for program, _parts in running) else []
    for service in services:
        by: List[str] = []
        # a person calls his process as he likes: a filter that was made for a daemon of that name says nothing of it
        for program, parts in [] if service.personal else running:
            refused = _refused(program, parts, service)
            if refused is None or (
                program == SSHD and unread(root, [port for _protocol, port in service.places]) is not None
            ):
                continue
            passing = [place for place in service.places if is_handed_on(handed_on, *place)]
            if program == NFTABLES and refused and passing:
                findings.append(_passed(service, passing[0]))
                service = service._replace(remedy=service.remedy and HANDED_ON)
                continue
            try:
                wrong = _counterexample(policy, service, refused, patience)
            except (HostsAccessError, BackendError):
                continue  # what cannot be shown to do what the tables say counts for nothing
            if wrong is None or wrong[1]:
                by.append(program)
            if wrong is not None:
                findings.append(_drift(service, program, wrong))
        found.append(service._replace(filtered_by=tuple(by), remedy="") if by else service)
    return Filtered(found, findings)


def _running(root: Root) -> List[Tuple[str, Sequence[Enforced]]]:
    """What the programs refuse now."""
    found: List[Tuple[str, Sequence[Enforced]]] = []
    listing = nft_listing()
    if listing is not None:
        reading = nftables.read(listing)
        if reading.there and not reading.unclear:
            found.append((NFTABLES, reading.enforced))
    state = read(root, sshd.DROPIN)
    if state.data is not None and not overruled(root):
        told = sshd.read(state.data.decode("utf-8", "replace"))
        if not told.unclear:
            found.append((SSHD, told.enforced))
    return found


def _refused(program: str, parts: Sequence[Enforced], service: Listener) -> Optional[Ranges]:
    """The addresses that a program refuses at every place of a service; None where one has no filter."""
    if program == SSHD and service.daemon not in sshd.NAMES:
        return None
    common: Optional[Ranges] = None
    for protocol, port in service.places:
        here: Ranges = ()
        mine = [part for part in parts if part.protocol == protocol and (not part.ports or port in part.ports)]
        if not mine:
            return None
        for part in mine:
            here = join(here, part.refused)
        common = here if common is None else meet(common, here)
    return common


def _counterexample(
    policy: BothTables, service: Listener, refused: Ranges, patience: Any
) -> Optional[Tuple[str, bool]]:
    """(an address that is treated otherwise than the tables say in every case, whether it is refused); None where there
    is none. Raises HostsAccessError or BackendError where the tables cannot be held against it.
    """
    sets: Sets = sets_of(policy, service.daemon, service.port, patience)
    granted, denied = ranges_of(sets.granted), ranges_of(sets.denied)
    let_in = subtract(denied, refused)
    if let_in:
        return str(address_at(let_in[0])), False
    shut_out = meet(granted, refused)
    return (str(address_at(shut_out[0])), True) if shut_out else None


def _passed(service: Listener, place: Tuple[str, int]) -> Finding:
    protocol, port = place
    return finding(
        "filter-passed",
        "",
        service.path,
        service.line,
        service.name,
        daemon=service.daemon,
        protocol=protocol,
        port=port,
    )


def _drift(service: Listener, program: str, wrong: Tuple[str, bool]) -> Finding:
    return finding(
        "filter-drift",
        "",
        service.path,
        service.line,
        service.name,
        program=program,
        does="refuses" if wrong[1] else "lets in",
        address=wrong[0],
        daemon=service.daemon,
        say="grant" if wrong[1] else "deny",
    )
