# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of hosts that a daemon cannot read which asks libwrap, as another user than root or in a namespace of its own: libwrap takes
each for empty."""

import re
from typing import Sequence, Tuple, Union

from ..._host.lookups import HostLookups, TableText
from ..._host.system.processes import reads_anything
from ..._libwrap.pattern_files import read_host_file
from ..._libwrap.patterns import FILE, ClientPattern, DaemonPattern
from ..._libwrap.policy import Policy
from .listener import Asker

_NAMES_FILE = re.compile(rb"(?:\A|[ \t\r\n,@\[])/")


def read_host_files(policy: Policy) -> None:
    """Read all files of hosts that the tables name, so that hidden_files() knows them."""
    named = set()
    for rule in policy.rules:
        for field, lists in ((rule.client_field, "clients"), (rule.daemon_field, "daemons")):
            if _NAMES_FILE.search(field):
                named |= {
                    pattern.host.token for segment in getattr(rule, lists) for pattern in segment if _is_file(pattern)
                }
    for path in sorted(named):
        read_host_file(path, policy.lookups)


def _is_file(pattern: Union[ClientPattern, DaemonPattern]) -> bool:
    return pattern.host is not None and pattern.host.kind == FILE


def hidden_files(policy: Policy, asker: Asker) -> Tuple[str, ...]:
    """Those of the files read which an asker cannot read, as its user or because its service hides them."""
    lookups, process = policy.lookups, asker.process
    if not isinstance(lookups, HostLookups):
        return ()
    unseen = () if process is None else lookups.unseen_by(process.pid)
    return tuple(sorted(set(unseen).union(_unreadable(lookups, asker))))


def _unreadable(lookups: HostLookups, asker: Asker) -> Tuple[str, ...]:
    """Those that an asker's user may not read; () also where its user is not known."""
    user = asker.user
    if user is None or (user.uid == 0 and asker.process is None):
        return ()
    if asker.process is not None and reads_anything(asker.process):
        return ()
    return lookups.hidden_from(user.uid, user.gid, user.groups)


def without_files(policy: Policy, texts: Sequence[TableText], files: Sequence[str]) -> Policy:
    """The policy of these tables for somebody who cannot read these files."""
    lookups = policy.lookups
    if files and isinstance(lookups, HostLookups):
        lookups = lookups.hiding(files)
    return Policy.parse(texts[0], texts[1], policy.dialect, lookups)
