# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The run of hosts_access_enforce: plan, guard, check with the programs, write as one change, load, look, report."""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..._backends.translate import NFTABLES
from ..._host.files.pending import Pending
from ..._libwrap.policy import Policy
from ..call import Call
from ..errors import TaskError, run_safely, short_invocation
from ..lockout.confirmation import confirm_if_asked, describe_pending, timeout_of, token_of, why_unconfirmed
from ..lockout.turn import Turn
from ..proofs.assertions import check_assertions, describe
from ..proofs.prover import Prover
from .guard import Kept, check_kept
from .listening import listening
from .options import EnforceArguments, argument_spec
from .plan import Plan, make_plan
from .report import result_of
from .running import Running, all_in_force, look
from .write import check_texts, write


WAITS = "A change of another run waits to be confirmed or undone."


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Enforce, or take away. Raises TaskError and the errors of the layers; then nothing was changed."""
    arguments = EnforceArguments(call.params)
    confirmed = confirm_if_asked(arguments)
    if confirmed is not None:
        return confirmed
    plan = make_plan(arguments, listening)
    _prove(arguments, plan)
    running = look(plan.tables.root, plan.wanted)
    waiting = Pending(plan.tables.root).left()  # what is in force now may be undone
    warnings = [WAITS] if waiting and call.check_mode else []
    if _is_done(plan, running) and (call.check_mode or not waiting):
        return result_of(call, plan, running, False, warnings)
    if not _is_done(plan, running):
        check_texts(plan)
        kept = check_kept(arguments, plan)
        if call.check_mode:
            result = result_of(call, plan, running, True, kept.warnings + warnings)
            result["lockout"] = _lockout(arguments, kept, plan, False)
            return result
    with Turn(plan.tables.root) as turn:
        plan = make_plan(arguments, listening)
        if waiting:
            running = look(plan.tables.root, plan.wanted)
            if _is_done(plan, running):
                return result_of(call, plan, running, False, turn.warnings)
            check_texts(plan)
        kept = check_kept(arguments, plan)
        written = write(arguments, plan, timeout_of(arguments, kept.guarded))
    result = result_of(call, plan, written.running, True, kept.warnings + turn.warnings, written.backups)
    result["lockout"] = _lockout(arguments, kept, plan, True)
    return result


def _is_done(plan: Plan, running: Dict[str, Running]) -> bool:
    """Whether all is as the task wants it."""
    return not plan.changes and all_in_force(running)


def _prove(arguments: EnforceArguments, plan: Plan) -> None:
    """TaskError where the policy itself does not meet an assertion."""
    if plan.policy is None:
        return
    policy = Policy(plan.policy.allow.source, plan.policy.deny.source, plan.policy.dialect, plan.policy.lookups)
    prover = Prover(policy)
    for assertion in check_assertions(arguments.assertions, "assertions"):
        item = prover.answer(assertion)
        if item.met is False:
            raise TaskError(
                "assertions[%d], %s is %s: nothing was written."
                % (assertion.number, describe(assertion), item.decision.access)
            )


def _lockout(arguments: EnforceArguments, kept: Kept, plan: Plan, changed: bool) -> Dict[str, Any]:
    why = why_unconfirmed(arguments, kept.guarded)
    found = describe_pending(kept.guarded, why, changed and not why, token_of(arguments))
    return dict(found, filter=bool(plan.wanted.get(NFTABLES))) if found["pending"] else found
