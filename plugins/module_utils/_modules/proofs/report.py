# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Assertions held against a policy: each is answered, and proved where it speaks of more than one request."""

from typing import Any, Dict, List, Optional, Sequence

from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import escape
from ..._libwrap.request import Request
from ..._libwrap.printable import printable
from .assertions import ANY, Assertion, check_assertions, describe, meets
from ..errors import TaskError
from .prover import Answer, Prover
from ..rules.tables import Tables, path_of

#: Unmet expectations that are returned one by one.
MOST_UNMET = 100


def check_proved(prover: Prover, tables: Tables, assertions: Any) -> List[Answer]:
    """Prove a task's assertions against the tables as they would be. Raises TaskError naming each that does not hold."""
    answers = [prover.answer(assertion) for assertion in check_assertions(assertions, "assertions")]
    fail_unmet(
        [item for item in answers if item.met is False],
        len(answers),
        tables,
        "with the new tables, which were not written",
    )
    return answers


def answer(policy: Policy, assertion: Assertion) -> Answer:
    """What a policy says to one assertion; whoever has several keeps a Prover."""
    return Prover(policy).answer(assertion)


def fail_unmet(answers: Sequence[Answer], count: int, tables: Tables, when: str, **details: Any) -> None:
    """Raise TaskError where expectations, of `count`, are not met, with the rule that decides and a counterexample for
    a set. `when` says which tables are meant, where the rule does not. `details` go with it; `unmet` among them is
    how a module returns them, if it tells more of each.
    """
    if not answers:
        return
    lines = [explain(item, tables) for item in answers[:20]]
    if len(answers) > 20:
        lines.append("and %d more" % (len(answers) - 20))
    details.setdefault("unmet", [describe_answer(item, tables) for item in answers[:MOST_UNMET]])
    raise TaskError(
        "%d of %d %s hold%s: %s"
        % (
            len(answers),
            count,
            "assertion does not" if count == 1 else "assertions do not",
            when and " " + when,
            "; ".join(lines),
        ),
        **details,
    )


def explain(item: Answer, tables: Tables) -> str:
    """One unmet expectation in one sentence."""
    decision, assertion = item.decision, item.assertion
    text = "%s: expected %s, is %s" % (describe(assertion), assertion.expect, decision.access)
    if item.depends and meets(decision.access, assertion.expect or ""):
        return text + ", but this depends on %s" % ", ".join(item.depends)
    if decision.table is not None:
        text += " by %s line %s, '%s'" % (path_of(tables, decision.table), decision.line, _rule_text(decision))
    else:
        text += " because no rule matches" if decision.access == "granted" else ""
    if decision.reason:
        reason = decision.reason
        for name in ("allow", "deny"):
            reason = reason.replace("hosts.%s" % name, path_of(tables, name) or "")
        alone = decision.table is None and decision.access != "granted"
        text += (" because %s" if alone else " (%s)") % reason
    if item.view.hidden or item.view.files:
        text += ", since it is asked for as %s, who cannot read %s" % (
            item.view.user or "a user",
            " and ".join(_hidden_paths(item, tables)),
        )
    if item.view.untold:
        text += ", since %s never tells libwrap %s" % (assertion.daemon, " or ".join(item.view.untold))
    request = item.request
    found = (
        assertion.hostname == ANY
        and (request.hostname is not None or request.paranoid)
        or assertion.user == ANY
        and request.user is not None
    )
    if assertion.network is not None or found or request.server_address is not None or request.server_port is not None:
        text += ", for instance %s" % describe_request(request)
    return text


def describe_request(request: Request) -> str:
    """A request in a few words."""
    text = str(request.address)
    if request.paranoid:
        text += " whose name and address disagree"
    elif request.hostname is not None:
        text += " with the name %s" % request.hostname
    if request.user is not None:
        text += " as user %s" % request.user
    if request.server_address is not None:
        text += " to %s" % request.server_address
    if request.server_port is not None:
        text += " port %d" % request.server_port
    return text


def describe_answer(item: Answer, tables: Tables) -> Dict[str, Any]:
    """An answer as the modules return it."""
    decision = item.decision
    request = item.request.as_dict()
    request.pop("pid", None)
    return {
        "request": request,
        "expect": item.assertion.expect,
        "access": decision.access,
        "table": decision.table,
        "path": path_of(tables, decision.table),
        "line": decision.line,
        "rule": _rule_text(decision),
        "depends": list(item.depends),
        "enforced_by": None,
        "unreadable": _hidden_paths(item, tables),
        "met": item.met,
    }


def describe_otherwise(prover: Prover, item: Answer, tables: Tables) -> Optional[Dict[str, Any]]:
    """One client of a network that is answered differently from the answer that was given, or None where that is proved
    of none.
    """
    request = prover.otherwise(item)
    if request is None:
        return None
    told = describe_answer(item._replace(request=request, decision=prover.policy.decide(request)), tables)
    return dict((key, told[key]) for key in ("request", "access", "table", "path", "line", "rule", "depends"))


def _hidden_paths(item: Answer, tables: Tables) -> List[str]:
    hidden = [tables.allow.path if name == "allow" else tables.deny.path for name in item.view.hidden]
    return hidden + [printable(path) for path in item.view.files]


def _rule_text(decision: Any) -> Any:
    """The rule that decided, on one line, with what cannot be printed escaped."""
    if decision.rule is None:
        return None
    return escape(decision.rule.replace("\\\n", "").encode("utf-8", "surrogateescape"))
