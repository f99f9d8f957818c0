# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How the units that start with an image's system will start a program: its words, and whether it sees the tables."""

from typing import List, NamedTuple, Optional, Tuple

from ..._host.errors import HostError
from ..._host.files.root import Root
from ..._libwrap.printable import printable
from ..._superservers.errors import SuperserverError
from ..._superservers.systemd_syntax import commands
from ..._superservers.systemd_units import Unit, Units
from ..._superservers.systemd_view import other_tables
from ..._superservers.systemd_words import words_of
from ..wrapping.sources import HostSources

MAX_COMMANDS = 100  # of one service; but for oneshot it has one


class Start(NamedTuple):
    unit: str
    args: Tuple[str, ...]
    other: str  # the setting that gives it other tables than the image's; empty where none does


def starts_of(root: Root, path: str) -> Optional[List[Start]]:
    """How the enabled services start a program; [] where none does, None where they cannot be read."""
    sources = HostSources(root)
    try:
        units = Units(sources)
        found = [units.load(name) for name in units.names(".service") if units.enabled(name)]
        wanted = root.resolve(path)
        return [start for unit in found if not unit.masked for start in _of_unit(root, sources, unit, wanted)]
    except (SuperserverError, HostError):
        return None


def _of_unit(root: Root, sources: HostSources, unit: Unit, wanted: str) -> List[Start]:
    found = []
    started = commands(unit.settings)
    if len(started) > MAX_COMMANDS:
        raise SuperserverError("%s starts more than %d commands" % (printable(unit.name), MAX_COMMANDS))
    for command in started:
        words = words_of(command, unit, sources)
        if words.path.startswith("/") and root.resolve(words.path) == wanted:
            found.append(Start(unit.name, words.args, other_tables(unit.settings, started) or ""))
    return found
