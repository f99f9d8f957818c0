# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What systemd_tcpd would change: a drop-in beside each unit."""

from typing import Any, Dict, Sequence

from ..._superservers import systemd
from ..._superservers.service import Service
from ..._superservers.sources import Sources
from ..._superservers.systemd_units import UNIT_DIR
from ..._superservers.text import encode
from .plan import Changes, Configuration, Superserver, WrappingArguments, wrapping_argument_spec


class Systemd(Superserver):
    """The unit files of a host; what is written is a drop-in, which everybody may read as they may the unit."""

    kind = "systemd"
    mode = 0o644

    def __init__(self, unit_dir: str) -> None:
        self._unit_dir = unit_dir

    def read(self, sources: Sources) -> Configuration:
        config = systemd.read(sources, self._unit_dir)
        return Configuration(config.entries, config.findings, config)

    def wrap(self, configuration: Configuration, chosen: Sequence[Service], tcpd: str) -> Changes:
        return {path: encode(text) for path, text in systemd.wrap(configuration.parsed, chosen, tcpd).items()}

    def unwrap(self, configuration: Configuration, chosen: Sequence[Service]) -> Changes:
        return {path: None for path in systemd.unwrap(configuration.parsed, chosen)}


class ServiceArguments(WrappingArguments):
    """All options of systemd_tcpd."""

    unit_dir: str
    daemon_reload: bool


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of systemd_tcpd."""
    spec = wrapping_argument_spec()
    spec["unit_dir"] = {"type": "path", "default": UNIT_DIR}
    spec["daemon_reload"] = {"type": "bool", "default": True}
    return spec


def superserver_of(arguments: ServiceArguments) -> Systemd:
    """The systemd that a task is about."""
    return Systemd(arguments.unit_dir)
