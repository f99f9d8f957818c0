# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""The audit's files on the controller: for nobody else's eyes, whole or not at all, and read one host at a time."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from typing import Any, Iterator, TextIO

from .fleet import SCHEMA
from .schema import Misfit, fit, shape

#: Everything in a document stands below this key, so that nothing takes it for an inventory or for variables.
TOP = "portcullis_audit"
# fleet.json has one host in a line between these, so that a large one can be read a host at a time.
_BEFORE, _AFTER = ',"hosts":[\n', "\n]}}\n"


def make_folder(path: str) -> None:
    """The folder of the documents, for its owner only. Raises OSError where it is another user's: he could put documents of his own there.

    A link of another user's on the way would lead to a folder of his choice, such as the inventory.
    """
    _refuse_strange_links(path)
    os.makedirs(path, mode=0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        owner = os.fstat(folder).st_uid
        if owner != os.geteuid():
            raise PermissionError(
                errno.EPERM, "it belongs to user %d, who could change what is in it; name another folder" % owner, path
            )
        os.fchmod(folder, 0o700)
    finally:
        os.close(folder)


def _refuse_strange_links(path: str) -> None:
    """Raise OSError where a link that is neither ours nor root's stands on the way to a path, through links too."""
    pending = [part for part in reversed(os.path.abspath(path).split(os.sep)) if part]
    at, left = os.sep, 40  # as many links as Linux follows
    while pending:
        part = pending.pop()
        at = os.path.dirname(at) if part == os.pardir else os.path.join(at, part)
        if not os.path.islink(at):
            continue
        owner, left = os.lstat(at).st_uid, left - 1
        if owner not in (0, os.geteuid()):
            raise PermissionError(
                errno.EPERM,
                "it is a link that belongs to user %d, who could lead it anywhere; name another folder" % owner,
                at,
            )
        if not left:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(at)
        pending += [one for one in reversed(target.split(os.sep)) if one not in ("", os.curdir)]
        at = os.sep if target.startswith(os.sep) else os.path.dirname(at)


@contextlib.contextmanager
def written(path: str) -> Iterator[TextIO]:
    """A file that is there with mode 0600 when the block ends, and not at all where it fails. Odd letters are written as escapes."""
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".audit-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            yield stream
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_document(path: str, document: dict[str, Any]) -> None:
    """One host's document."""
    with written(path) as stream:
        stream.write(compact({TOP: document}) + "\n")


def read_document(path: str) -> Any:
    """What a file holds in the place of a document; None where it cannot be read."""
    try:
        with open(path, encoding="utf-8") as stream:
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

    def __init__(self, path: str) -> None:
        self.time: str | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._path = path
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
            with open(self._path, "rb") as stream:
                stream.seek(start)
                return fit(json.loads(stream.read(length)), shape("host"), name)
        except (OSError, Misfit, ValueError, RecursionError):
            return None

    def _find(self) -> None:
        with open(self._path, "rb") as stream:
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
