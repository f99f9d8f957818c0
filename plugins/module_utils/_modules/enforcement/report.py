# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a task of hosts_access_enforce returns."""

from typing import Any, Dict, List, Optional, Tuple

from ..._libwrap.analysis.sets_plain import plain_sets
from ..call import Call
from .plan import Plan
from .running import Running, findings, in_force

#: Of each family and set so many networks are returned; `count` has all.
_SHOWN = 1000


def result_of(
    call: Call,
    plan: Plan,
    running: Dict[str, Running],
    changed: bool,
    warnings: List[str],
    backups: Optional[List[str]] = None,
) -> Dict[str, Any]:
    """The result, as RETURN has it; the warnings are told."""
    for warning in plan.warnings + warnings:
        call.warn(warning)
    services = []
    for one in plan.planned:
        row = dict(plain_sets(one.sets, _SHOWN), daemon=one.access.daemon, ports=list(one.access.ports))
        row.update(protocol=one.access.protocol, target=one.target, in_force=in_force(running, one.target, one.access))
        services.append(row)
    result: Dict[str, Any] = {
        "changed": changed,
        "dialect": plan.tables.dialect.name,
        "services": services,
        "findings": findings(running),
        "backup_files": backups or [],
    }
    if call.diff:
        result["diff"] = diff_of(plan)
    return result


def diff_of(plan: Plan) -> List[Dict[str, str]]:
    """What changes in the files of a filter."""
    return [_diff(change.state.path, change.state.data, change.data) for change in plan.changes]


def _diff(path: str, before: Optional[bytes], after: Optional[bytes]) -> Dict[str, str]:
    texts: Tuple[str, ...] = tuple(
        "" if data is None else data.decode("utf-8", "backslashreplace") for data in (before, after)
    )
    return {"before_header": path, "after_header": path, "before": texts[0], "after": texts[1]}
