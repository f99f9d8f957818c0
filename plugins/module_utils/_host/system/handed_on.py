# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Ports that the host hands on by NAT before the input hook, as Docker does with the ports that it publishes.

Their packets are forwarded: no filter at the input hook sees them, whatever listens at the port on the host itself.
"""

import ipaddress
import json
import os
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..errors import HostError
from .commands import find_program, run
from .filters import PortRange, iptables_options, iptables_ports, nft_field, nft_ports
from .processes import PROC

_NAT_TABLES = (("ip", "iptables-save"), ("ip6", "ip6tables-save"))
_DEPTH = 8  # chains that lead to one another


class HandedOn(NamedTuple):
    """Connections that a rule of NAT sends to another address."""

    protocols: Optional[Set[str]]  # None: any
    ports: Optional[List[PortRange]]  # None: any


class Step(NamedTuple):
    """One rule of a chain for NAT."""

    limits: HandedOn
    hands_on: bool
    targets: Tuple[str, ...]  # chains


Chains = Dict[str, List[Step]]


def find_handed_on(proc: str = PROC) -> List[HandedOn]:
    """What the running host's rules hand on; needs root, and sees nothing without nft and iptables-save."""
    own = own_addresses(proc)
    found: List[HandedOn] = []
    shown = []
    for family, name in _NAT_TABLES:
        told = _output(name, ["-t", "nat"])
        if told:
            shown.append((family, "nat"))
            found += from_iptables(told.decode("utf-8", "replace"), own)
    told = _output("nft", ["-j", "list", "ruleset"])
    try:
        listing = json.loads(told.decode("utf-8", "replace")) if told else {}
    except ValueError:
        listing = {}
    return found + (from_nft(listing, own, shown) if isinstance(listing, dict) else [])


def is_handed_on(found: Iterable[HandedOn], protocol: str, port: int) -> bool:
    """Whether connections to a port go to another address."""
    return any(
        (one.protocols is None or protocol in one.protocols)
        and (one.ports is None or any(low <= port <= high for low, high in one.ports))
        for one in found
    )


def own_addresses(proc: str = PROC) -> Set[str]:
    """The addresses of the host's own interfaces, by the kernel's tables of routes."""
    found = set()
    lines = _lines(os.path.join(proc, "net", "fib_trie"))
    for line, after in zip(lines, lines[1:]):
        if line.strip().startswith("|-- ") and after.split() == ["/32", "host", "LOCAL"]:
            found.add(line.split()[-1])
    for words in [line.split() for line in _lines(os.path.join(proc, "net", "if_inet6"))]:
        if words and len(words[0]) == 32:
            found.add(str(ipaddress.IPv6Address(bytes.fromhex(words[0]))))
    return found


def from_iptables(text: str, own: Set[str]) -> List[HandedOn]:
    """`iptables-save -t nat`: what PREROUTING and the chains that it jumps to send elsewhere."""
    chains: Chains = {}
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["-A"] and len(words) > 2:
            chains.setdefault(words[1], []).append(_iptables_step(words[2:], own))
    return _reached(chains, "PREROUTING")


def _iptables_step(words: List[str], own: Set[str]) -> Step:
    options = iptables_options(words)
    plain = {word: words[index - 1] != "!" for index, word in enumerate(words)}
    protocol = options.get("-p") if plain.get("-p") else None
    text = next((options[name] for name in ("--dport", "--dports") if plain.get(name)), None)
    target = options.get("-j") or options.get("-g") or ""
    if plain.get("-d") and not _has_own([options.get("-d", "")], own):
        return Step(HandedOn(None, None), False, ())
    limits = HandedOn({protocol} if protocol and protocol != "all" else None, iptables_ports(text) if text else None)
    address = options.get("--to-destination", "")
    if address.startswith("[") or address.count(":") == 1:  # with a port, or nothing but a port
        address = address.rpartition(":")[0] if not address.endswith("]") else address
    return Step(limits, target == "DNAT" and _is_elsewhere(address, own), () if target == "DNAT" else (target,))


