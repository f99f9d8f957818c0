# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Services that systemd starts for a connection (Accept=yes), and the drop-in that puts tcpd in front of them.

systemd dropped its own libwrap support. tcpd needs the connection as its standard input: `Accept=yes` in the socket and
`StandardInput=socket` in the service. A drop-in empties ExecStart= and names tcpd by `@`, which makes the next word
argv[0]. Measured; systemd.socket(5), systemd.service(5).
"""

import posixpath
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .._libwrap.finding import Finding
from . import tcpd
from .errors import SuperserverError
from .kinds import configuration_finding
from .service import Service
from .sources import Sources
from .systemd_syntax import Command, Setting, commands, last, listed, quoted, transports, true
from .systemd_loader import default_environment, loader_setting
from .systemd_rights import attributes_of, user_of
from .systemd_view import other_tables, own_place
from .systemd_units import UNIT_DIR, Unit, Units
from .systemd_words import Words, words_of
from .text import encode

DROP_IN = "zz-portcullis-tcpd.conf"
HEADER = "# Written by portcullis.tcp_wrappers.systemd_tcpd, which removes this file when the service is unwrapped.\n"

_BINARY_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Entry(NamedTuple):
    """A service, its socket unit, and its commands without our drop-in."""

    service: Service
    socket: str
    commands: Tuple[Command, ...]


class Config:
    """All services that a socket unit starts. `placed` pairs each with its unit; `findings` tell what is wrong with
    them.
    """

    def __init__(self, units: Units, sources: Sources) -> None:
        self.units = units
        self.sources = sources
        self.placed: List[Entry] = []
        self._by_name: Dict[str, Entry] = {}
        self._programs: Dict[str, Set[str]] = {}
        self.findings: List[Finding] = []
        self._default_environment = default_environment(sources)

    def loader(self, unit: Unit, effective: List[Command], server: str) -> Optional[str]:
        """What decides which libraries or programs the commands of a unit get, in words; None where nothing does."""
        return loader_setting(unit.settings, effective, server, self.sources, self._default_environment)

    def loader_of(self, name: str) -> Optional[str]:
        """The same of a service by its name."""
        unit = self.units.load(name)
        return self.loader(unit, commands(unit.settings), "")

    def own_place_of(self, name: str, paths: Sequence[str]) -> Optional[str]:
        """The setting by which a service sees something of its own at one of the paths; None where there is none."""
        unit = self.units.load(name)
        return own_place(unit.settings, commands(unit.settings), paths)

    def programs(self, folder: str) -> Set[str]:
        """The names in a folder of programs, listed once for all services."""
        if folder not in self._programs:
            self._programs[folder] = set(self.sources.names(folder) or ())
        return self._programs[folder]

    @property
    def entries(self) -> List[Service]:
        """The services, by the names of their sockets."""
        return [entry.service for entry in self.placed]

    def entry(self, service: Service) -> Entry:
        """What belongs to a service of this configuration."""
        return self._by_name[service.name]

    def place(self, entry: Entry) -> None:
        """One more service."""
        self.placed.append(entry)
        self._by_name.setdefault(entry.service.name, entry)

    def drop_in(self, service: Service) -> str:
        """The path of our drop-in for a service."""
        return posixpath.join(self.units.unit_dir, service.name + ".d", DROP_IN)


def read(sources: Sources, unit_dir: str = UNIT_DIR) -> Config:
    """The services of all socket units that listen on TCP or UDP, or start one service a connection."""
    units = Units(sources, unit_dir)
    config = Config(units, sources)
    for name in units.names(".socket"):
        socket = units.load(name)
        kinds = transports(socket.settings)
        if "tcp" in kinds or "udp" in kinds or true(last(socket.settings, "Socket", "Accept")):
            config.place(_entry(config, socket, kinds))
    return config


def wrap(config: Config, chosen: Sequence[Service], program: str) -> Dict[str, str]:
    """The text of each drop-in that is missing or differs, so that tcpd (its path is `program`) stands before the
    services.

    Raises SuperserverError for a service that cannot be wrapped.
    """
    changed = {}
    for service in chosen:
        if not service.wrappable:
            raise SuperserverError("%s cannot go through tcpd: %s." % (service.name, service.reason))
        entry, path = config.entry(service), config.drop_in(service)
        if all(tcpd.is_tcpd(command.path) for command in entry.commands):
            continue
        text = (
            HEADER
            + "[Service]\nExecStart=\n"
            + "".join("ExecStart=%s\n" % _through(config, command, program) for command in entry.commands)
        )
        old = config.sources.read(path)
        if old is None or old.decode("utf-8", "surrogateescape") != text:
            changed[path] = text
    return changed


def unwrap(config: Config, chosen: Sequence[Service]) -> List[str]:
    """The paths of our drop-ins to remove, so that the services are started directly.

    Raises SuperserverError for a service that goes through tcpd by a file that is not ours.
    """
    removed = []
    for service in chosen:
        entry, path = config.entry(service), config.drop_in(service)
        if config.sources.read(path) is not None:
            removed.append(path)
        foreign = [command for command in entry.commands if tcpd.is_tcpd(command.path)]
        if foreign:
            setting = foreign[0].setting
            raise SuperserverError(
                "%s goes through tcpd by line %d of %s, which this module did not write: change that file."
                % (service.name, setting.line, setting.path)
            )
    return removed


def _entry(config: Config, socket: Unit, kinds: Dict[str, List[str]]) -> Entry:
    prefix = socket.name[: -len(".socket")].split("@")[0]
    accept = true(last(socket.settings, "Socket", "Accept"))
    name = prefix + "@.service"
    if not accept:
        name = last(socket.settings, "Socket", "Service") or socket.name[: -len(".socket")] + ".service"
    ours = posixpath.join(config.units.unit_dir, name + ".d", DROP_IN)
    before = config.units.load(name, without=(ours,))
    now = config.units.load(name)
    original, effective = commands(before.settings), commands(now.settings)
    pair = _Pair(config, socket, before, original, kinds)
    service = _service(pair, effective)
    disabled = before.masked or not config.units.enabled(socket.name)
    reason = _obstacle(pair, service, accept)
    if reason is None and not service.via_tcpd:
        reason = _undone_by(before, original, ours)
    config.findings.extend(_findings(service, effective, accept))
    service = service._replace(
        disabled=disabled, wrappable=reason is None, reason=reason, note=_note(before, original, service.via_tcpd)
    )
    return Entry(service, socket.name, tuple(original))


class _Pair(NamedTuple):
    """A socket unit and the service that it starts, without what this collection wrote."""

    config: Config
    socket: Unit
    unit: Unit
    original: List[Command]
    kinds: Dict[str, List[str]]  # the addresses of each transport


def _service(pair: _Pair, effective: List[Command]) -> Service:
    config, socket, unit, original, kinds = pair
    first = original[0] if original else None
    behind = bool(effective) and all(tcpd.is_tcpd(command.path) for command in effective)
    words = Words("", None, (), "") if first is None else words_of(first, unit, config.sources)
    server = words.path
    if first is not None and tcpd.is_tcpd(first.path) and words.argv0 is not None:
        server = tcpd.server(words.argv0, first.path)
    server = absolute(config, server)
    setting = first.setting if first is not None else None
    other = other_tables(unit.settings, effective)
    loader = config.loader(unit, effective, server)
    return Service(
        "systemd",
        unit.name,
        "/".join(sorted(kinds)) or "none",
        "dgram" if set(kinds) == {"udp"} else "stream",
        not true(last(socket.settings, "Socket", "Accept")),
        user_of(unit.name, unit.settings, effective),
        server,
        words.args,
        tcpd.daemon(server),
        setting.path if setting else unit.path or socket.path or "",
        setting.line if setting else 1,
        via_tcpd=behind,
        tcpd=effective[0].path if behind else None,
        attributes=(
            ("socket", socket.name),
            ("listens", " ".join(_addresses(config, socket, kinds))),
        )
        + attributes_of(unit.settings, effective)
        + ((("other_tables", other),) if other else ())
        + ((("untold_name", words.untold),) if words.untold else ())
        + ((("loader", loader),) if loader else ()),
        argv0=words.argv0,
    )


def _addresses(config: Config, socket: Unit, kinds: Dict[str, List[str]]) -> List[str]:
    """Where a socket unit listens, with what the instances of a template put in (systemd.unit(5), %i)."""
    written = [address for kind in sorted(kinds) for address in kinds[kind]]
    instances = config.units.instances(socket.name)
    found: List[str] = []
    for address in written:
        filled = [address.replace("%i", one).replace("%I", one) for one in instances]
        found += dict.fromkeys(filled) if filled and ("%i" in address or "%I" in address) else [address]
    return found


def _obstacle(pair: _Pair, service: Service, accept: bool) -> Optional[str]:
    """Why a service cannot go through tcpd, or None."""
    config, socket, unit, original, kinds = pair
    if not accept:
        return "Accept=no: the service gets the listening socket, so tcpd would see no client and let everybody in"
    if unit.path is None:
        return "the unit %s does not exist" % unit.name
    if unit.masked:
        return "the unit %s is masked" % unit.name
    others = sorted(kind for kind in kinds if kind != "tcp")
    if others or not kinds:
        return "%s listens on %s, where tcpd sees no client address" % (socket.name, " and ".join(others) or "nothing")
    if last(unit.settings, "Service", "StandardInput") != "socket":
        return "StandardInput=socket is not set: the service takes its connection as descriptor 3, and tcpd as its standard input"
    if not original:
        return "it has no ExecStart="
    other = other_tables(unit.settings, original)
    if other:
        return "%s gives it other tables than the host's, so tcpd would not obey these" % other
    for command in original:
        if "|" in command.prefixes:
            return "ExecStart=%s runs in a login shell" % command.prefixes
        if tcpd.is_tcpd(command.path):
            if command.argv0 is None or tcpd.is_tcpd(command.argv0):
                return "tcpd without @ and the daemon's path starts itself in an endless loop"
            continue
        reason = tcpd.obstacle(absolute(config, command.path), command.argv0, config.sources.other_names)
        if reason is not None:
            return reason
    if 0 < sum(tcpd.is_tcpd(command.path) for command in original) < len(original):
        return "some of its ExecStart= lines go through tcpd by a file that is not ours, others do not"
    return None


def _undone_by(unit: Unit, original: List[Command], ours: str) -> Optional[str]:
    """Why our drop-in would not count, or does not: another one that sorts behind it sets ExecStart= again."""
    for command in original:
        path = command.setting.path
        if path in unit.drop_ins and encode(posixpath.basename(path)) > encode(DROP_IN):
            return "%s is read after %s and sets ExecStart= again" % (path, ours)
    return None


def _note(unit: Unit, original: List[Command], behind: bool) -> Optional[str]:
    earlier = listed(unit.settings, "Service", "ExecStartPre") + listed(unit.settings, "Service", "ExecCondition")
    if earlier:
        return "ExecStartPre= and ExecCondition= run before tcpd has asked"
    if len(original) > 1:
        return "each of its %d ExecStart= lines asks by itself: a booby trap fires once for each" % len(original)
    if not behind and original and original[0].argv0 not in (None, tcpd.daemon(original[0].path)):
        return "behind tcpd the daemon is started as %r instead of %r" % (
            tcpd.daemon(original[0].path),
            original[0].argv0,
        )
    return None


def _through(config: Config, command: Command, program: str) -> str:
    """An ExecStart= value that runs the command behind tcpd; the arguments stay as they were written."""
    path = absolute(config, command.path)
    if ":" not in command.prefixes:
        path = path.replace("$", "$$")  # the path of a command is no place for variables, its argv[0] is
    prefixes = command.prefixes.replace("@", "") + "@"
    return " ".join([prefixes + quoted(program), quoted(path)] + ([command.arguments] if command.arguments else []))


def absolute(config: Config, path: str) -> str:
    """A bare name is looked for where systemd looks for it; tcpd would take it from its own folder."""
    if "/" in path:
        return path
    for folder in _BINARY_FOLDERS:
        if path in config.programs(folder):
            return posixpath.join(folder, path)
    return path


def _findings(service: Service, effective: List[Command], accept: bool) -> List[Finding]:
    found = []
    for command in effective:
        where: Setting = command.setting
        if not tcpd.is_tcpd(command.path):
            continue
        if command.argv0 is None:
            found.append(
                configuration_finding("tcpd-without-argv0", where.path, where.line, "unit", service=service.name)
            )
        if not accept:
            words = {"service": service.name, "setting": "Accept=no"}
            found.append(configuration_finding("tcpd-on-listening-socket", where.path, where.line, **words))
    return found
