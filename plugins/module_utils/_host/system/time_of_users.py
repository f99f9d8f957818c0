# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How long /proc may take to tell what users other than root have mounted and mapped. Thousands of mounts in a
namespace of their own make each answer slow; who makes it slow loses the answers, and nobody else does.
"""

import os
import time
from contextlib import contextmanager
from typing import Dict, Iterator, Tuple

#: Processor seconds of one run for each user of a service, and for all people together. A usual answer takes 0.0001.
MAX_SECONDS = 5.0
# the users from here on are people, or of a range that a person may use (login.defs(5), subuid(5))
FIRST_PERSON = 1000

_spent: Dict[Tuple[int, str], float] = {}


def real_user(folder: str) -> int:
    """The user of a process, by its folder in /proc; -1 where it is gone. The owner of the folder says less: that of a
    process that may not be looked into is root.
    """
    try:
        with open(os.path.join(folder, "status"), "rb") as stream:
            return next((int(line.split()[1]) for line in stream if line.startswith(b"Uid:")), -1)
    except OSError:
        return -1


def has_time(folder: str, purse: str = "") -> bool:
    """Whether the user of a process has time left. A question whose answer protects somebody has a `purse` of its own,
    which no other question empties.
    """
    return _spent.get((_payer(folder), purse), 0.0) < MAX_SECONDS


def spend(folder: str, seconds: float, purse: str = "") -> None:
    """Count time of the user of a process; that of root is not counted."""
    payer = _payer(folder)
    if payer:
        _spent[payer, purse] = _spent.get((payer, purse), 0.0) + seconds


@contextmanager
def taking_time(folder: str) -> Iterator[None]:
    """Count what is done within as time of the user of a process."""
    start = time.process_time()
    try:
        yield
    finally:
        spend(folder, time.process_time() - start)


def _payer(folder: str) -> int:
    return min(real_user(folder), FIRST_PERSON)
