# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The clients of one daemon, told apart by all but their address: what only the world can answer stays open.

A Space for :mod:`sets`: patterns on octets are ranges where a list of networks can hold them, netgroups and files that
nobody has read are questions, and of many questions none is combined with another: a rule then has the clients that it
may have and those that it must have.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..lookups import Lookups, answers, asks_netgroups
from ..patterns import FILE, ClientPattern, HostPattern, PatternList
from ..request import to_bytes
from .endpoints import Endpoints, Wanted
from .hosts import Reach
from .networks_list import CLIENTS
from .octets import few_ranges
from .patience import Patience
from .ranges import NOTHING, join, meet
from .space import QUESTIONS, ListKey, Region, Space, combinations, disjoint, minus

#: A pattern on octets of more ranges than this is no list of networks: an open question.
MANY = 1 << 17


class OpenWorld(Lookups):
    """The policy's own look-ups, but netgroups and commands are never answered: their answer may be another one
    tomorrow.
    """

    def __init__(self, lookups: Lookups) -> None:
        self.lookups = lookups

    def in_netgroup(self, group: str, host: str) -> Optional[bool]:
        """Open."""
        return None

    def asks_netgroups(self) -> bool:
        """As libwrap was built."""
        return asks_netgroups(self.lookups)

    def aclexec_status(self, command: str) -> Optional[int]:
        """Open."""
        return None

    def host_file(self, path: str) -> Any:
        """As the policy knows it."""
        return self.lookups.host_file(path)

    def may_name(self, path: str, named: str) -> bool:
        """As the policy knows it."""
        ask = getattr(self.lookups, "may_name", None)
        return ask is None or bool(ask(path, named))

    def user_exists(self, name: str) -> bool:
        """As the policy knows it."""
        return self.lookups.user_exists(name)

    def group_exists(self, name: str) -> bool:
        """As the policy knows it."""
        return self.lookups.group_exists(name)


class _OpenWorldWithInterfaces(OpenWorld):
    """The same for look-ups that know the host's interfaces."""

    def interface_exists(self, name: str) -> Optional[bool]:
        """As the policy knows it."""
        return self.lookups.interface_exists(name)


class DaemonView(object):
    """A policy as one daemon sees it: the rules that may ask for it, and a world that answers nothing that can change."""

    def __init__(self, policy: Any, daemon: bytes, port: Optional[int]) -> None:
        self.dialect = policy.dialect
        self.allow = policy.allow
        self.deny = policy.deny
        self.knows_files = answers(policy.lookups, "host_file")
        known = answers(policy.lookups, "interface_exists")
        self.lookups = (_OpenWorldWithInterfaces if known else OpenWorld)(policy.lookups)
        fields: Dict[bytes, bool] = {}
        self.rules: List[Any] = []
        for rule in policy.rules:
            field = rule.daemon_field
            if field not in fields:
                fields[field] = _may_ask(rule.daemons, daemon, port)
            if fields[field]:
                self.rules.append(rule)


def _may_ask(patterns: PatternList, daemon: bytes, port: Optional[int]) -> bool:
    """Whether a daemon list can match; what it asks of the server's end is left open."""
    lower = daemon.lower()
    for pattern in patterns[0]:
        if pattern.port is not None:
            if port is None or pattern.port == port:
                return True
        elif pattern.name.matches(daemon, lower):
            return True
    return False


class ClientSpace(Space):
    """All that the rules of one daemon can ask of a client but its address, and the addresses of every rule."""

    def __init__(self, view: DaemonView, patience: Optional[Patience] = None) -> None:
        self.view = view
        #: Whether questions are not told apart: there are too many of them.
        self.loose = False
        self._upper = True
        self._bounds: Dict[Tuple[ListKey, bool], Region] = {}
        self._listing = True
        super(ClientSpace, self).__init__([view], patience=patience)

    def _worlds(self) -> List[int]:
        self.loose = len(self.questions) > QUESTIONS
        return [0] if self.loose else combinations(len(self.questions))

    def hosts(self, policy: Any, host: HostPattern) -> List[HostPattern]:
        """As Space.hosts; a file that nobody has read is a question."""
        if host.kind == FILE and not self.view.knows_files:
            self._cut.add(host.token)
            return [host]
        return super(ClientSpace, self).hosts(policy, host)

    def reach(self, policy: Any, host: HostPattern) -> Reach:
        """As Space.reach, with ranges in the place of octets."""
        key = (policy.dialect.name, host.token)
        known = self._listing and key in self._reaches
        found = super(ClientSpace, self).reach(policy, host)
        if known or not self._listing:
            return found
        ranges, unsure = found.ranges, found.unsure
        if found.octets is not None:
            listed = few_ranges(found.octets, MANY)
            if listed is None:
                unsure = join(unsure, found.within)
            else:
                ranges = join(ranges, meet(listed, found.within))
            found = Reach(ranges, None, unsure, NOTHING)
        if unsure:
            found = found._replace(unsure=meet(unsure, CLIENTS))
        self._reaches[key] = found
        return found

    def ends(self, wanted: Wanted) -> Endpoints:
        """The server's ends that the rules tell apart; patterns on octets are asked there as they are."""
        reaches, self._reaches, self._listing = self._reaches, {}, False
        ends = Endpoints(self, wanted)
        self._reaches, self._listing = reaches, True
        return ends

    def states(
        self,
        names: Optional[int] = None,
        users: Optional[int] = None,
        question: Optional[int] = None,
        classes: Optional[Sequence[int]] = None,
    ) -> int:
        """As Space.states; of a question that is not told apart, all states or none."""
        if self.loose and question is not None:
            return super(ClientSpace, self).states(names, users, None, classes) if self._upper else 0
        return super(ClientSpace, self).states(names, users, question, classes)

    def is_open(self, pattern: ClientPattern) -> bool:
        """Whether a pattern asks for more than the address."""
        return any(states != self.everyone for states, _ranges in self._boxes(self.view, pattern))

    def bounds(self, rule: Any) -> List[Tuple[Region, bool, bool]]:
        """A rule's clients: (region, whether it may have them, whether it has them for sure)."""
        if not self.loose:
            return [(self.region_of(self.view, rule), True, True)]
        return [(self._bound(rule, True), True, False), (self._bound(rule, False), False, True)]

    def _bound(self, rule: Any, upper: bool) -> Region:
        """The most or the fewest clients that a rule may have: ``a EXCEPT b`` is at most a without what b has for sure."""
        key = (self.client_keys[rule], upper)
        if key not in self._bounds:
            patterns = rule.clients
            found: Region = []
            for depth in range(len(patterns) - 1, -1, -1):
                self._upper = upper == (depth % 2 == 0)
                boxes = [box for pattern in patterns[depth] for box in self._boxes(self.view, pattern)]
                found = minus(disjoint(boxes, self.everyone), found)
            self._bounds[key] = found
        return self._bounds[key]


def daemon_bytes(daemon: Any) -> bytes:
    """A daemon's name as rules compare it."""
    return to_bytes(daemon)
