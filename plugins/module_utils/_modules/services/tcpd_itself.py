# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the program that a super-server starts as tcpd is one: its name alone says nothing of what it asks."""

from typing import NamedTuple, Optional

from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..._host.system.libraries import Libraries
from ..._libwrap.printable import printable

REMEDY = "Install the package tcpd, name /usr/sbin/tcpd there, and run tcpd_integrity_info."


TCPD_BY_ANOTHER_NAME = "its server is tcpd by another name: name /usr/sbin/tcpd as the server in its place"


class Doubt(NamedTuple):
    """Why a tcpd does not ask (`asks` False), or why it is not known whether it does (None)."""

    asks: Optional[bool]
    reason: str


def doubt_tcpd(root: Root, libraries: Libraries, path: str) -> Optional[Doubt]:
    """What its file says against it; None where that is tcpd, and where there is none: nothing is started then."""
    if stat_file(root, path).kind in ("missing", "dangling"):
        return None
    link = libraries.find_libwrap(path)
    told = "it is started through %s, but " % printable(path)
    if not link.libwrap:
        return Doubt(link.libwrap, told + "of that program: " + link.reason)
    if not libraries.is_tcpd(path):
        return Doubt(None, told + "that links libwrap and is another program than tcpd")
    return None
