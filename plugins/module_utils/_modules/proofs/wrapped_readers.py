# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Assertions about what a superserver starts through tcpd as another user than root: that tcpd sees the tables with the owner and mode that they
will have, and may not be able to read them.
"""

import errno
import os
from typing import Dict, List, Tuple

from ..._host.system.access import Access, may_read, read_acl
from ..._host.system.accounts import Accounts, User
from ..._host.lookups import HostLookups
from ..._host.files.reading import FileState
from ..._libwrap.lookups import Unreadable
from ..._libwrap.policy import Policy
from .assertions import check_assertions
from ..services.configured import asks_as, configured_services
from ..rules.reading import Task, attributes_for, table_states
from .report import fail_unmet
from .prover import Answer, Prover, View


def prove_for_users(task: Task) -> None:
    """Hold the task's assertions against the tables as tcpd will see them. Raises TaskError, naming user and table."""
    assertions = check_assertions(task.params["assertions"], "assertions")
    texts = (task.plan.allow_after, task.plan.deny_after)
    provers: Dict[View, Prover] = {}
    unmet: List[Answer] = []
    users = _users(task) if assertions else []
    for assertion in assertions:
        for daemon, user in users:
            hidden = _hidden(task, user) if daemon == assertion.daemon.lower() else ()
            if not hidden:
                continue
            view = View(hidden, user.name)
            if view not in provers:
                seen = [
                    Unreadable(errno.EACCES) if name in hidden else text for name, text in zip(("allow", "deny"), texts)
                ]
                policy = Policy.parse(seen[0], seen[1], task.tables.dialect, HostLookups(task.tables.root))
                provers[view] = Prover(policy, None, view)
            answer = provers[view].answer(assertion)
            if answer.met is False:
                unmet.append(answer)
                break
    fail_unmet(unmet, len(assertions), task.tables, "with the new tables, which were not written")


def _users(task: Task) -> List[Tuple[str, User]]:
    """The daemons, in lower case, that tcpd asks for, with the user that it does so as."""
    accounts = Accounts(task.tables.root)
    found: List[Tuple[str, User]] = []
    for service in configured_services(task.tables.root, None, task.tables.dialect.name).services:
        if service.via_tcpd and not service.disabled and not (service.wait and service.socket_type == "stream"):
            user = asks_as(accounts, service)
            if user is not None and user.uid != 0 and (service.daemon.lower(), user) not in found:
                found.append((service.daemon.lower(), user))
    return found


def _hidden(task: Task, user: User) -> Tuple[str, ...]:
    """The tables that a user will not be able to read once they are written."""
    found = []
    for name, state, text in zip(("allow", "deny"), table_states(task), (task.plan.allow_after, task.plan.deny_after)):
        if text is not None and not may_read(_access_after(task, state), user.uid, user.gid, user.groups):
            found.append(name)
    return tuple(found)


def _access_after(task: Task, state: FileState) -> Access:
    uid, gid, mode = (
        wanted if wanted is not None else present
        for wanted, present in zip(attributes_for(task, state), (state.uid, state.gid, state.mode))
    )
    return Access(
        os.geteuid() if uid is None else uid,
        os.getegid() if gid is None else gid,
        0o600 if mode is None else mode,
        read_acl(state.real_path),
    )
