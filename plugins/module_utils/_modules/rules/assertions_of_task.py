# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What every hosts_access task does with its assertions and its texts, whether it changes something or not."""

from typing import Any, Dict, List, Optional

from .reading import Task


class Services:
    """Everything that accepts connections on a task's host, looked for once, and not before somebody asks for it."""

    def __init__(self, task: Task) -> None:
        self._root = task.tables.root
        self._dialect = task.tables.dialect.name
        self._found: Optional[List[Any]] = None

    def all(self) -> List[Any]:
        """The Listeners of services/listener.py."""
        if self._found is None:
            from ..services.coverage import survey

            self._found = survey(self._root, self._dialect)
        return self._found


def prove_assertions(task: Task, policies: Any = None) -> None:
    """Hold the task's assertions against the tables as they would be; `policies`: Policies of this run. Raises
    TaskError.
    """
    if task.arguments.assertions:
        from ..proofs.report import check_proved
        from .policies import Policies

        prover = (policies or Policies(task.tables)).prover(task.plan.allow_after, task.plan.deny_after)
        check_proved(prover, task.tables, task.arguments.assertions)


def check_who_asks(
    task: Task, services: Services, changing: bool, warnings: List[str], policies: Any = None
) -> List[Dict[str, Any]]:
    """Hold assertions against whoever asks, as the user that it asks as, and the task's rules against the names that
    are asked for; `policies` as in prove_assertions().

    Returns what is known of each daemon of an assertion. Raises TaskError, and then nothing was written.
    """
    arguments = task.arguments
    rules = changing and arguments.unenforced != "ignore" and arguments.state == "present" and bool(task.plan.wanted)
    if not (arguments.assertions or rules or (arguments.unenforced == "refuse" and task.plan.wanted)):
        return []
    from ..proofs.assertions import check_assertions
    from ..proofs.readers import prove_for_users
    from ..proofs.unenforced import daemons_of_rules, judge, tell
    from ..services.asked import installed_ones
    from .policies import Policies

    found = services.all()
    assertions = check_assertions(arguments.assertions, "assertions")
    installed = installed_ones(task.tables.root, found, [assertion.daemon for assertion in assertions])
    prove_for_users(task, assertions, found + installed, policies or Policies(task.tables))
    lines = [(rule.where, rule.table, rule.line) for rule in task.plan.wanted] if arguments.state == "present" else []
    judged = judge(task.tables.root, found, assertions, daemons_of_rules(lines, task.tables.dialect))
    tell(judged, arguments.unenforced, warnings)
    return judged.report()


def add_text(task: Task, result: Dict[str, Any]) -> Dict[str, Any]:
    """The result with the resulting texts, where the task asks for them."""
    if task.arguments.return_text:
        from ..._libwrap.edit.report import escape_text

        result["allow_text"] = escape_text(task.plan.allow_after or b"")
        result["deny_text"] = escape_text(task.plan.deny_after or b"")
    return result
