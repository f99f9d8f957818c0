# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Reading xinetd's configuration: the main file, what it includes, and what its services mean. xinetd.conf(5).

Measured on xinetd 2.3.15: the first of two equal attributes counts, `disable = yes` stops a service whatever `enabled`
says, and files of an includedir are read in the order of the C locale, without names that have a dot or end in a tilde.
The case of keywords, names, flags, types, `yes`, `no` and the ids of services does not count.
"""

import posixpath
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from .._libwrap.finding import Finding
from . import tcpd
from .errors import SuperserverError
from .kinds import configuration_finding
from .loader import first_of
from .service import Service
from .sources import Sources
from .._libwrap.printable import printable
from .text import decode, encode, lines
from .xinetd_syntax import Block, blocks

PATH = "/etc/xinetd.conf"
_MAX_DEPTH = 20
_MAX_INCLUDED = 20000
_MAX_SERVICES = 65536  # as many as there are ports
_REVIVED = "xinetd starts it in spite of an error, because of 'enabled' or 'disable = no'; correct this first: "
NOT_STARTED = "xinetd does not start it: "
_REPORTED = (
    "bind",
    "interface",
    "port",
    "type",
    "flags",
    "only_from",
    "no_access",
    "libwrap",
    "group",
    "groups",
    "redirect",
)


class Entry(NamedTuple):
    """A service and the block that states it."""

    service: Service
    block: Block


class Dropped(NamedTuple):
    """Why xinetd does not start a service that is switched on; ``bad_value``: the value that switched it off."""

    why: str
    bad_value: Optional[str]


class Config:
    """All of xinetd's files. `files` maps each path to its lines; `entries` are the services in the order of reading."""

    def __init__(self, libwrap: bool, other_names: tcpd.OtherNames) -> None:
        self.libwrap = libwrap
        self.other_names = other_names
        self.files: Dict[str, List[str]] = {}
        self.placed: List[Entry] = []
        self._blocks: Dict[Tuple[str, int], Block] = {}
        self.findings: List[Finding] = []
        self.included = 0  # files and folders so far, each time that they are named

    @property
    def entries(self) -> List[Service]:
        """The services, in order."""
        return [entry.service for entry in self.placed]

    def block(self, service: Service) -> Block:
        """The block of a service of this configuration."""
        return self._blocks[(service.path, service.line)]

    def place(self, service: Service, block: Block) -> None:
        """One more service, with its block. Raises SuperserverError where there are more than ports."""
        if len(self.placed) >= _MAX_SERVICES:
            raise SuperserverError(
                "%s, line %d: xinetd's configuration has more than %d services. Look for a file that repeats itself."
                % (printable(service.path), service.line, _MAX_SERVICES)
            )
        self.placed.append(Entry(service, block))
        self._blocks.setdefault((service.path, service.line), block)

    def data(self, path: str) -> bytes:
        """The bytes of one of the files."""
        return encode("".join(self.files[path]))


def read(sources: Sources, path: str = PATH, libwrap: bool = True) -> Config:
    """What xinetd makes of `path` and all that it includes. `libwrap`: this xinetd links libwrap (it knows NOLIBWRAP
    then).

    Raises SuperserverError where `path` itself cannot be read.
    """
    config = Config(libwrap, sources.other_names)
    found = list(_read_file(sources, path, config, None))
    enabled, disabled = _switches(found)
    for place, block in found:
        if block.kind != "service":
            continue
        service, dropped = _service(place, block, config), _not_started(block)
        if not service.disabled:
            switched: Optional[str] = None
            if enabled is not None and service.name.lower() not in enabled:
                switched = "it is not among 'enabled' in the defaults"
            elif service.name.lower() in disabled:
                switched = "it is among 'disabled' in the defaults"
            if switched:
                service = service._replace(disabled=True, note=switched)
            elif enabled is not None and dropped is not None and dropped.bad_value is not None:
                # measured: the error switches the service off, and `enabled` switches it on again
                service, dropped = service._replace(reason=_REVIVED + dropped.bad_value), None
        config.place(service, block)
        config.findings.extend(_service_findings(service, block, libwrap, dropped))
    return config


def named_in_arguments(block: Block) -> bool:
    """Whether the first word of server_args is argv[0]: NAMEINARGS counts only where it is read before server_args."""
    flags, arguments = block.attribute("flags"), block.attribute("server_args")
    return flags is not None and "NAMEINARGS" in flags.options and (arguments is None or flags.at < arguments.at)


def _read_file(
    sources: Sources, path: str, config: Config, parent: Optional[Tuple[str, int]], depth: int = 0
) -> Iterator[Tuple[str, Block]]:
    if path in config.files:
        config.findings.append(configuration_finding("included-twice", path, None))
        return
    data = sources.read(path)
    if data is None:
        if parent is None:
            raise SuperserverError(
                "%s does not exist or cannot be read: name xinetd's configuration with the option path." % path
            )
        config.findings.append(configuration_finding("include-missing", parent[0], parent[1], other=printable(path)))
        return
    text = lines(decode(data))
    config.files[path] = text
    defaults = 0
    for block in blocks(text):
        if block.trouble is not None:
            config.findings.append(_trouble(path, block))
        if block.kind == "defaults":
            defaults += 1
            if defaults > 1:
                config.findings.append(configuration_finding("second-defaults", path, block.first + 1))
                continue
        if block.kind in ("include", "includedir"):
            for other in _included(sources, path, block, config):
                if depth < _MAX_DEPTH:
                    yield from _read_file(sources, other, config, (path, block.first + 1), depth + 1)
            continue
        yield path, block


