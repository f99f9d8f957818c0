# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""When a record is written among the files that it tells of, so that a run that dies anywhere can be undone."""

from typing import Any, Dict, List, Sequence, Tuple

from ..._host.files.commit import Move, NewFile


def noted(
    record: Sequence[NewFile], number: int, there: Sequence[Move], back: Sequence[Move]
) -> Tuple[List[Move], List[Move]]:
    """Both ways with the record's own move. `record`: it alone, or nothing; `number`: its place among the files of the
    change.

    What is about to be changed is written down first, and what is undone is forgotten last.
    """
    there, back = list(there), list(back)
    for item in record:
        move, again = Move(number, item.data), Move(number, item.state.data)
        if len(item.data or b"") >= len(item.state.data or b""):
            there, back = [move] + there, back + [again]
        else:
            there, back = there + [move], [again] + back
    return there, back


def told(record: Sequence[Any]) -> List[Dict[str, str]]:
    """The record in a diff: that it changes, and nothing of what it holds. `record`: its state and new data, or
    nothing.
    """
    return [
        {
            "prepared": "%s: %s\n"
            % (
                item.state.path,
                "removed, for nothing is left to undo" if item.data is None else "written, to undo this",
            )
        }
        for item in record
    ]
