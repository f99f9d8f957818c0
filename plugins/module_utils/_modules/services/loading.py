# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands before the wrapper's own files: libraries that every program loads first (ld.so(8)), and files that dpkg
put elsewhere.
"""

import re
from typing import Callable, List, Sequence

from ..._host.errors import HostError
from ..._host.files.files import read
from ..._host.system.changers import who_changes
from ..._host.system.packages import dpkg_diversions, spellings
from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._libwrap.finding import Finding
from .kinds import finding

PRELOAD = "/etc/ld.so.preload"
_MAX_PRELOAD = 64 * 1024


def preload_findings(root: Root) -> List[Finding]:
    """Every library that /etc/ld.so.preload puts into tcpd and into each daemon, before libwrap."""
    try:
        state = read(root, PRELOAD, _MAX_PRELOAD)
    except HostError as exc:
        return [finding("preloaded-library", "problem", PRELOAD, problem=str(exc))]
    if state.kind in ("missing", "dangling"):
        return []
    found = []
    if state.data is None or who_changes(root, PRELOAD):
        found.append(finding("preloaded-library", "list", PRELOAD))
    text = re.sub(r"#.*", "", (state.data or b"").decode("utf-8", "surrogateescape"))
    for name in sorted(set(re.split(r"[\s:]+", text)) - {""}):
        owner = who_changes(root, name) or ""  # a bare name is looked for in root's folders
        form = "replaceable" if owner else ""
        found.append(finding("preloaded-library", form, PRELOAD, library=printable(name), who=owner))
    return found


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
