# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Access lists as a table of nftables, and what such a table refuses, read back from `nft -j list table inet
portcullis`.

The table only refuses. Every packet still passes all other tables: what is accepted here, another may drop, and what is
dropped here, none lets in. Sets have `flags interval`, for without it a network stands for its first address, and no
`auto-merge`.
"""

import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from .._libwrap.analysis.ranges import ALL_IPV4, ALL_IPV6, IPV4_END, IPV6_START, Ranges, meet, subtract, union
from .._libwrap.addresses import canonical_ipv4, ipv6
from .access_list import (
    CLIENTS,
    COMPANION,
    AccessList,
    Enforced,
    check,
    compact_networks,
    networks_of,
    ranges_of,
    refused_ranges,
)
from .errors import BackendError

FAMILY, TABLE = "inet", "portcullis"
RESET, DROP = "reset", "drop"
#: After the filters of the distribution: what they drop in silence is not answered, and is not logged twice.
PRIORITY = 10
#: A flood must not fill the log; refused packets are counted all the same.
_LOG_LIMIT = "limit rate 20/second burst 100 packets"
#: What stands before the kernel's own words; `_host/logs/refusal_lines.py` reads it.
LOG_PREFIX = "portcullis %s refused: "

#: Only what opens a connection is refused: of TCP the first packet, which its flags tell (nft(8)).
_NO_FIRST_PACKET = "tcp flags & (fin | syn | rst | ack) != syn accept"
#: Of UDP only the kernel's tracking of connections tells. A table without this rule does not begin it: it is of all connections
#: of the host, and on a busy one its table fills. It says nothing of TCP: a first packet with the numbers of a connection that was reset
#: counts as established for ten seconds, and whoever was refused meanwhile came in by it.
_OPEN_FLOWS = "meta l4proto udp ct state established accept"

REMOVE = "table {0} {1}\ndelete table {0} {1}\n".format(FAMILY, TABLE)

_HEAD = """\
#!/usr/sbin/nft -f
# Managed by Ansible (portcullis.tcp_wrappers.hosts_access_enforce): whom the TCP Wrappers' policy refuses.
# Loaded as one change; `nft delete table inet portcullis` takes it away until the next start.
"""
_IP = {4: "ip", 6: "ip6"}
_EVERYONE = {4: ALL_IPV4, 6: meet(CLIENTS, ALL_IPV6)}


class Style(NamedTuple):
    """How a client is refused: `refuse` reset answers at once, drop leaves it waiting; `log` writes a line to the
    kernel's log.
    """

    refuse: str = RESET
    log: bool = True


class Reading(NamedTuple):
    """What a table does. `unclear` says in words what in it is not of this collection's making: what it refuses is then
    not known.
    """

    enforced: Tuple[Enforced, ...]
    unclear: Tuple[str, ...]
    packets: Dict[str, int]  # refused so far, by daemon
    there: bool = True


class _Family(NamedTuple):
    """One service and one family of addresses: the set that a rule asks, or none where everybody is refused."""

    width: int
    name: str
    networks: Tuple[str, ...]
    negated: bool


def render(access_lists: Sequence[AccessList], style: Style = Style()) -> str:
    """The whole file for `nft -f`: it replaces the table as one change. BackendError for lists that cannot be told
    apart.
    """
    check(access_lists)
    if style.refuse not in (RESET, DROP):
        raise BackendError("refuse is %r, and must be reset or drop" % style.refuse)
    sets: List[str] = []
    rules: List[str] = []
    names: Set[str] = set()
    for access in access_lists:
        name = _name(access, names)
        for family in _families(access, name):
            if family.networks:
                sets.append(_set_text(family))
            rules.append(_rule_text(access, name, family))
    chains = [_chain_text(access.daemon, access.protocol, style) for access in _first_of_each(access_lists)]
    body = ["\tchain input {", "\t\ttype filter hook input priority %d; policy accept;" % PRIORITY]
    body += ["\t\t" + line for line in _opening(access_lists)] + rules + ["\t}"]
    return _HEAD + REMOVE + "table %s %s {\n%s\n}\n" % (FAMILY, TABLE, "\n".join(sets + chains + body))


def _opening(lists: Iterable[Union[AccessList, Enforced]]) -> List[str]:
    """What chain input begins with."""
    return [_NO_FIRST_PACKET] + ([_OPEN_FLOWS] if any(one.protocol == "udp" for one in lists) else [])


def _first_of_each(access_lists: Sequence[AccessList]) -> List[AccessList]:
    seen: Dict[Tuple[str, str], AccessList] = {}
    for access in access_lists:
        seen.setdefault((access.daemon, access.protocol), access)
    return [seen[key] for key in sorted(seen)]


def _clean(daemon: str) -> str:
    return re.sub("[^A-Za-z0-9]", "_", daemon)


def _name(access: AccessList, names: Set[str]) -> str:
    """A name for sets that old kernels take too: at most 31 characters, a letter first."""
    name = "%s_%s_%d" % (("d_" + _clean(access.daemon))[:16], access.protocol, access.ports[0])
    while name in names:
        name += "x"
    names.add(name)
    return name


def _families(access: AccessList, name: str) -> List[_Family]:
    """What to ask for each family: nothing where nobody is refused."""
    refused = refused_ranges(access)
    found = []
    for index, width in enumerate((4, 6)):
        part = meet(refused, _EVERYONE[width])
        if not part:
            continue
        if part == _EVERYONE[width]:
            found.append(_Family(width, name, (), False))
        elif access.mode == COMPANION:
            found.append(_Family(width, name, compact_networks(part)[index], False))
        else:
            found.append(_Family(width, name, networks_of(ranges_of(access.granted))[index], True))
    return found


def _set_text(family: _Family) -> str:
    elements = ",\n\t\t\t".join(family.networks)
    kind = "ipv%d_addr" % family.width
    text = "\tset %s_v%d {\n\t\ttype %s\n\t\tflags interval\n\t\telements = { %s }\n\t}"
    return text % (family.name, family.width, kind, elements)


def _rule_text(access: AccessList, name: str, family: _Family) -> str:
    ports = sorted(set(access.ports))
    port = str(ports[0]) if len(ports) == 1 else "{ %s }" % ", ".join(str(one) for one in ports)
    words = "meta nfproto ipv%d %s dport %s " % (family.width, access.protocol, port)
    if family.networks:
        words += "%s saddr %s@%s_v%d " % (_IP[family.width], "!= " if family.negated else "", name, family.width)
    return '\t\t%sgoto %s comment "%s"' % (words, _chain_name(access.daemon, access.protocol), access.daemon)


def _chain_name(daemon: str, protocol: str) -> str:
    # '.' and '-' may stand in a chain's name, '+' may not: names that differ must stay so
    return "refuse_%s_%s" % (
        protocol,
        daemon.replace("_", "__").replace("+", "_p").replace(".", "_d").replace("-", "_m"),
    )


def _chain_text(daemon: str, protocol: str, style: Style) -> str:
    lines = ["\tchain %s {" % _chain_name(daemon, protocol)]
    if style.log:
        lines.append('\t\t%s log prefix "%s"' % (_LOG_LIMIT, LOG_PREFIX % daemon))
    if style.refuse == DROP:
        end = "drop"
    else:
        end = "reject with tcp reset" if protocol == "tcp" else "reject with icmpx type port-unreachable"
    return "\n".join(lines + ["\t\tcounter " + end, "\t}"])


def read(listing: Dict[str, Any]) -> Reading:
    """What the kernel's table refuses, by `nft -j list table inet portcullis`; a table that is not there refuses
    nothing. A listing of any other form than nft's is unclear, and never an error of this program.
    """
    try:
        return _Reader(listing).reading()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return Reading((), ("nft lists table inet portcullis in a form that is not known",), {}, True)


class _Reader:
    """Takes nothing for granted: a rule of any other form is said, never guessed at."""

    def __init__(self, listing: Dict[str, Any]) -> None:
        items = [item for item in listing.get("nftables", []) if isinstance(item, dict)]
        self.tables = self._ours(items, "table")
        self.sets = {str(one.get("name")): one for one in self._ours(items, "set")}
        self.chains = {str(one.get("name")): one for one in self._ours(items, "chain")}
        self.rules: Dict[str, List[Dict[str, Any]]] = {}
        for rule in self._ours(items, "rule"):
            self.rules.setdefault(str(rule.get("chain")), []).append(rule)
        self.unclear: List[str] = []
        self.packets: Dict[str, int] = {}

    @staticmethod
    def _ours(items: List[Dict[str, Any]], kind: str) -> List[Dict[str, Any]]:
        found = [item[kind] for item in items if isinstance(item.get(kind), dict)]
        return [
            one
            for one in found
            if one.get("family") == FAMILY and (one.get("name") if kind == "table" else one.get("table")) == TABLE
        ]

    def reading(self) -> Reading:
        if not self.tables and not self.chains:
            return Reading((), (), {}, False)
        if any(table.get("flags") for table in self.tables):
            self.unclear.append("table inet portcullis has flags (dormant tables refuse nobody)")
        chain = self.chains.get("input", {})
        if (chain.get("type"), chain.get("hook"), chain.get("policy")) != ("filter", "input", "accept"):
            self.unclear.append("chain input is no filter at the input hook that accepts what it does not refuse")
        hooked = [name for name, one in self.chains.items() if one.get("hook") and name != "input"]
        self.unclear += ["chain %s stands at a hook of its own" % name for name in hooked]
        rules = self.rules.get("input", [])
        begins = [_beginning(rule.get("expr")) for rule in rules[:2]]
        begins = begins if begins[1:] == [_OPEN_FLOWS] else begins[:1]
        enforced = []
        for rule in rules[len(begins) :]:
            one = self._rule(rule)
            if one is None:
                self.unclear.append("rule %s of chain input is not of this collection's making" % rule.get("handle"))
            else:
                enforced.append(one)
        wanted = _opening(enforced)
        if begins not in (wanted, [_NO_FIRST_PACKET, _OPEN_FLOWS]):
            self.unclear.append("chain input does not begin with: %s" % "; ".join(wanted))
        return Reading(tuple(enforced), tuple(self.unclear), self.packets, True)

    def _rule(self, rule: Dict[str, Any]) -> Optional[Enforced]:
        clients: Ranges = CLIENTS
        protocol = ""
        ports: Tuple[int, ...] = ()
        expressions = [entry for entry in rule.get("expr", []) if isinstance(entry, dict)]
        daemon = str(rule.get("comment"))
        if not expressions or not self._refuses(expressions[-1].get("goto"), daemon):
            return None
        for expression in expressions[:-1]:
            if list(expression) != ["match"]:
                return None
            match = expression["match"]
            left, right, operator = match.get("left", {}), match.get("right"), match.get("op")
            payload = left.get("payload", {})
            if left == {"meta": {"key": "nfproto"}} and operator == "==" and right in ("ipv4", "ipv6"):
                clients = meet(clients, _EVERYONE[int(right[-1])])
            elif payload.get("field") == "dport" and payload.get("protocol") in ("tcp", "udp") and operator == "==":
                protocol, ports = payload["protocol"], _ports(right)
            elif payload.get("field") == "saddr" and payload.get("protocol") in ("ip", "ip6"):
                asked = self._asked(4 if payload["protocol"] == "ip" else 6, str(operator), right)
                if asked is None:
                    return None
                clients = meet(clients, asked)
            else:
                return None
        return Enforced(daemon, ports, protocol, clients) if ports else None

    def _asked(self, width: int, operator: str, right: Any) -> Optional[Ranges]:
        """The addresses of a family that `saddr` in, or not in, a named set stands for."""
        one = self.sets.get(right[1:]) if isinstance(right, str) and right.startswith("@") else None
        if one is None or one.get("type") != "ipv%d_addr" % width or one.get("flags") != ["interval"]:
            return None
        inside = _elements(one.get("elem", []))
        if inside is None or operator not in ("==", "!="):
            return None
        return meet(_EVERYONE[width], inside) if operator == "==" else subtract(_EVERYONE[width], inside)

    def _refuses(self, target: Any, daemon: str) -> bool:
        """Whether a chain ends in nothing but a refusal."""
        name = target.get("target") if isinstance(target, dict) else None
        rules = self.rules.get(str(name), [])
        if name is None or not rules:
            return False
        *before, last = [[entry for entry in rule.get("expr", []) if isinstance(entry, dict)] for rule in rules]
        if any(set(entry) - {"limit", "log", "counter"} for expressions in before for entry in expressions):
            return False
        kinds = [next(iter(entry)) for entry in last if entry]
        plain = [
            entry for entry in last if "match" in entry and entry["match"].get("left") != {"meta": {"key": "l4proto"}}
        ]
        if plain or kinds[-1:] not in (["drop"], ["reject"]) or set(kinds[:-1]) - {"match", "counter"}:
            return False
        for entry in last:
            if isinstance(entry.get("counter"), dict):
                self.packets[daemon] = int(entry["counter"].get("packets", 0))
        return True


def _beginning(expressions: Any) -> str:
    """The rule of the beginning that this is, as text; "" for another."""
    if _is_established(expressions):
        return _OPEN_FLOWS
    return _NO_FIRST_PACKET if _is_no_first_packet(expressions) else ""


def _is_established(expressions: Any) -> bool:
    """The rule that lets open flows of UDP be, in the forms of nft 0.9 to 1.1."""
    if not isinstance(expressions, list) or len(expressions) != 3 or "accept" not in expressions[2]:
        return False
    protocol, state = expressions[0].get("match", {}), expressions[1].get("match", {})
    return bool(
        protocol.get("left") == {"meta": {"key": "l4proto"}}
        and (protocol.get("op"), protocol.get("right")) in (("==", "udp"), ("==", 17))  # without /etc/protocols
        and state.get("left") == {"ct": {"key": "state"}}
        and state.get("op") in ("in", "==")
        and state.get("right") in ("established", ["established"])
    )


def _is_no_first_packet(expressions: Any) -> bool:
    """The rule that lets be what opens no TCP connection, in the forms of nft 0.9 to 1.1."""
    if not isinstance(expressions, list) or len(expressions) != 2 or "accept" not in expressions[1]:
        return False
    match = expressions[0].get("match", {})
    masked = match.get("left", {}).get("&", [])
    return bool(
        len(masked) == 2
        and masked[0] == {"payload": {"protocol": "tcp", "field": "flags"}}
        and _flags(masked[1]) == ["ack", "fin", "rst", "syn"]
        and match.get("op") == "!="
        and match.get("right") == "syn"
    )


def _flags(mask: Any) -> List[str]:
    """A list of names, or pairs of such lists joined by |."""
    if isinstance(mask, str):
        return [mask]
    parts = mask.get("|", []) if isinstance(mask, dict) else mask
    return sorted(name for part in parts for name in _flags(part))


def _ports(right: Any) -> Tuple[int, ...]:
    """A number or a set of numbers; () for anything else."""
    values = right.get("set", []) if isinstance(right, dict) else [right]
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return ()
    return tuple(sorted(values))


def _elements(elements: Any) -> Optional[Ranges]:
    """The elements of a set as ranges; None for a form that is not known, such as one with a timeout."""
    found = []
    for element in elements:
        one = _element(element)
        if one is None:
            return None
        found.append(one)
    return union(found)


def _element(element: Any) -> Optional[Tuple[int, int]]:
    if isinstance(element, str):
        place = _place(element)
        return None if place is None else (place, place + 1)
    if not isinstance(element, dict):
        return None
    prefix, both = element.get("prefix"), element.get("range")
    if isinstance(prefix, dict):
        place, length = _place(prefix.get("addr")), prefix.get("len")
        bits = 32 if place is not None and place < IPV4_END else 128
        if place is None or not isinstance(length, int) or not 0 <= length <= bits:
            return None
        return place, place + (1 << (bits - length))
    if isinstance(both, list) and len(both) == 2:
        first, last = _place(both[0]), _place(both[1])
        return None if first is None or last is None else (first, last + 1)
    return None


def _place(text: Any) -> Optional[int]:
    raw = str(text).encode("utf-8", "replace")
    value = canonical_ipv4(raw)
    if value is not None:
        return value
    value = ipv6(raw)
    return None if value is None else IPV6_START + value
