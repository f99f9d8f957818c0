# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What inetd_tcpd would change: inetd.conf, read as the inetd of the host reads it."""

from typing import Any, Dict, Optional, Sequence

from ..._host.system.detect import detect_dialect
from ..._host.files.root import Root
from ..._superservers import inetd, inetd_rewrite
from ..._superservers.inetd_flavours import FLAVOURS
from ..._superservers.service import Service
from ..._superservers.sources import Sources
from ..._superservers.text import encode
from ..errors import TaskError
from .plan import Changes, Configuration, Superserver, wrapping_argument_spec
from .sources import HostSources, readable


class Inetd(Superserver):
    """One inetd.conf, read as the inetd of the host reads it."""

    kind = "inetd"

    def __init__(self, path: str, flavour: str, optional: bool) -> None:
        self._path = path
        self.flavour = flavour
        self._optional = optional

    def read(self, sources: Sources) -> Configuration:
        data = sources.read(self._path)
        if data is None and isinstance(sources, HostSources):
            absent = self._optional and sources.state(self._path).kind == "missing"
            data = b"" if absent else sources.require(self._path)
        config = inetd.read(data or b"", self.flavour, self._path, sources.other_names)
        return Configuration(config.entries, config.findings, config)

    def obstacle(self, configuration: Configuration, service: Service, tcpd: str) -> Optional[str]:
        return inetd_rewrite.obstacle(configuration.parsed, service, tcpd)

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        return self._changes(configuration, inetd_rewrite.wrap(configuration.parsed, chosen, tcpd))

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        return self._changes(configuration, inetd_rewrite.unwrap(configuration.parsed, chosen))

    def _changes(self, configuration: Configuration, text: str) -> Changes:
        return {self._path: encode(text)} if text != configuration.parsed.text else {}


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of inetd_tcpd."""
    spec = wrapping_argument_spec()
    spec["reload"] = {"type": "bool", "default": False}
    spec["path"] = {"type": "path", "default": inetd.PATH}
    spec["flavour"] = {"type": "str", "default": "auto", "choices": ["auto"] + sorted(FLAVOURS)}
    return spec


def find_flavour(root: Root, wanted: str) -> str:
    """Which inetd reads the file, by what is installed; openbsd, the commonest, where nothing tells."""
    if wanted != "auto":
        return wanted
    if detect_dialect(root).dialect in ("freebsd", "netbsd", "macos"):
        return "freebsd"
    for flavour, program in (
        ("inetutils", "/usr/sbin/inetutils-inetd"),
        ("openbsd", "/usr/sbin/inetd"),
        ("xinetd", "/usr/sbin/xinetd"),
    ):
        if readable(root, program) is not None:
            return flavour
    return "openbsd"


def superserver_of(params: Dict[str, Any]) -> Inetd:
    """The inetd that a task is about. Raises TaskError where a copy of its file would be read, too."""
    if params.get("backup") and params["path"].rsplit("/", 1)[0].endswith("/etc/inetd.d"):
        raise TaskError(
            "backup: true would leave a copy of %s beside it, and inetutils-inetd starts what any file of its folder says: leave backup out."
            % params["path"]
        )
    return Inetd(params["path"], find_flavour(Root(params["root"]), params["flavour"]), params["missing"] == "ignore")
