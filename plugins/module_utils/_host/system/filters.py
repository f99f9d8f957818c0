# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a packet filter of the host says anything about a port: nftables and iptables, by their own listings."""

import json
import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .commands import find_program, run
from ..errors import HostError
from ..files.root import Root

YES, NO, UNKNOWN = "yes", "no", "unknown"

PortRange = Tuple[int, int]


class Rule(NamedTuple):
    protocols: Optional[Set[str]]  # None: any
    ports: Optional[List[PortRange]]  # destination ports; None: any
    decides: bool  # ends in accept, drop, reject or a chain that does
    unclear: bool  # it depends on something that is not read here


class Filter(NamedTuple):
    known: bool  # False: nothing could be asked
    closed: bool  # an input chain drops what no rule takes
    rules: List[Rule]


_DROPS = ("drop", "reject", "DROP", "REJECT")
_MAX_SERVICES = re.compile(r"\A\d{1,5}\Z")


def read_filter(root: Root) -> Filter:
    """The running host's rules for what comes in. An image has no running filter."""
    if not root.is_host:
        return Filter(False, False, [])
    legacy = {"ip": _ask_iptables("iptables-save"), "ip6": _ask_iptables("ip6tables-save")}
    # where iptables is a face of nftables, nft shows its rules too, but not what its matches mean
    known = [(family, "filter") for family, part in legacy.items() if part]
    parts = [part for part in [_ask_nft(known)] + list(legacy.values()) if part]
    return Filter(bool(parts), any(part.closed for part in parts), [rule for part in parts for rule in part.rules])


def stands_before(rules: Filter, places: Sequence[Tuple[str, int]]) -> str:
    """Whether the filter says anything about every one of some places (protocol, port). yes: a rule names each port, or
    everything not named is dropped; no: nothing does of one; unknown: it cannot be told.
    """
    answers = {_stands_before(rules, protocol, port) for protocol, port in places}
    return next((answer for answer in (NO, UNKNOWN, YES) if answer in answers), UNKNOWN)


def _stands_before(rules: Filter, protocol: str, port: int) -> str:
    if not rules.known:
        return UNKNOWN
    if rules.closed:
        return YES
    unclear = False
    for rule in rules.rules:
        if rule.protocols is not None and protocol not in rule.protocols:
            continue
        if rule.ports is not None and any(low <= port <= high for low, high in rule.ports) and rule.decides:
            if not rule.unclear:
                return YES
            unclear = True
        elif rule.ports is None and rule.unclear and rule.decides:
            unclear = True
    return UNKNOWN if unclear else NO


def _ask_nft(known: List[Tuple[str, str]]) -> Optional[Filter]:
    program = find_program("nft")
    if program is None:
        return None
    try:
        result = run([program, "-j", "list", "ruleset"], timeout=20)
        if result.status != 0:
            return None
        return parse_nft(json.loads(result.output.decode("utf-8", "replace")), known)
    except (HostError, ValueError):
        return None


def parse_nft(listing: Dict[str, Any], known: Sequence[Tuple[str, str]] = ()) -> Filter:
    """`nft -j list ruleset`: the chains at the input hook, and the chains that their rules jump to; tables in `known`
    are left out.
    """
    items = listing.get("nftables", [])
    inputs, closed = [], False
    by_chain: Dict[Tuple[str, str, str], List[Dict[str, Any]]] = {}
    for item in items:
        chain, rule = item.get("chain"), item.get("rule")
        if chain and _comes_in(chain) and (chain.get("family"), chain.get("table")) not in known:
            inputs.append((chain["family"], chain["table"], chain["name"]))
            closed = closed or (chain.get("hook") == "input" and chain.get("policy") == "drop")
        if rule:
            by_chain.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(rule)
    found: List[Rule] = []
    seen: Set[Tuple[str, str, str]] = set()
    pending = list(inputs)
    while pending:
        key = pending.pop()
        if key in seen:
            continue
        seen.add(key)
        for rule in by_chain.get(key, []):
            parsed, targets = _nft_rule(rule.get("expr", []))
            found.append(parsed)
            pending.extend((key[0], key[1], target) for target in targets)
            if (
                key in inputs
                and parsed == Rule(None, None, True, False)
                and _has(rule.get("expr", []), ("drop", "reject"))
            ):
                closed = True
    return Filter(True, closed, found)


def _comes_in(chain: Dict[str, Any]) -> bool:
    """A chain that packets for this host pass; address translation decides nothing here."""
    return chain.get("hook") in ("input", "prerouting", "ingress") and chain.get("type", "filter") == "filter"


