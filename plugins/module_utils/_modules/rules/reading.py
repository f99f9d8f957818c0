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
from ..arguments import backup_argument_spec, lockout_argument_spec, record_argument_spec, tables_argument_spec
from .ownership import find_group, find_user, parse_mode
from .plan import Plan, changes_text, make_plan
from ..record.document import Record, open_record
from .tables import Tables, open_tables
from ..record.tables import Undo, gave_default, plan_undo

FURTHER_ATTRIBUTES = ("seuser", "serole", "setype", "selevel", "attributes")


class Task(NamedTuple):
    params: Dict[str, Any]
    tables: Tables
    plan: Plan
    uid: Optional[int]
    gid: Optional[int]
    mode: Optional[int]
    record: Optional[Record]  # what earlier tasks wrote down, where the task keeps a record
    undo: Optional[Undo]  # how the tables become what they were, where the task undoes what the record tells


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access."""
    spec: Dict[str, Dict[str, Any]] = {
        "allow": {"type": "raw"},
        "deny": {"type": "raw"},
        "block_name": {"type": "str"},
        "priority": {"type": "int", "default": 500},
        "position": {"type": "str", "default": "last", "choices": ["last", "first"]},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "exclusive": {"type": "bool", "default": False},
        "default": {"type": "str", "choices": ["deny", "allow"]},
        "default_options": {"type": "raw"},
        "unfinished_line": {"type": "str", "default": "keep", "choices": ["keep", "complete", "refuse"]},
        "forbid_gains": {"type": "raw", "default": False},
        "layout": {"type": "str", "default": "two_files", "choices": ["two_files", "single"]},
        "owner": {"type": "str", "default": "0"},
        "group": {"type": "str", "default": "0"},
        "mode": {"type": "raw", "default": "0600"},
        "unreadable_daemons": {"type": "str", "default": "refuse", "choices": ["refuse", "warn"]},
        "allow_unenforced": {"type": "bool", "default": False},
        "unenforced": {"type": "str", "default": "warn", "choices": ["refuse", "warn", "ignore"]},
        "assertions": {"type": "list", "elements": "dict"},
        "return_text": {"type": "bool", "default": False},
    }
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    spec.update(record_argument_spec())
    return spec


def plan_task(params: Dict[str, Any]) -> Task:
    """What the task would make of the tables as they are now. Nothing is written."""
    if params["forbid_gains"] is not False:
        from .gains import check_forbid_gains

        check_forbid_gains(params["forbid_gains"])
    tables = open_tables(params, writing=True)
    record = open_record(tables.root, params["record"])
    undo = None if record is None else plan_undo(params, tables, record)
    if undo:
        plan = undo.plan
    elif record is not None and gave_default(params, tables, record):
        plan = make_plan(
            dict(params, default_options=[]), tables.allow.data, tables.deny.data, tables.dialect
        )._replace(replaced=None)
    else:
        plan = make_plan(params, tables.allow.data, tables.deny.data, tables.dialect)
    return Task(
        params,
        tables,
        plan,
        find_user(tables.root, params["owner"]),
        find_group(tables.root, params["group"]),
        parse_mode(params["mode"]),
        record,
        undo,
    )


def touches_nothing(task: Task) -> bool:
    """Whether text, owner and mode are as they should be, no further attribute is asked for, and no change of another run waits."""
    if forgets(task) or changes_text(task.plan) or attributes_differ(task):
        return False
    if any(task.params.get(name) is not None for name in FURTHER_ATTRIBUTES):
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
