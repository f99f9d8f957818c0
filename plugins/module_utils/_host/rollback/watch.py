# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The command that watches one change."""

import os
import signal
from typing import List

from .log import log
from .store import Store
from .watchdog import Watchdog

# by which somebody ends a program: without an undo the change would stay, for systemd takes some of them for a clean end
_ENDING = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGXCPU,
)


def watch(path: str, token: str, unit: bool = False) -> int:
    """The watchdog of one change. As a unit of systemd that is confined it leaves the change to the next way to start it."""
    if unit and is_confined():
        log("a unit of systemd has less rights here than process 1, so it does not watch change %s" % token)
        return 2
    _protect()
    try:
        store = Store(path, swept=True)
    except FileNotFoundError:
        return 0
    with store:
        watchdog = Watchdog(store, token)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in _ENDING:
            signal.signal(number, lambda given, _frame: watchdog.ended.append(given))
        watchdog.run()
    return 0


def is_confined() -> bool:
    """Whether this process has other namespaces than process 1, fewer capabilities, or more filters of system calls: an
    undo may need what it has not (systemd.exec(5)).
    """
    try:
        for kind in ("mnt", "net", "pid", "user"):
            own = "/proc/self/ns/" + kind
            if os.path.lexists(own) and os.readlink(own) != os.readlink("/proc/1/ns/" + kind):
                return True
        return _rights("self") != _rights("1")
    except OSError:
        return True


def _rights(pid: str) -> List[bytes]:
    with open("/proc/%s/status" % pid, "rb") as stream:
        return [line for line in stream if line.startswith((b"CapEff:", b"Seccomp"))]


def _protect() -> None:
    """Nobody is helped if memory runs out and the watchdog goes first."""
    try:
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("-1000")
    except OSError:
        return
