# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""The audit's files on the controller: for nobody else's eyes, whole or not at all, and read one host at a time."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from typing import Any, BinaryIO, Iterator, TextIO

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.report_folder import (
    REPORT,
    open_report_folder,
)

from .fleet import SCHEMA
from .schema import Misfit, fit, shape

#: Everything in a document stands below this key, so that nothing takes it for an inventory or for variables.
TOP = "portcullis_audit"
# fleet.json has one host in a line between these, so that a large one can be read a host at a time.
_BEFORE, _AFTER = ',"hosts":[\n', "\n]}}\n"


class Folder:
    """The folder of the documents, for its owner only: `with Folder(path) as folder:`. Files are reached by its descriptor, so that whoever renames a
    folder above it moves the report along, and puts nothing in its place.

    Raises OSError where it is another user's, who could put documents of their own there.
    """

    def __init__(self, path: str) -> None:
        self._folder = open_report_folder(path)

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._folder)

    def names(self) -> list[str]:
        """The files that are there, in no order."""
        return os.listdir(self._folder)

    def open(self, name: str) -> BinaryIO:
        """A file of the folder, to read it."""
        return os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder), "rb")

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)

    def link(self, source: str, target: str) -> None:
        """Give a file a second name."""
        os.link(source, target, src_dir_fd=self._folder, dst_dir_fd=self._folder, follow_symlinks=False)

    @contextlib.contextmanager
    def written(self, name: str) -> Iterator[TextIO]:
        """A file that is there with mode 0600 when the block ends, and not at all where it fails. Odd letters are written as escapes."""
        temporary = ".audit-" + secrets.token_hex(8)
        handle = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self._folder
        )
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                yield stream
            os.replace(temporary, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except BaseException:
            self.remove(temporary)
            raise

    def write_document(self, name: str, document: dict[str, Any]) -> None:
        """One host's document."""
        with self.written(name) as stream:
            stream.write(compact({TOP: document}) + "\n")

    def read_document(self, name: str) -> Any:
        """What a file holds in the place of a document; None where it cannot be read."""
        try:
            with self.open(name) as stream:
                return json.load(stream)[TOP]
        except (OSError, KeyError, TypeError, ValueError, RecursionError):
            return None


def compact(value: Any) -> str:
    """JSON in one line, ASCII only."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


class FleetFile:
    """fleet.json, written a host at a time."""

    def __init__(self, stream: TextIO, heading: dict[str, Any]) -> None:
        self._stream, self._first = stream, True
        stream.write('{"%s":%s%s' % (TOP, compact(heading)[:-1], _BEFORE))

    def add(self, document: dict[str, Any]) -> None:
        """The next host."""
        self._stream.write(("" if self._first else ",\n") + compact(document))
        self._first = False

    def finish(self) -> None:
        """The end of the file."""
        self._stream.write(_AFTER)


class Previous:
    """An earlier fleet.json: ``time`` is its own, ``take(name)`` gives its hosts, one at a time where it was written so.

    Falsy where there is none, or one of another version.
    """

    def __init__(self, folder: Folder) -> None:
        self.time: str | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._folder = folder
        try:
            self._find()
        except (OSError, KeyError, TypeError, ValueError, RecursionError):
            self.time = None

    def __bool__(self) -> bool:
        return self.time is not None

    @property
    def names(self) -> list[str]:
        """The hosts that are there, in its order."""
        return list(self._places)

    def take(self, name: str) -> dict[str, Any] | None:
        """The document of a host; None where it is not there, or is none."""
        if name not in self._places:
            return None
        start, length = self._places[name]
        try:
            with self._folder.open(REPORT) as stream:
                stream.seek(start)
                return fit(json.loads(stream.read(length)), shape("host"), name)
        except (OSError, Misfit, ValueError, RecursionError):
            return None

    def _find(self) -> None:
        with self._folder.open(REPORT) as stream:
            first = stream.readline()
            start = '{"%s":' % TOP
            end = _BEFORE.encode()
            if not first.startswith(start.encode()) or not first.endswith(end):
                raise ValueError("it was not written by this collection")
            head = json.loads(first[len(start) : -len(end)] + b"}")
            if head["schema"] != SCHEMA:
                raise ValueError("it is of another version")
            place = len(first)
            for line in stream:
                text = line.rstrip(b",\n")
                if text.startswith(b"{"):
                    self._places[json.loads(text)["host"]] = (place, len(text))
                place += len(line)
            self.time = fit(head["time"], shape("fleet", "time"), "time")
