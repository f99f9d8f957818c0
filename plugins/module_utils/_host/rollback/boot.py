# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The command that undoes what waited when the system went down."""

import os
import time

from .clocks import TICK
from .deadlines import remaining
from .ending import end, is_watched
from .host_lock import try_lock
from .log import log
from .names import CONFIRMED, PENDING
from .store import Store
from .watch import watch


def boot(path: str, running: bool = False) -> int:
    """Undo every change that waited when the system went down; what cannot be undone now is tried again in the
    background. `running`: the system may have started long ago, and a run may be at work.
    """
    try:
        store = Store(path, swept=True)
    except FileNotFoundError:
        return 0
    with store:
        lock = try_lock() if running else None
        for token, state in store.changes():
            if is_watched(store, token) or (running and _is_at_work(store, token, lock is None)):
                continue
            problem = end(store, token)
            if problem:
                log(
                    "change %s cannot be undone yet, and this is tried again until it can: %s" % (token, problem),
                    error=True,
                )
                _watch_detached(path, token)
            elif state != CONFIRMED:
                log("change %s was not confirmed: the old files are back" % token)
        lock = try_lock() if lock is None else lock
        if lock is not None:
            store.tidy()
            os.close(lock)
    return 0


def _is_at_work(store: Store, token: str, locked: bool) -> bool:
    """Whether a run that has the lock may still begin or end a change by itself, or a watchdog takes over now."""
    try:
        if locked:
            return remaining(store, token, store.record(token, store.state(token) or PENDING)) > 0
    except FileNotFoundError:
        return True
    time.sleep(10 * TICK)
    return is_watched(store, token)


def _watch_detached(path: str, token: str) -> None:
    if os.fork():
        return
    try:
        os.setsid()
        watch(path, token)
    finally:
        os._exit(0)
