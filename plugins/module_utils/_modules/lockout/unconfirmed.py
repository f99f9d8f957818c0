# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What only a new connection would show: a rule that grants, with an option that can keep the operator out all the same.

Where the change takes effect at once, nobody would find out, and nothing would undo it.
"""

from typing import Dict, List

from ..._libwrap.decision import Decision
from ..._libwrap.options import Option, parse_options
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import Guarded, describe_guarded, is_judged

# measured: libwrap waits for a command, and sends a banner before the daemon is asked; the others change what serves
_CAN_KEEP_OUT = (b"spawn", b"banners", b"setenv", b"user", b"group")


def check_unconfirmed(
    arguments: LockoutArguments, guarded: Guarded, why: str, before: Policy, after: Policy
) -> List[str]:
    """Warnings about new rules that let an operator in and run something first; `why` no new connection confirms them,
    "" where one does: then only a command that each connection waits for is one.

    Raises TaskError with the strict guard, and then nothing was written. A rule that let them in before is trusted.
    """
    if not is_judged(arguments, guarded):
        return []
    if not why:
        return _waits(guarded, before, after, arguments.paths)
    doubts: Dict[str, None] = {}
    for request in guarded.requests:
        text = _doubt(request, before, after, arguments.paths)
        if text:
            doubts[text] = None
    if doubts and arguments.lockout_guard == "strict":
        raise TaskError(
            "lockout_guard: nothing was written. With the new tables, %s. No new connection would show that (%s). Leave "
            "the option out of the rule for the operators, or set lockout_guard: warn." % ("; ".join(doubts), why),
            lockout=dict(describe_guarded(guarded), refused=[], uncertain=list(doubts)),
        )
    return ["With the new tables, %s." % doubt for doubt in doubts]


def _waits(guarded: Guarded, before: Policy, after: Policy, paths: Dict[str, str]) -> List[str]:
    """A warning where each connection of an operator waits for a command. One that never ends is undone like any other
    rule that keeps the operator out, but the connections that wait for it stay.
    """
    for request in guarded.requests:
        decision = after.decide(request)
        for option in _new_options(request, decision, before, after):
            if option.name == b"spawn" and not (option.value or b"").rstrip().endswith(b"&"):
                return [
                    "%s, and libwrap waits for the command of spawn. End it with '&': if it does not end, the "
                    "connections that wait for it use up the MaxStartups of sshd, also after a rollback."
                    % _let_in(request, decision, paths)
                ]
    return []


def _doubt(request: Request, before: Policy, after: Policy, paths: Dict[str, str]) -> str:
    """What may keep a client out that is granted, or ""."""
    decision = after.decide(request)
    options = _new_options(request, decision, before, after)
    risky = [option.name.decode("ascii") for option in options if option.name in _CAN_KEEP_OUT]
    if not risky:
        return ""
    return "%s, whose option %s can still keep it out" % (_let_in(request, decision, paths), " and ".join(risky))


def _new_options(request: Request, decision: Decision, before: Policy, after: Policy) -> List[Option]:
    """The options of the rule that lets a client in; none of a rule that let it in before."""
    rule = decision.rule_object
    if not decision.granted or rule is None or rule.option_field is None:
        return []
    then = before.decide(request)
    if then.granted and then.rule == decision.rule:
        return []
    if after.dialect.extended_options:
        return list(parse_options(rule.option_field, after.dialect))
    return [Option(b"spawn", rule.option_field, None)]  # where there are no options, the field is a command


def _let_in(request: Request, decision: Decision, paths: Dict[str, str]) -> str:
    return "%s from %s is let in by %s line %s, '%s'" % (
        request.daemon,
        request.address,
        paths[decision.table or "allow"],
        decision.line,
        decision.rule,
    )
