# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What every hosts_access task does with its assertions and its texts, whether it changes something or not."""

from typing import Any, Dict

from .reading import Task


def prove_assertions(task: Task) -> None:
    """Hold the task's assertions against the tables as they would be. Raises TaskError."""
    if task.params["assertions"]:
        from ..proofs.report import check_proved

        check_proved(task.plan, task.tables, task.params["assertions"])


def add_text(task: Task, result: Dict[str, Any]) -> Dict[str, Any]:
    """The result with the resulting texts, where the task asks for them."""
    if task.params["return_text"]:
        from ..._libwrap.edit.report import escape_text

        result["allow_text"] = escape_text(task.plan.allow_after or b"")
        result["deny_text"] = escape_text(task.plan.deny_after or b"")
    return result
