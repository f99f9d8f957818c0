# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Read and plan a hosts_access task: all that is needed to see that nothing changes, and nothing more.

What imports this file ships little to the host; what a change needs is in hosts_access_change.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ..._host.files.reading import FileState
from ..._host.files.root import PENDING_FOLDER
from .options import HostsAccessArguments
from .ownership import find_group, find_user, parse_mode
from .plan import TablesPlan, changes_text, make_plan
from ..record.document import Record, open_record
from .tables import Tables, open_tables
from ..record.tables import Undo, gave_default, plan_undo


class Task(NamedTuple):
    arguments: HostsAccessArguments
    tables: Tables
    plan: TablesPlan
    uid: Optional[int]
    gid: Optional[int]
    mode: Optional[int]
    record: Optional[Record]  # what earlier tasks wrote down, where the task keeps a record
    undo: Optional[Undo]  # how the tables become what they were, where the task undoes what the record tells


def plan_task(arguments: HostsAccessArguments) -> Task:
    """What the task would make of the tables as they are now. Nothing is written."""
    if arguments.forbid_gains is not False:
        from .forbid_gains import check_forbid_gains

        check_forbid_gains(arguments.forbid_gains)
    tables = open_tables(arguments, writing=True)
    record = open_record(tables.root, arguments.record)
    undo = None if record is None else plan_undo(arguments, tables, record)
    if undo:
        plan = undo.plan
    elif record is not None and gave_default(arguments, tables, record):
        plan = make_plan(
            arguments.replaced(default_options=[]), tables.allow.data, tables.deny.data, tables.dialect
        )._replace(replaced=None)
    else:
        plan = make_plan(arguments, tables.allow.data, tables.deny.data, tables.dialect)
    return Task(
        arguments,
        tables,
        plan,
        find_user(tables.root, arguments.owner),
        find_group(tables.root, arguments.group),
        parse_mode(arguments.mode),
        record,
        undo,
    )


def touches_nothing(task: Task) -> bool:
    """Whether text, owner and mode are as they should be, no further attribute is asked for, and no change of another run waits."""
    if forgets(task) or changes_text(task.plan) or attributes_differ(task):
        return False
    if task.arguments.further_attributes:
        return False
    waiting = task.tables.root.locate(PENDING_FOLDER)
    return not (waiting.exists or waiting.through_link)


def forgets(task: Task) -> bool:
    """Whether the task takes what was done to the tables out of the record."""
    return task.undo is not None and task.undo.recorded


def attributes_differ(task: Task) -> bool:
    """Whether a table that exists has another owner, group or mode than the task gives."""
    return any(state.kind == "file" and attributes_of_differ(task, state) for state in table_states(task))


def attributes_of_differ(task: Task, state: FileState) -> bool:
    """Whether one table that exists has another owner, group or mode than the task gives."""
    return any(
        wanted is not None and wanted != present
        for wanted, present in zip(attributes_for(task, state), (state.uid, state.gid, state.mode))
    )


def attributes_for(task: Task, state: FileState) -> Tuple[Optional[int], Optional[int], Optional[int]]:
    """Owner, group and mode that one table shall have; None leaves it as it is."""
    return task.undo.attributes[state.path] if task.undo else (task.uid, task.gid, task.mode)


def table_states(task: Task) -> List[FileState]:
    """Both tables as they were read."""
    return [task.tables.allow, task.tables.deny]


def unchanged_result(task: Task, diff: bool) -> Dict[str, Any]:
    """What a task returns that found everything as it should be."""
    result: Dict[str, Any] = {
        "changed": False,
        "dialect": task.tables.dialect.name,
        "access_changes": [],
        "findings": [],
        "enforcement": [],
        "backup_files": [],
    }
    if diff:
        result["diff"] = []
    return result
