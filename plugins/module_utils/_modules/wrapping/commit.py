# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""All files of a super-server that change, and the record of it, written as one change.

Where the operator comes through a service that changes, a new connection must confirm it. Then the super-server reads
the change at once, for a new connection proves nothing before that, and again when the change is undone.
"""

import os
from typing import Any, Dict, List, NamedTuple, Optional

from ..._host.system.commands import run
from ..._host.files.commit import Committed, Move, NewFile, Options, commit
from ..._host.files.files import make_folder, remove_folder, remove_leftovers
from ..lockout.own_service import find_operator, own_service
from ..lockout.confirmation import describe_pending, timeout_of, token_of, why_unconfirmed
from ..record.moves import noted
from .plan import WrappingPlan, WrappingArguments
from .reload import note_told, reload_commands, wait_until_read
from .sources import HostSources


class Written(NamedTuple):
    backups: List[str]
    lockout: Optional[Dict[str, Any]]  # None where no service changes that the operator could come through


def write_plan(arguments: WrappingArguments, sources: HostSources, plan: WrappingPlan, mode: Optional[int]) -> Written:
    """Write all that the plan changes, or nothing. `mode`: of a new file. Raises HostError or FileChanged; then nothing
    was written.
    """
    if not plan.changes and plan.record is None:
        return Written([], None)
    own = own_service(arguments, sources.root, plan.before.services, plan.after.services)
    if own is None:
        return Written(_commit(arguments, sources, plan, mode, None, []).backups, None)
    guarded = find_operator(arguments, sources.root, own)
    commands = reload_commands(own.kind) if sources.root.is_host else []
    done = _commit(
        arguments, sources, plan, mode, timeout_of(arguments, guarded), [own.kind] if sources.root.is_host else []
    )
    for command in commands:
        if not run(command, timeout=60).status:
            note_told(command)
    if commands:
        wait_until_read([path for path in plan.changes if plan.changes[path] is not None])
    why = why_unconfirmed(arguments, guarded)
    return Written(done.backups, describe_pending(guarded, why, not why, token_of(arguments)))


def _files(sources: HostSources, plan: WrappingPlan, mode: Optional[int]) -> List[NewFile]:
    files = []
    for path in sorted(plan.changes):
        state = sources.state(path)
        files.append(NewFile(state, plan.changes[path], None, None, mode if state.kind == "missing" else None))
    return files


def _commit(
    arguments: WrappingArguments,
    sources: HostSources,
    plan: WrappingPlan,
    mode: Optional[int],
    timeout: Optional[int],
    after_undo: List[str],
) -> Committed:
    """One change of all files. What a killed run left beside files that the record tells of goes as well."""
    files = _files(sources, plan, mode)
    record = [] if plan.record is None else [NewFile(plan.record.state, plan.record.data, None, None, 0o600)]
    # inetutils-inetd would start what a copy in its folder says
    unsaved = [item.state.path for item in record] + [path for path in plan.changes if path.startswith("/etc/inetd.d/")]
    there, back = noted(
        record,
        len(files),
        [Move(number, item.data) for number, item in enumerate(files)],
        [Move(number, item.state.data) for number, item in enumerate(files)][::-1],
    )
    options = Options(token_of(arguments), timeout, arguments.backup, arguments.backup_keep, after_undo)
    for path in plan.recorded:
        remove_leftovers(sources.root, path)
    folders = sorted(set(os.path.dirname(sources.state(path).real_path) for path in plan.changes))
    made = [
        folder
        for folder in sorted(set(os.path.dirname(path) for path in plan.changes if plan.changes[path] is not None))
        if make_folder(sources.root, folder)
    ]
    try:
        return commit(sources.root, files + record, there, back, options._replace(folders=folders, unsaved=unsaved))
    except BaseException:
        for folder in made:
            remove_folder(sources.root, folder)
        raise
