# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A program that lets the operator in, and that would read with this task what somebody else has changed: no rollback of
the task takes that back.
"""

from typing import List

from ..arguments import LockoutArguments
from ..errors import TaskError


def refuse_unread(arguments: LockoutArguments, text: str) -> List[str]:
    """The warning of such a change; `text` says what was changed, who has not read it, and what to do. Raises TaskError
    with the strict guard, and then nothing was written.
    """
    if arguments.lockout_guard == "strict":
        raise TaskError("lockout_guard: nothing was written, for %s. lockout_guard: warn accepts that." % text)
    return [] if arguments.lockout_guard == "disabled" else [text + "."]
