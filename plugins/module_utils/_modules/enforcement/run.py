# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The run of hosts_access_enforce: plan, guard, check with the programs, write as one change, load, look, report."""

import os
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule

from ..._backends import boot, sshd
from ..._backends.translate import NFTABLES, SSHD
from ..._host.errors import HostError
from ..._host.files.commit import Committed, Move, NewFile, Options, commit
from ..._host.files.files import make_folder, remove_folder
from ..._host.files.rollback import reload_all
from ..._host.system import commands
from ..._host.system.commands import find_program
from ..._host.system.enforcers import nft_load, nft_problem, nft_remove, sshd_problem
from ..._libwrap.policy import Policy
from ..call import Call
from ..errors import TaskError, run_safely, short_invocation
from ..lockout.guard import describe_guarded
from ..lockout.confirmation import Turn, confirm_if_asked, timeout_of, token_of, why_unconfirmed
from ..proofs.assertions import check_assertions, describe
from ..proofs.prover import Prover
from .guard import Kept, check_kept
from .listening import listening
from .options import argument_spec
from .plan import Plan, make_plan
from .report import result_of
from .running import Running, all_in_force, findings, look


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Enforce, or take away. Raises TaskError and the errors of the layers; then nothing was changed."""
    params = call.params
    confirmed = confirm_if_asked(params)
    if confirmed is not None:
        return confirmed
    plan = make_plan(params, listening)
    _prove(params, plan)
    running = look(plan.tables.root, plan.wanted)
    if not plan.changes and all_in_force(running):
        return result_of(call, plan, running, False, [])
    kept = check_kept(params, plan)
    _check_texts(plan)
    if call.check_mode:
        result = result_of(call, plan, running, True, kept.warnings)
        result["lockout"] = _lockout(params, kept, False)
        return result
    with Turn(plan.tables.root) as turn:
        plan = make_plan(params, listening)
        kept = check_kept(params, plan)
        done = _write(params, plan, kept)
        running = look(plan.tables.root, plan.wanted)
        _check_running(params, plan, kept, running)
    result = result_of(call, plan, running, True, kept.warnings + turn.warnings, done.backups)
    result["lockout"] = _lockout(params, kept, bool(plan.changes))
    return result


def _prove(params: Dict[str, Any], plan: Plan) -> None:
    """TaskError where the policy itself does not meet an assertion."""
    if plan.policy is None:
        return
    policy = Policy(plan.policy.allow.source, plan.policy.deny.source, plan.policy.dialect, plan.policy.lookups)
    prover = Prover(policy)
    for assertion in check_assertions(params["assertions"], "assertions"):
        item = prover.answer(assertion)
        if item.met is False:
            raise TaskError(
                "assertions[%d], %s is %s: nothing was written."
                % (assertion.number, describe(assertion), item.decision.access)
            )


def _check_texts(plan: Plan) -> None:
    """TaskError where a program would not take its text. Nothing was written."""
    if not plan.tables.root.is_host:
        return
    for change in plan.changes:
        if change.data is None:
            continue
        text = change.data.decode("utf-8")
        problem = ""
        if change.state.path == boot.RULES:
            problem = nft_problem(text)
        elif change.state.path == sshd.DROPIN:
            problem = sshd_problem(text)
        if problem:
            raise TaskError(
                "nothing was written, for the program that shall read %s refuses it: %s" % (change.state.path, problem)
            )


def _write(params: Dict[str, Any], plan: Plan, kept: Kept) -> Committed:
    """All files as one change, read at once by the programs."""
    if not plan.changes:
        _load(plan, [NFTABLES, SSHD])
        return Committed([], [])
    root = plan.tables.root
    files = [NewFile(one.state, one.data, 0, 0, one.mode) for one in plan.changes]
    if not root.is_host:
        files = [item._replace(uid=None, gid=None) for item in files]
    there = [Move(number, item.data) for number, item in enumerate(files)]
    back = [Move(number, item.state.data) for number, item in enumerate(files)][::-1]
    folders = sorted(set(os.path.dirname(one.state.real_path) for one in plan.changes))
    made = [
        folder
        for folder in sorted(set(os.path.dirname(one.state.path) for one in plan.changes if one.data is not None))
        if make_folder(root, folder)
    ]
    words = plan.words if root.is_host else []
    timeout = timeout_of(params, kept.guarded)
    options = Options(token_of(params), timeout, params["backup"], params["backup_keep"], words, _own_folders(folders))
    try:
        done = commit(root, files, there, back, options)
    except BaseException:
        for folder in made:
            remove_folder(root, folder)
        raise
    if root.is_host:
        _load(plan, words)
    return done


def _own_folders(folders: List[str]) -> List[str]:
    """Folders that go when nothing is left in them: those of drop-ins, never the system's own."""
    return [folder for folder in folders if folder.endswith(".d") and "/systemd/" in folder]


def _load(plan: Plan, words: List[str]) -> None:
    """Let each program read its file. Raises TaskError where one does not."""
    if "systemd" in words:
        reload_all(["systemd"])
    if NFTABLES in words:
        problem = nft_load(boot.RULES) if plan.wanted[NFTABLES] else nft_remove()
        if problem:
            raise TaskError("nft did not load %s: %s. %s" % (boot.RULES, problem, _AFTERWARDS))
        _start_unit(bool(plan.wanted[NFTABLES]))
    if SSHD in words:
        reload_all(["sshd"])


_AFTERWARDS = "Where a confirmation is waited for, the host puts everything back by itself; run the task with state: absent otherwise."


def _start_unit(wanted: bool) -> None:
    """systemd knows the unit as active from now on, so that it stays so; a failure is seen by what is in force."""
    program = find_program("systemctl")
    if program is None or not os.path.isdir("/run/systemd/system"):
        return
    try:
        commands.run([program, "--no-block", "start" if wanted else "stop", boot.UNIT], timeout=30)
    except HostError:
        return


def _check_running(params: Dict[str, Any], plan: Plan, kept: Kept, running: Dict[str, Running]) -> None:
    """TaskError where a program does not do what its file says."""
    if all_in_force(running):
        return
    told = "; ".join(one["message"].rstrip(".") for one in findings(running)[:3])
    waits = bool(plan.changes) and not why_unconfirmed(params, kept.guarded)
    raise TaskError(
        "the filter was written and is not in force: %s. %s"
        % (
            told,
            "The host puts everything back by itself."
            if waits
            else "Run the task with state: absent, or look who changes the filter.",
        ),
        findings=findings(running),
    )


def _lockout(params: Dict[str, Any], kept: Kept, changed: bool) -> Dict[str, Any]:
    why = why_unconfirmed(params, kept.guarded)
    return dict(describe_guarded(kept.guarded), pending=changed and not why, confirmation=why or "a new connection")
