# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What only a new connection would show: a rule that grants, with an option that can keep the operator out all the same.

Where the change takes effect at once, nobody would find out, and nothing would undo it.
"""

from typing import Dict, List

from ..._libwrap.options import parse_options
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import Guarded, describe_guarded

# measured: libwrap waits for a command, and sends a banner before the daemon is asked; the others change what serves
_CAN_KEEP_OUT = (b"spawn", b"banners", b"setenv", b"user", b"group")


def check_unconfirmed(
    arguments: LockoutArguments, guarded: Guarded, why: str, before: Policy, after: Policy
) -> List[str]:
    """Warnings about new rules that let an operator in and run something first; `why` no new connection confirms them.

    Raises TaskError with the strict guard, and then nothing was written. A rule that let them in before is trusted.
    """
    if not why or arguments.lockout_guard == "disabled" or guarded.server is None or guarded.server.guarded is False:
        return []
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


def _doubt(request: Request, before: Policy, after: Policy, paths: Dict[str, str]) -> str:
    """What may keep a client out that is granted, or ""."""
    decision = after.decide(request)
    rule = decision.rule_object
    if not decision.granted or rule is None or rule.option_field is None:
        return ""
    named = [b"spawn"]  # where there are no options, the field is a command
    if after.dialect.extended_options:
        named = [option.name for option in parse_options(rule.option_field, after.dialect)]
    risky = [name.decode("ascii") for name in named if name in _CAN_KEEP_OUT]
    then = before.decide(request)
    if not risky or (then.granted and then.rule == decision.rule):
        return ""
    return "%s from %s is let in by %s line %s, '%s', whose option %s can still keep it out" % (
        request.daemon,
        request.address,
        paths[decision.table or "allow"],
        decision.line,
        decision.rule,
        " and ".join(risky),
    )
