# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A change of other people's access that the task did not ask for.

Asked for is what the task's own rules decide, before or after, and what `default` decides where it is given. All else
may change only by a line of others that comes to life or dies: one without a newline at its end, or one in a table
whose layout changes.
"""

from typing import Any, Dict, FrozenSet, List, Set

from .policies import Policies
from ..._libwrap.edit.blocks import DIVIDER, Entry, read_entries, terminated
from ..._libwrap.edit.changes import unread_meaning
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.edit.identity import RuleKey, is_catch_all, rule_key
from ..._libwrap.edit.layout import plain_rule
from ..._libwrap.lexer import RULE
from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import escape
from ..errors import TaskError
from .options import HostsAccessArguments
from .plan import TablesPlan
from .tables import Tables


def check_unasked(plan: TablesPlan, tables: Tables, policies: Policies, arguments: HostsAccessArguments) -> None:
    """Refuse a change that lets others in, or shuts them out, by a line that is not the task's. Raises TaskError."""
    ended = [unread for unread in plan.unread if not unread.kept]
    if not ended and DIVIDER not in (plan.allow_before or b""):
        return
    from ..._libwrap.analysis.compare import compare

    before, after = policies.of(plan.allow_before, plan.deny_before), policies.of(*plan.views)
    default = (
        arguments.default is not None
        or arguments.exclusive
        and arguments.deny is not None
        or arguments.unfinished_line == "complete"
    )
    paths = arguments.paths
    try:
        changes = compare(before, after, ((_own(before, plan, arguments), _own(after, plan, arguments)), bool(default)))
    except HostsAccessError as error:
        raise TaskError(
            "%sWhether that changes the access of other clients could not be determined: %s. Nothing was changed."
            % (_ending(ended, paths, tables), error)
        )
    if not changes:
        return
    change = changes[0]
    text = "%s from %s would go from %s to %s" % (change.daemon, change.clients, change.before, change.after)
    rules = [_rule(policy.decide(change.witness), paths) for policy in (before, after)]
    by = " and ".join(sorted(set(rule for rule in rules if rule)))
    raise TaskError(
        "%s%s%s, and no rule of the task asks for that. Nothing is changed. %s"
        % (
            _ending(ended, paths, tables),
            text,
            " (%s)" % by if by else "",
            "If it shall be so, set unfinished_line: complete; else put the line right first."
            if ended
            else "Put the tables right first, or keep the layout that they have.",
        )
    )


def _ending(ended: List[Any], paths: Dict[str, str], tables: Tables) -> str:
    return "".join(
        "%s, line %d, '%s', has no newline at its end, %s, and this task would end it or take it away. "
        % (paths[unread.table], unread.line, escape(unread.text), unread_meaning(unread.table, tables.dialect))
        for unread in ended
    )


def _rule(decision: Any, paths: Dict[str, str]) -> str:
    if decision.table is None:
        return ""
    return "%s line %s, '%s'" % (
        paths[decision.table],
        decision.line,
        escape(decision.rule_object.raw.replace(b"\\\n", b"").rstrip(b"\r\n")),
    )


def _own(policy: Policy, plan: TablesPlan, arguments: HostsAccessArguments) -> FrozenSet[Any]:
    """The rules of a policy that are the task's."""
    own: Set[Any] = set()
    keys: Dict[str, Set[RuleKey]] = {"allow": set(), "deny": set()}
    for rule in plan.wanted:
        keys[rule.table].add(rule.key)
    unread = set((line.table, line.line) for line in plan.unread if arguments.unfinished_line == "complete")
    for table in (policy.allow, policy.deny):
        name: str = table.name
        lines: Set[int] = set()
        for entry in read_entries(terminated(table.data, policy.dialect), policy.dialect, name):
            if entry.raw == DIVIDER:
                name = "deny"
            elif entry.kind == RULE and (
                (table.name, entry.number) in unread or _is_own(entry, name, keys[name], policy, arguments)
            ):
                lines.add(entry.number)
        own.update(rule for rule in table.rules if rule.line in lines)
    return frozenset(own)


def _is_own(entry: Entry, table: str, keys: Set[RuleKey], policy: Policy, arguments: HostsAccessArguments) -> bool:
    if arguments.block_name is not None:
        if entry.block == arguments.block_name:
            return True
    elif (arguments.allow if table == "allow" else arguments.deny) is not None and arguments.exclusive:
        return True
    elif (
        entry.key(policy.dialect) in keys
        or rule_key(plain_rule(entry.raw, table.encode("ascii")), policy.dialect) in keys
    ):
        return True
    return (
        table == "deny"
        and arguments.default is not None
        and entry.block is None
        and is_catch_all(entry.key(policy.dialect))
    )
