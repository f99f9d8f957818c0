# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the record of a change holds, and the check that it is one of ours.

pending.py writes it. A record has names as the bytes that they are, each byte one character: whoever reads it may have another locale
than who wrote it. It names files by folder and name, their old bytes stand beside it; it names no program and no path that anything is
written to but the files of the change.
"""

import base64
import re
from typing import Any, Callable, Dict

from .names import BACKUP, LONGEST

RELOADS = {
    "xinetd": ("xinetd",),
    "inetd": ("inetd", "inetutils-inetd", "xinetd"),
    "systemd": (),
    "nftables": (),
    "sshd": ("sshd",),
}  # programs that read their files again on SIGHUP
VERSION = 5
_KEYS = set("folder name owner extended temporary backup keep remove_folder mounted place mount".split())  # of a file
_MOUNT = re.compile(r"\A[0-9]+ [0-9]+:[0-9]+\Z")
_TEMPORARY = re.compile(r"\A\.(?P<name>.+)\.portcullis\.[0-9]+\.[0-9a-f]{8}\.tmp\Z", re.DOTALL)


def with_names(record: Dict[str, Any], convert: Callable[[str], str]) -> Dict[str, Any]:
    """The same record, with all names of files and attributes converted. Raises UnicodeError for what is none."""
    files = [
        dict(
            item,
            folder=convert(item["folder"]),
            name=convert(item["name"]),
            temporary=[convert(name) for name in item["temporary"]],
            backup=convert(item["backup"]),
            place=convert(item["place"]),
            extended=dict((convert(key), value) for key, value in item["extended"].items()),
        )
        for item in record["files"]
    ]
    return dict(record, files=files, undo=[dict(step, beside=convert(step["beside"])) for step in record["undo"]])


def check_record(record: Any) -> None:
    """Raise ValueError, KeyError, TypeError or AttributeError where a record is not one that pending.py writes."""
    _need(set(record) == {"version", "timeout", "boot", "end", "files", "undo", "reload", "filter"}, "its keys")
    _need(record["version"] == VERSION, "its version")
    _need(_is_number(record["timeout"]) and 0 <= record["timeout"] <= 86400, "timeout")
    _need(
        isinstance(record["boot"], str) and (_is_number(record["end"]) or isinstance(record["end"], float)), "its end"
    )
    _need(isinstance(record["reload"], list) and all(word in RELOADS for word in record["reload"]), "reload")
    _need(record["filter"] is None or _is_number(record["filter"]) and 0 <= record["filter"] < 10000, "its filter")
    _need(isinstance(record["files"], list) and isinstance(record["undo"], list), "its lists")
    for item in record["files"]:
        _check_file(item)
    for step in record["undo"]:
        _need(set(step) == {"file", "copy", "beside"}, "the keys of a step")
        _need(_is_number(step["file"]) and 0 <= step["file"] < len(record["files"]), "the file of a step")
        _need(step["copy"] is None or _is_number(step["copy"]) and 0 <= step["copy"] < 10000, "the copy of a step")
        _need(
            step["beside"] == "" or step["beside"] in record["files"][step["file"]]["temporary"],
            "the second name of a step",
        )


def _check_file(item: Any) -> None:
    _need(set(item) == _KEYS, "the keys of a file")
    folder, name = item["folder"], item["name"]
    parts = folder.split("/")
    _need(
        folder == "/"
        or parts[0] == ""
        and all(part not in ("", ".", "..") for part in parts[1:])
        and "\0" not in folder,
        "a folder",
    )
    _need(_is_name(name), "the name of a file")
    _need(
        len(item["owner"]) == 3
        and all(_is_number(number) and number >= 0 for number in item["owner"])
        and item["owner"][2] <= 0o7777,
        "an owner",
    )
    for key, value in item["extended"].items():
        _need("\0" not in key, "an extended attribute")
        base64.b64decode(value, validate=True)
    for temporary in item["temporary"]:
        match = _TEMPORARY.match(temporary)
        _need(_is_name(temporary) and match is not None and match.group("name") == name[:LONGEST], "a temporary name")
    backup = item["backup"]
    _need(
        backup == "" or _is_name(backup) and backup.startswith(name) and BACKUP.match(backup[len(name) :]) is not None,
        "the name of a backup",
    )
    _need(_is_number(item["keep"]) and item["keep"] >= 1, "what is kept")
    _need(isinstance(item["remove_folder"], bool) and isinstance(item["mounted"], bool), "a folder or a mount")
    _check_place(item)


def _check_place(item: Any) -> None:
    _need(item["place"] == "" or ":/" in item["place"], "the place of a file")
    _need(item["mount"] == "" or _MOUNT.match(item["mount"]) is not None, "the mount of a file")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and "/" not in name and "\0" not in name


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError("%s" % what)