def _included(sources: Sources, path: str, block: Block, config: Config) -> List[str]:
    place = posixpath.join("/", block.name)
    _count(config, 1, path, block)
    if block.kind == "include":
        return [place]
    names = sources.names(place)
    if names is None:
        config.findings.append(
            configuration_finding("include-missing", path, block.first + 1, "folder", other=printable(place))
        )
        return []
    _count(config, len(names), path, block)
    kept = sorted((name for name in names if "." not in name and not name.endswith("~")), key=encode)
    files = [posixpath.join(place, name) for name in kept]
    return [name for name in files if not sources.is_folder(name)]


def _count(config: Config, more: int, path: str, block: Block) -> None:
    """Raise SuperserverError where files include each other more often than any configuration does."""
    config.included += more
    if config.included > _MAX_INCLUDED:
        raise SuperserverError(
            "%s, line %d: xinetd's configuration includes files more than %d times. Look for a file that "
            "includes itself." % (printable(path), block.first + 1, _MAX_INCLUDED)
        )


def _switches(found: List[Tuple[str, Block]]) -> Tuple[Optional[Set[str]], Set[str]]:
    """The ids of `enabled` (None where it is not given) and `disabled` in the defaults, where `=` adds as `+=` does, in
    small letters.
    """
    sets: Dict[str, Optional[Set[str]]] = {"enabled": None, "disabled": set()}
    for _path, block in found:
        if block.kind != "defaults" or block.trouble is not None:
            continue
        for attribute in block.attributes:
            if attribute.name in sets:
                ids = sets[attribute.name] or set()
                sets[attribute.name] = ids  # and changed where it is: a copy for each line would cost its square
                if attribute.operator == "-=":
                    ids.difference_update(text.lower() for text in attribute.texts)
                else:
                    ids.update(text.lower() for text in attribute.texts)
    return sets["enabled"], sets["disabled"] or set()


def _service(path: str, block: Block, config: Config) -> Service:
    kinds = _options(block, "type")
    flags = _options(block, "flags")
    protocol, socket_type = _transport(block)
    program = block.value("server") or ""
    words = block.attribute("server_args")
    argv = list(words.texts) if words is not None else []
    named = named_in_arguments(block)
    behind = tcpd.is_tcpd(program) and block.trouble is None
    argv0 = argv[0] if argv and (named or behind) else None
    server = tcpd.server(argv0, program) if behind and argv0 is not None else program
    internal = "INTERNAL" in kinds or block.attribute("redirect") is not None
    own: Optional[str] = None
    # measured: with wait = yes the server accepts; xinetd asks about an unknown client, which no rule on addresses matches
    listening = socket_type == "stream" and block.value("wait") == "yes"
    if config.libwrap and "NOLIBWRAP" not in flags and not listening:
        name = block.name if internal else tcpd.daemon(argv0 if named and argv0 is not None else program)
        own = block.value("libwrap") or name
    service = Service(
        "xinetd",
        block.value("id") or block.name,
        protocol,
        socket_type,
        block.value("wait") == "yes",
        block.value("user") or "",
        server,
        tuple(argv[1:] if argv0 is not None else argv),
        block.name if internal else tcpd.daemon(server),
        path,
        block.first + 1,
        disabled=block.trouble is not None or block.value("disable") == "yes",
        via_tcpd=behind,
        tcpd=program if behind else None,
        own_daemon=own,
        attributes=_attributes(block),
        argv0=argv0,
    )
    reason = _obstacle(service, block, kinds, flags, argv0, config.other_names)
    return service._replace(wrappable=reason is None, reason=reason, note=None if reason else _note(service, argv0))


def _attributes(block: Block) -> Tuple[Tuple[str, str], ...]:
    """What a service says besides, and a variable by which the server gets other libraries than its file tells."""
    told: Tuple[Tuple[str, str], ...] = (("service", block.name),)
    told += tuple((one.name, " ".join(one.texts)) for one in block.attributes if one.name in _REPORTED)
    name = first_of(text for one in block.attributes if one.name == "env" for text in one.texts)
    return told if name is None else told + (("loader", "%s in env" % name),)


def _note(service: Service, argv0: Optional[str]) -> Optional[str]:
    """What is to be known of a service that can go through tcpd, or goes."""
    if service.socket_type == "dgram":
        return "tcpd sees only the first packet: the daemon answers the following ones by itself while it runs"
    name = tcpd.daemon(service.server)
    if not service.via_tcpd and argv0 is not None and argv0 != name:
        return "behind tcpd the daemon is started as %r instead of %r" % (name, argv0)
    return None


