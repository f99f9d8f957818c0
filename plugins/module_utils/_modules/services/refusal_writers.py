# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a refusal in the journal was written by who it says: root, or the daemon itself. Everybody can log any line."""

from typing import Dict, Iterable, Optional, Set

from ..._host.system.accounts import Accounts, User
from ..._host.system.daemons import known_daemon
from ..._host.system.known_daemons import ROWS
from ..._host.system.people import is_person
from ..._host.files.root import Root
from ..._superservers.tcpd import is_tcpd
from .configured import configured_services


class Writers:
    """Answers for the running host; its configuration is read when it is first needed."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._users: Dict[str, Set[int]] = {}
        self._is_read = False

    def is_forged(self, daemon: str, uid: Optional[int], program: Optional[str]) -> Optional[bool]:
        """True where neither root nor the daemon's user wrote the line; None where that is not known.

        The daemon's user is the one that a super-server starts it as, or that it becomes by itself. Of another user of the
        system its very program (or tcpd) may have written it, or a copy of any program with that name: nothing tells. A
        person is neither, whatever program the line came from.
        """
        if uid is None:
            return None
        if uid == 0 or uid in self._users_of(daemon.lower()):
            return False
        if is_person(uid):
            return True
        return None if program is None or is_tcpd(program) or daemon.lower() in _names_of(program) else True

    def _users_of(self, daemon: str) -> Set[int]:
        if not self._is_read:
            self._is_read = True
            accounts = Accounts(self._root)
            for service in configured_services(self._root).services:
                names = (service.daemon, service.own_daemon or service.daemon, service.name)
                self._add(names, accounts.user(service.user or "root"))
            for row in ROWS:
                own = next(filter(None, map(accounts.user, row.becomes)), None)
                self._add(row.programs + ((row.daemon,) if row.daemon else ()), own)
        return self._users.get(daemon, set())

    def _add(self, names: Iterable[str], user: Optional[User]) -> None:
        if user is not None:
            for name in names:
                self._users.setdefault(name.lower(), set()).add(user.uid)


def _names_of(program: str) -> Set[str]:
    base = program.rsplit("/", 1)[-1]
    known = known_daemon(program).daemon
    return {base.lower()} | ({known.lower()} if known else set())
