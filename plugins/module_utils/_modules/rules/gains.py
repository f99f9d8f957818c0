# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""`forbid_gains`: a change that lets anybody new in fails before anything is written."""

from typing import Any, Dict, List, Optional, Sequence, Union

from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import escape
from .diff import describe_change
from ..errors import TaskError

_SHOWN = 3  # gains in the message; all are in the result


def check_gains(
    forbidden: Union[bool, List[str]], changes: Optional[Sequence[Any]], after: Policy, paths: Dict[str, str]
) -> None:
    """Fail where a change lets anybody in who was refused. `changes`: None where they could not be told. Raises
    TaskError.
    """
    if not forbidden:
        return
    if changes is None:
        raise TaskError(
            "forbid_gains: nothing was written. Which clients gain access could not be determined, because the "
            "wildcards of these rules combine in too many ways."
        )
    gains = [change for change in changes if _gains(change) and _concerns(change, forbidden)]
    if not gains:
        return
    told = "; ".join(
        "%s from %s would go from %s to %s%s, for instance %s"
        % (
            change.daemon,
            change.clients,
            change.before,
            change.after,
            _by(after.decide(_witness(change, forbidden)), paths),
            change.witness.address,
        )
        for change in gains[:_SHOWN]
    )
    more = "; and %d more" % (len(gains) - _SHOWN) if len(gains) > _SHOWN else ""
    raise TaskError(
        "forbid_gains: nothing was written. The change would let somebody new in: %s%s. Take these clients out of the "
        "rules; or, where they shall get in, run this change once with forbid_gains: false." % (told, more),
        gains=[describe_change(change) for change in gains],
    )


def _gains(change: Any) -> bool:
    """Whether somebody may get more than before: refused for sure, then refused perhaps, then handed to a program, then
    granted.
    """
    before, after = _rank(change.before), _rank(change.after)
    return after > before or after == before and after % 2 == 1  # what it depends on is another thing now


def _rank(said: str) -> int:
    access = said.partition(" ")[0]
    sure = access == said
    if access in ("denied", "aborted"):
        return 0 if sure else 1
    return {"delegated": 2, "granted": 4}.get(access, 4) - (0 if sure else 1)


def _concerns(change: Any, forbidden: Union[bool, List[str]]) -> bool:
    return forbidden is True or any(change.matches(change.witness.replace(daemon=name)) for name in forbidden or ())


def _witness(change: Any, forbidden: Union[bool, List[str]]) -> Any:
    """The set's example, of a daemon that the task names."""
    for name in forbidden if isinstance(forbidden, list) else ():
        request = change.witness.replace(daemon=name)
        if change.matches(request):
            return request
    return change.witness


def _by(decision: Any, paths: Dict[str, str]) -> str:
    if decision.table is None:
        return ", for no rule matches"
    return ", by %s line %s, '%s'" % (
        paths[decision.table],
        decision.line,
        escape(decision.rule_object.raw.replace(b"\\\n", b"").rstrip(b"\r\n")),
    )
