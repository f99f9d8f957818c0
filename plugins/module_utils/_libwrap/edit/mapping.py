# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A rule as a meaning (daemons, clients, options) written as the lines that one dialect reads with that meaning.

Sources: hosts_access(5), hosts_options(5) and the measured table of dialects: which of them read `/8`, `[n]/len` and
`[n/len]`.
"""

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

from ..addresses import format_ipv4, format_ipv6, ipv6, mask_from_length, canonical_ipv4
from ..dialects import Dialect
from ..errors import HostsAccessError

# A logical line of 2,047 bytes and more is cut, skipped or stops the table, by dialect; 2,046 and the newline fit
# everywhere.
LINE_LIMIT = 2046


class RuleMapping(NamedTuple):
    daemons: Tuple[Union[str, int], ...]  # an integer is a port of the server's end
    daemons_except: Tuple[Union[str, int], ...]
    clients: Tuple[Union[str, int], ...]
    clients_except: Tuple[Union[str, int], ...]
    options: Tuple[str, ...]  # their meaning: a colon inside is not escaped yet
    comment: Tuple[str, ...]  # lines without their #


# the readers of networks (dialects.py) that take 10.0.0.0/8, [n]/len, and nothing but [n/len]
_IPV4_LENGTH = frozenset(("debian", "cidr", "suse12"))
_IPV6_OUTSIDE = frozenset(("after", "both", "anywhere"))
_IPV6_INSIDE = frozenset(("suse12", "netbsd", "inside"))

_LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
_NUMERIC = re.compile(r"[0-9.]+\Z")


class MappingError(HostsAccessError):
    """A mapping that this dialect cannot express; the text says what to write instead."""


def render_mapping(mapping: RuleMapping, dialect: Dialect) -> List[str]:
    """The rule's lines without line ends: usually one; several of the same meaning where one would be too long.

    Comments are not among them (`comment_lines`). Raises MappingError.
    """
    daemons = [_daemon(token, dialect) for token in mapping.daemons]
    daemons_except = [_daemon(token, dialect, nested=True) for token in mapping.daemons_except]
    clients = [_client(token, dialect) for token in mapping.clients]
    clients_except = [_client(token, dialect, nested=True) for token in mapping.clients_except]
    if daemons[0].startswith("#"):
        raise MappingError("daemon %r starts with '#', so the line would be a comment." % daemons[0])
    tail = _options(mapping.options, dialect)
    if dialect.comment_anywhere:
        for word in daemons + daemons_except + clients + clients_except + list(mapping.options):
            if "#" in word:
                raise MappingError("%r holds a '#', where this libwrap ends the line: write it without." % word)
    return _fill(daemons, _excepting(daemons_except), clients, _excepting(clients_except) + tail)


def comment_lines(comment: Sequence[str]) -> List[str]:
    """A comment as lines of a table."""
    return ["# " + line if line else "#" for line in comment]


def _excepting(words: Sequence[str]) -> str:
    if not words:
        return ""
    text = ", ".join(words)
    # in a list of exceptions the word EXCEPT stands for a further nesting and takes no commas
    return " EXCEPT " + text.replace(", EXCEPT, ", " EXCEPT ")


def _fill(daemons: List[str], daemons_tail: str, clients: List[str], clients_tail: str) -> List[str]:
    """As few lines as a simple filling gives; (A, B) EXCEPT X is the same as A EXCEPT X, then B EXCEPT X."""
    head = ", ".join(daemons) + daemons_tail + ": "
    room = LINE_LIMIT - _bytes(head) - _bytes(clients_tail)
    if max(_bytes(client) for client in clients) > room:
        if len(daemons) == 1:
            raise MappingError(
                "the rule for %s does not fit in a line of %d bytes, even with one client: its exceptions or options "
                "are too long. Move addresses into a file and name it, as in clients: [/etc/hosts.clients]."
                % (daemons[0], LINE_LIMIT)
            )
        half = len(daemons) // 2
        return _fill(daemons[:half], daemons_tail, clients, clients_tail) + _fill(
            daemons[half:], daemons_tail, clients, clients_tail
        )
    lines = []
    taken: List[str] = []
    used = 0
    for client in clients:
        size = _bytes(client) + (2 if taken else 0)
        if used + size > room:
            lines.append(head + ", ".join(taken) + clients_tail)
            taken, used, size = [], 0, _bytes(client)
        taken.append(client)
        used += size
    lines.append(head + ", ".join(taken) + clients_tail)
    return lines


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _options(options: Sequence[str], dialect: Dialect) -> str:
    if not options:
        return ""
    if not dialect.extended_options:
        if len(options) > 1:
            raise MappingError(
                "this libwrap knows no options: a rule's third field is one shell command, and %d are given."
                % len(options)
            )
        return ": " + options[0]
    return "".join(": " + option.strip(" ").replace(":", "\\:") for option in options)


def _daemon(token: Union[str, int], dialect: Dialect, nested: bool = False) -> str:
    if isinstance(token, int):
        if not dialect.ports:
            raise MappingError(
                "%s does not read port %d as a daemon, Debian alone does: name the daemon." % (dialect.name, token)
            )
        return str(token)
    name, host = _split_at(token)
    _check_word(token, nested)
    if ":" in name:
        raise MappingError("daemon %r holds a colon, which ends the list of daemons." % token)
    return token if host is None else name + "@" + _host(host, dialect)


def _client(token: Union[str, int], dialect: Dialect, nested: bool = False) -> str:
    text = str(token)
    _check_word(text, nested)
    user, host = _split_at(text)
    if host is None:
        return _host(text, dialect)
    if ":" in user:
        raise MappingError("user %r holds a colon, which ends the list of clients." % user)
    return user + "@" + _host(host, dialect)


def _check_word(token: str, nested: bool) -> None:
    if token.upper() == "EXCEPT" and not nested:
        raise MappingError("EXCEPT is no name: put exceptions under daemons_except or clients_except.")


def _split_at(token: str) -> Tuple[str, Optional[str]]:
    """`user@host` as libwrap splits it: an @ in front makes a netgroup."""
    at = token.find("@", 1)
    return (token, None) if at < 0 else (token[:at], token[at + 1 :])


def _host(token: str, dialect: Dialect) -> str:
    """A host pattern in the form that the dialect reads as what it says."""
    if token.startswith(("/", "@", ".")) or token.endswith("."):
        return token
    if token.startswith("[") or ":" in token:
        return _ipv6(token, dialect)
    if "/" in token:
        return _ipv4_network(token, dialect)
    if _NUMERIC.match(token) and token.count(".") == 3:
        _ipv4_number(token, token)
    return token


def _ipv4_network(token: str, dialect: Dialect) -> str:
    address, _slash, mask_text = token.partition("/")
    net = _ipv4_number(address, token)
    if _LENGTH.match(mask_text) and int(mask_text) <= 32:
        mask = mask_from_length(int(mask_text))
    elif mask_text.count(".") == 3:
        mask = _ipv4_number(mask_text, token)
    else:
        raise MappingError("network %r has no netmask or length from 0 to 32 after its slash." % token)
    if net & mask != net:
        raise MappingError(
            "network %r has host bits set, so libwrap would never match it: write %s for the network, or %s for the "
            "one host." % (token, "%s/%s" % (format_ipv4(net & mask), mask_text), address)
        )
    if mask == 0xFFFFFFFF:
        return format_ipv4(net)  # /32 never matches in some dialects, the address does in all
    if mask == 0:
        return "0.0.0.0/0.0.0.0"  # the one spelling of all IPv4 that every dialect reads
    if dialect.net4 in _IPV4_LENGTH and "." not in mask_text:
        return "%s/%s" % (format_ipv4(net), mask_text)
    return "%s/%s" % (format_ipv4(net), format_ipv4(mask))


def _ipv4_number(text: str, token: str) -> int:
    number = canonical_ipv4(text.encode("utf-8"))
    if number is not None:
        return number
    parts = text.split(".")
    if len(parts) == 4 and any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in parts):
        raise MappingError(
            "%r has a part with a leading zero, which libwrap reads as octal in a network: write it without." % token
        )
    raise MappingError(
        "%r is no IPv4 address or network: write all four parts, such as 10.0.0.0/8; a prefix ends in a dot, such as "
        "10." % token
    )


def _ipv6(token: str, dialect: Dialect) -> str:
    bare = token.replace("[", "", 1).replace("]", "", 1) if token.startswith("[") else token
    address_text, slash, length_text = bare.partition("/")
    length = 128
    if slash:
        if not _LENGTH.match(length_text) or int(length_text) > 128:
            raise MappingError("network %r has no length from 0 to 128 after its slash." % token)
        length = int(length_text)
    address = ipv6(address_text.encode("utf-8"))
    if address is None:
        raise MappingError(
            "%r is no IPv6 address or network, and a colon can stand in a client for nothing else: write it as "
            "2001:db8::/32." % token
        )
    if address >> 32 == 0xFFFF and length >= 96:
        # such clients match IPv4 patterns only
        return _host(format_ipv4(address & 0xFFFFFFFF) + ("/%d" % (length - 96) if length < 128 else ""), dialect)
    if dialect.net6 not in _IPV6_OUTSIDE and dialect.net6 not in _IPV6_INSIDE:
        raise MappingError(
            "%r cannot be written for %s, whose libwrap knows no IPv6 pattern: use a hostname, or ALL."
            % (token, dialect.name)
        )
    text = format_ipv6(address)
    if length == 128:
        return "[%s]" % text
    net = address & mask_from_length(length, 128)
    if net != address:
        raise MappingError(
            "network %r has host bits set: write %s/%d for the network, or %s for the one host."
            % (token, format_ipv6(net), length, text)
        )
    return ("[%s]/%d" if dialect.net6 in _IPV6_OUTSIDE else "[%s/%d]") % (text, length)
