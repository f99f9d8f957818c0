# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which inetd and xinetd a host has, by what is installed."""

from typing import Optional

from ..._host.files.files import read
from ..._host.files.reading import stat_file
from ..._host.files.root import Root

XINETD = "/usr/sbin/xinetd"
_INETDS = (("inetutils", "/usr/sbin/inetutils-inetd"), ("openbsd", "/usr/sbin/inetd"), ("xinetd", XINETD))


def inetd_flavour(root: Root, dialect: Optional[str]) -> str:
    """Whose inetd.conf it is: a key of inetd_flavours.FLAVOURS; openbsd, the commonest, where nothing tells."""
    if dialect in ("freebsd", "netbsd", "macos"):
        return "freebsd"
    return next((flavour for flavour, path in _INETDS if stat_file(root, path).kind == "file"), "openbsd")


def xinetd_links_libwrap(root: Root) -> bool:
    """Whether xinetd asks libwrap itself: then it knows the flag NOLIBWRAP, and not else. One that is not installed is
    taken to.
    """
    data = read(root, XINETD).data
    return data is None or b"NOLIBWRAP" in data
