# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who makes each daemon of a host obey the tables, by the name that libwrap sees."""

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._libwrap.policy import Policy
from ..services.host_files import hidden_files, read_host_files
from ..services.listener import Listener, merged, names_of, reads_table
from .prover import PLAIN, View
from ..rules.tables import Tables


class Enforcement(NamedTuple):
    enforced_by: Optional[List[str]]  # tcpd, libwrap, xinetd; [] nobody; None: it cannot be told
    views: Tuple[View, ...]  # how the tables look to all who ask by that name; each differs


def find_enforcements(
    tables: Tables, services: List[Listener], policy: Policy, installed: Sequence[Listener] = ()
) -> Dict[str, Enforcement]:
    """For each daemon, in lower case: who asks, and what the tables are to those who ask by that name. `installed`:
    daemons of an image that will ask as soon as it is started.
    """
    views: Dict[str, Dict[Tuple[Tuple[str, ...], ...], View]] = {}
    read_host_files(policy)
    for service in services + list(installed):
        for asker in service.askers or ():
            states = (("allow", tables.allow), ("deny", tables.deny))
            hidden = tuple(name for name, state in states if reads_table(tables.root, state, asker) is False)
            files = hidden_files(policy, asker)
            user = asker.user.name if (hidden or files) and asker.user else None
            view = View(hidden, user, asker.untold, files)
            for name in names_of(service):
                views.setdefault(name.lower(), {}).setdefault((hidden, asker.untold, files), view)
    found: Dict[str, Optional[List[str]]] = {name.lower(): None for one in installed for name in names_of(one)}
    found.update((daemon.lower(), names) for daemon, names in merged(services).items())
    return {
        daemon: Enforcement(names, tuple(views.get(daemon, {}).values()) or (PLAIN,)) for daemon, names in found.items()
    }
