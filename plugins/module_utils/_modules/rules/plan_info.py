# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module hosts_access_plan_info: would a hosts_access task change anything?"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..arguments import tables_argument_spec
from ..errors import TaskError, run_safely
from .reading import plan_task, touches_nothing, unchanged_result
from ..task_arguments import check_hosts_access


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access_plan_info."""
    return dict(tables_argument_spec(), task={"type": "dict", "required": True})


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, {})


def run(call: Call) -> Dict[str, Any]:
    """`unchanged`: whether the task is done with what stands there; all else is left to hosts_access itself, mistakes included."""
    try:
        tables = {name: call.params[name] for name in tables_argument_spec()}
        arguments = check_hosts_access(dict(tables, **call.params["task"]))
    except TaskError:
        return {"changed": False, "unchanged": False}
    if arguments.assertions or arguments.return_text or arguments.rollback_session or arguments.companion is not None:
        return {"changed": False, "unchanged": False}
    task = plan_task(arguments)
    if not touches_nothing(task):
        return {"changed": False, "unchanged": False}
    for warning in task.tables.warnings:
        call.warn(warning)
    return dict(unchanged_result(task, call.diff), unchanged=True)
