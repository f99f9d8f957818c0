# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a unit shows its processes the host's tables. systemd.exec(5): of the settings that give them other files, the
one for the deepest folder counts.
"""

import posixpath
from typing import List, NamedTuple, Optional, Sequence

from .systemd_syntax import Command, Setting, last, listed, raw_words, unquoted

TABLES = ("/etc/hosts.allow", "/etc/hosts.deny")
_MAX_PLACES = 10000


class Place(NamedTuple):
    """What stands at a path of the unit's own: `source` of the host, or None for something that the host has not
    there.
    """

    path: str
    source: Optional[str]
    setting: str  # as it is shown


def other_tables(settings: Sequence[Setting], commands: Sequence[Command] = ()) -> Optional[str]:
    """The setting of [Service] by which a unit's processes see another table than the host's; None where there is
    none.
    """
    return other_places(settings, commands, TABLES)


def places_of(settings: Sequence[Setting], commands: Sequence[Command] = ()) -> List[Place]:
    """What stands at which path of a unit's own."""
    # measured (257): with `+` what is bound is still there, and nothing is made inaccessible
    return _places(list(settings), all("+" in command.prefixes for command in commands) if commands else False)


def own_place(settings: Sequence[Setting], commands: Sequence[Command], paths: Sequence[str]) -> Optional[str]:
    """The setting by which something of the unit's own stands at one of the paths, above or below it; None where there
    is none.
    """
    for place in places_of(settings, commands):
        if place.source != place.path and any(_holds(place.path, one) or _holds(one, place.path) for one in paths):
            return place.setting
    return None


def other_places(settings: Sequence[Setting], commands: Sequence[Command], paths: Sequence[str]) -> Optional[str]:
    """The setting by which a unit's processes see something else than the host has at one of the paths; None where
    there is none.
    """
    places = places_of(settings, commands)
    for table in paths:
        above = [place for place in places if _holds(place.path, table)]
        if not above:
            continue
        nearest = max(above, key=lambda place: len(place.path))
        if (
            nearest.source is None
            or posixpath.normpath(nearest.source + table[len(nearest.path.rstrip("/")) :]) != table
        ):
            return nearest.setting
    return None


def _holds(path: str, table: str) -> bool:
    return table == path or table.startswith(path.rstrip("/") + "/")


def _places(settings: List[Setting], privileged: bool) -> List[Place]:
    found: List[Place] = []
    for key in ("RootDirectory", "RootImage"):
        value = last(settings, "Service", key)
        path = posixpath.normpath((value or "/").lstrip("-"))
        if path != "/":
            found.append(Place("/", path if key == "RootDirectory" else None, "%s=%s" % (key, value)))
    for key in ("BindPaths", "BindReadOnlyPaths"):
        for word in _words(settings, key):
            parts = word.split(":")
            source = posixpath.normpath(parts[0].lstrip("-"))
            place = posixpath.normpath(parts[1]) if len(parts) > 1 and parts[1] else source
            found.append(Place(place, source, "%s=%s" % (key, word)))
    for key in ("TemporaryFileSystem",) + (() if privileged else ("InaccessiblePaths", "InaccessibleDirectories")):
        for word in _words(settings, key):
            path = posixpath.normpath(word.split(":")[0].lstrip("-+"))
            found.append(Place(path, None, "%s=%s" % (key, word)))
    return found[:_MAX_PLACES]


def _words(settings: List[Setting], key: str) -> List[str]:
    """The paths of a setting that takes several, all that count."""
    return [
        unquoted(word)
        for setting in listed(settings, "Service", key)
        for word in raw_words(setting.value)
        if "%" not in word  # what a specifier becomes is not known
    ]
