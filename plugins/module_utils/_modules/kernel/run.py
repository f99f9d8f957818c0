# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module harden_kernel: the kernel's own defences, for now and for the next start, and back."""

import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..._host.files.commit import Move, NewFile, Options, commit
from ..._host.errors import HostError
from ..._host.files.files import make_folder, read, remove_folder
from ..._host.system.kernel_settings import set_settings
from ..._host.files.root import Root
from ..errors import run_safely, short_invocation
from ..lockout.turn import Turn
from .plan import MODE, PATH, KernelArguments, KernelPlan, argument_spec, changes, make_plan
from ..record.moves import noted, told


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Plan, write, set. Raises TaskError or HostError; then nothing was changed."""
    arguments = KernelArguments(call.params)
    root = Root(arguments.root)
    plan = make_plan(arguments, root)
    if changes(plan) and not call.check_mode:
        with Turn(root) as turn:
            plan = make_plan(arguments, root)
            _write(root, plan, arguments.state == "absent")
        for warning in turn.warnings:
            call.warn(warning)
    return {
        "changed": changes(plan),
        "told": _listed(plan.then).splitlines(),
        "diff": _diff(plan) + told([plan.record] if plan.record else []),
    }


def _write(root: Root, plan: KernelPlan, undoing: bool) -> None:
    """What is told to the kernel is written down first, and forgotten last. Where one of both fails, the other is taken
    back.
    """
    if undoing:
        set_settings(plan.then)
        try:
            _commit(root, plan)
        except BaseException:
            set_settings(plan.now)
            raise
        return
    _commit(root, plan)
    try:
        set_settings(plan.then)
    except HostError:
        record = plan.record and plan.record._replace(
            state=read(root, plan.record.state.path), data=plan.record.state.data
        )
        _commit(root, plan._replace(state=read(root, PATH), data=plan.state.data, record=record))
        raise


def _commit(root: Root, plan: KernelPlan) -> None:
    """The drop-in and the record as one change."""
    folder = os.path.dirname(PATH)
    files: List[NewFile] = []
    if plan.data != plan.state.data:
        if plan.data is not None:
            make_folder(root, folder)
        files.append(NewFile(plan.state, plan.data, None, None, MODE))
    record = [] if plan.record is None else [NewFile(plan.record.state, plan.record.data, None, None, 0o600)]
    there, back = noted(
        record,
        len(files),
        [Move(number, item.data) for number, item in enumerate(files)],
        [Move(number, item.state.data) for number, item in enumerate(files)],
    )
    # whether the drop-in goes or could not be written: the folder goes where it was made for it alone
    try:
        commit(root, files + record, there, back, Options(os.urandom(16).hex(), None, False, 1, ()))
    finally:
        if plan.folder:
            remove_folder(root, folder)


def _diff(plan: KernelPlan) -> List[Dict[str, str]]:
    """What becomes ours, or was: somebody else's file is never shown."""
    diff = []
    if plan.data != plan.state.data:
        diff.append(
            {"before_header": PATH, "after_header": PATH, "before": _shown(plan.state.data), "after": _shown(plan.data)}
        )
    if plan.then:
        diff.append(
            dict(
                [
                    ("before_header", "the running kernel"),
                    ("after_header", "the running kernel"),
                    ("before", _listed(plan.now)),
                    ("after", _listed(plan.then)),
                ]
            )
        )
    return diff


def _shown(data: Any) -> str:
    if data is None:
        return ""
    ours = data.startswith(b"# Written by the role portcullis.tcp_wrappers.harden.\n")
    return str(data.decode("ascii", "backslashreplace")) if ours else "(a file of another's, %d bytes)\n" % len(data)


def _listed(settings: Dict[str, str]) -> str:
    return "".join("%s = %s\n" % (name, settings[name]) for name in sorted(settings))
