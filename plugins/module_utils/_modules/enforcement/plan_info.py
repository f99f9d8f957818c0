# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module hosts_access_enforce_plan_info: is a policy enforced already?"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..._backends.errors import BackendError
from ..._host.errors import HostError
from ..._host.files.root import PENDING_FOLDER
from ..._libwrap.errors import HostsAccessError
from ..arguments import tables_argument_spec
from ..call import Call
from ..errors import TaskError, run_safely
from .options import EnforceArguments
from .options import argument_spec as spec_of_task
from .plan import make_plan
from .report import result_of
from .running import all_in_force, look

_LEFT = {"changed": False, "unchanged": False}


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access_enforce_plan_info."""
    return dict(tables_argument_spec(), task={"type": "dict", "required": True})


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, {})


def run(call: Call) -> Dict[str, Any]:
    """`unchanged`: whether all is in force as the task wants it; all else is left to hosts_access_enforce, mistakes
    included.
    """
    tables = {name: call.params[name] for name in tables_argument_spec()}
    checked = ArgumentSpecValidator(spec_of_task()).validate(dict(tables, **call.params["task"]))
    if checked.error_messages:
        return _LEFT
    arguments = EnforceArguments(checked.validated_parameters)
    if arguments.assertions or arguments.rollback_session or not _named(arguments):
        return _LEFT
    try:
        plan = make_plan(arguments, None)
        waiting = plan.tables.root.locate(PENDING_FOLDER)
        if plan.changes or waiting.exists or waiting.through_link:
            return _LEFT
        running = look(plan.tables.root, plan.wanted)
    except (TaskError, HostError, HostsAccessError, BackendError):
        return _LEFT
    if not all_in_force(running):
        return _LEFT
    return dict(result_of(call, plan, running, False, []), unchanged=True)


def _named(arguments: EnforceArguments) -> bool:
    """Whether the task says which services it means; to find out what listens needs more than a small module."""
    return arguments.services is not None or arguments.state == "absent"
