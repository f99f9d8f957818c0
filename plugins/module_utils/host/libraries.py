# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which libraries a program would be started with, followed through below a root, as ld.so(8) looks for them."""

import fnmatch
import os
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from .elf import Elf, NotElf, read_elf
from .errors import HostError
from .files import list_folder, open_file, read, stat_file
from .root import Root

_DEFAULT_64 = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_DEFAULT_32 = ("/lib", "/usr/lib", "/lib32", "/usr/lib32")
_OTHERS = ("/usr/local/lib", "/usr/pkg/lib")
_MAX_LIBRARIES = 500
_MAX_INCLUDES = 100

Linkage = NamedTuple(
    "Linkage",
    [
        ("libwrap", Optional[bool]),  # None: it could not be found out
        ("through", Tuple[str, ...]),  # from the program to libwrap: the paths on the way
        ("reason", str),
    ],
)


class Libraries:
    """Answers for many programs of one host; every file is read once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._elves: Dict[str, Optional[Elf]] = {}
        self._folders: Optional[List[str]] = None
        self._architectures: Optional[List[str]] = None

    def find_libwrap(self, path: str) -> Linkage:
        """Whether a program, or any library that it needs, needs libwrap."""
        start = self._elf(path)
        if start is None:
            return Linkage(None, (), self._why_not(path))
        if not start.dynamic:
            return self._static(path)
        missing: List[str] = []
        seen: Set[str] = set()
        pending: List[Tuple[str, Elf, Tuple[str, ...], Tuple[str, ...]]] = [(path, start, (path,), ())]
        while pending and len(seen) < _MAX_LIBRARIES:
            here, elf, way, inherited = pending.pop(0)
            rpath = () if elf.runpath else elf.rpath + inherited
            for name in elf.needed:
                found = self._locate(name, here, elf, rpath)
                if os.path.basename(name).startswith("libwrap.so"):
                    return Linkage(True, way + (found or name,), "it links libwrap")
                if found is None:
                    missing.append(name)
                    continue
                library = self._elf(found)
                if found in seen or library is None:
                    continue
                seen.add(found)
                pending.append((found, library, way + (found,), rpath))
        if missing:
            return Linkage(None, (), "%s, which it needs, was not found" % missing[0])
        return Linkage(False, (), "neither it nor a library that it needs links libwrap")

    def _locate(self, name: str, user: str, elf: Elf, rpath: Tuple[str, ...]) -> Optional[str]:
        if "/" in name:
            return name if self._fits(name, elf) else None
        origin = os.path.dirname(user)
        folders = [_expanded(folder, origin, elf) for folder in rpath + elf.runpath]
        usual = list(_DEFAULT_64 if elf.bits == 64 else _DEFAULT_32)
        for folder in folders + self._configured() + self._multiarch() + usual + list(_OTHERS):
            path = os.path.join(folder, name)
            if path.startswith("/") and self._fits(path, elf):
                return path
        return None

    def _fits(self, path: str, elf: Elf) -> bool:
        """A library of another architecture is passed over, as ld.so does."""
        found = self._elf(path)
        return found is not None and (found.bits, found.little, found.machine) == (elf.bits, elf.little, elf.machine)

    def _elf(self, path: str) -> Optional[Elf]:
        if path not in self._elves:
            self._elves[path] = self._read(path)
        return self._elves[path]

    def _read(self, path: str) -> Optional[Elf]:
        try:
            if stat_file(self._root, path).kind != "file":
                return None
            with open_file(self._root, path) as stream:
                return read_elf(stream)
        except (HostError, NotElf):
            return None

    def _why_not(self, path: str) -> str:
        state = stat_file(self._root, path)
        if state.kind in ("missing", "dangling"):
            return "%s does not exist" % path
        return "%s is no program of this system that can be read (a script?)" % path

    def _static(self, path: str) -> Linkage:
        """A static program names the tables in its own text where libwrap was linked into it."""
        data = read(self._root, path).data or b""
        if b"hosts.allow\0" in data and b"hosts.deny\0" in data:
            return Linkage(True, (path,), "it is statically linked and holds libwrap")
        return Linkage(False, (), "it is statically linked and does not name the tables")

    def _configured(self) -> List[str]:
        """The folders of /etc/ld.so.conf in order, with what it includes."""
        if self._folders is None:
            self._folders = []
            self._read_configuration("/etc/ld.so.conf", self._folders, set())
        return self._folders

    def _multiarch(self) -> List[str]:
        """Debian's folders for each architecture, which its ld.so knows without being told."""
        if self._architectures is None:
            self._architectures = []
            for folder in ("/lib", "/usr/lib"):
                names = self._names(folder)
                self._architectures += [os.path.join(folder, name) for name in names if "-linux-" in name]
        return self._architectures

    def _names(self, folder: str) -> List[str]:
        try:
            return list_folder(self._root, folder)
        except HostError:
            return []

    def _read_configuration(self, path: str, folders: List[str], seen: Set[str]) -> None:
        if path in seen or len(seen) > _MAX_INCLUDES:
            return
        seen.add(path)
        data = read(self._root, path).data or b""
        for line in data.decode("utf-8", "surrogateescape").splitlines():
            words = line.split("#", 1)[0].replace(",", " ").replace(":", " ").split()
            if words[:1] == ["include"]:
                for pattern in words[1:]:
                    self._include(os.path.join(os.path.dirname(path), pattern), folders, seen)
            elif words[:1] != ["hwcap"]:
                folders.extend(word.split("=")[0] for word in words if word.startswith("/"))

    def _include(self, pattern: str, folders: List[str], seen: Set[str]) -> None:
        folder, last = os.path.split(pattern)
        for name in self._names(folder):
            if fnmatch.fnmatchcase(name, last) and (last.startswith(".") or not name.startswith(".")):
                self._read_configuration(os.path.join(folder, name), folders, seen)


def _expanded(folder: str, origin: str, elf: Elf) -> str:
    """$ORIGIN, $LIB and their braced forms; $PLATFORM is left, and then no folder has that name."""
    library = "lib64" if elf.bits == 64 else "lib"
    for name, value in (("ORIGIN", origin), ("LIB", library)):
        folder = folder.replace("${%s}" % name, value).replace("$" + name, value)
    return folder
