# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemon and client patterns, compiled once (hosts_access(5), PATTERNS and WILDCARDS).

One routine of libwrap, string_match(), compares daemons, users, addresses and names; :class:`StringPattern` is it.
Host patterns add netgroups, files, KNOWN, LOCAL and networks.
"""

import re
from typing import Any, Dict, List, Optional, Tuple

from .addresses import ALL_ONES, scope_interface
from .dialects import Dialect
from .facts import HostFacts, RequestFacts
from .globs import Glob
from .lexer import split_field
from .lookups import Lookups
from .networks import (
    Network,
    read_bracketed,
    read_inner_bracket,
    read_network,
    read_open_bracket,
    read_prefix_suse12,
    read_suse12,
)
from .pattern_files import OPEN_WORDS, HostFileLoop, files_read, read_host_file

ALL = "all"
KNOWN = "known"
SUFFIX = "suffix"
PREFIX = "prefix"
EXACT = "exact"
GLOB = "glob"
NETWORK = "network"
NEVER = "never"
LOCAL = "local"
NETGROUP = "netgroup"
FILE = "file"
STRING = "string"

_SEPARATORS = re.compile(rb"[ \t\r\n,]+")
_DIGITS_ONLY = re.compile(rb"[0-9./]*\Z")
_PORT = re.compile(rb"([+-]?)([0-9]+)\Z")
_LOCALHOST = (b"localhost", b"localhost.localdomain")


class StringPattern(object):
    """string_match(): ``kind`` is one of all, known, suffix, prefix, exact, glob, network, never.

    ``text`` is the lower-case text that is compared (for a glob of a case-sensitive build as written).
    """

    __slots__ = ("token", "kind", "text", "glob", "network", "fold", "alias")

    def __init__(self, token: bytes, dialect: Dialect) -> None:
        self.token = token
        self.text = token.lower()
        self.glob: Optional[Glob] = None
        self.network: Optional[Network] = None
        self.fold = dialect.wildcards != "case"
        self.alias = dialect.localhost_alias and self.text in _LOCALHOST
        text = self.text
        if dialect.wildcards != "literal" and (b"*" in text or b"?" in text):
            self.kind = GLOB
            if not self.fold:
                self.text = token
            self.glob = Glob(self.text)
        elif text[:1] == b".":
            self.kind = SUFFIX
        elif text == b"all":
            self.kind = ALL
        elif text == b"known":
            self.kind = KNOWN
        elif text[-1:] == b".":
            self.kind = PREFIX
            if dialect.net4 == "suse12":
                self.network = read_prefix_suse12(token)
                self.kind = PREFIX if self.network else EXACT
        elif (
            text[:1] == b"["
            and dialect.net6 not in ("none", "netbsd")
            and (text[-1:] == b"]" or dialect.net6 != "after")
        ):
            self.kind = NETWORK
            self.network = read_bracketed(token, dialect)
        elif not text:
            self.kind = NEVER
        else:
            self.kind = EXACT
            if dialect.net4 == "suse12":
                self.network = read_suse12(token, None)

    def matches(self, text: bytes, lower: bytes, ip6: Optional[int] = None) -> bool:
        """Whether a subject matches: its text, that in lower case, and its address as a number of 128 bits if it is
        one.
        """
        kind = self.kind
        if kind == EXACT:
            if lower == self.text or (self.alias and lower in _LOCALHOST):
                return True
            return self.network is not None and in_network(self.network, None, ip6)
        if kind == ALL:
            return True
        if kind == SUFFIX:
            return len(lower) > len(self.text) and lower.endswith(self.text)
        if kind == PREFIX:
            if self.network is not None:
                return in_network(self.network, None, ip6)
            return lower.startswith(self.text)
        if kind == KNOWN:
            return lower != b"unknown"
        if self.glob is not None:
            return self.glob.matches(lower if self.fold else text)
        if kind == NETWORK and self.network is not None:
            return in_network(self.network, None, ip6)
        return False

    def __repr__(self) -> str:
        return "StringPattern(%s %r)" % (self.kind, self.token)


class HostPattern(object):
    """host_match(): a pattern for one end of the connection.

    ``kind``: netgroup, file, known, local, network, or string, which compares the address and, when ``on_name``,
    the name with ``string``. ``interface``: nothing matches unless the host has this network interface.
    """

    __slots__ = ("token", "kind", "string", "on_name", "network", "interface")

    # Long: what a pattern is, asked in the order in which libwrap asks it.
    def __init__(self, token: bytes, dialect: Dialect) -> None:
        self.token = token
        self.string: Optional[StringPattern] = None
        self.network: Optional[Network] = None
        self.interface: Optional[bytes] = None
        self.on_name = False
        lower = token.lower()
        if token[:1] == b"@":
            self.kind = NETGROUP
            return
        if token[:1] == b"/" and dialect.host_files:
            self.kind = FILE
            return
        if lower == b"known":
            self.kind = KNOWN
            return
        if lower == b"local":
            self.kind = LOCAL
            return
        net, mask, found = split_field(token, b"/", dialect.brackets) if b"/" in token else (token, b"", False)
        if token[:1] == b"[" and dialect.net6 in ("both", "anywhere", "inside"):
            self.kind = NETWORK
            self.network = (
                read_inner_bracket(token)
                if dialect.net6 == "inside"
                else read_open_bracket(token, dialect.net6 == "anywhere")
            )
            return
        if dialect.net6 == "suse12" and token[:1] == b"[" and token[-1:] == b"]" and b"/" in token:
            net, _slash, mask = token[1:-1].partition(b"/")
            found = self.on_name = True
        if found:
            self.kind = NETWORK
            self.network = read_network(net, mask, dialect)
            # SLES 12 reads a network as any other string, so one with a letter in it is compared with the name, too
            self.on_name |= dialect.net4 == "suse12" and not _DIGITS_ONLY.match(token)
            self.interface = _interface_of(net, self.network, dialect)
            return
        self.kind = STRING
        self.string = StringPattern(token, dialect)
        self.interface = _interface_of(token, self.string.network, dialect)
        colon_is_address = dialect.net6 in ("both", "anywhere") and b":" in token
        self.on_name = not _DIGITS_ONLY.match(token) and not colon_is_address

    def matches(self, host: HostFacts, world: "World") -> bool:
        """Whether one end of the connection matches."""
        string = self.string
        if self.interface is not None and not world.has_interface(self.interface):
            return False
        if string is not None:
            if string.matches(host.address, host.address_lower, host.ip6):
                return True
            if not self.on_name:
                return False
            name_ip6 = host.name_ip6 if string.network is not None else None
            return string.matches(host.name_text, host.name_lower, name_ip6)
        kind = self.kind
        if kind == NETWORK:
            if self.network is None:
                return False
            if in_network(self.network, host.ip4, host.ip6_net):
                return True
            return self.on_name and in_network(self.network, None, host.name_ip6)
        if kind == KNOWN:
            return host.name_known and host.address_lower != b"unknown"
        if kind == LOCAL:
            return host.name_known and b"." not in host.name
        if kind == NETGROUP:
            return world.in_netgroup(self.token[1:], host.name)
        return world.in_file(self.token, host)

    def __repr__(self) -> str:
        return "HostPattern(%s %r)" % (self.kind, self.token)


class DaemonPattern(object):
    """server_match(): a daemon, a port where the build knows ports, perhaps ``@`` a pattern for the server's end."""

    __slots__ = ("token", "name", "port", "host")

    def __init__(self, token: bytes, dialect: Dialect) -> None:
        self.token = token
        name, host = split_at_sign(_unbracket(token, dialect), dialect)
        self.host = None if host is None else HostPattern(host, dialect)
        self.port = port_number(name) if dialect.ports else None
        self.name = StringPattern(name, dialect)

    def matches(self, facts: RequestFacts, world: "World") -> bool:
        """Whether the daemon that is asked for, and its end of the connection, match."""
        if self.port is not None:
            if facts.port is None or facts.port != self.port:
                return False
        elif not self.name.matches(facts.daemon_text, facts.daemon):
            return False
        return self.host is None or self.host.matches(facts.server_facts(world.dialect), world)

    def __repr__(self) -> str:
        return "DaemonPattern(%r)" % self.token


