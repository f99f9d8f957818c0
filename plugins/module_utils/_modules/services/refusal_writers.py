# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a refusal in the journal was written by who it says: root, or the daemon itself. Everybody can log any line."""

from typing import Dict, Optional, Set

from ..._host.system.accounts import Accounts
from ..._host.system.daemons import known_daemon
from ..._host.system.people import is_person
from ..._host.files.root import Root
from ..._superservers.tcpd import is_tcpd
from .configured import configured_services


class Writers:
    """Answers for the running host; its configuration is read when it is first needed."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._users: Optional[Dict[str, Set[int]]] = None

    def is_forged(self, daemon: str, uid: Optional[int], program: Optional[str]) -> Optional[bool]:
        """True where neither root nor the daemon's user wrote the line; None where that is not known.

        The daemon's user is the one that a super-server starts it as, or a user of the system who runs its very program
        (or tcpd). A person is neither, whatever program the line came from.
        """
        if uid is None:
            return None
        if uid == 0 or uid in self._users_of(daemon.lower()):
            return False
        if is_person(uid):
            return True
        if program is None:
            return None
        return not (is_tcpd(program) or daemon.lower() in _names_of(program))

    def _users_of(self, daemon: str) -> Set[int]:
        if self._users is None:
            self._users = {}
            accounts = Accounts(self._root)
            for service in configured_services(self._root).services:
                user = accounts.user(service.user or "root")
                if user is not None:
                    for name in (service.daemon, service.own_daemon or service.daemon, service.name):
                        self._users.setdefault(name.lower(), set()).add(user.uid)
        return self._users.get(daemon, set())


def _names_of(program: str) -> Set[str]:
    base = program.rsplit("/", 1)[-1]
    known = known_daemon(program).daemon
    return {base.lower()} | ({known.lower()} if known else set())
