# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The record of what tasks changed on a host: read and checked here, and written by commit() as one change with the files that it tells of.

A record names no file that is written: it holds texts and names for paths that the task itself knows. What it says of a file counts
only where that file is still as it was left.
"""

import hashlib
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional

from ..._host.files.reading import FileState, FileTooLarge, explain, read
from ..._host.files.root import Root
from ..errors import TaskError

# the parts that a record may have, one for each module that writes one
PARTS = ("filter", "inetd", "kernel", "systemd", "tables", "xinetd")
#: the part that says that the filter beside the tables is of the tasks that keep the record
FILTER = PARTS[0]
_HEAD = "portcullis.tcp_wrappers"
_VERSION = 1
# the longest record, in bytes: that of an image is a stranger's
_LIMIT = 64 * 1024 * 1024
_LIMIT_OF_IMAGE = 8 * 1024 * 1024
# the most values, and the most digits of a number, that a record has
_VALUES = 100000
_DIGITS = 20
# the bits of a mode that an undo gives back, those that the option mode takes: root must not be led to make a program, or a table that everybody writes
_MODES = 0o664
_LAST_ID = (1 << 32) - 2


class Record(NamedTuple):
    path: str
    state: FileState
    parts: Dict[str, Any]
    limit: int  # how long it may be


# a record as it shall be; `data` None: it goes
class Rewritten(NamedTuple):
    state: FileState  # as it was read
    data: Optional[bytes]


# a file as it was, or as it was left: the text is None where there was none
class Kept(NamedTuple):
    data: Optional[bytes]
    uid: Optional[int]
    gid: Optional[int]
    mode: Optional[int]


class BadRecord(Exception):
    """A part of a record is not of the form that its module writes."""


def open_record(root: Root, path: Optional[str]) -> Optional[Record]:
    """The record at a path below the root, without any part where there is none yet; None where the task keeps no record.

    Raises TaskError, which tells nothing of what it holds, where it is no file of ours: a link, another user's, or of another form.
    """
    if path is None:
        return None
    if not path.startswith("/") or path.endswith("/"):
        raise TaskError("record is %r, and must be the absolute path of a file." % path)
    limit = _LIMIT if root.is_host else _LIMIT_OF_IMAGE
    try:
        state = read(root, path, limit)
    except FileTooLarge:
        raise _foreign(path)
    refuse_link(root, state)
    if state.kind == "missing":
        return Record(path, state, {}, limit)
    if state.kind == "unreadable":
        raise explain(OSError(state.errno, ""), "read", root, path)
    if state.kind != "file" or state.data is None:
        raise TaskError(
            "%s is no regular file, so it is no record of what was changed: name another file with the option record."
            % path
        )
    if state.uid != os.geteuid() or (state.mode or 0) & 0o022:
        raise TaskError(
            "%s belongs to user %s and has mode 0%03o: others than the user that runs this task (%d) may have written what stands in it. "
            "If it is yours, give it to that user with mode 0600; else remove it."
            % (path, state.uid, state.mode or 0, os.geteuid())
        )
    return Record(path, state, _parts(state.data, path), limit)


def refuse_link(root: Root, state: FileState) -> None:
    """Raise TaskError where a file that only this collection makes was reached through a link of its own name; folders above it may be links."""
    if state.real_path != os.path.join(root.resolve(os.path.dirname(state.path)), os.path.basename(state.path)):
        raise TaskError(
            "%s is a link, and is never read or written through one: find out who created it, and remove it. Nothing was changed."
            % state.path
        )


def rewrite(record: Record, changed: Dict[str, Optional[Dict[str, Any]]]) -> Rewritten:
    """The record as it shall be, with some parts replaced, or without those that are None; without any part it goes.

    Raises TaskError where it would be too large.
    """
    parts = dict(record.parts)
    parts.update((name, part) for name, part in changed.items() if part is not None)
    for name, part in changed.items():
        if part is None:
            parts.pop(name, None)
    if not parts:
        return Rewritten(record.state, None)
    data = (json.dumps(dict(parts, **{_HEAD: {"record": _VERSION}}), indent=1, sort_keys=True) + "\n").encode("ascii")
    # what is written must be read again, or nothing could be undone
    if len(data) > record.limit or _has_too_many_values(data):
        raise TaskError(
            "%s would have %d bytes, and may have %d and some %d values: the files are too large for their old texts to be kept. "
            "Nothing was changed." % (record.path, len(data), record.limit, _VALUES)
        )
    return Rewritten(record.state, data)


def pack(kept: Kept) -> Dict[str, Any]:
    """A file as a record holds it: each byte of the text is one character."""
    return {
        "text": None if kept.data is None else kept.data.decode("latin-1"),
        "uid": kept.uid,
        "gid": kept.gid,
        "mode": kept.mode,
    }


def unpack(value: Any, modes: int = _MODES) -> Kept:
    """The file again. `modes`: the bits that its mode may have. Raises BadRecord."""
    check(isinstance(value, dict) and set(value) == {"text", "uid", "gid", "mode"})
    check(all(value[name] is None or _is_number(value[name]) for name in ("uid", "gid", "mode")))
    check(all(value[name] is None or value[name] <= _LAST_ID for name in ("uid", "gid")))
    check(value["mode"] is None or not value["mode"] & ~modes)
    return Kept(unpack_text(value["text"]), value["uid"], value["gid"], value["mode"])


def unpack_text(value: Any) -> Optional[bytes]:
    """The bytes of a text, or None for no file. Raises BadRecord."""
    if value is None:
        return None
    check(isinstance(value, str) and all(ord(char) < 256 for char in value))
    return bytes(value.encode("latin-1"))


def unpack_names(value: Any) -> List[str]:
    """A list of names. Raises BadRecord."""
    check(isinstance(value, list) and all(isinstance(name, str) for name in value))
    return list(value)


def to_give_back(kept: Kept) -> Kept:
    """A file as an undo gives it back: without the bits of its mode that unpack() refuses."""
    return kept if kept.mode is None else kept._replace(mode=kept.mode & _MODES)


def was_told(mode: int) -> bool:
    """Whether a task can have been told to give a file this mode, which it then has to take back."""
    return not mode & ~_MODES


def kept_of(state: FileState) -> Kept:
    """A file as it stands."""
    return Kept(state.data, state.uid, state.gid, state.mode) if state.kind == "file" else Kept(None, None, None, None)


def digest(data: Optional[bytes]) -> Optional[str]:
    """What a text is known again by."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def check(holds: bool) -> None:
    """Raise BadRecord where something is not as our own modules write it."""
    if not holds:
        raise BadRecord()


