# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Reading inetd.conf: every line is kept as it is, and what it means to inetd stands beside it. inetd.conf(5)."""

import re
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from .._libwrap.printable import printable
from .._libwrap.finding import Finding
from . import tcpd
from .errors import SuperserverError
from .inetd_flavours import FLAVOURS, Flavour
from .kinds import configuration_finding
from .service import Service
from .text import COMMENT, Word, decode, encode, lines, words

PATH = "/etc/inetd.conf"

_OFF = re.compile(r"#<off>#[ \t]*")
_SOCKET_TYPES = ("stream", "dgram", "raw", "rdm", "seqpacket", "tli", "xti")
_WAIT = re.compile(r"(no)?wait(?:[./:].*)?$")
_FIELDS = ("service name", "socket type", "protocol", "wait or nowait", "user", "server")


class Item(NamedTuple):
    """A logical line: where it starts, its physical lines, and the service that it states, if any.

    `prefix` is what switches a service off (`#<off># `); `core` is the text after it; `words` count from the core's
    start.
    """

    first: int
    raw: Tuple[str, ...]
    prefix: str
    words: Tuple[Word, ...]
    service: Optional[Service]

    @property
    def core(self) -> str:
        """The text without what switches it off."""
        return "".join(self.raw)[len(self.prefix) :]


class Config:
    """A whole inetd.conf. `text` is what was read; `entries` are its services in order; `findings` what is wrong with
    it.
    """

    def __init__(self, text: str, flavour: str, path: str, items: List[Item], findings: List[Finding]) -> None:
        self.text = text
        self.lines = lines(text)
        self.flavour = flavour
        self.path = path
        self.items = items
        self.findings = findings
        self.entries = [item.service for item in items if item.service is not None]
        self._items = {item.first + 1: item for item in items}

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return encode(self.text)

    def item(self, service: Service) -> Item:
        """The logical line of a service of this file."""
        return self._items[service.line]


def read(
    data: Union[bytes, str],
    flavour: str = "openbsd",
    path: str = PATH,
    other_names: tcpd.OtherNames = tcpd.no_other_names,
) -> Config:
    """What the inetd of this `flavour` (a key of FLAVOURS) makes of a file. `other_names` finds the links to a program.

    Raises SuperserverError for another flavour.
    """
    if flavour not in FLAVOURS:
        raise SuperserverError("There is no inetd flavour %r: use one of %s." % (flavour, ", ".join(sorted(FLAVOURS))))
    text = decode(data)
    rules = FLAVOURS[flavour]
    items: List[Item] = []
    findings: List[Finding] = []
    physical = lines(text)
    index = 0
    while index < len(physical):
        item = _logical_line(physical, index, rules, path, findings, other_names)
        items.append(item)
        index += len(item.raw)
    if rules.default_address:
        items = _placed(items)
    findings.extend(_duplicates(items, flavour, path))
    findings.extend(_arguments(items, path))
    findings.extend(_orphans(items, path))
    return Config(text, flavour, path, items, findings)


def split(core: str, rules: Flavour) -> List[Word]:
    """The words of a logical line; a quote never reaches over the end of a physical line."""
    found: List[Word] = []
    offset = 0
    for line in lines(core):
        found.extend(
            Word(word.value, word.start + offset, word.end + offset)
            for word in words(line.rstrip("\n"), rules.blanks, rules.quoting)
        )
        offset += len(line)
    return found


def _logical_line(
    physical: List[str], index: int, rules: Flavour, path: str, findings: List[Finding], other_names: tcpd.OtherNames
) -> Item:
    line = physical[index]
    off = _OFF.match(line)
    stripped = line.lstrip(" \t\f\v\r") if rules.indented_comments else line
    if (stripped.startswith("#") and not off) or not line.strip(" \t\r\n"):
        return Item(index, (line,), "", (), None)
    prefix = off.group() if off else ""
    count = 1
    while rules.continues and not off and index + count < len(physical) and physical[index + count][0] in " \t":
        count += 1
    raw = tuple(physical[index : index + count])
    found = tuple(split("".join(raw)[len(prefix) :], rules))
    if not found or (rules.default_address and _is_default_address(found)):
        return Item(index, raw, prefix, found, None)
    trouble = _trouble(raw, found, rules)
    if trouble is None:
        return Item(index, raw, prefix, found, _service(found, bool(off), path, index + 1, rules, other_names))
    if not off:  # a line that is off is nobody's but the administrator's
        findings.append(configuration_finding("malformed", path, index + 1, trouble=printable(trouble)))
    return Item(index, raw, prefix, found, None)


def _trouble(raw: Tuple[str, ...], found: Tuple[Word, ...], rules: Flavour) -> Optional[str]:
    """What keeps a line from being a service, or None."""
    if any("\0" in line for line in raw):
        return "it holds a NUL byte, where inetd stops reading the line"
    if rules.line_limit and any(len(encode(line)) > rules.line_limit for line in raw):
        return "it is longer than the %d bytes that inetd reads at once" % rules.line_limit
    if len(found) < len(_FIELDS):
        return "the field '%s' is missing" % _FIELDS[len(found)]
    if found[1].value not in _SOCKET_TYPES:
        return "%r is not a socket type" % found[1].value
    if not _WAIT.match(found[3].value):
        return "%r is neither wait nor nowait" % found[3].value
    if found[5].value.endswith("\r"):
        return "a carriage return has become part of the server's name"
    return None


