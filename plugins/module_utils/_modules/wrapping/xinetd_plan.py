# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What xinetd_tcpd would change: xinetd.conf and all that it includes."""

from typing import Any, Dict, Sequence

from .installed import xinetd_links_libwrap
from ..._host.files.root import Root
from ..._superservers import xinetd, xinetd_rewrite
from ..._superservers.service import Service
from ..._superservers.sources import Sources
from ..._superservers.text import encode
from .plan import Changes, Configuration, Superserver, WrappingArguments, wrapping_argument_spec
from .sources import HostSources


class Xinetd(Superserver):
    """xinetd.conf and all that it includes."""

    kind = "xinetd"

    def __init__(self, path: str, libwrap: bool, optional: bool) -> None:
        self._path = path
        self.libwrap = libwrap
        self._optional = optional

    def read(self, sources: Sources) -> Configuration:
        if isinstance(sources, HostSources):
            if self._optional and sources.state(self._path).kind == "missing":
                return Configuration([], [], None)
            sources.require(self._path, self.kind)
        config = xinetd.read(sources, self._path, self.libwrap)
        return Configuration(config.entries, config.findings, config)

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        if configuration.parsed is None:
            return {}
        return _encoded(xinetd_rewrite.wrap(configuration.parsed, chosen, tcpd, self.libwrap))

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        return {} if configuration.parsed is None else _encoded(xinetd_rewrite.unwrap(configuration.parsed, chosen))


class ServiceArguments(WrappingArguments):
    """All options of xinetd_tcpd."""

    path: str
    nolibwrap: str
    reload: bool


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of xinetd_tcpd."""
    spec = wrapping_argument_spec()
    spec["reload"] = {"type": "bool", "default": False}
    spec["path"] = {"type": "path", "default": xinetd.PATH}
    spec["nolibwrap"] = {"type": "str", "default": "auto", "choices": ["auto", "yes", "no"]}
    return spec


def superserver_of(arguments: ServiceArguments) -> Xinetd:
    """The xinetd that a task is about."""
    return Xinetd(arguments.path, _links_libwrap(arguments), arguments.missing == "ignore")


def _encoded(texts: Dict[str, str]) -> Changes:
    return {path: encode(text) for path, text in texts.items()}


def _links_libwrap(arguments: ServiceArguments) -> bool:
    wanted = arguments.nolibwrap
    return bool(wanted == "yes") if wanted != "auto" else xinetd_links_libwrap(Root(arguments.root))
