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

from ..._host.files.reading import FileState, explain, read
from ..._host.files.root import Root
from ..errors import TaskError

# the parts that a record may have, one for each module that writes one
PARTS = ("inetd", "kernel", "systemd", "tables", "xinetd")
_HEAD = "portcullis.tcp_wrappers"
_VERSION = 1
_LIMIT = 256 * 1024 * 1024

Record = NamedTuple("Record", [
    ("path", str),
    ("state", FileState),
    ("parts", Dict[str, Any]),
])

# a record as it shall be; `data` None: it goes
Rewritten = NamedTuple("Rewritten", [
    ("state", FileState),  # as it was read
    ("data", Optional[bytes]),
])

# a file as it was, or as it was left: the text is None where there was none
Kept = NamedTuple("Kept", [
    ("data", Optional[bytes]),
    ("uid", Optional[int]),
    ("gid", Optional[int]),
    ("mode", Optional[int]),
])


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
    state = read(root, path, _LIMIT)
    refuse_link(root, state)
    if state.kind == "missing":
        return Record(path, state, {})
    if state.kind == "unreadable":
        raise explain(OSError(state.errno, ""), "read", root, path)
    if state.kind != "file" or state.data is None:
        raise TaskError("%s is no regular file, so it is no record of what was changed: remove it, or name another file with the option record." % path)
    if state.uid != os.geteuid() or (state.mode or 0) & 0o022:
        raise TaskError("%s belongs to user %s and has mode 0%03o: others than the user that runs this task (%d) may have written what stands in it. "
                        "If it is yours, give it to that user with mode 0600; else remove it." % (path, state.uid, state.mode or 0, os.geteuid()))
    return Record(path, state, _parts(state.data, path))


def refuse_link(root: Root, state: FileState) -> None:
    """Raise TaskError where a file that only this collection makes was reached through a link of its own name; folders above it may be links."""
    if state.real_path != os.path.join(root.resolve(os.path.dirname(state.path)), os.path.basename(state.path)):
        raise TaskError("%s is a link, and is never read or written through one: find out who put it there, and remove it. Nothing was changed." % state.path)


def rewrite(record: Record, name: str, part: Optional[Dict[str, Any]]) -> Rewritten:
    """The record as it shall be, with one part replaced, or without it; without any part it goes."""
    parts = dict(record.parts)
    parts.pop(name, None)
    if part is not None:
        parts[name] = part
    text = json.dumps(dict(parts, **{_HEAD: {"record": _VERSION}}), indent=1, sort_keys=True) + "\n"
    return Rewritten(record.state, text.encode("ascii") if parts else None)


def pack(kept: Kept) -> Dict[str, Any]:
    """A file as a record holds it: each byte of the text is one character."""
    return {"text": None if kept.data is None else kept.data.decode("latin-1"), "uid": kept.uid, "gid": kept.gid, "mode": kept.mode}


def unpack(value: Any) -> Kept:
    """The file again. Raises BadRecord."""
    check(isinstance(value, dict) and set(value) == {"text", "uid", "gid", "mode"})
    check(all(value[name] is None or is_number(value[name]) for name in ("uid", "gid", "mode")))
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


def is_number(value: Any) -> bool:
    """Whether a value is a number that an owner, a group or a mode can be."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32


def foreign(record: Record) -> TaskError:
    """What is raised where a record is not as our modules write it; nothing of its content is told."""
    return _foreign(record.path)


def _foreign(path: str) -> TaskError:
    return TaskError("%s is not a record that this collection wrote: what it holds cannot be told. Nothing was changed. "
                     "Remove it, and undo by hand what is to be undone; or name another file with the option record." % path)


def _parts(data: bytes, path: str) -> Dict[str, Any]:
    try:
        value = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise _foreign(path)
    head = value.pop(_HEAD, None) if isinstance(value, dict) else None
    if head != {"record": _VERSION} or not all(name in PARTS and isinstance(part, dict) for name, part in value.items()):
        raise _foreign(path)
    return dict(value)
