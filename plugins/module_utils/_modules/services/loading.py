# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands before the wrapper's own files: libraries that every program loads first (ld.so(8)), and files that dpkg
put elsewhere.
"""

import os
import re
from typing import Callable, List, Sequence

from ..._host.errors import HostError
from ..._host.files.files import read, stat_file
from ..._host.system.packages import dpkg_diversions, spellings
from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._libwrap.finding import Finding
from .kinds import finding

PRELOAD = "/etc/ld.so.preload"
_MAX_PRELOAD = 64 * 1024
_OTHERS_WRITE = 0o002


def preload_findings(root: Root) -> List[Finding]:
    """Every library that /etc/ld.so.preload puts into tcpd and into each daemon, before libwrap."""
    try:
        state = read(root, PRELOAD, _MAX_PRELOAD)
    except HostError as exc:
        return [finding("preloaded-library", "problem", PRELOAD, problem=str(exc))]
    if state.kind in ("missing", "dangling"):
        return []
    found = []
    if state.data is None or state.uid != 0 or (state.mode or 0) & _OTHERS_WRITE:
        found.append(finding("preloaded-library", "list", PRELOAD))
    text = re.sub(r"#.*", "", (state.data or b"").decode("utf-8", "surrogateescape"))
    for name in sorted(set(re.split(r"[\s:]+", text)) - {""}):
        owner = _who_can_replace(root, name)
        form = "replaceable" if owner else ""
        found.append(finding("preloaded-library", form, PRELOAD, library=printable(name), who=owner))
    return found


def _who_can_replace(root: Root, path: str) -> str:
    """Who but root can put another file at this path; empty where nobody can, and for a bare name, which is looked for
    in root's folders.
    """
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


def diversion_findings(root: Root, wanted: Callable[[str], bool], named: Sequence[str]) -> List[Finding]:
    """Each file of the wrapper's that dpkg keeps under another name, so that something else stands in its place.
    `named` are paths that a super-server starts.
    """
    try:
        diverted = dpkg_diversions(root)
    except HostError as exc:
        return [finding("unreadable-configuration", "odd", problem=str(exc))]
    found = []
    for path in sorted(diverted):
        target, who = diverted[path]
        if not wanted(path) and not set(spellings(path)) & set(named):
            continue
        found.append(finding("diverted-file", path=printable(path), target=printable(target), who=printable(who)))
    return found
