# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of hosts that a daemon which asks libwrap as another user than root cannot read: libwrap takes each for empty."""

from typing import Sequence, Tuple

from ..._host.lookups import HostLookups, TableText
from ..._host.system.processes import reads_anything
from ..._libwrap.pattern_files import read_host_file
from ..._libwrap.policy import Policy
from .listener import Asker


def read_host_files(policy: Policy) -> None:
    """Read all files of hosts that the tables name, so that hidden_files() knows them."""
    named = {
        pattern.token.rpartition(b"@")[2] for rule in policy.rules for segment in rule.clients for pattern in segment
    }
    for path in sorted(name for name in named if name[:1] == b"/"):
        read_host_file(path, policy.lookups)


def hidden_files(policy: Policy, asker: Asker) -> Tuple[str, ...]:
    """Those of the files read which an asker cannot read; () also where its user is not known."""
    user, lookups = asker.user, policy.lookups
    if user is None or not isinstance(lookups, HostLookups) or (user.uid == 0 and asker.process is None):
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
