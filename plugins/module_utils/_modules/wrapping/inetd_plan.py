# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What inetd_tcpd would change: inetd.conf, read as the inetd of the host reads it."""

import posixpath
from typing import Any, Callable, Dict, Optional, Sequence

from .installed import inetd_flavour
from ..._host.system.detect import detect_dialect
from ..._host.files.root import Root
from ..._superservers import inetd, inetd_rewrite
from ..._superservers.inetd_flavours import FLAVOURS
from ..._superservers.service import Service
from ..._superservers.sources import Sources
from ..._superservers.text import encode
from ..errors import TaskError
from .plan import Changes, Configuration, Superserver, WrappingArguments, wrapping_argument_spec
from .sources import HostSources


FOLDER = "/etc/inetd.d"


class Inetd(Superserver):
    """What the inetd of the host reads: one inetd.conf, and for inetutils-inetd's own the files of its folder as well."""

    kind = "inetd"

    def __init__(self, path: str, flavour: str, optional: bool) -> None:
        self._path = path
        self.flavour = flavour
        self._optional = optional

    def read(self, sources: Sources) -> Configuration:
        files = self._folder_files(sources)
        data = sources.read(self._path)
        if data is None and isinstance(sources, HostSources):
            absent = (self._optional or files) and sources.state(self._path).kind == "missing"
            data = b"" if absent else sources.require(self._path, self.kind)
        files[self._path] = data or b""
        parsed = {
            path: inetd.read(files[path], self.flavour, path, sources.other_names)
            for path in sorted(files, key=lambda path: (path != self._path, path))
        }
        return Configuration(
            [entry for config in parsed.values() for entry in config.entries],
            [finding for config in parsed.values() for finding in config.findings],
            parsed,
        )

    def _folder_files(self, sources: Sources) -> Dict[str, bytes]:
        """inetutils-inetd reads every regular file there, also a backup copy and one whose name starts with a dot."""
        if self.flavour != "inetutils" or self._path != inetd.PATH:
            return {}
        paths = [posixpath.join(FOLDER, name) for name in sources.names(FOLDER) or []]
        found = {path: sources.read(path) for path in paths if not sources.is_folder(path)}
        return {path: data for path, data in found.items() if data is not None}

    def obstacle(self, configuration: Configuration, service: Service, tcpd: str) -> Optional[str]:
        return inetd_rewrite.obstacle(configuration.parsed[service.path], service, tcpd)

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        return self._changes(configuration, chosen, lambda config, mine: inetd_rewrite.wrap(config, mine, tcpd))

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        return self._changes(configuration, chosen, inetd_rewrite.unwrap)

    @staticmethod
    def _changes(
        configuration: Configuration,
        chosen: Sequence[Service],
        rewrite: Callable[[inetd.Config, Sequence[Service]], str],
    ) -> Changes:
        changes: Changes = {}
        for path, config in configuration.parsed.items():
            text = rewrite(config, [service for service in chosen if service.path == path])
            if text != config.text:
                changes[path] = encode(text)
        return changes


class ServiceArguments(WrappingArguments):
    """All options of inetd_tcpd."""

    path: str
    flavour: str
    reload: bool


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
    return inetd_flavour(root, detect_dialect(root).dialect)


def superserver_of(arguments: ServiceArguments) -> Inetd:
    """The inetd that a task is about. Raises TaskError where a copy of its file would be read, too."""
    if arguments.backup and arguments.path.rsplit("/", 1)[0].endswith("/etc/inetd.d"):
        raise TaskError(
            "backup: true would leave a copy of %s beside it, and inetutils-inetd starts what any file of its folder "
            "says: leave backup out." % arguments.path
        )
    return Inetd(arguments.path, find_flavour(Root(arguments.root), arguments.flavour), arguments.missing == "ignore")