def _nft_rule(expressions: List[Dict[str, Any]]) -> Tuple[Rule, List[str]]:
    protocols: Optional[Set[str]] = None
    ports: Optional[List[PortRange]] = None
    decides, unclear, targets = False, False, []
    for expression in expressions:
        for kind, value in expression.items():
            if kind == "match":
                field = nft_field(value.get("left"))
                if field in ("tcp dport", "udp dport", "th dport"):
                    ports = nft_ports(value.get("right"))
                    unclear = unclear or ports is None or value.get("op") not in ("==", "in")
                    protocols = {"tcp", "udp"} if field.startswith("th") else {field.split()[0]}
                elif field in ("meta l4proto", "ip protocol", "ip6 nexthdr"):
                    right = value.get("right")
                    names = right.get("set", []) if isinstance(right, dict) else [right]
                    protocols = {str(name) for name in names}
                else:
                    unclear = True  # an address, an interface, a state: it may or may not speak of this service
            elif kind in ("accept", "drop", "reject", "queue"):
                decides = True
            elif kind in ("jump", "goto"):
                targets.append(str(value.get("target")))
            elif kind in ("vmap", "xt"):
                decides, unclear = True, True
    # a port that is named together with an address or a state still has a rule of its own
    return Rule(protocols, ports, decides, unclear and ports is None), targets


def nft_field(left: Any) -> str:
    """What a match looks at (libnftables-json(5)): `tcp dport`, `meta l4proto`; empty for anything else."""
    if isinstance(left, dict):
        payload, meta = left.get("payload"), left.get("meta")
        if isinstance(payload, dict):
            return "%s %s" % (payload.get("protocol"), payload.get("field"))
        if isinstance(meta, dict):
            return "meta %s" % meta.get("key")
    return ""


def nft_ports(right: Any) -> Optional[List[PortRange]]:
    """A number, a range, or a set of them; None for a named set or a name."""
    if isinstance(right, bool):
        return None
    if isinstance(right, int):
        return [(right, right)]
    if isinstance(right, dict) and isinstance(right.get("range"), list):
        low, high = right["range"]
        return [(low, high)] if isinstance(low, int) and isinstance(high, int) else None
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        parts = [nft_ports(entry) for entry in right["set"]]
        if any(part is None for part in parts):
            return None
        return [entry for part in parts if part for entry in part]
    return None


def _has(expressions: List[Dict[str, Any]], kinds: Iterable[str]) -> bool:
    return any(kind in expression for expression in expressions for kind in kinds)


def _ask_iptables(name: str) -> Optional[Filter]:
    """The rules of iptables, legacy or as a face of nftables."""
    program = find_program(name)
    if program is None:
        return None
    try:
        result = run([program, "-t", "filter"], timeout=20)
    except HostError:
        return None
    return parse_iptables(result.output.decode("utf-8", "replace")) if result.status == 0 else None


def parse_iptables(text: str) -> Filter:
    """`iptables-save -t filter`: the INPUT chain and the chains that its rules jump to."""
    closed = False
    chains: Dict[str, List[List[str]]] = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith(":INPUT ") and len(words) > 1:
            closed = words[1] == "DROP"
        elif words[:1] == ["-A"] and len(words) > 2:
            chains.setdefault(words[1], []).append(words[2:])
    found: List[Rule] = []
    pending: List[str] = ["INPUT"]
    seen: Set[str] = set()
    while pending:
        chain = pending.pop()
        if chain in seen:
            continue
        seen.add(chain)
        for words in chains.get(chain, []):
            options = iptables_options(words)
            target = options.get("-j") or options.get("-g") or ""
            if target in chains:
                pending.append(target)
            rule = _iptables_rule(options, words, target)
            found.append(rule)
            if chain == "INPUT" and rule == Rule(None, None, True, False) and target in _DROPS:
                closed = True
    return Filter(True, closed, found)


def iptables_options(words: List[str]) -> Dict[str, str]:
    """The options of a rule as iptables-save(8) prints it, each with the word behind it."""
    return {word: words[index + 1] for index, word in enumerate(words[:-1]) if word.startswith("-")}


def _iptables_rule(options: Dict[str, str], words: List[str], target: str) -> Rule:
    protocol = options.get("-p")
    text = options.get("--dport") or options.get("--dports")
    ports = iptables_ports(text) if text else None
    plain = {"-p", "-m", "-j", "-g", "--dport", "--dports", "--reject-with"}
    unclear = "!" in words or any(option not in plain for option in options)
    return Rule(
        {protocol} if protocol and protocol != "all" else None,
        ports,
        target in ("ACCEPT", "DROP", "REJECT", "QUEUE", "NFQUEUE", "TARPIT"),
        (unclear and ports is None) or (text is not None and ports is None),
    )


def iptables_ports(text: str) -> Optional[List[PortRange]]:
    """The ports of `--dport` or `--dports`: numbers, and ranges as LOW:HIGH; None for anything else."""
    ranges = []
    for part in text.split(","):
        low, _colon, high = part.partition(":")
        if not _MAX_SERVICES.match(low) or (high and not _MAX_SERVICES.match(high)):
            return None
        ranges.append((int(low), int(high or low)))
    return ranges
