# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Assertions about what asks as another user than root: it sees the tables with the owner and mode that they will have,
and may not be able to read them.
"""

import errno
import os
from typing import Dict, List, Sequence, Tuple

from ..._host.files.reading import FileState
from ..._host.system.access import Access, may_read, read_acl
from ..._host.system.folders_on_way import may_reach
from ..._host.system.processes import reads_anything
from ..._libwrap.lookups import Unreadable
from ..._libwrap.policy import Policy
from ..rules.policies import Policies
from ..rules.reading import Task, attributes_for, table_states
from ..services.host_files import hidden_files, read_host_files, without_files
from ..services.listener import Asker, Listener, names_of
from .assertions import Assertion
from .prover import Answer, Prover, View
from .report import fail_unmet


def prove_for_users(
    task: Task, assertions: Sequence[Assertion], services: Sequence[Listener], policies: Policies
) -> None:
    """Hold the task's assertions against the tables as those who ask will see them. Raises TaskError, naming user and
    table.
    """
    if not assertions:
        return
    texts = (task.plan.allow_after, task.plan.deny_after)
    provers: Dict[View, Prover] = {}
    unmet: List[Answer] = []
    base = policies.of(texts[0], texts[1])
    read_host_files(base)
    views = _views(task, services, base)
    for assertion in assertions:
        for view in views.get(assertion.daemon.lower(), ()):
            if view not in provers:
                seen = [
                    Unreadable(errno.EACCES) if name in view.hidden else text
                    for name, text in zip(("allow", "deny"), texts)
                ]
                provers[view] = Prover(without_files(base, seen, view.files), None, view)
            answer = provers[view].answer(assertion)
            if answer.met is False:
                unmet.append(answer)
                break
    fail_unmet(unmet, len(assertions), task.tables, "with the new tables, which were not written")


def _views(task: Task, services: Sequence[Listener], policy: Policy) -> Dict[str, List[View]]:
    """For each daemon, in lower case, how the tables will look to those who ask and cannot read one of them, or do not
    tell libwrap everything.
    """
    found: Dict[str, List[View]] = {}
    for service in services:
        for asker in service.askers or ():
            hidden = _hidden(task, asker)
            files = hidden_files(policy, asker)
            view = View(hidden, asker.user.name if asker.user else None, asker.untold, files)
            names = {asker.daemon.lower()} | {name.lower() for name in names_of(service)}
            for name in names if hidden or asker.untold or files else ():
                if view not in found.setdefault(name, []):
                    found[name].append(view)
    return found


def _hidden(task: Task, asker: Asker) -> Tuple[str, ...]:
    """The tables that somebody who asks will not be able to read once they are written."""
    user = asker.user
    if user is None or (asker.process is not None and reads_anything(asker.process)):
        return ()
    if user.reads_anything and asker.process is None:
        return ()
    found = []
    for name, state, text in zip(("allow", "deny"), table_states(task), (task.plan.allow_after, task.plan.deny_after)):
        whose = (user.uid, user.gid, user.groups)
        if text is not None and not may_read(_access_after(task, state), *whose):
            found.append(name)
        elif not may_reach(task.tables.root, state.path, *whose):
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