class ClientPattern(object):
    """client_match(): a host pattern, perhaps with ``user@`` before it."""

    __slots__ = ("token", "user", "host")

    def __init__(self, token: bytes, dialect: Dialect) -> None:
        self.token = token
        token = _unbracket(token, dialect)
        user, host = split_at_sign(token, dialect)
        if dialect.net6 in ("both", "anywhere") and token[:1] == b"[":
            user, host = token, None
        self.user = None if host is None else StringPattern(user, dialect)
        self.host = HostPattern(user if host is None else host, dialect)

    def matches(self, facts: RequestFacts, world: "World") -> bool:
        """Whether the client matches; the host is asked first, so that no user is looked up for others."""
        if not self.host.matches(facts.client, world):
            return False
        if self.user is None:
            return True
        user = facts.user_text(world.dialect)
        return self.user.matches(user, user.lower())

    def __repr__(self) -> str:
        return "ClientPattern(%r)" % self.token


#: Segments between EXCEPTs; ``a EXCEPT b EXCEPT c`` is ((a,), (b,), (c,)) and means a but not (b but not c).
PatternList = Tuple[Tuple[Any, ...], ...]


#: The words of a file of hosts as patterns, whether it names itself, and whether it is longer than that.
FilePatterns = Tuple[Tuple[HostPattern, ...], bool, bool]


def host_file_patterns(path: bytes, dialect: Dialect, lookups: Lookups) -> FilePatterns:
    """What read_host_file() reads, as patterns; made once for all who ask through the same look-ups."""
    kept: Dict[Tuple[str, bytes], FilePatterns] = files_read(lookups).patterns
    key = (dialect.name, path)
    if key not in kept:
        content = read_host_file(path, lookups)
        kept[key] = tuple(HostPattern(word, dialect) for word in content.words), content.loops, content.cut
    return kept[key]


