# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""When a change must be undone."""

from typing import Any, Dict

from .clocks import boot_id, now
from .names import MOVING
from .store import Store

PREPARATION = 30.0  # seconds that a run may take, beside its time-out, until its first rename


def remaining(store: Store, token: str, record: Dict[str, Any]) -> float:
    """Seconds until a change must be undone: its time-out counts from its first rename. 0 where the system has started
    again since.
    """
    started = boot_id()
    if started and record["boot"] and started != record["boot"]:
        return 0.0
    try:
        moving = store.read(token + "." + MOVING).decode("ascii")
        most, end_of_time = float(record["timeout"]), float(moving or record["end"])
    except FileNotFoundError:
        most, end_of_time = record["timeout"] + PREPARATION, record["end"]
    except ValueError:
        return 0.0
    left = end_of_time - now()
    return min(most, left) if left > 0 else 0.0  # no number is over, too
