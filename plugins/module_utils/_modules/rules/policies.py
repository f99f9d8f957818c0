# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The policies that a task's texts make on its host. Apart from tables.py, so that a task that changes nothing ships no
engine.
"""

from typing import Dict, Optional, Tuple

from ..._host.lookups import HostLookups
from ..._libwrap.policy import Policy
from ..proofs.prover import Prover
from .tables import Tables


class Policies:
    """Each pair of texts is read once, whoever asks for it."""

    def __init__(self, tables: Tables) -> None:
        self._dialect = tables.dialect
        self._lookups = HostLookups(tables.root)
        self._read: Dict[Tuple[Optional[bytes], Optional[bytes]], Policy] = {}
        self._provers: Dict[Tuple[Optional[bytes], Optional[bytes]], Prover] = {}

    def of(self, allow: Optional[bytes], deny: Optional[bytes]) -> Policy:
        """What libwrap makes of hosts.allow and hosts.deny with these texts; None for a file that is not there."""
        found = self._read.get((allow, deny))
        if found is None:
            found = self._read[(allow, deny)] = Policy.parse(allow, deny, self._dialect, self._lookups)
        return found

    def prover(self, allow: Optional[bytes], deny: Optional[bytes]) -> Prover:
        """What proves assertions about them; it keeps what it has worked out about a daemon."""
        found = self._provers.get((allow, deny))
        if found is None:
            found = self._provers[(allow, deny)] = Prover(self.of(allow, deny))
        return found
