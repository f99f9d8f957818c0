# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Confirm or roll back for a service that the operator comes through: an ssh server that a superserver starts.

The superserver reads the change at once, for a new connection proves nothing before that, and again when the change is undone.
"""

import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..host.commands import run
from ..host.commit import Move, NewFile, Options, commit
from ..host.files import FileState, make_folder, remove_folder
from ..host.operator import SshServer
from ..host.root import Root
from ..superservers.service import Service
from .guard import Guarded, describe_guarded, find_guarded
from .guard_doors import SSH_DAEMONS
from .guard_session import timeout_of, token_of, why_unconfirmed
from .service_reload import reload_commands

Written = NamedTuple("Written", [
    ("backups", List[str]),
    ("lockout", Dict[str, Any]),
])


def own_service(before: Sequence[Service], after: Sequence[Service]) -> Optional[Service]:
    """The ssh server that goes through tcpd from now on, or no longer does; None where no such service changes."""
    for old, new in zip(before, after):
        if old.via_tcpd != new.via_tcpd and not new.disabled and new.server.rpartition("/")[2] in SSH_DAEMONS:
            return new
    return None


def find_operator(params: Dict[str, Any], root: Root, service: Service) -> Guarded:
    """Who comes through the service. The connection itself is all that is asked of it; the tables are asked by service_guard."""
    guarded = find_guarded(params, root)
    if guarded.connection is None and not guarded.unknown:
        return guarded
    return guarded._replace(server=SshServer(service.seen_as, True, "%s starts it" % service.kind), note="")


def write_guarded(params: Dict[str, Any], root: Root, service: Service, states: Sequence[FileState], changes: Dict[str, Optional[bytes]],
                  mode: Optional[int]) -> Written:
    """Write all files as one change that a new connection must confirm. Raises HostError or FileChanged; then nothing was written."""
    guarded = find_operator(params, root, service)
    timeout = timeout_of(params, guarded)
    files = [NewFile(state, changes[state.path], None, None, mode if state.kind == "missing" else None) for state in states]
    folders = sorted(set(os.path.dirname(state.real_path) for state in states))
    for state in states:
        if changes[state.path] is not None:
            make_folder(root, os.path.dirname(state.path))
    there = [Move(number, item.data) for number, item in enumerate(files)]
    back = [Move(number, item.state.data) for number, item in enumerate(files)][::-1]
    commands = reload_commands(service.kind) if root.is_host else []
    after_undo = [service.kind] if root.is_host else []
    done = commit(root, files, there, back, Options(token_of(params), timeout, params["backup"], params["backup_keep"], after_undo, folders))
    for command in commands:
        run(command, timeout=60)
    if timeout is None:
        for state in states:
            if changes[state.path] is None:
                remove_folder(root, os.path.dirname(state.path))
    why = why_unconfirmed(params, guarded)
    return Written(done.backups, dict(describe_guarded(guarded), pending=not why, confirmation=why or "a new connection"))
