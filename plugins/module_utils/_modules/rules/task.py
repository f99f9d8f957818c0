# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module hosts_access. What a change needs is in hosts_access_change, and imported only for one."""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..errors import run_safely, short_invocation
from .assertions_of_task import Services, add_text, check_who_asks, prove_assertions
from .options import HostsAccessArguments, argument_spec
from .reading import Task, plan_task, touches_nothing, unchanged_result


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True, add_file_common_args=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Read and plan; where nothing changes, prove the assertions and be done."""
    arguments = HostsAccessArguments(call.params)
    if arguments.rollback_session:
        from ..lockout.confirmation import confirm_if_asked

        confirmed = confirm_if_asked(arguments)
        if confirmed is not None:
            return confirmed
    task = plan_task(arguments)
    if touches_nothing(task) and arguments.companion is None:
        return _unchanged(call, task)
    from .change import run_change

    return run_change(call, task)


def _unchanged(call: Call, task: Task) -> Dict[str, Any]:
    prove_assertions(task)
    warnings = list(task.tables.warnings)
    enforcement = check_who_asks(task, Services(task), False, warnings)
    for warning in warnings:
        call.warn(warning)
    result = unchanged_result(task, call.diff)
    result["enforcement"] = enforcement
    return add_text(task, result)