def from_nft(listing: Dict[str, Any], own: Set[str], shown: Sequence[Tuple[str, str]] = ()) -> List[HandedOn]:
    """`nft -j list ruleset`: what chains for NAT at the prerouting hook send elsewhere; tables in `shown` are left out."""
    tables: Dict[Tuple[str, str], Chains] = {}
    starts: List[Tuple[Tuple[str, str], str]] = []
    for item in listing.get("nftables", []):
        chain, rule = item.get("chain"), item.get("rule")
        if chain and (chain.get("type"), chain.get("hook")) == ("nat", "prerouting"):
            starts.append(((str(chain["family"]), str(chain["table"])), str(chain["name"])))
        if rule:
            table = (str(rule["family"]), str(rule["table"]))
            step = _nft_step(rule.get("expr", []), own)
            tables.setdefault(table, {}).setdefault(str(rule["chain"]), []).append(step)
    return [one for table, name in starts if table not in shown for one in _reached(tables.get(table, {}), name)]


def _nft_step(expressions: List[Dict[str, Any]], own: Set[str]) -> Step:
    protocols: Optional[Set[str]] = None
    ports: Optional[List[PortRange]] = None
    targets: List[str] = []
    hands_on = False
    for kind, value in ((kind, value) for one in expressions for kind, value in one.items()):
        if kind == "match" and value.get("op") in ("==", "in"):
            field, right = nft_field(value.get("left")), value.get("right")
            if field in ("tcp dport", "udp dport", "th dport"):
                ports = nft_ports(right)
                protocols = protocols if field.startswith("th") else {field.split()[0]}
            elif field in ("ip daddr", "ip6 daddr") and not _has_own(_nft_addresses(right), own):
                return Step(HandedOn(None, None), False, ())
            elif field == "meta l4proto":
                protocols = {str(name) for name in (right.get("set", []) if isinstance(right, dict) else [right])}
        elif kind == "dnat" and isinstance(value, dict):
            address = value.get("addr")
            hands_on = address is not None and (not isinstance(address, str) or _is_elsewhere(address, own))
        elif kind in ("jump", "goto"):
            targets.append(str(value.get("target")))
    return Step(HandedOn(protocols, ports), hands_on, tuple(targets))


def _nft_addresses(right: Any) -> List[str]:
    """The addresses and networks of a match; [""] for what is not told, such as a named set."""
    if isinstance(right, str):
        return ["" if right.startswith("@") else right]
    if isinstance(right, dict) and isinstance(right.get("prefix"), dict):
        return ["%s/%s" % (right["prefix"].get("addr"), right["prefix"].get("len"))]
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return [address for one in right["set"] for address in _nft_addresses(one)]
    return [""]


def _has_own(texts: Sequence[str], own: Set[str]) -> bool:
    """Whether one of the addresses may be in one of the networks; what cannot be read may be."""
    for text in texts:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return True
        if any(ipaddress.ip_address(address) in network for address in own):
            return True
    return False


def _is_elsewhere(address: str, own: Set[str]) -> bool:
    """Whether packets with a new address leave the host; without one, the port alone is another."""
    plain = address.strip("[]").split("-")[0]
    return bool(plain) and plain not in own and not plain.startswith("127.") and plain != "::1"


def _reached(chains: Chains, start: str) -> List[HandedOn]:
    """What is handed on from a chain on, with the limits of the rules on the way to it."""
    found: Dict[str, HandedOn] = {}
    pending = [(start, HandedOn(None, None), 0)]
    while pending:
        name, limits, depth = pending.pop()
        for step in chains.get(name, []):
            here = HandedOn(
                step.limits.protocols if limits.protocols is None else limits.protocols,
                step.limits.ports if limits.ports is None else limits.ports,
            )
            if step.hands_on:
                found[repr(here)] = here
            if depth < _DEPTH:
                pending += [(target, here, depth + 1) for target in step.targets if target in chains]
    return list(found.values())


def _output(name: str, words: List[str]) -> bytes:
    """What a program says, or nothing."""
    program = find_program(name)
    if program is None:
        return b""
    try:
        done = run([program] + words, timeout=20)
    except HostError:
        return b""
    return b"" if done.status else done.output


def _lines(path: str) -> List[str]:
    try:
        with open(path, encoding="ascii", errors="replace") as stream:
            return stream.read().splitlines()
    except OSError:
        return []
