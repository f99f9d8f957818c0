# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""An end to waiting for a host."""

from __future__ import annotations

import contextlib
import signal
from typing import Iterator


class OutOfTime(BaseException):
    """A host took longer than it may. It is no Exception, so that nothing that a connection catches hides it."""


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise OutOfTime in a block that takes longer than so many seconds; 0 is without end. In the main thread of a
    process, as Ansible's workers are.
    """
    if not seconds:
        yield
        return

    def ring(_signal, _frame):
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, ring)
    try:
        try:
            signal.alarm(seconds)
            yield
        finally:
            signal.alarm(0)
    finally:
        signal.signal(signal.SIGALRM, before)
