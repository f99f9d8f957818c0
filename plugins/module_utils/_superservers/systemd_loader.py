# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a unit sets that decides which libraries its programs get, or which programs: systemd.exec(5)."""

import posixpath
import re
from typing import Dict, List, Optional, Sequence

from .loader import decides, first_of
from .sources import Sources
from .systemd_environment import environment
from .systemd_syntax import Command, Setting, listed, raw_words, settings as settings_of, unquoted
from .systemd_view import Place, other_places, places_of
from .text import decode

_MANAGER = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")
_LIBRARIES = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")
_LINKER = ("/etc/ld.so.preload", "/etc/ld.so.cache")
_LIBRARY = re.compile(r"\.so(?:\.|\Z)|-linux-[^/]*\Z")


def default_environment(sources: Sources) -> Optional[str]:
    """The setting of systemd's own configuration (systemd-system.conf(5)) that gives every unit such a variable."""
    found: List[Setting] = []
    paths = [posixpath.join(folder, "system.conf") for folder in _MANAGER]
    main = next((path for path in paths if sources.read(path) is not None), None)
    drop_ins: Dict[str, str] = {}
    for folder in _MANAGER:
        inner = posixpath.join(folder, "system.conf.d")
        for name in sources.names(inner) or ():
            drop_ins.setdefault(name, posixpath.join(inner, name))
    for path in ([main] if main else []) + [drop_ins[name] for name in sorted(drop_ins) if name.endswith(".conf")]:
        found += settings_of(decode(sources.read(path) or b""), path)
    for one in listed(found, "Manager", "DefaultEnvironment"):
        given = first_of(unquoted(word) for word in raw_words(one.value))
        if given is not None:
            return "%s in DefaultEnvironment= of %s" % (given, one.path)
    return None


def loader_setting(
    settings: Sequence[Setting], commands: Sequence[Command], server: str, sources: Sources, default: Optional[str]
) -> Optional[str]:
    """What decides which libraries or programs a unit's commands get, in words; None where nothing does. `default`: what
    default_environment() says.
    """
    found = list(settings)
    known = environment(found, sources)
    if known.unknown:
        return "%s, which may set LD_PRELOAD," % known.unknown
    name = next((name for name in known.values if decides(name)), None)
    if name is not None:
        return "%s in its environment" % name
    if default is not None:
        unset = [
            unquoted(word) for one in listed(found, "Service", "UnsetEnvironment") for word in raw_words(one.value)
        ]
        if default.split(" ")[0] not in [word.partition("=")[0] for word in unset]:
            return default
    return _replaced(found, commands, server)


def _replaced(settings: List[Setting], commands: Sequence[Command], server: str) -> Optional[str]:
    """The setting that puts another program or library in the place of the host's, as the unit sees it."""
    programs = [command.path for command in commands if command.path.startswith("/")] + [server]
    whole = other_places(settings, commands, tuple(path for path in programs if path.startswith("/")) + _LIBRARIES)
    if whole is not None:
        return whole
    for place in places_of(settings, commands):
        if place.source != place.path and (place.path in _LINKER or _is_library(place)):
            return place.setting
    return None


def _is_library(place: Place) -> bool:
    below = any(place.path.startswith(folder + "/") for folder in _LIBRARIES)
    return below and _LIBRARY.search(place.path) is not None
