# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The body of the module inetd_tcpd."""

from typing import Any, Dict, Optional, Sequence

from ansible.module_utils.basic import AnsibleModule

from ..host.detect import detect_dialect
from ..host.root import Root
from ..superservers import inetd, inetd_rewrite
from ..superservers.inetd_flavours import FLAVOURS
from ..superservers.service import Service
from ..superservers.sources import Sources
from ..superservers.text import encode
from .errors import run_safely, short_invocation
from .service_sources import HostSources, readable
from .service_wrapping import Changes, Configuration, Superserver, run_wrapping, wrapping_argument_spec


class Inetd(Superserver):
    """One inetd.conf, read as the inetd of the host reads it."""

    def __init__(self, path: str, flavour: str, optional: bool) -> None:
        self._path = path
        self._flavour = flavour
        self._optional = optional

    def read(self, sources: Sources) -> Configuration:
        data = sources.read(self._path)
        if data is None and isinstance(sources, HostSources):
            absent = self._optional and sources.state(self._path).kind == "missing"
            data = b"" if absent else sources.require(self._path)
        config = inetd.read(data or b"", self._flavour, self._path)
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
    spec["path"] = {"type": "path", "default": inetd.PATH}
    spec["flavour"] = {"type": "str", "default": "auto", "choices": ["auto"] + sorted(FLAVOURS)}
    return spec


def find_flavour(root: Root, wanted: str) -> str:
    """Which inetd reads the file, by what is installed; openbsd, the commonest, where nothing tells."""
    if wanted != "auto":
        return wanted
    if detect_dialect(root).dialect in ("freebsd", "netbsd", "macos"):
        return "freebsd"
    for flavour, program in (("inetutils", "/usr/sbin/inetutils-inetd"), ("openbsd", "/usr/sbin/inetd"), ("xinetd", "/usr/sbin/xinetd")):
        if readable(root, program) is not None:
            return flavour
    return "openbsd"


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run_task, short_invocation(module.params))


def run_task(module: Any) -> Dict[str, Any]:
    """Wrap or unwrap services of inetd.conf."""
    params = module.params
    flavour = find_flavour(Root(params["root"]), params["flavour"])
    result = run_wrapping(module, Inetd(params["path"], flavour, params["missing"] == "ignore"))
    result["flavour"] = flavour
    return result
