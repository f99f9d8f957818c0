# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The sets of one daemon as plain values, for results and filters."""

from typing import Any, Dict, Optional

from ..printable import printable
from .networks_list import Networks
from .sets import Sets


def plain_sets(sets: Sets, most: Optional[int] = None) -> Dict[str, Any]:
    """``granted``, ``denied``, ``unexpressed`` and ``lost`` as dictionaries and lists; of each family at most ``most``
    networks.
    """
    return {
        "granted": plain_networks(sets.granted, most),
        "denied": plain_networks(sets.denied, most),
        "unexpressed": [
            {
                "clients": one.clients,
                "networks": plain_networks(one.networks, most),
                "access": one.access,
                "reason": one.reason,
                "rules": [_rule(rule) for rule in one.rules[:most]],
            }
            for one in sets.unexpressed
        ],
        "lost": [{"option": one.option, "value": one.value, "rule": _rule(one.rule)} for one in sets.lost[:most]],
    }


def plain_networks(networks: Networks, most: Optional[int] = None) -> Dict[str, Any]:
    """Both families, and how many networks there are in all."""
    return {
        "ipv4": list(networks[0][:most]),
        "ipv6": list(networks[1][:most]),
        "count": len(networks[0]) + len(networks[1]),
    }


def _rule(rule: Any) -> Dict[str, Any]:
    return {"table": rule.table.name, "line": rule.line, "text": printable(rule.text)}
