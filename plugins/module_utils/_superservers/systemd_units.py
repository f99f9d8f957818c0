# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which files make up a unit: the search path, aliases, masks and drop-ins. systemd.unit(5)."""

import posixpath
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from .._libwrap.printable import printable
from .errors import SuperserverError
from .sources import Sources
from .systemd_syntax import Setting, settings
from .text import decode, encode

UNIT_DIR = "/etc/systemd/system"
SEARCH_PATH = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    UNIT_DIR,
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
)

MAX_FILES = 20000  # unit files and drop-ins that are looked at; a large host has some thousand
MAX_BYTES = 16 * 1024 * 1024  # of them, counted once for each unit that they are part of
MAX_SETTINGS = 500000  # in all of them; each costs some hundred bytes of memory


class Unit(NamedTuple):
    """A unit: the file that defines it (None where there is none), its drop-ins in the order of reading, and all
    settings.
    """

    name: str
    path: Optional[str]
    masked: bool
    drop_ins: Tuple[str, ...]
    settings: List[Setting]


class Units:
    """The unit files of a host. `unit_dir`, where drop-ins are written, ranks with /etc/systemd/system."""

    def __init__(self, sources: Sources, unit_dir: str = UNIT_DIR) -> None:
        self._sources = sources
        self.unit_dir = posixpath.normpath(unit_dir)
        place = SEARCH_PATH.index(UNIT_DIR)
        extra = () if self.unit_dir in SEARCH_PATH else (self.unit_dir,)
        self._folders: Dict[str, Set[str]] = {}
        for folder in SEARCH_PATH[:place] + extra + SEARCH_PATH[place:]:
            names = sources.names(folder)
            if names is not None:
                self._folders[folder] = set(names)
        self._kinds = _by_kind({name for names in self._folders.values() for name in names})
        self._others: Dict[str, Dict[str, List[str]]] = {}  # the aliases of each unit, by the kind of unit
        self._wanted: Optional[Set[str]] = None
        self._placed: Dict[str, List[str]] = {}  # the drop-ins of a unit
        self._confs: Dict[str, List[str]] = {}  # the drop-ins in a folder, which may be one of many units
        self._read: Dict[str, List[Setting]] = {}
        self._settings_read = 0
        self._files = 0
        self._bytes = 0

    def names(self, suffix: str) -> List[str]:
        """The names of all units of a kind (`.socket`), aliases left out."""
        return [name for name in self._kinds.get(suffix, []) if self._target(name) == name]

    def enabled(self, name: str) -> bool:
        """Whether another unit wants or requires this one, by a link in a .wants or .requires folder."""
        wanted = self._all_wanted()
        prefix, at, _rest = name.partition("@")
        if at and name.startswith(prefix + "@.") and prefix + "@" in wanted:
            return True
        return any(one in wanted for one in [name] + self._aliases(name))

    def real(self, name: str) -> str:
        """The unit that a name stands for: another by an alias, and the template of an instance without a file."""
        if self._find(name) is None and "@" in name:
            stem, _dot, kind = name.rpartition(".")
            name = "%s@.%s" % (stem.partition("@")[0], kind)
        return self._target(name)

    def instances(self, name: str) -> List[str]:
        """Of a template (`f@.socket`) the instances that other units want, or that have a file: what stands behind @."""
        stem, _dot, kind = name.rpartition(".")
        if not stem.endswith("@"):
            return []
        known = self._all_wanted() | set(self._kinds.get("." + kind, []))
        found = [one[len(stem) : -len(kind) - 1] for one in known if one.startswith(stem) and one.endswith("." + kind)]
        return sorted(instance for instance in found if instance)

    def load(self, name: str, without: Tuple[str, ...] = ()) -> Unit:
        """A unit with all its drop-ins but those whose paths are in `without`.

        Raises SuperserverError where more files, or larger ones, belong to the units than to those of any host.
        """
        path = self._find(name)
        masked = path is not None and self._is_masked(path)
        found: List[Setting] = []
        if path is not None and not masked:
            self._count_file(path)
            found.extend(self._settings(path))
        drop_ins = tuple(drop_in for drop_in in self._drop_ins(name) if drop_in not in without)
        for drop_in in drop_ins:
            found.extend(self._settings(drop_in))
        return Unit(name, path, masked, drop_ins, found)

    def _settings(self, path: str) -> List[Setting]:
        data = self._sources.read(path) or b""
        self._bytes += len(data)
        if self._bytes > MAX_BYTES:
            raise SuperserverError(
                "%s: systemd's units and their drop-ins hold more than %d bytes, counted for each unit: no host needs "
                "so many. Look for a file that is too large, or that is part of too many units."
                % (printable(path), MAX_BYTES)
            )
        if path not in self._read:
            self._read[path] = settings(decode(data), path)
            self._settings_read += len(self._read[path])
            if self._settings_read > MAX_SETTINGS:
                raise SuperserverError(
                    "%s: systemd's units and their drop-ins have more than %d settings: no host needs so many. Look "
                    "for a file that repeats itself." % (printable(path), MAX_SETTINGS)
                )
        return self._read[path]

    def _count_file(self, path: str) -> None:
        self._files += 1
        if self._files > MAX_FILES:
            raise SuperserverError(
                "%s: systemd's units and their drop-ins are more than %d files: no host needs so many. Look for a "
                "folder that is too full." % (printable(path), MAX_FILES)
            )

    def _find(self, name: str) -> Optional[str]:
        for folder, names in self._folders.items():
            if name in names:
                return posixpath.join(folder, name)
        return None

    def _is_masked(self, path: str) -> bool:
        return self._sources.link(path) == "/dev/null" or self._sources.read(path) == b""

    def _target(self, name: str) -> str:
        """The unit that a name stands for: a link to a unit file of another name is an alias."""
        path = self._find(name)
        link = self._sources.link(path) if path is not None else None
        if link is None or link == "/dev/null":
            return name
        other = posixpath.basename(link)
        return other if other.rpartition(".")[2] == name.rpartition(".")[2] else name

    def _aliases(self, name: str) -> List[str]:
        suffix = "." + name.rpartition(".")[2]
        if suffix not in self._others:
            others: Dict[str, List[str]] = {}
            for other in sorted(self._kinds.get(suffix, [])):
                target = self._target(other)
                if target != other:
                    others.setdefault(target, []).append(other)
            self._others[suffix] = others
        return self._others[suffix].get(name, [])

    def _all_wanted(self) -> Set[str]:
        """The names in all .wants and .requires folders; of an instance (a@b.socket) `a@` too."""
        if self._wanted is None:
            self._wanted = set()
            for folder, entries in self._folders.items():
                for entry in sorted(entries):
                    if entry.endswith((".wants", ".requires", ".upholds")):
                        names = self._sources.names(posixpath.join(folder, entry)) or []
                        self._wanted.update(names)
                        self._wanted.update(name.partition("@")[0] + "@" for name in names if "@" in name)
        return self._wanted

    def _drop_ins(self, name: str) -> List[str]:
        """The paths of the drop-ins, by file name; of two with the same name the folder that ranks higher counts."""
        if name in self._placed:
            return self._placed[name]
        found: Dict[str, str] = {}
        levels = [level for one in [name] + self._aliases(name) for level in _levels(one)]
        for folder, names in self._folders.items():
            for level in levels:
                if level not in names:
                    continue
                inner = posixpath.join(folder, level)
                for conf in self._confs_of(inner):
                    if conf not in found:
                        found[conf] = posixpath.join(inner, conf)
                        self._count_file(found[conf])
        placed = [found[conf] for conf in sorted(found, key=encode) if not self._is_masked(found[conf])]
        self._placed[name] = placed
        return placed

    def _confs_of(self, folder: str) -> List[str]:
        if folder not in self._confs:
            names = self._sources.names(folder) or []
            self._confs[folder] = [name for name in names if name.endswith(".conf")]
        return self._confs[folder]


def _by_kind(names: Set[str]) -> Dict[str, List[str]]:
    """The names of all units by their kind (`.socket`), in C-locale order."""
    kinds: Dict[str, List[str]] = {}
    for name in sorted(names, key=encode):
        _stem, dot, kind = name.rpartition(".")
        if dot:
            kinds.setdefault(dot + kind, []).append(name)
    return kinds


def _levels(name: str) -> List[str]:
    """The drop-in folders of a unit, its own first: NAME.d, those of each shorter prefix with dashes, and of the whole
    kind. A template has those of its prefixes with and without @ (as systemd 247, 252 and 257 list its DropInPaths).
    """
    stem, _dot, suffix = name.rpartition(".")
    result = [name + ".d"]
    prefix, at, _rest = stem.partition("@")
    place = prefix.rfind("-", 0, len(prefix) - 1)
    while place > 0:
        result += ["%s-%s.%s.d" % (prefix[:place], mark, suffix) for mark in ((at, "") if at else ("",))]
        place = prefix.rfind("-", 0, place)
    return result + [suffix + ".d"]
