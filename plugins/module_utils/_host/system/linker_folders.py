# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The folders below a root in which the dynamic linker looks for libraries: /etc/ld.so.conf with what it includes, Debian's for each
architecture, and those for processors with more abilities (ld.so(8), ldconfig(8)).
"""

import os
from typing import Dict, List, Optional, Sequence, Set

from ..._libwrap.file_names import fits
from ..errors import HostError
from ..files.files import list_folder, read
from ..files.root import Root

_MAX_INCLUDES = 100
_MAX_CONFIGURATION = 1024 * 1024
MAX_COMPARISONS = 1000000  # of names with patterns that ld.so.conf includes
MAX_CONFIGURED = 1000  # folders that ld.so.conf names: a system with many versions of CUDA has some forty
_HWCAPS = "glibc-hwcaps"
_MAX_HWCAPS = 20  # of one folder


class TooMuch(Exception):
    """A program would cost more than any real one does."""


class LinkerFolders:
    """Answers for all programs of one host; each file and folder is read once."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._folders: Optional[List[str]] = None
        self._included: Dict[str, List[str]] = {}  # the names in a folder that ld.so.conf includes from
        self._comparisons = 0
        self._architectures: Optional[List[str]] = None
        self._hwcaps: Dict[str, List[str]] = {}  # by a folder: those in it for processors with more abilities

    def for_abilities(self, folder: str) -> List[str]:
        """The folders in a folder that hold libraries for processors with more abilities (glibc-hwcaps)."""
        if folder not in self._hwcaps:
            inner = os.path.join(folder, _HWCAPS)
            self._hwcaps[folder] = [os.path.join(inner, one) for one in self._names(inner)[:_MAX_HWCAPS]]
        return self._hwcaps[folder]

    def configured(self) -> List[str]:
        """The folders of /etc/ld.so.conf in order, with what it includes; TooMuch where no real host has so many."""
        if self._folders is None:
            self._folders = []
            self._read_configuration("/etc/ld.so.conf", self._folders, set())
        if len(self._folders) > MAX_CONFIGURED:
            raise TooMuch("/etc/ld.so.conf and what it includes name more than %d folders" % MAX_CONFIGURED)
        if self._comparisons > MAX_COMPARISONS:
            raise TooMuch("/etc/ld.so.conf includes too many patterns in too large folders")
        return self._folders

    def multiarch(self) -> List[str]:
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
        if path in seen or len(seen) > _MAX_INCLUDES or len(folders) > MAX_CONFIGURED:
            return
        seen.add(path)
        try:
            data = read(self._root, path, _MAX_CONFIGURATION).data or b""
        except HostError:
            return
        for line in data.decode("utf-8", "surrogateescape").splitlines():
            words = line.split("#", 1)[0].replace(",", " ").replace(":", " ").split()
            if words[:1] == ["include"]:
                for pattern in words[1:]:
                    self._include(os.path.join(os.path.dirname(path), pattern), folders, seen)
            elif words[:1] != ["hwcap"]:
                folders.extend(word.split("=")[0] for word in words if word.startswith("/"))
            if len(folders) > MAX_CONFIGURED:
                return

    def _include(self, pattern: str, folders: List[str], seen: Set[str]) -> None:
        folder, last = os.path.split(pattern)
        if folder not in self._included:
            self._included[folder] = self._names(folder)
        self._comparisons += len(self._included[folder]) + 1
        if self._comparisons > MAX_COMPARISONS:
            return
        for name in self._included[folder]:
            if fits(name, last) and (last.startswith(".") or not name.startswith(".")):
                self._read_configuration(os.path.join(folder, name), folders, seen)


def expanded_folders(folder: str, origin: str, bits: int, multiarch: Sequence[str]) -> List[str]:
    """A folder without $ORIGIN, $LIB and their braced forms; $LIB may be one of several. $PLATFORM is left, and then no
    folder has that name.
    """
    folder = folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
    if "$LIB" not in folder and "${LIB}" not in folder:
        return [folder]
    usual = ["lib64", "lib"] if bits == 64 else ["lib", "lib32"]
    names = dict.fromkeys(["lib/" + one for one in multiarch] + usual)
    return [folder.replace("${LIB}", one).replace("$LIB", one) for one in names]
