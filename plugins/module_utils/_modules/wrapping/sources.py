# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The configuration files of a host's super-servers, as the readers ask for them, and the new text of those that change."""

from typing import Dict, List, Mapping, Optional

from ..._host.errors import HostError
from ..._host.files.files import FileState, explain, list_folder, stat_file
from ..._host.files.allowance import Allowance, AllowanceSpent
from ..._host.files.links import OtherNames, read_link
from ..._host.files.root import Root
from ..._superservers.sources import MAX_PART, Sources


MAX_FILES = 100000  # that are looked for; a large host has some thousand units
MAX_FILE = 8 * 1024 * 1024  # bytes of one
MAX_BYTES = 32 * 1024 * 1024  # of all, which are kept; a large host's have one million
MAX_NAMES = 1000000  # in all folders that are listed, each time that one is


class HostSources(Sources):
    """Files below a root. What was read is remembered, so that a file changed by another program meanwhile is noticed.

    read(), state(), require() and names() raise AllowanceSpent, a HostError, where there is more than any host has.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self.states: Dict[str, FileState] = {}
        self._allowance = Allowance("configuration files of the super-servers", MAX_FILES, MAX_FILE, MAX_BYTES)
        self._parts: Dict[str, Optional[bytes]] = {}
        self._allowance_of_parts = Allowance("files of variables", MAX_FILES, MAX_PART, MAX_BYTES)
        self._names_left = MAX_NAMES
        self._other_names = OtherNames(root)

    def state(self, path: str) -> FileState:
        """The file as it was when it was first asked for."""
        if path not in self.states:
            self.states[path] = self._allowance.read(self.root, path)
        return self.states[path]

    def require(self, path: str, program: str) -> bytes:
        """The bytes of a file of a program's that must be there. Raises HostError with what stands in its way."""
        state = self.state(path)
        if state.kind == "missing":
            raise HostError(
                "%s does not exist%s, so %s starts nothing. Install %s, set path to its file, or set missing: ignore "
                "for hosts without it."
                % (path, "" if self.root.is_host else " below %s" % self.root.path, program, program)
            )
        if state.kind != "file" or state.data is None:
            raise explain(OSError(state.errno, ""), "read", self.root, path)
        return state.data

    def read(self, path: str) -> Optional[bytes]:
        return self.state(path).data if path.startswith("/") else None

    def part(self, path: str) -> Optional[bytes]:
        """It takes nothing from what may be read of other files, and is never an error."""
        if path not in self._parts:
            try:
                self._parts[path] = self._allowance_of_parts.read(self.root, path).data if path[:1] == "/" else None
            except HostError:
                self._parts[path] = None
        return self._parts[path]

    def is_missing(self, path: str) -> bool:
        try:
            return stat_file(self.root, path).kind in ("missing", "dangling")
        except HostError:
            return False

    def names(self, path: str) -> Optional[List[str]]:
        if not self.is_folder(path):
            return None
        names = list_folder(self.root, path)
        self._names_left -= len(names)
        if self._names_left < 0:
            raise AllowanceSpent(
                "%s: the folders of the super-servers' configurations have more than %d names together, and no host "
                "needs so many. Look for a folder that is too full, or for links to one." % (path, MAX_NAMES)
            )
        return names

    def is_folder(self, path: str) -> bool:
        return path.startswith("/") and stat_file(self.root, path).kind == "directory"

    def link(self, path: str) -> Optional[str]:
        return read_link(self.root, path)

    def other_names(self, path: str) -> List[str]:
        return self._other_names.find(path)


class ChangedSources(Sources):
    """The files as they will be: new text over what is there; None for a file that goes."""

    def __init__(self, sources: Sources, changes: Mapping[str, Optional[bytes]]) -> None:
        self._sources = sources
        self._changes = changes

    def read(self, path: str) -> Optional[bytes]:
        return self._changes[path] if path in self._changes else self._sources.read(path)

    def part(self, path: str) -> Optional[bytes]:
        return super(ChangedSources, self).part(path) if path in self._changes else self._sources.part(path)

    def is_missing(self, path: str) -> bool:
        return self._changes[path] is None if path in self._changes else self._sources.is_missing(path)

    def names(self, path: str) -> Optional[List[str]]:
        folder = path.rstrip("/") + "/"
        names = set(self._sources.names(path) or [])
        for changed, data in self._changes.items():
            if changed.startswith(folder):
                name = changed[len(folder) :].split("/")[0]
                if data is not None:
                    names.add(name)
                elif "/" not in changed[len(folder) :]:
                    names.discard(name)
        return sorted(names) if names or self._sources.is_folder(path) else None

    def is_folder(self, path: str) -> bool:
        return self._sources.is_folder(path) or self.names(path) is not None

    def link(self, path: str) -> Optional[str]:
        return None if path in self._changes else self._sources.link(path)

    def other_names(self, path: str) -> List[str]:
        return self._sources.other_names(path)


def readable(root: Root, path: str) -> Optional[FileState]:
    """A file's state without its bytes, or None where there is no regular file."""
    try:
        state = stat_file(root, path)
    except HostError:
        return None
    return state if state.kind == "file" else None
