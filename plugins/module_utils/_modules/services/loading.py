# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands before the wrapper's own files: libraries that every program loads first (ld.so(8)), and files that dpkg put elsewhere."""

import os
import re
from typing import Any, Callable, Dict, List, Sequence

from ..._host.errors import HostError
from ..._host.files.files import read, stat_file
from ..._host.system.packages import dpkg_diversions, spellings
from ..._host.system.processes import printable
from ..._host.files.root import Root

PRELOAD = "/etc/ld.so.preload"
_MAX_PRELOAD = 64 * 1024
_OTHERS_WRITE = 0o002

MakeFinding = Callable[..., Dict[str, Any]]


def preload_findings(root: Root, finding: MakeFinding) -> List[Dict[str, Any]]:
    """Every library that /etc/ld.so.preload puts into tcpd and into each daemon, before libwrap."""
    try:
        state = read(root, PRELOAD, _MAX_PRELOAD)
    except HostError as exc:
        return [finding("preloaded_library", "error", PRELOAD, str(exc), "Look at the file by hand.")]
    if state.kind in ("missing", "dangling"):
        return []
    found = []
    if state.data is None or state.uid != 0 or (state.mode or 0) & _OTHERS_WRITE:
        found.append(
            finding(
                "preloaded_library",
                "error",
                PRELOAD,
                "%s is no file of root's that nobody else can write and that can be read: what it "
                "names is loaded into every program" % PRELOAD,
                "Look at it as root, and remove it or give it to root with mode 0644.",
            )
        )
    text = re.sub(r"#.*", "", (state.data or b"").decode("utf-8", "surrogateescape"))
    for name in sorted(set(re.split(r"[\s:]+", text)) - {""}):
        owner = _who_can_replace(root, name)
        found.append(
            finding(
                "preloaded_library",
                "error" if owner else "warning",
                PRELOAD,
                "%s loads %s into tcpd and every daemon before libwrap, so it can answer in libwrap's place%s"
                % (PRELOAD, printable(name), "; %s can replace it" % owner if owner else ""),
                "Find out who put it there; remove the line if nobody needs it.",
            )
        )
    return found


def _who_can_replace(root: Root, path: str) -> str:
    """Who but root can put another file at this path; empty where nobody can, and for a bare name, which is looked for in root's folders."""
    missing = False
    while path.startswith("/"):
        state = stat_file(root, path)
        mode = state.mode or 0
        if state.uid not in (None, 0):
            return "user %s" % state.uid
        # in a sticky folder others can make what is missing, and not replace what is there
        if mode & _OTHERS_WRITE and (missing or not (state.kind == "directory" and mode & 0o1000)):
            return "everybody"
        missing = state.kind == "missing"
        if path == "/":
            break
        path = os.path.dirname(path)
    return ""


def diversion_findings(
    root: Root, wanted: Callable[[str], bool], named: Sequence[str], finding: MakeFinding
) -> List[Dict[str, Any]]:
    """Each file of the wrapper's that dpkg keeps under another name, so that something else stands in its place. `named` are paths that a
    superserver starts.
    """
    try:
        diverted = dpkg_diversions(root)
    except HostError as exc:
        return [finding("unreadable_configuration", "warning", None, str(exc), "Look at it by hand.")]
    found = []
    for path in sorted(diverted):
        target, who = diverted[path]
        if not wanted(path) and not set(spellings(path)) & set(named):
            continue
        found.append(
            finding(
                "diverted_file",
                "warning",
                path,
                "dpkg keeps the package's %s as %s, by order of %s: what stands at its name is not the package's file"
                % (printable(path), printable(target), printable(who)),
                "Find out why (dpkg-divert --list); undo it with dpkg-divert --remove if nobody needs it.",
            )
        )
    return found
