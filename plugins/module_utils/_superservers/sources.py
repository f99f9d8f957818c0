# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Where the readers of several files get their text from: the caller does the reading, so that this layer touches
nothing.
"""

import posixpath
from typing import Dict, List, Mapping, Optional, Union

from .tcpd import OtherNames, no_other_names
from .text import encode


MAX_PART = 65536


class Sources:
    """The files that a configuration may include. A caller overrides the three questions; this one knows of no file."""

    def read(self, path: str) -> Optional[bytes]:
        """The bytes of a regular file (links are followed), or None where there is none that can be read."""
        del path
        return None

    def part(self, path: str) -> Optional[bytes]:
        """As read(), of a file that may be anybody's: None for one of more than MAX_PART bytes, too, whatever it is."""
        data = self.read(path)
        return None if data is None or len(data) > MAX_PART else data

    def names(self, path: str) -> Optional[List[str]]:
        """The names of everything in a folder, or None where there is no such folder."""
        del path
        return None

    def is_missing(self, path: str) -> bool:
        """Whether nothing stands at an absolute path."""
        folder, _slash, name = path.rpartition("/")
        return name not in (self.names(folder or "/") or [])

    def is_folder(self, path: str) -> bool:
        """Whether a folder stands there; asked of many paths, so a caller may answer without listing it."""
        return self.names(path) is not None

    def link(self, path: str) -> Optional[str]:
        """What a symbolic link says, or None where `path` is no link."""
        del path
        return None

    def other_names(self, path: str) -> List[str]:
        """The paths of a program's links and hard links in the usual folders whose base name is another than its own."""
        del path
        return []


class TextSources(Sources):
    """Files that are already in memory: a mapping of absolute paths to their text, and of links to where they point."""

    def __init__(
        self,
        files: Mapping[str, Union[str, bytes]],
        links: Optional[Mapping[str, str]] = None,
        other_names: Optional[OtherNames] = None,
    ) -> None:
        self._files = {path: data if isinstance(data, bytes) else encode(data) for path, data in files.items()}
        self._links = dict(links or {})
        self._other_names = other_names or no_other_names

    def read(self, path: str) -> Optional[bytes]:
        for _hop in range(8):
            if path not in self._links:
                return self._files.get(path)
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), self._links[path]))
        return None

    def names(self, path: str) -> Optional[List[str]]:
        folder = path.rstrip("/") + "/"
        found: Dict[str, None] = {}
        for other in list(self._files) + list(self._links):
            if other.startswith(folder):
                found[other[len(folder) :].split("/")[0]] = None
        return sorted(found) or None

    def link(self, path: str) -> Optional[str]:
        return self._links.get(path)

    def other_names(self, path: str) -> List[str]:
        return list(self._other_names(path))
