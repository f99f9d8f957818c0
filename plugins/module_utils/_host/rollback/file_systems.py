# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the file systems of a change's files are there: an undo that writes below a mount that comes later undoes nothing.

Only mountinfo is read: whoever opens a folder behind an automount starts the mount, and a starting host may wait for that.
"""

import os
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from .clocks import boot_id
from .mountinfo import Mount, read_mounts

AUTOMOUNT = b"autofs"
_GONE = "//deleted"  # the kernel's mark of a mounted file whose name was removed


class Place(NamedTuple):
    """Where a file is. `place`: the kind of its file system and its path there, which every mount namespace and every boot tells
    alike; "" where the file is on the mount of the record, which is there whenever that can be read. `mount`: the number and
    the device of its mount, which tell it until the next boot, whatever somebody calls the folder that is mounted.
    """

    place: str
    mount: str


def places_of(paths: List[str], beside: str) -> List[Place]:
    """Where each file is; nothing of those on the mount of `beside`, and where the system tells nothing."""
    mounts = read_mounts()
    own = _mount_over(beside, mounts)
    found = []
    for path in paths:
        over = _mount_over(path, mounts)
        known = over is not None and own is not None and over.number != own.number
        found.append(Place(_place(over, path), _name_of(over)) if over is not None and known else Place("", ""))
    return found


def file_system_away(record: Dict[str, Any]) -> str:
    """The first file of a record that is on another file system than it was, or on none yet; "" where all are there."""
    recorded = [item for item in record["files"] if item["place"]]
    mounts = read_mounts() if recorded else []
    same_boot = bool(record["boot"]) and record["boot"] == boot_id()
    for item in recorded:
        path = os.path.join(item["folder"], item["name"])
        over = _mount_over(path, mounts)
        if over is None or same_boot and _name_of(over) == item["mount"]:
            continue
        if over.kind == AUTOMOUNT or _place(over, path) != item["place"]:
            return "%s: its file system (%s) is not mounted there now" % (path, item["place"].partition(":")[0])
    return ""


def _name_of(mount: Mount) -> str:
    return "%s %s" % (mount.number.decode("ascii", "replace"), mount.device.decode("ascii", "replace"))


def _place(mount: Mount, path: str) -> str:
    inner = mount.inner[: -len(_GONE)] if mount.inner.endswith(_GONE) else mount.inner
    below = path[len(mount.point.rstrip("/")) :]
    return "%s:%s%s" % (mount.kind.decode("ascii", "replace"), inner.rstrip("/"), below)


def _mount_over(path: str, mounts: List[Mount]) -> Optional[Mount]:
    """The mount on which a path is that no link leads to; None where that is not told."""
    upper: Dict[Tuple[bytes, str], Mount] = {(mount.parent, mount.point): mount for mount in mounts}
    numbers = set(mount.number for mount in mounts)
    over = next(
        (
            mount
            for mount in mounts
            if mount.point == "/" and (mount.parent == mount.number or mount.parent not in numbers)
        ),
        None,
    )
    if over is None:
        return None
    for prefix in _prefixes(path):
        for _stacked in mounts:
            above = upper.get((over.number, prefix))
            if above is None or above is over:
                break
            over = above
    return over


def _prefixes(path: str) -> Iterator[str]:
    """`/`, `/srv`, `/srv/tables`."""
    yield "/"
    parts = [part for part in path.split("/") if part]
    for count in range(len(parts)):
        yield "/" + "/".join(parts[: count + 1])
