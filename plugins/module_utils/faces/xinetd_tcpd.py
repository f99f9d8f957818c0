# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The body of the module xinetd_tcpd."""

from typing import Any, Dict, Sequence

from ansible.module_utils.basic import AnsibleModule

from ..host.files import read
from ..host.root import Root
from ..superservers import xinetd, xinetd_rewrite
from ..superservers.service import Service
from ..superservers.sources import Sources
from ..superservers.text import encode
from .errors import run_safely, short_invocation
from .service_sources import HostSources
from .service_wrapping import Changes, Configuration, Superserver, run_wrapping, wrapping_argument_spec

PROGRAM = "/usr/sbin/xinetd"


class Xinetd(Superserver):
    """xinetd.conf and all that it includes."""

    def __init__(self, path: str, libwrap: bool, optional: bool) -> None:
        self._path = path
        self._libwrap = libwrap
        self._optional = optional

    def read(self, sources: Sources) -> Configuration:
        if isinstance(sources, HostSources):
            if self._optional and sources.state(self._path).kind == "missing":
                return Configuration([], [], None)
            sources.require(self._path)
        config = xinetd.read(sources, self._path, self._libwrap)
        return Configuration(config.entries, config.findings, config)

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        if configuration.parsed is None:
            return {}
        return _encoded(xinetd_rewrite.wrap(configuration.parsed, chosen, tcpd, self._libwrap))

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        return {} if configuration.parsed is None else _encoded(xinetd_rewrite.unwrap(configuration.parsed, chosen))


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of xinetd_tcpd."""
    spec = wrapping_argument_spec()
    spec["path"] = {"type": "path", "default": xinetd.PATH}
    spec["nolibwrap"] = {"type": "str", "default": "auto", "choices": ["auto", "yes", "no"]}
    return spec


def links_libwrap(root: Root, wanted: str) -> bool:
    """Whether this xinetd asks libwrap itself, and so knows the flag NOLIBWRAP; one that is not installed is taken to."""
    if wanted != "auto":
        return wanted == "yes"
    data = read(root, PROGRAM).data
    return data is None or b"NOLIBWRAP" in data


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run_task, short_invocation(module.params))


def run_task(module: Any) -> Dict[str, Any]:
    """Wrap or unwrap services of xinetd."""
    params = module.params
    libwrap = links_libwrap(Root(params["root"]), params["nolibwrap"])
    result = run_wrapping(module, Xinetd(params["path"], libwrap, params["missing"] == "ignore"))
    result["nolibwrap"] = libwrap
    return result


def _encoded(texts: Dict[str, str]) -> Changes:
    return {path: encode(text) for path, text in texts.items()}
