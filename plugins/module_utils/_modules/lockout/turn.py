# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A module that writes waits for its turn."""

import time
from types import TracebackType
from typing import List, Optional, Type

from ..._host.errors import HostError
from ..._host.files.locks import Lock
from ..._host.files.pending import Pending
from ..._host.files.root import Root

_PATIENCE = 600.0  # seconds to wait for other runs' changes to be confirmed or undone


class Turn:
    """`with Turn(root) as turn:` nobody else of this collection writes, and no change of an earlier run waits.

    A change that is still watched is waited for; one that nobody watches any more is undone. `turn.warnings` says so.
    """

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = Lock(root)
        self.warnings: List[str] = []

    def __enter__(self) -> "Turn":
        pending = Pending(self._root)
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._lock.__enter__()
            try:
                if pending.settle_old():
                    self.warnings.append("A change of an earlier run that was never confirmed has been undone first.")
                if not pending.waiting():
                    return self
            except BaseException:
                self._lock.release()
                raise
            self._lock.release()
            if time.monotonic() > deadline:
                raise HostError(
                    "changes of other runs have waited for %d seconds to be confirmed or undone: the log of the "
                    "host (portcullis) gives the reason. Remove it, and run the task again." % _PATIENCE
                )
            time.sleep(0.2)

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._lock.release()