def _is_default_address(found: Tuple[Word, ...]) -> bool:
    return len(found) == 1 and found[0].value.endswith(":")


def _placed(items: List[Item]) -> List[Item]:
    """Each service with the default address that holds where it stands; none where the file states none."""
    if not any(not item.prefix and _is_default_address(item.words) for item in items):
        return items
    address = "*"
    placed = []
    for item in items:
        if not item.prefix and _is_default_address(item.words):
            address = item.words[0].value[:-1] or "*"
        elif item.service is not None and ":" not in item.service.name:
            item = item._replace(service=item.service._replace(default_address=address))
        placed.append(item)
    return placed


def _service(
    found: Tuple[Word, ...], disabled: bool, path: str, line: int, rules: Flavour, other_names: tcpd.OtherNames
) -> Service:
    name, socket_type, protocol, wait, user, program = (word.value for word in found[:6])
    argv = [word.value for word in found[6:]]
    behind = tcpd.is_tcpd(program)
    argv0 = argv[0] if argv else None
    server = tcpd.server(argv0, program) if behind and argv0 else program
    own: Optional[str] = None
    if rules.own_check and not behind and program != "internal":
        own = argv0 if argv0 is not None else tcpd.daemon(program)
    words = re.split("[.:]", user.split("/")[0])
    service = Service(
        "inetd",
        name,
        protocol,
        socket_type,
        wait.startswith("wait"),
        words[0],
        server,
        tuple(argv[1:]),
        _bare_name(name) if program == "internal" else tcpd.daemon(server),
        path,
        line,
        disabled=disabled,
        via_tcpd=behind,
        tcpd=program if behind else None,
        own_daemon=own,
        attributes=(("group", words[1]),) if len(words) > 1 and words[1] else (),
        argv0=argv0,
    )
    reason = _obstacle(service, argv0, other_names)
    note = None
    if reason is None and socket_type == "dgram":
        note = "tcpd sees only the first packet: the daemon answers the following ones by itself while it runs"
    elif reason is None and not behind and argv0 is not None and argv0 != tcpd.daemon(server):
        note = "behind tcpd the daemon is started as %r instead of %r" % (tcpd.daemon(server), argv0)
    return service._replace(wrappable=reason is None, reason=reason, note=note)


def _obstacle(service: Service, argv0: Optional[str], other_names: tcpd.OtherNames) -> Optional[str]:
    """Why a service cannot go through tcpd, or None."""
    transport = service.protocol[4:] if service.protocol.startswith("rpc/") else service.protocol
    if service.server == "internal":
        return "internal: inetd answers by itself and starts no server"
    if service.socket_type not in ("stream", "dgram"):
        return "socket type %s: tcpd handles stream and dgram only" % service.socket_type
    if transport == "unix":
        return "unix socket: there is no client address to check"
    if service.protocol.startswith("rpc/") and service.socket_type == "stream":
        return "rpc over tcp: the server accepts its connections itself, so tcpd sees no client"
    if service.wait and service.socket_type == "stream":
        return "stream wait: the server accepts its connections itself, so tcpd sees no client"
    if service.via_tcpd:
        if argv0 is None or tcpd.is_tcpd(service.server):
            return "tcpd is given no daemon to run and starts itself in an endless loop"
        return None
    return tcpd.obstacle(service.server, argv0, other_names)


def _bare_name(name: str) -> str:
    """A service's name without the addresses before it."""
    return name.rsplit(":", 1)[-1]


def _duplicates(items: List[Item], flavour: str, path: str) -> List[Finding]:
    seen: Dict[str, int] = {}
    findings = []
    for item in items:
        service = item.service
        if service is None or service.disabled:
            continue
        key = service.identity
        if key in seen:
            counts = "first" if flavour == "xinetd" else "last"
            findings.append(
                configuration_finding("duplicate", path, service.line, service=key, first=seen[key], counts=counts)
            )
        seen[key] = service.line
    return findings


def _arguments(items: List[Item], path: str) -> List[Finding]:
    """Lines behind which tcpd sees no client, and those whose name, argv[0], is missing or stands twice."""
    findings = []
    for item in items:
        service = item.service
        if service is None or service.disabled or service.server == "internal":
            continue
        argv0 = item.words[6].value if len(item.words) > 6 else None
        named = "the service %s" % printable(service.name)
        if service.via_tcpd and service.wait and service.socket_type == "stream":
            code, form, word = "tcpd-on-listening-socket", "", ""
        elif service.via_tcpd and argv0 is None:
            code, form, word = "tcpd-without-argv0", "", ""
        elif service.via_tcpd and tcpd.repeats_name(service.server, service.args):
            code, form, word = "argv0-repeated", "", service.args[0]
        elif argv0 is None:
            code, form, word = "argv0-missing", "", ""
        elif argv0.startswith("-") and argv0[1:] != tcpd.daemon(service.server):
            code, form, word = "argv0-missing", "option", argv0
        else:
            continue
        findings.append(
            configuration_finding(code, path, service.line, form, service=named, word="%r" % word, setting="wait")
        )
    return findings


def _orphans(items: List[Item], path: str) -> List[Finding]:
    """Comments of ours whose service went away or is no longer wrapped."""
    findings = []
    below: Optional[Service] = None  # what stands below the comments, seen from the end of the file
    for item in reversed(items):
        if not item.raw[0].startswith(COMMENT):
            below = item.service
        elif below is None or not below.via_tcpd:
            findings.append(configuration_finding("orphan-comment", path, item.first + 1))
    return findings[::-1]
