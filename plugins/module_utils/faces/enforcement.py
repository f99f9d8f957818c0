# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who makes each daemon of a host obey the tables, by the name that libwrap sees."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from ..host.root import Root
from .coverage import survey
from .covered import merged, reads_table
from .tables import Tables

Enforcement = NamedTuple(
    "Enforcement",
    [
        ("enforced_by", Optional[List[str]]),  # tcpd, libwrap, xinetd; [] nobody; None: it cannot be told
        ("runs_as", Optional[str]),  # the user as whom the tables are read
        ("hidden", Tuple[str, ...]),  # "allow", "deny": tables that this user cannot read
    ],
)


def find_enforcement(root: Root, dialect: Optional[str] = None) -> Dict[str, Optional[List[str]]]:
    """For each daemon: tcpd, libwrap, xinetd (two: checked twice), [] where nobody asks, None where it cannot be
    told.
    """
    return merged(survey(root, dialect))


def find_enforcements(tables: Tables) -> Dict[str, Enforcement]:
    """The same with the user who asks and the tables hidden from it; a table hidden from one of several services of a
    name counts as hidden.
    """
    services = survey(tables.root, tables.dialect.name)
    found: Dict[str, Enforcement] = {}
    for daemon, names in merged(services).items():
        users: List[str] = []
        hidden = set()
        for service in services:
            if service.daemon != daemon:
                continue
            if service.runs_as:
                users.append(service.runs_as)
            for asker in service.askers or ():
                for name, state in (("allow", tables.allow), ("deny", tables.deny)):
                    if reads_table(tables.root, state, asker) is False:
                        hidden.add(name)
        found[daemon] = Enforcement(names, users[0] if users else None, tuple(sorted(hidden)))
    return found
