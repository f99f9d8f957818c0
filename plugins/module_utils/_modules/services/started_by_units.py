# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How the units that start with an image's system will start a program: its words, its user, and what it sees."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.errors import HostError
from ..._host.files.root import Root
from ..._host.system.accounts import Accounts, User
from ..._host.system.known_daemons import BY_PROGRAM, NOTHING
from ..._host.system.libraries import Libraries
from ..._libwrap.printable import printable
from ..._superservers.errors import SuperserverError
from ..._superservers.service import Service
from ..._superservers.systemd import Config, absolute
from ..._superservers.systemd_environment import environment
from ..._superservers.systemd_rights import attributes_of, user_of
from ..._superservers.systemd_started import started_services
from ..._superservers.systemd_syntax import Command, commands
from ..._superservers.systemd_units import Unit, Units
from ..._superservers.systemd_view import other_tables
from ..._superservers.systemd_words import words_of
from ..wrapping.sources import HostSources
from .configured import asks_as
from .mentions import Wanted

MAX_COMMANDS = 100  # of one setting of a service; but for oneshot it has one
_SETTINGS = ("ExecStart", "ExecCondition", "ExecStartPre", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPost")


class Start(NamedTuple):
    unit: str = ""
    program: str = ""  # the path that it is started by; empty: its own
    args: Tuple[str, ...] = ()
    other: str = ""  # the setting that gives it other tables than the image's; empty where none does
    doubt: str = ""  # why it is not known what is started, or with which libraries
    user: Optional[User] = None
    settings: Optional[Unit] = None
    commands: Sequence[Command] = ()
    words_alone: bool = False  # the doubt is about the words that it is started with


class Starts:
    """The services that start with an image's system, read once for all programs."""

    def __init__(self, root: Root, libraries: Libraries) -> None:
        self._root = root
        self._libraries = libraries
        self._accounts = Accounts(root)
        self._sources = HostSources(root)
        self._services: Optional[List[Unit]] = None
        self._config: Optional[Config] = None

    def of(self, path: str) -> Optional[List[Start]]:
        """How they start a program; [] where none does, None where they cannot be read."""
        try:
            if self._services is None or self._config is None:
                units = Units(self._sources)
                self._config = Config(units, self._sources)
                self._services = started_services(units)
            wanted = Wanted(self._root, path, BY_PROGRAM.get(path.rsplit("/", 1)[-1], NOTHING).programs)
            return [start for unit in self._services for start in self._of_unit(self._config, unit, wanted)]
        except (SuperserverError, HostError):
            return None

    def _of_unit(self, config: Config, unit: Unit, wanted: Wanted) -> List[Start]:
        found = []
        for key in _SETTINGS:
            started = commands(unit.settings, key)
            if len(started) > MAX_COMMANDS:
                raise SuperserverError("%s starts more than %d commands" % (printable(unit.name), MAX_COMMANDS))
            for command in started:
                start = self._of_command(config, unit, started, command, wanted)
                found += [] if start is None else [start]
        return found

    def _of_command(
        self, config: Config, unit: Unit, started: Sequence[Command], command: Command, wanted: Wanted
    ) -> Optional[Start]:
        words = words_of(command, unit, self._sources)
        path = absolute(config, words.path)
        if wanted.is_at(path) or self._is_copy(path, wanted):
            loader = config.loader(unit, list(started), path)
            doubt = "%s of %s decides which libraries it gets" % (loader, unit.name) if loader else ""
            other = other_tables(unit.settings, started) or ""
            user = self._user(unit, started, path)
            return Start(unit.name, path, words.args, other, printable(doubt), user, unit, started)
        known: Dict[str, Optional[str]] = environment(unit.settings, self._sources, unit.name).values
        values = [value for value in known.values() if value] + config.units.instances(unit.name)
        told = wanted.named_by(path, words.args + ((words.argv0,) if words.argv0 else ()), values)
        doubt = "by %s %s" % (printable(unit.name), told.told)
        return Start(unit.name, doubt=doubt, words_alone=not told.apart) if told.told else None

    def _is_copy(self, path: str, wanted: Wanted) -> bool:
        """Whether a program has the bytes of the one that is looked for."""
        contents = self._libraries.contents
        try:
            return (
                path.startswith("/")
                and contents.key(path)[1] == contents.key(wanted.path)[1]
                and contents.digest(path) in (None, contents.digest(wanted.path))
            )
        except (HostError, OSError):
            return False

    def _user(self, unit: Unit, started: Sequence[Command], path: str) -> Optional[User]:
        """As whom it is started."""
        service = Service(
            "systemd", unit.name, "tcp", "stream", True, user_of(unit.name, unit.settings, started), path, (), "", "", 1,
            attributes=attributes_of(unit.settings, started),
        )  # fmt: skip
        return asks_as(self._accounts, service)
