# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""All services that inetd, xinetd and systemd of a host are configured to start, whatever the module that asks."""

import os
from typing import List, NamedTuple, Optional

from ..host.detect import detect_dialect
from ..host.errors import HostError
from ..host.files import list_folder, read, stat_file
from ..host.root import Root
from ..superservers import inetd, xinetd
from ..superservers.errors import SuperserverError
from ..superservers.service import Finding, Service
from ..superservers.sources import Sources

INETD_PATHS = ("/etc/inetd.conf", "/etc/inet/inetd.conf")

Configured = NamedTuple(
    "Configured",
    [
        ("services", List[Service]),  # switched-off ones too
        ("findings", List[Finding]),
        ("problems", List[str]),  # configurations that could not be read
    ],
)


class HostSources(Sources):
    """The files of a host, below its root."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def read(self, path: str) -> Optional[bytes]:
        """The bytes of a regular file, or None."""
        return read(self._root, path).data

    def names(self, path: str) -> Optional[List[str]]:
        """The names in a folder, or None where there is no such folder."""
        if stat_file(self._root, path).kind != "directory":
            return None
        try:
            return list_folder(self._root, path)
        except HostError:
            return None

    def link(self, path: str) -> Optional[str]:
        """What a symbolic link says, or None."""
        try:
            folder = self._root.resolve(os.path.dirname(path))
            return os.readlink(os.path.join(folder, os.path.basename(path)))
        except (HostError, OSError):
            return None


def configured_services(root: Root) -> Configured:
    """Read every superserver's configuration that is there. One that cannot be read is a problem, not an error."""
    result = Configured([], [], [])
    _read_inetd(root, result)
    _read_xinetd(root, result)
    return result


def inetd_flavour(root: Root) -> str:
    """Whose inetd.conf it is, by what is installed: a key of superservers.inetd_flavours.FLAVOURS."""
    if detect_dialect(root).dialect == "freebsd":
        return "freebsd"
    for path in ("/usr/sbin/inetutils-inetd", "/usr/lib/systemd/system/inetutils-inetd.service"):
        if stat_file(root, path).kind == "file":
            return "inetutils"
    return "openbsd"


def _read_inetd(root: Root, result: Configured) -> None:
    for path in INETD_PATHS:
        state = read(root, path)
        if state.data is None:
            if state.kind not in ("missing", "dangling"):
                result.problems.append("%s cannot be read: %s" % (path, os.strerror(state.errno)))
            continue
        config = inetd.read(state.data, inetd_flavour(root), path)
        result.services.extend(config.entries)
        result.findings.extend(config.findings)


def _read_xinetd(root: Root, result: Configured) -> None:
    state = stat_file(root, xinetd.PATH)
    if state.kind in ("missing", "dangling"):
        return
    try:
        config = xinetd.read(HostSources(root))
    except SuperserverError as exc:
        result.problems.append(str(exc))
        return
    result.services.extend(config.entries)
    result.findings.extend(config.findings)