def foreign(record: Record) -> TaskError:
    """What is raised where a record is not as our modules write it; nothing of its content is told."""
    return _foreign(record.path)


def _foreign(path: str) -> TaskError:
    return TaskError(
        "%s is not a record that this collection wrote: what it holds cannot be told. Nothing was changed. "
        "Remove it, and undo by hand what is to be undone; or name another file with the option record." % path
    )


def _parts(data: bytes, path: str) -> Dict[str, Any]:
    if _has_too_many_values(data):
        raise _foreign(path)
    try:
        value = json.loads(data.decode("ascii"), parse_int=_whole, parse_float=_refused, parse_constant=_refused)
    except (BadRecord, ValueError, RecursionError):
        raise _foreign(path)
    head = value.pop(_HEAD, None) if isinstance(value, dict) else None
    if head != {"record": _VERSION} or not all(
        name in PARTS and isinstance(part, dict) for name, part in value.items()
    ):
        raise _foreign(path)
    return dict(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _has_too_many_values(data: bytes) -> bool:
    """Whether a JSON text has more values than a record, told before they are all in memory: outside of its strings each has a comma or a bracket."""
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    # a name and a text for each value; else the list of pieces is itself too large
    if plain.count(b'"') > 4 * _VALUES:
        return True
    return sum(piece.count(b",") + piece.count(b"[") + piece.count(b"{") for piece in plain.split(b'"')[::2]) > _VALUES


def _whole(text: str) -> int:
    """A number of a record. Raises BadRecord for more digits, which cost time without end."""
    check(len(text) <= _DIGITS)
    return int(text)


def _refused(_text: str) -> None:
    raise BadRecord()
