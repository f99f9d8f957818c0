# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The rules of a policy that some rules have to do with: those that can match a request that one of these matches.

A request that none of the chosen rules matches is none of the question, so rules that share no request with them can be
left out, and the answer stays exact. A rule is left out only where its words say so plainly; all others stay.
"""

import re
from bisect import bisect_right
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from ..addresses import ALL_ONES, canonical_ipv4
from ..dialects import Dialect
from ..networks import read_network
from ..patterns import segments_of, tokens_of
from ..request import Request
from .ranges import Ranges, union

#: Daemons and names that match nothing but themselves, apart from case.
_PLAIN = re.compile(rb"[A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\Z")
_SUFFIX = re.compile(rb"\.[A-Za-z](?=[A-Fa-f0-9.-]*[G-Zg-z])[A-Za-z0-9.-]+\Z")
#: IPv6 networks that no IPv4 address is in, however it is written.
_IPV6 = re.compile(rb"\[[2-9a-fA-F][0-9a-fA-F]{3}:[0-9a-fA-F:]*\](?:/[1-9][0-9]{1,2})?\Z")
_WORDS = frozenset(
    (b"all", b"known", b"unknown", b"local", b"paranoid", b"except", b"localhost", b"localhost.localdomain")
)

#: Of more rules than this an index is made for decisions.
FEW = 50000


class Slice(object):
    """Some rules of a policy, to be asked about as if they were all; decisions are the whole policy's."""

    def __init__(self, policy: Any, rules: List[Any]) -> None:
        self.whole = policy
        self.dialect = policy.dialect
        self.lookups = policy.lookups
        self.allow = policy.allow
        self.deny = policy.deny
        self.rules = rules

    def decide(self, request: Request, dry_run: bool = False) -> Any:
        """What the whole policy answers to a request that one of the rules may match."""
        if len(self.rules) > FEW:
            return self.whole.decide(request, dry_run)
        return self.whole.decide_among(self.rules, request, dry_run)


class Chosen(object):
    """What some rules can match at most: daemons, and addresses or names; None is any."""

    def __init__(self, rules: Iterable[Any], dialect: Dialect) -> None:
        self.dialect = dialect
        self.daemons: Optional[Set[bytes]] = set()
        self._masks: Dict[bytes, Optional[int]] = {}
        self._known: Dict[bytes, bool] = {}
        pieces: List[Tuple[int, int]] = []
        names: Set[bytes] = set()
        anyone = dialect.mapped == "number" or dialect.net4 == "suse12"
        for rule in rules:
            own = _daemons(rule.daemon_field)
            self.daemons = None if own is None or self.daemons is None else self.daemons | own
            for token in _first(rule.client_field) if not anyone else ():
                piece = self._range(token)
                if piece is not None:
                    pieces.append(piece)
                elif _is_name(token):
                    names.add(token.lower())
                else:
                    anyone = True
                    break
        #: The IPv4 addresses, where all clients are given by them; and the names, where all are given by these.
        self.addresses: Optional[Ranges] = union(pieces) if pieces and not names and not anyone else None
        self.names: Optional[Set[bytes]] = names if names and not pieces and not anyone else None

    def meets(self, rule: Any) -> bool:
        """Whether a rule may match a request that one of the chosen matches."""
        field = rule.daemon_field
        known = self._known.get(field)
        if known is None:
            own = _daemons(field)
            known = self._known[field] = own is None or self.daemons is None or not own.isdisjoint(self.daemons)
        if not known:
            return False
        if self.addresses is not None:
            return self._at_addresses(rule.client_field, self.addresses)
        if self.names is not None:
            return self._with_names(rule.client_field, self.names)
        return True

    def _at_addresses(self, field: bytes, addresses: Ranges) -> bool:
        for token in _first(field):
            if not token[:1].isdigit():
                if self.dialect.net6 == "after" and _IPV6.match(token):
                    continue
                # whatever the user, the client has the address behind the sign
                user, sign, token = token.partition(b"@")
                if not user or not sign or not token[:1].isdigit():
                    return True
            piece = self._range(token)
            if piece is None:
                return True
            if bisect_right(addresses, piece[0]) & 1:
                return True
            place = bisect_right(addresses, piece[0])
            if place < len(addresses) and addresses[place] < piece[1]:
                return True
        return False

    @staticmethod
    def _with_names(field: bytes, names: Set[bytes]) -> bool:
        for token in _first(field):
            if not _is_name(token):
                return True
            lower = token.lower()
            if any(one == lower or one.endswith(lower) or lower.endswith(one) for one in names):
                return True
        return False

    def _range(self, token: bytes) -> Optional[Tuple[int, int]]:
        """All that an IPv4 address or network can match as one range; None where that is not plain."""
        address, slash, text = token.partition(b"/")
        value = canonical_ipv4(address)
        if value is None:
            return None
        if not slash:
            return value, value + 1
        if text not in self._masks:
            network = read_network(b"0.0.0.0", text, self.dialect) if text.replace(b".", b"").isdigit() else None
            self._masks[text] = None if network is None or network[0] != 4 else network[2]
        mask = self._masks[text]
        if mask is None:
            return None
        size = ALL_ONES - mask + 1
        if size & (size - 1) or value & (size - 1):
            return None
        return value, value + size


def _first(field: bytes) -> List[bytes]:
    """What a list can match at most: its words before EXCEPT, which only takes away."""
    tokens = tokens_of(field)
    return tokens if len(tokens) == 1 else segments_of(tokens)[0]


def _daemons(field: bytes) -> Optional[Set[bytes]]:
    """The daemons of a list, None for any."""
    found = set()
    for token in _first(field):
        name = token[:1] + token[1:].partition(b"@")[0]
        lower = name.lower()
        if not _PLAIN.match(name) or lower in _WORDS:
            return None
        found.add(lower)
    return found


def _is_name(token: bytes) -> bool:
    """Whether a word is a name or ``.suffix`` that no address can be taken for."""
    plain = _SUFFIX.match(token) if token[:1] == b"." else _PLAIN.match(token)
    return bool(plain) and token.lower() not in _WORDS


def slice_of(policy: Any, chosen: Chosen, rules: Optional[Sequence[Any]] = None) -> Slice:
    """The rules of a policy, or those of them that are given, that may meet the chosen."""
    return Slice(policy, [rule for rule in (policy.rules if rules is None else rules) if chosen.meets(rule)])
