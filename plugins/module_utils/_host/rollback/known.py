# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A change as it is read once, with the old bytes beside its record."""

import base64
from typing import Any, Dict, List, NamedTuple, Optional

from .restoring import Step
from .store import Store


# a change as its record has it: what a watchdog has read once it needs not read again, whatever becomes of the files
class Known(NamedTuple):
    record: Dict[str, Any]
    steps: List[Step]
    filter: Optional[bytes]


def steps_of(store: Store, token: str, record: Dict[str, Any]) -> List[Step]:
    """The steps of a record, with the old bytes that are kept beside it."""
    steps = []
    for step in record["undo"]:
        item = record["files"][step["file"]]
        data = None if step["copy"] is None else store.read("%s.copy%d" % (token, step["copy"]))
        extended = dict((key, base64.b64decode(value)) for key, value in item["extended"].items())
        steps.append(
            Step(
                item["folder"],
                item["name"],
                data,
                (item["owner"][0], item["owner"][1], item["owner"][2]),
                extended,
                step["beside"],
                item["mounted"],
            )
        )
    return steps


def filter_of(store: Store, token: str, record: Dict[str, Any]) -> Optional[bytes]:
    """What the kernel's table was before the change, as a text for nft; None where the change is about no filter, or
    nobody could tell.
    """
    return None if record["filter"] is None else store.read("%s.copy%d" % (token, record["filter"]))


def known_of(store: Store, token: str, record: Dict[str, Any]) -> Known:
    """A change by its record and the old bytes beside it. Raises Refused where they are not ours."""
    return Known(record, steps_of(store, token, record), filter_of(store, token, record))
