# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the programs that run enforce, and where that is not what the policy says."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._backends import boot, nftables, sshd
from ..._backends.access_list import AccessList, Drift, boundaries, drifts, refused_ranges
from ..._backends.translate import NFTABLES, SSHD
from ..._host.files.reading import read
from ..._host.files.root import Root
from ..._host.system.enforcers import nft_listing, sshd_effective
from ..._host.system.handed_on import find_handed_on, is_handed_on
from ..services.drop_in import overruled, unread
from ..services.remedies import HANDED_ON

_AGAIN = "Run hosts_access_enforce again, or look who changed the filter."
#: So many addresses on the edges of a set sshd is asked about.
_ASKED = 8


class Running(NamedTuple):
    """What one program does. `drifts`: counterexamples; `unclear`: why it cannot be told, or is not of our making;
    `passed`: daemon, protocol and port of what never comes to it.
    """

    drifts: List[Drift]
    unclear: List[str]
    there: bool
    passed: List[Tuple[str, str, int]] = []


def look(root: Root, wanted: Dict[str, List[AccessList]]) -> Dict[str, Running]:
    """What each program does now. An image has no running program."""
    if not root.is_host:
        return {}
    found: Dict[str, Running] = {}
    if wanted.get(NFTABLES) or _has(root, boot.RULES):
        found[NFTABLES] = _look_at_nft(wanted.get(NFTABLES, []))
    if wanted.get(SSHD) or _has(root, sshd.DROPIN):
        found[SSHD] = _look_at_sshd(root, wanted.get(SSHD, []))
    return found


def _has(root: Root, path: str) -> bool:
    return root.locate(path).exists


def _look_at_nft(wanted: Sequence[AccessList]) -> Running:
    listing = nft_listing()
    if listing is None:
        return Running(
            [], ["nft cannot list the kernel's rules: run the task as root, in a container with CAP_NET_ADMIN"], False
        )
    reading = nftables.read(listing)
    handed_on = find_handed_on() if wanted else []
    passed = [
        (access.daemon, access.protocol, port)
        for access in wanted
        for port in access.ports
        if refused_ranges(access) and is_handed_on(handed_on, access.protocol, port)
    ]
    return Running(drifts(wanted, reading.enforced), list(reading.unclear), reading.there, passed)


def _look_at_sshd(root: Root, wanted: Sequence[AccessList]) -> Running:
    state = read(root, sshd.DROPIN)
    reading = sshd.read((state.data or b"").decode("utf-8", "replace"))
    found = drifts(wanted, reading.enforced)
    unclear = list(reading.unclear)
    if wanted:
        why = unread(root, [port for access in wanted for port in access.ports])
        unclear += overruled(root) + ([] if why is None else [why])
    for access in wanted:
        port = access.ports[0]
        refused = refused_ranges(access)
        for address in boundaries(refused)[:_ASKED]:
            told, words = sshd_effective(sshd.connection_words(address, port))
            if not told:
                unclear.append("sshd does not say what it does: %s" % words)
                break
            right = _is_in(refused, address)
            if sshd.refuses(words) != right:
                found.append(Drift(access.daemon, port, access.protocol, address, not right))
                break
    return Running(found, unclear, state.data is not None)


def _is_in(refused: Any, address: str) -> bool:
    from ..._libwrap.analysis.ranges import contains, position_of

    place = position_of(address)
    return place is not None and contains(refused, place)


def in_force(running: Dict[str, Running], target: str, access: AccessList) -> Optional[bool]:
    """Whether a program does what an access list says, for every address; None where nothing runs, or it cannot be
    told.
    """
    one = running.get(target)
    if one is None or (one.unclear and not one.there):
        return None
    ours = [drift for drift in one.drifts if drift.daemon == access.daemon and drift.protocol == access.protocol]
    passed = any((daemon, protocol) == (access.daemon, access.protocol) for daemon, protocol, _port in one.passed)
    return not ours and not one.unclear and not passed


def all_in_force(running: Dict[str, Running]) -> bool:
    """Whether every program does what it should, and nothing besides."""
    return all(not one.drifts and not one.unclear for one in running.values())


def findings(running: Dict[str, Running]) -> List[Dict[str, Any]]:
    """What is wrong with the programs that run, each with a counterexample where there is one."""
    found: List[Dict[str, Any]] = []
    for target, one in sorted(running.items()):
        for drift in one.drifts:
            does = "refuses" if drift.refused else "lets in"
            words = (target, does, drift.address, drift.port, drift.protocol)
            message = "%s %s %s on port %d/%s, and the policy says the opposite." % words
            told = _finding("filter_drift", "error", target, drift.daemon, message, _AGAIN)
            found.append(dict(told, address=drift.address))
        for daemon, protocol, port in one.passed:
            message = (
                "NAT hands port %d/%s on to another address before %s sees its packets: clients that the policy denies "
            )
            message = (message + "at %s may be served there.") % (port, protocol, target, daemon)
            found.append(_finding("filter_passed", "error", target, daemon, message, HANDED_ON))
        for why in one.unclear:
            found.append(_finding("filter_unclear", "warning", target, None, "%s: %s." % (target, why), _AGAIN))
    return found


def _finding(
    code: str,
    severity: str,
    target: str,
    daemon: Optional[str],
    message: str,
    remedy: str,
) -> Dict[str, Any]:
    """One without a counterexample."""
    return {
        "code": code,
        "severity": severity,
        "target": target,
        "daemon": daemon,
        "address": None,
        "message": message,
        "remedy": remedy,
    }
