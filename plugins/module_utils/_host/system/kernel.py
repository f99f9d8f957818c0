# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The kernel's own settings around the wrapper: source routing and reverse path checks, for each interface."""

import os
from typing import Dict, List, NamedTuple, Optional

from .processes import PROC


class Interface(NamedTuple):
    name: str
    source_route_ipv4: Optional[bool]  # packets with a source route are taken; None: not to be read
    source_route_ipv6: Optional[bool]
    reverse_path: Optional[str]  # off, strict, loose (IPv4; IPv6 has none in sysctl)


_REVERSE_PATH = {0: "off", 1: "strict", 2: "loose"}


def list_interfaces(proc: str = PROC) -> List[Interface]:
    """What holds for each interface once `all` is reckoned in, as net/ipv4/devinet.c and net/ipv6/exthdrs.c do; []
    without /proc.
    """
    ipv4 = os.path.join(proc, "sys/net/ipv4/conf")
    ipv6 = os.path.join(proc, "sys/net/ipv6/conf")
    names = sorted(set(_names(ipv4)) | set(_names(ipv6)))
    return [
        Interface(
            name,
            _both(_number(ipv4, "all", "accept_source_route"), _number(ipv4, name, "accept_source_route")),
            _least(_number(ipv6, "all", "accept_source_route"), _number(ipv6, name, "accept_source_route")),
            _greatest(_number(ipv4, "all", "rp_filter"), _number(ipv4, name, "rp_filter")),
        )
        for name in names
    ]


def describe_interface(interface: Interface) -> Dict[str, object]:
    """An interface for results."""
    return dict(interface._asdict())


def _names(folder: str) -> List[str]:
    try:
        return [name for name in os.listdir(folder) if name not in ("all", "default")]
    except OSError:
        return []


def _number(folder: str, name: str, setting: str) -> Optional[int]:
    try:
        with open(os.path.join(folder, name, setting), encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return None


def _both(everywhere: Optional[int], here: Optional[int]) -> Optional[bool]:
    if everywhere is None or here is None:
        return None
    return everywhere != 0 and here != 0


def _least(everywhere: Optional[int], here: Optional[int]) -> Optional[bool]:
    """IPv6 takes a routing header of type 2 alone from 0 on; the smaller value counts."""
    if everywhere is None or here is None:
        return None
    return min(everywhere, here) > 0


def _greatest(everywhere: Optional[int], here: Optional[int]) -> Optional[str]:
    if everywhere is None or here is None:
        return None
    return _REVERSE_PATH.get(max(everywhere, here))