class World(object):
    """What matching needs besides the request: the dialect, the look-ups, and what the answer came to depend on."""

    __slots__ = ("dialect", "lookups", "_depends", "files")

    def __init__(self, dialect: Dialect, lookups: Lookups) -> None:
        self.dialect = dialect
        self.lookups = lookups
        self._depends: List[str] = []
        self.files: Optional[Dict[bytes, FilePatterns]] = None

    @property
    def depends(self) -> Tuple[str, ...]:
        """The questions that nobody answered so far."""
        return tuple(self._depends)

    def in_netgroup(self, group: bytes, name: bytes) -> bool:
        """innetgr(3) with the client's name, which may be "unknown"."""
        answer = self.lookups.in_netgroup(
            group.decode("utf-8", "surrogateescape"), name.decode("utf-8", "surrogateescape")
        )
        if answer is None:
            self._depends.append("netgroup " + group.decode("utf-8", "replace"))
        return bool(answer)

    def has_interface(self, name: bytes) -> bool:
        """if_nametoindex(3) of the scope of an address; one that nobody knows of is taken to exist."""
        answer = self.lookups.interface_exists(name.decode("utf-8", "surrogateescape"))
        if answer is None:
            self._depends.append("interface " + name.decode("utf-8", "replace"))
        return answer is not False

    def in_file(self, path: bytes, host: HostFacts) -> bool:
        """A ``/file`` pattern: each word is a host pattern.

        :raises HostFileLoop: libwrap would crash.
        """
        if self.files is None:
            self.files = {}
        found = self.files.get(path)
        if found is None:
            found = self.files[path] = host_file_patterns(path, self.dialect, self.lookups)
        before = len(self._depends)
        matched = any(pattern.matches(host, self) for pattern in found[0])
        many = len(self._depends) - before > OPEN_WORDS
        if many:
            del self._depends[before + OPEN_WORDS :]
        if many or found[2] and not matched and not found[1]:
            self._depends.append("the rest of the file %s" % path.decode("utf-8", "backslashreplace"))
        if matched:
            return True
        if found[1]:
            raise HostFileLoop("the file of hosts %s names itself" % path.decode("utf-8", "backslashreplace"))
        return False


def tokens_of(field: bytes) -> List[bytes]:
    """strtok() at blank, tab, comma, CR and LF."""
    if b"\x0b" in field or b"\x0c" in field:
        return [token for token in _SEPARATORS.split(field) if token]
    return field.replace(b",", b" ").split()


def segments_of(tokens: List[bytes]) -> List[List[bytes]]:
    """A list's tokens split at EXCEPT, in any case; there is always at least one segment."""
    segments: List[List[bytes]] = [[]]
    for token in tokens:
        if len(token) == 6 and token.upper() == b"EXCEPT":
            segments.append([])
        else:
            segments[-1].append(token)
    return segments


def ends_list(client: ClientPattern, dialect: Dialect) -> bool:
    """Whether libwrap loses its place in the list at this client: a ``[`` without its ``]`` where brackets are cut out."""
    host = client.host.token
    return dialect.net6 == "inside" and host[:1] == b"[" and b"]" not in host


def list_matches(patterns: PatternList, facts: RequestFacts, world: World) -> bool:
    """list_match(): ``a EXCEPT (b EXCEPT c)``. The first segment that does not match decides."""
    matched = False
    for segment in patterns:
        for pattern in segment:
            if pattern.matches(facts, world):
                break
        else:
            return matched
        matched = not matched
    return matched


def _unbracket(token: bytes, dialect: Dialect) -> bytes:
    """NetBSD takes the brackets off a whole token and compares what stood in them."""
    if dialect.net6 == "netbsd" and token[:1] == b"[" and token[-1:] == b"]" and len(token) > 2:
        return token[1:-1]
    return token


def _interface_of(address: bytes, network: Optional[Network], dialect: Dialect) -> Optional[bytes]:
    """The interface that a bracketed address which is a network needs; None where it names none."""
    return scope_interface(address[1:-1]) if dialect.scopes and network is not None and b"%" in address else None


def split_at_sign(token: bytes, dialect: Dialect) -> Tuple[bytes, Optional[bytes]]:
    """``left@right``; the first character never splits, so that ``@netgroup`` stays whole."""
    if b"@" not in token:
        return token, None
    before, after, found = split_field(token[1:], b"@", dialect.brackets)
    if not found:
        return token, None
    return token[:1] + before, after


def port_number(token: bytes) -> Optional[int]:
    """sscanf("%u"): a number that fits a port after it was cut to 32 bits; None is a daemon's name."""
    found = _PORT.match(token)
    if not found:
        return None
    # 21 digits are more than 64 bits hold, and such a number becomes the largest whatever its sign
    value = int(found.group(2).lstrip(b"0")[:21] or b"0")
    if value >> 64:
        return None
    value = (-value if found.group(1) == b"-" else value) & ALL_ONES
    return value if value <= 65535 else None


def in_network(network: Network, ip4: Optional[int], ip6: Optional[int]) -> bool:
    """Whether an address lies in a network of its own family."""
    family, net, mask = network
    if family == 4:
        return ip4 is not None and ip4 & mask == net
    return ip6 is not None and ip6 & mask == net