def _not_started(block: Block) -> Optional[Dropped]:
    """Why xinetd does not start the service of a block that it can read; None where it does."""
    if block.trouble is not None:
        return None
    named = "NAMEINARGS" in _options(block, "flags") and "INTERNAL" not in _options(block, "type")
    if named and block.attribute("server_args") is None:
        return Dropped("NAMEINARGS needs server_args", None)
    error, off = block.error()
    return Dropped("it has a bad value: " + error, error) if error is not None and off else None


def _obstacle(
    service: Service,
    block: Block,
    kinds: Tuple[str, ...],
    flags: Tuple[str, ...],
    argv0: Optional[str],
    other_names: tcpd.OtherNames,
) -> Optional[str]:
    """Why a service cannot go through tcpd, or None."""
    if block.trouble is not None:
        return "xinetd drops it: %s (line %d)" % (block.trouble, block.trouble_at + 1)
    dropped = _not_started(block)
    if dropped is not None:
        return NOT_STARTED + dropped.why
    error = block.error()[0]
    if error is not None:
        return _REVIVED + error
    alone = _served_by_xinetd(block, kinds, flags)
    if alone is not None:
        return alone
    if "RPC" in kinds and service.socket_type == "stream":
        return "rpc over tcp: the server accepts its connections itself, so tcpd sees no client"
    if service.wait and service.socket_type == "stream":
        return "wait = yes on a stream: the server accepts its connections itself, so tcpd sees no client"
    if service.socket_type not in ("stream", "dgram"):
        return "socket type %s: tcpd handles stream and dgram only" % (service.socket_type or "is not given")
    if not service.server:
        return "it has no server"
    named = named_in_arguments(block)
    if service.via_tcpd:
        if argv0 is None or tcpd.is_tcpd(service.server) or not (named or argv0.startswith("/")):
            return "tcpd is given no daemon to run and starts itself in an endless loop"
        return None
    if "NAMEINARGS" in flags and not named and block.attribute("server_args") is not None:
        return (
            "server_args stands before flags = NAMEINARGS, so the server crashes at every connection; put flags first"
        )
    return tcpd.obstacle(service.server, argv0, other_names)


def _served_by_xinetd(block: Block, kinds: Tuple[str, ...], flags: Tuple[str, ...]) -> Optional[str]:
    """Why no server that xinetd starts sees the client, or None."""
    if "INTERNAL" in kinds:
        return "internal: xinetd answers by itself and starts no server"
    if block.attribute("redirect") is not None:
        return "redirect: xinetd passes the connection on and starts no server"
    if "SENSOR" in flags:
        return "sensor: xinetd only watches the port and starts no server"
    if "INTERCEPT" in flags:
        return "INTERCEPT: the server is connected to xinetd, so tcpd sees no client"
    return None


def _transport(block: Block) -> Tuple[str, str]:
    """Protocol and socket type; xinetd takes one from the other."""
    protocol, socket_type = block.value("protocol"), block.value("socket_type")
    if protocol is None:
        protocol = {"stream": "tcp", "dgram": "udp"}.get(socket_type or "", "")
    if socket_type is None:
        socket_type = {"tcp": "stream", "udp": "dgram"}.get(protocol, "")
    return protocol, socket_type


def _options(block: Block, name: str) -> Tuple[str, ...]:
    attribute = block.attribute(name)
    return attribute.options if attribute is not None else ()


def _trouble(path: str, block: Block) -> Finding:
    line = block.trouble_at + 1
    what = "the service %s" % printable(block.name) if block.kind == "service" else "everything"
    words = {"trouble": block.trouble, "what": what, "last": block.last + 1}
    return configuration_finding("malformed", path, line, "entry", **words)


def _service_findings(service: Service, block: Block, libwrap: bool, dropped: Optional[Dropped]) -> Iterator[Finding]:
    def finding(code: str, line: int, form: str = "", **words: object) -> Finding:
        return configuration_finding(
            code, service.path, line, form, service="the service %s" % printable(service.name), **words
        )

    if dropped is not None:
        yield finding("not-started", service.line, why=dropped.why)
    flags, arguments = block.attribute("flags"), block.attribute("server_args")
    if service.via_tcpd and service.wait and service.socket_type == "stream":
        yield finding("tcpd-on-listening-socket", service.line, setting="wait = yes")
    if service.via_tcpd and not named_in_arguments(block):
        yield finding("tcpd-without-nameinargs", service.line)
    elif flags and arguments and "NAMEINARGS" in flags.options and arguments.at < flags.at:
        yield finding("nameinargs-too-late", flags.at + 1)
    # measured: without NAMEINARGS the whole of server_args goes behind argv[0]
    if service.via_tcpd is named_in_arguments(block) and tcpd.repeats_name(service.server, service.args):
        line = arguments.at + 1 if arguments is not None else service.line
        form = "" if service.via_tcpd else "plain"
        yield finding("argv0-repeated", line, form, word="%r" % service.args[0])
    if service.via_tcpd and libwrap and service.own_daemon is not None:
        yield finding("checked-twice", service.line, "xinetd")
