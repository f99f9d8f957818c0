# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The proof that taking back what was done to the tables changes nothing else. Imported only where something is
written.
"""

from typing import List

from ..rules.policies import Policies
from ..._libwrap.analysis.between import surprises
from ..errors import TaskError
from .document import Record
from ..rules.tables import Tables
from .tables import Texts, undone_now


def prove_undo(tables: Tables, record: Record, policies: Policies) -> None:
    """Hold the undone tables against those before the first task and those of now: each request must be answered as by
    one of them. Raises TaskError.
    """
    told = _surprises(tables, record, policies)
    if told:
        raise TaskError(
            "nothing was undone: %s. Remove the declared rules by hand, and then remove %s." % (told, record.path)
        )


def warn_of_undo(tables: Tables, record: Record, policies: Policies, warnings: List[str]) -> None:
    """The same before further changes are made, as a warning."""
    told = _surprises(tables, record, policies)
    if told:
        warnings.append("Inspect the record that would undo this task: %s." % told)


def _surprises(tables: Tables, record: Record, policies: Policies) -> str:
    """What the undone tables would answer as neither those from before nor those of now do, in words; "" is a proof
    that there is nothing.
    """
    texts = undone_now(tables, record)
    if texts is None or texts[0] == texts[1]:
        return ""
    before, after = texts
    found = surprises(*[policies.of(allow, deny) for allow, deny in (before, _now(tables), after)])
    if not found:
        return ""
    shown = ["%s: %s: %s -> %s" % (change.daemon, change.clients, change.before, change.after) for change in found[:5]]
    return (
        "%s or %s was changed by others too, and without what was declared here they would answer as they neither do "
        "now nor did before: %s" % (tables.allow.path, tables.deny.path, "; ".join(shown))
    )


def _now(tables: Tables) -> Texts:
    return tables.allow.data, tables.deny.data
