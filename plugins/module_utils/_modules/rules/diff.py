# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a change does, for the task's result and its diff."""

from time import process_time
from typing import Any, Dict, List, Optional

from ..._libwrap.errors import HostsAccessError
from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import escape_text
from .reading import attributes_for

# how many seconds it may take to tell who gains and who loses: for the report, and where the task is refused for it
PATIENCE = 5
PATIENCE_ASKED = 60


def find_changes(before: Policy, after: Policy, warnings: List[str], asked: bool = False) -> Optional[List[Any]]:
    """The sets of requests that change hands between the tables as they are and as they would be; None and a warning
    where they cannot be told.

    `asked`: the task itself rests on them, so that they may take longer.
    """
    from ..._libwrap.analysis.patience import Patience

    try:
        patience = Patience(PATIENCE_ASKED if asked else PATIENCE, process_time)
        return list(before.compare(after, patience))
    except HostsAccessError as error:
        warnings.append(
            "access_changes is empty, because the effect of the change could not be determined: %s." % error
        )
        return None


def describe_change(change: Any) -> Dict[str, Any]:
    """One change as a plain mapping."""
    told: Dict[str, Any] = change.as_dict()
    told["witness"].pop("pid", None)
    return told


def make_diff(task: Any, access_changes: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Both tables' texts, their owners and modes, and who gains or loses what: only what changes."""
    diff: List[Dict[str, Any]] = []
    tables, plan = task.tables, task.plan
    for state, before, after in (
        (tables.allow, plan.allow_before, plan.allow_after),
        (tables.deny, plan.deny_before, plan.deny_after),
    ):
        if before != after:
            diff.append(
                {
                    "before_header": state.path,
                    "after_header": state.path,
                    "before": escape_text(before or b""),
                    "after": escape_text(after or b""),
                }
            )
        if after is None:
            continue
        old = _attributes(state.uid, state.gid, state.mode) if state.kind == "file" else ""
        new = _attributes(
            *[
                there if wanted is None else wanted
                for wanted, there in zip(attributes_for(task, state), (state.uid, state.gid, state.mode))
            ]
        )
        if old != new:
            header = state.path + " (owner and mode)"
            diff.append({"before_header": header, "after_header": header, "before": old, "after": new})
    if access_changes:
        diff.append(
            {
                "prepared": "who gains and who loses:\n"
                + "".join(
                    "%s: %s: %s -> %s\n" % (change["daemon"], change["clients"], change["before"], change["after"])
                    for change in access_changes
                )
            }
        )
    return diff


def _attributes(uid: Any, gid: Any, mode: Any) -> str:
    return "owner %s, group %s, mode %s\n" % (uid, gid, "unchanged" if mode is None else "0%03o" % mode)
