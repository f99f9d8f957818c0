# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A filter beside daemons that ask: it refuses whom the tables deny in every case, and changes together with them.

For each client the tables and the filter answer, one new and one old, as they did before or as they will afterwards: whom the old and the new policy let
in, neither filter refuses, and whom the tables of the moment deny, no filter lets in. So it does not matter which of the two comes first.
"""

from collections import Counter
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._backends import boot
from ..._backends.access_list import is_plain_name, refused_ranges
from ..._backends.translate import NFTABLES
from ..._host.files.root import Root
from ..arguments import backup_argument_spec, lockout_argument_spec, tables_argument_spec
from ..errors import TaskError
from ..record.document import FILTER, Record
from ..services.brought import brought_along
from ..services.listener import Listener
from .listening import fixed_ports
from .odd_names import warning_of
from ..rules.options import HostsAccessArguments
from .options import EnforceArguments, argument_spec
from .plan import Plan, make_plan
from .report import diff_of
from .running import Running, all_in_force, in_force, look

_NOTE = {"table": "inet portcullis"}

_Asking = Tuple[str, List[Tuple[str, int]]]  # a daemon, with the protocols and ports of its places


class Companion(NamedTuple):
    arguments: EnforceArguments  # as a task of hosts_access_enforce would give them
    plan: Plan
    running: Dict[str, Running]  # before the change

    @property
    def differs(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.plan.changes) or not all_in_force(self.running)

    @property
    def loads_filter(self) -> bool:
        """Whether the kernel has a table of ours after the change."""
        return bool(self.plan.wanted.get(NFTABLES))

    def part(self) -> Optional[Dict[str, Any]]:
        """What a record says of it afterwards."""
        return _NOTE if self.plan.planned else None

    def diff(self) -> List[Dict[str, Any]]:
        """The files of the filter before and after."""
        return diff_of(self.plan)

    def report(self, running: Dict[str, Running]) -> List[Dict[str, Any]]:
        """What the filter does for each service, as hosts_access returns it."""
        return [
            {
                "daemon": one.access.daemon,
                "ports": list(one.access.ports),
                "protocol": one.access.protocol,
                "refuses": bool(refused_ranges(one.access)),
                "in_force": in_force(running, one.target, one.access),
            }
            for one in self.plan.planned
        ]


def plan_companion(
    arguments: HostsAccessArguments, texts: Sequence[Optional[bytes]], record: Optional[Record]
) -> Optional[Companion]:
    """The filter beside the tables with these texts; None where the task has nothing to do with one. Raises TaskError or BackendError.

    An empty `companion` takes it away; a task that keeps a record takes away only what the record knows.
    """
    services = arguments.companion
    known = record is not None and FILTER in record.parts
    if services is None or (not services and record is not None and not known):
        return None
    task = {name: about.get("default") for name, about in argument_spec().items()}
    for spec in (tables_argument_spec(), lockout_argument_spec(), backup_argument_spec()):
        task.update((name, getattr(arguments, name)) for name in spec)
    task.update(services=services, target=NFTABLES, mode="companion", lost_options="ignore")
    task.update(allow_text=texts[0] or b"", deny_text=texts[1] or b"", state="present" if services else "absent")
    asked = EnforceArguments(task)
    plan = make_plan(asked, None)
    if record is not None and not known:
        _refuse_anothers(plan)
    return Companion(asked, plan, look(plan.tables.root, plan.wanted))


def _refuse_anothers(plan: Plan) -> None:
    """TaskError where the one table that there is does another task's work."""
    if any(one.state.path == boot.RULES and one.state.kind == "file" for one in plan.changes):
        raise TaskError(
            "%s was written by the role enforce or by a task of hosts_access_enforce, and a host has one such "
            "table. Nothing was changed. Remove it with state: absent of that role or task, or leave companion "
            "out." % boot.RULES
        )


def companions(
    root: Root, services: Sequence[Listener], wrapped: Sequence[str], warnings: List[str]
) -> List[Dict[str, Any]]:
    """The services that a filter can stand beside: those that ask libwrap under one name, which a filter can have, and that
    listen for others on a fixed port.

    `wrapped`: daemons that the same run puts tcpd in front of. Below another root nothing listens, and configured ports count. Services of rpc have other
    ports after each start, and do not ask about the host's own addresses.
    """
    own: List[_Asking] = []
    brought: List[_Asking] = []
    odd: List[str] = []
    for one in services:
        if not _asks_by_one_name(one, wrapped):
            continue
        places = fixed_ports(one) if root.is_host else one.places
        if is_plain_name(one.daemon):
            (brought if brought_along(one) else own).append((one.daemon, places))
        elif places:
            odd.append(one.daemon)
    warnings += warning_of(odd)
    taken = {place for _daemon, places in own for place in places}
    # who may run something as a user of the system's takes no port from a daemon of the host's
    brought = [(daemon, [place for place in places if place not in taken]) for daemon, places in brought]
    found: Dict[Any, List[int]] = {}
    for daemon, places in own + brought:
        for protocol, port in places:
            found.setdefault((daemon, protocol), []).append(port)
    claims = Counter(key for daemon, protocol in found for key in set(_places(found, daemon, protocol)))
    told = []
    for daemon, protocol in sorted(found):
        # of a port that two daemons have, at different addresses or by two super-servers, nobody knows whose rules count
        ports = [port for kind, port in _places(found, daemon, protocol) if claims[(kind, port)] == 1]
        if ports:
            told.append({"daemon": daemon, "ports": ports, "protocol": protocol})
    return told


def _asks_by_one_name(one: Listener, wrapped: Sequence[str]) -> bool:
    names = set(asker.daemon for asker in one.askers or ()) | set(one.also) | {one.daemon}
    rpc = (one.program or "").rsplit("/", 1)[-1].startswith("rpc")
    return (bool(one.askers) or one.daemon in wrapped) and not (one.personal or rpc or len(names) > 1)


def _places(found: Dict[Any, List[int]], daemon: str, protocol: str) -> List[Tuple[str, int]]:
    return [(protocol, port) for port in sorted(set(found[(daemon, protocol)]))]
