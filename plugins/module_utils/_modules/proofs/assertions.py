# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Assertions as a playbook gives them: who asks which daemon, and what the answer must be."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._libwrap.addresses import IPV6_BITS, ipv6, mask_from_length, canonical_ipv4
from ..._libwrap.strange_keys import strange_keys
from ..errors import TaskError

ANY = "any"

KEYS = (
    "daemon",
    "address",
    "network",
    "except",
    "hostname",
    "user",
    "server_address",
    "server_hostname",
    "server_port",
    "expect",
)
EXPECTATIONS = ("granted", "denied", "delegated")


class Assertion(NamedTuple):
    number: int
    daemon: str
    address: Optional[str]  # None with a network
    network: Optional[str]
    exceptions: Tuple[str, ...]
    hostname: str  # any, unknown, paranoid, resolve, or a name
    user: str  # any, unknown, or a name
    server_address: str  # any, unknown, or an address
    server_hostname: str  # any, unknown, paranoid, or a name
    server_port: Optional[int]  # None is any
    expect: Optional[str]


def check_assertions(value: Optional[Sequence[Any]], option: str, expecting: bool = True) -> List[Assertion]:
    """The task's assertions; with `expecting` false (keep_access) each means granted and takes no `expect`. Raises
    TaskError.
    """
    if value is None:
        return []
    if not isinstance(value, (list, tuple)):
        raise TaskError(
            "%s is a %s, and must be a list of mappings such as {daemon: sshd, address: 192.0.2.1, expect: granted}."
            % (option, type(value).__name__)
        )
    return [_check(entry, index, option, expecting) for index, entry in enumerate(value)]


def meets(access: str, expect: str) -> bool:
    """Whether an answer meets an expectation: `denied` is met by denied and by aborted, for neither is served."""
    return access == expect or (expect == "denied" and access == "aborted")


def describe(assertion: Assertion) -> str:
    """An assertion in a few words: `sshd from 10.0.0.0/8 except 10.1.0.0/16`."""
    text = "%s from %s" % (assertion.daemon, assertion.address or assertion.network)
    if assertion.exceptions:
        text += " except " + ", ".join(assertion.exceptions)
    if assertion.hostname not in (ANY, "resolve"):
        text += ", name %s" % assertion.hostname
    if assertion.user != ANY:
        text += ", user %s" % assertion.user
    server = [
        str(part)
        for part in (assertion.server_address, assertion.server_hostname, assertion.server_port)
        if part not in (ANY, None)
    ]
    return text + (", to %s" % " ".join(server) if server else "")


def _check(entry: Any, index: int, option: str, expecting: bool) -> Assertion:
    where = "%s[%d]" % (option, index)
    _check_keys(entry, where, expecting)
    address, network, exceptions = _clients(entry, where)
    expect = _text(entry, "expect", where) if expecting else "granted"
    if expect is not None and expect not in EXPECTATIONS:
        raise TaskError("%s.expect is %r, and must be one of %s." % (where, expect, ", ".join(EXPECTATIONS)))
    hostname = _text(entry, "hostname", where) or ANY
    if hostname == "resolve" and network is not None:
        raise TaskError("%s.hostname is resolve, which goes with an address only." % where)
    return Assertion(
        index,
        _required(entry.get("daemon"), where),
        address,
        network,
        exceptions,
        hostname,
        _text(entry, "user", where) or ANY,
        _text(entry, "server_address", where) or ANY,
        _text(entry, "server_hostname", where) or ANY,
        _port(entry.get("server_port"), where),
        expect,
    )


def _check_keys(entry: Any, where: str, expecting: bool) -> None:
    """TaskError for what is no assertion at all."""
    if not isinstance(entry, dict):
        raise TaskError(
            "%s is %r, and must be a mapping such as {daemon: sshd, address: 192.0.2.1%s}."
            % (where, entry, ", expect: granted" if expecting else "")
        )
    strange = strange_keys(entry, KEYS if expecting else KEYS[:-1])
    if strange is not None:
        raise TaskError("%s %s." % (where, strange))
    daemon = entry.get("daemon")
    if isinstance(daemon, int) and not isinstance(daemon, bool):
        raise TaskError(
            "%s.daemon is the number %d: name the daemon, and give a port as server_port." % (where, daemon)
        )


def _clients(entry: Dict[str, Any], where: str) -> Tuple[Optional[str], Optional[str], Tuple[str, ...]]:
    """Whom an assertion is about: an address, or a network and what is left out of it. Raises TaskError."""
    address, network = _text(entry, "address", where), _text(entry, "network", where)
    if address is None and network is None:
        raise TaskError("%s names no client: give address or network." % where)
    if address is not None and network is not None:
        raise TaskError("%s has both address and network: give one of them." % where)
    if address is not None and address != "unknown" and not is_address(address):
        raise TaskError(
            "%s.address is %r, which is no IPv4 or IPv6 address. Write names under hostname, networks under network."
            % (where, address)
        )
    exceptions = _exceptions(entry.get("except"), where)
    if exceptions and network is None:
        raise TaskError("%s.except goes with network only." % where)
    for text in exceptions + ((network,) if network is not None else ()):
        parse_network(text, where)
    if network is not None and "/" not in network:
        raise TaskError(
            "%s.network is %r, one address. Write a network with its length, such as 10.0.0.0/8 or 2001:db8::/32, or "
            "put the address under address." % (where, network)
        )
    return address, network, exceptions


def is_address(text: str) -> bool:
    """Whether the text is one IPv4 or IPv6 address."""
    raw = text.encode("utf-8", "replace")
    return canonical_ipv4(raw) is not None or ipv6(raw) is not None


def parse_network(text: str, where: str) -> Tuple[int, int, int]:
    """(family, first address, prefix length) of a network or address. Raises TaskError."""
    address, slash, length = text.partition("/")
    raw = address.encode("utf-8", "replace")
    for family, bits, number in ((4, 32, canonical_ipv4(raw)), (6, IPV6_BITS, ipv6(raw))):
        if number is None:
            continue
        if slash and not (length.isdecimal() and int(length) <= bits):
            break
        size = int(length) if slash else bits
        if number & mask_from_length(size, bits) != number:
            raise TaskError("%s: network %r has host bits set: write the first address of the network." % (where, text))
        return family, number, size
    raise TaskError("%s: %r is no IPv4 or IPv6 network such as 10.0.0.0/8 or 2001:db8::/32." % (where, text))


def _required(daemon: Any, where: str) -> str:
    if not isinstance(daemon, str) or not daemon:
        raise TaskError(
            "%s.daemon is missing: name the daemon, such as sshd. YAML reads yes, no and on as booleans: quote such a "
            "name." % where
        )
    return daemon


def _text(entry: Dict[str, Any], key: str, where: str) -> Optional[str]:
    value = entry.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise TaskError(
        "%s.%s is %r, and must be text: YAML made something else of it, write the value in quotes."
        % (where, key, value)
    )


def _exceptions(value: Any, where: str) -> Tuple[str, ...]:
    if value is None:
        return ()
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(item, str) for item in values):
        raise TaskError("%s.except is %r, and must be a list of networks or addresses in quotes." % (where, value))
    return tuple(values)


def _port(value: Any, where: str) -> Optional[int]:
    if value is None or value == ANY:
        return None
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 65535:
        raise TaskError("%s.server_port is %r, and must be a number from 1 to 65535, or any." % (where, value))
    return value
