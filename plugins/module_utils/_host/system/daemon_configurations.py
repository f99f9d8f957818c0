# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The configuration of a daemon, read with care: whoever starts a daemon can name any file on its command line."""

import os
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from .accounts import Accounts
from ..errors import HostError
from ..files.files import list_folder, read, stat_file
from ..files.root import Root

_MAX_CONFIGURATION = 1024 * 1024
_MAX_CONFIGURATIONS = 8
_MAX_LINE = 1024
_ENDINGS = (".conf", ".cf", ".cfg")
MAX_READ = 64 * 1024 * 1024  # bytes of all configurations; those of a large host have some hundred thousand
_EACH = 256  # bytes that asking for a file or a folder counts as, also where it is empty or missing
_NAME = 32  # and each name in a folder


class TooMuchToRead(Exception):
    """The configurations that daemons name are larger than those of any host."""


class Configurations:
    """The configurations of the daemons of one host, for many questions: what was found in one is kept, and all that
    is read is bounded.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self.accounts = Accounts(root)
        self._kept: Dict[Any, Any] = {}
        self._left = MAX_READ
        self._names: Dict[str, List[str]] = {}
        self._noted: Optional[List[str]] = None

    def noted(self, work: Callable[[], Any]) -> Tuple[Any, Tuple[str, ...]]:
        """What `work` returns, and the files and folders that its answer was read from."""
        before, self._noted = self._noted, []
        try:
            result = work()
            return result, tuple(dict.fromkeys(self._noted))
        finally:
            self._noted = before

    def note(self, *paths: str) -> None:
        """An answer depends on these."""
        if self._noted is not None:
            self._noted += paths

    def once(self, key: Any, work: Callable[[], Any]) -> Any:
        """What `work` returns, done once for a key."""
        if key not in self._kept:
            self._kept[key] = self.noted(work)
        result, paths = self._kept[key]
        self.note(*paths)
        return result

    def data(self, path: str) -> Optional[bytes]:
        """As read_configuration(). Raises TooMuchToRead beyond MAX_READ."""
        data = read_configuration(self.root, path)
        if data is not None:
            self.note(path)
        self._spend(path, len(data or b""))
        return data

    def names(self, folder: str) -> List[str]:
        """The names in a folder, in order, listed once; [] where it does not exist. Raises HostError where it cannot be
        listed, and TooMuchToRead as data() does: whoever asks looks at each of them.
        """
        self._spend(folder, 0)
        if folder not in self._names:
            self._names[folder] = list_folder(self.root, folder)
        self._spend(folder, _NAME * len(self._names[folder]))
        return self._names[folder]

    def _spend(self, path: str, size: int) -> None:
        self._left -= size + _EACH
        if self._left < 0:
            raise TooMuchToRead(
                "the configurations that daemons name have more than %d bytes together, so %s was not read"
                % (MAX_READ, path)
            )

    def lines(self, path: str) -> Iterator[str]:
        """The lines that are short enough to be ones. Raises TooMuchToRead as data() does."""
        return lines_of(self.data(path))


def read_configuration(root: Root, path: str) -> Optional[bytes]:
    """Its bytes; None for one that is missing, too large, or not root's."""
    try:
        state = read(root, path, _MAX_CONFIGURATION)
    except HostError:
        return None
    return state.data if state.uid in (0, os.geteuid()) else None


def is_roots_folder(root: Root, path: str) -> bool:
    """Whether a folder's files may be read as a configuration; in another's, somebody may have put a million names."""
    try:
        state = stat_file(root, path)
    except HostError:
        return False
    return state.kind == "directory" and state.uid in (0, os.geteuid())


def configuration_lines(root: Root, path: str) -> Iterator[str]:
    """The lines of a configuration that are short enough to be ones; on others an expression could take hours."""
    return lines_of(read_configuration(root, path))


def lines_of(data: Optional[bytes]) -> Iterator[str]:
    """The lines of a file's bytes that are short enough to be ones."""
    for line in (data or b"").decode("utf-8", "replace").split("\n"):
        if len(line) <= _MAX_LINE:
            yield line


def configurations(files: Sequence[str], arguments: Sequence[str]) -> Sequence[str]:
    """The files that a daemon reads: those of its command line (also behind `-F` or `--config=`), else the usual ones."""
    named: List[str] = []
    for word in arguments:
        path = word[word.find("/") :] if "/" in word else ""
        before = word[: len(word) - len(path)]
        if path.endswith(_ENDINGS) and (not before or before.startswith("-")):
            named.append(path)
    return named[:_MAX_CONFIGURATIONS] or files


def folder_files(root: Root, folder: str) -> List[str]:
    """The paths of the configuration files of a folder, in order, as many as are looked at."""
    try:
        names = sorted(name for name in list_folder(root, folder) if name.endswith(_ENDINGS))
    except HostError:
        return []
    return [os.path.join(folder, name) for name in names[:_MAX_CONFIGURATIONS]]
