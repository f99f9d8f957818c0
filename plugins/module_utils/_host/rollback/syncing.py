# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Let the disk have what was done, however long it takes: a busy one takes minutes, and who waits for it cannot be killed."""

import os
import time
from typing import Callable, Dict, List, Sequence

from .clocks import TICK
from .descriptors import open_folder
from .programs import ALIVE
from .restoring import READ, Step

_FIRST_LOOK = 0.002  # seconds; most disks are done by then


def sync_steps(steps: Sequence[Step], opener: Callable[[str], int] = open_folder) -> None:
    """Make the files of all steps, and their names, survive a power cut. Raises OSError."""
    opened: Dict[str, int] = {}
    descriptors = []
    try:
        for step in steps:
            try:
                if step.folder not in opened:
                    opened[step.folder] = opener(step.folder)
                if step.data is not None:
                    descriptors.append(os.open(step.name, READ, dir_fd=opened[step.folder]))
            except FileNotFoundError:
                continue  # nothing is left that could be lost
        sync(descriptors + list(opened.values()))
    finally:
        for descriptor in descriptors + list(opened.values()):
            os.close(descriptor)


def sync(descriptors: Sequence[int]) -> None:
    """fsync(2) of open files and folders, in this order, by a child process: this one shows meanwhile that it lives.
    Raises OSError.
    """
    try:
        child = os.fork()
    except OSError:  # no more processes
        for descriptor in descriptors:
            os.fsync(descriptor)
        return
    if not child:
        _sync_and_end(descriptors)
    wait = _FIRST_LOOK
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        ALIVE[0]()
        time.sleep(wait)
        wait = min(2 * wait, TICK)
    if status:
        error = os.WEXITSTATUS(status)  # 0 where a signal ended it
        raise OSError(error, os.strerror(error) if error else "the process that wrote to the disk was ended")


def _all_open() -> List[int]:
    try:
        return [int(name) for name in os.listdir("/proc/self/fd")]
    except OSError:
        return list(range(256))


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:
        return  # it was that of the listing


def _sync_and_end(descriptors: Sequence[int]) -> None:
    """What the child does. It keeps no lock of its parent, who may be killed while this waits."""
    status = 255
    try:
        for descriptor in _all_open():
            if descriptor > 2 and descriptor not in descriptors:
                _close(descriptor)
        for descriptor in descriptors:
            os.fsync(descriptor)
        status = 0
    except OSError as error:
        status = error.errno or status
    finally:
        os._exit(status)
