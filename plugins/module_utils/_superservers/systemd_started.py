# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which services may start with a system: those that a unit wants, and what these start in turn. systemd.unit(5)."""

from typing import Dict, Iterator, List

from .systemd_specifiers import specified
from .systemd_syntax import last, listed, raw_words, true, unquoted
from .systemd_units import Unit, Units

_KINDS = (".service", ".socket", ".timer", ".path", ".target", ".mount", ".automount", ".swap", ".slice")
_PULLS = ("Wants", "Requires", "BindsTo", "Upholds", "OnSuccess", "OnFailure")
_TRIGGERS = {".timer": ("Timer", "Unit"), ".path": ("Path", "Unit"), ".socket": ("Socket", "Service")}


def started_services(units: Units) -> List[Unit]:
    """The services that may start, masked ones left out. What a socket starts for each connection is not among them.
    Raises SuperserverError as Units does.
    """
    pending = [name for kind in _KINDS for name in units.names(kind) if units.enabled(name)]
    seen: Dict[str, Unit] = {}
    while pending:
        name = units.real(pending.pop())
        if name in seen:
            continue
        seen[name] = units.load(name)
        if not seen[name].masked:
            pending += _started_by(seen[name])
    return [unit for name, unit in sorted(seen.items()) if name.endswith(".service") and not unit.masked]


def _started_by(unit: Unit) -> Iterator[str]:
    """The names of what a unit starts; one that only systemd knows is left out."""
    for key in _PULLS:
        for setting in listed(unit.settings, "Unit", key):
            for word in raw_words(setting.value):
                name, told = specified(unquoted(word), unit.name)
                if told:
                    yield name
    stem, _dot, kind = unit.name.rpartition(".")
    section, key = _TRIGGERS.get("." + kind, ("", ""))
    if section and not (section == "Socket" and true(last(unit.settings, section, "Accept"))):
        yield last(unit.settings, section, key) or stem + ".service"
