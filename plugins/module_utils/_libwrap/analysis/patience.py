# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How long an analysis may take before it gives up; who asked says how long, and what is lost then."""

from typing import Callable, Optional

from ..errors import HostsAccessError

#: Between two looks at the clock: some milliseconds of work.
_STEPS = 256
#: Steps of a decision: some milliseconds where a file of hosts is long.
A_DECISION = 64


class Patience(object):
    """A limit on time. Work that is done in small steps spends them here.

    :param seconds: from now on.
    :param clock: tells the time in seconds, such as time.process_time; None is no limit.
    :param reason: why it takes so long, for the error.
    """

    __slots__ = ("seconds", "_clock", "_end", "_reason", "_steps")

    def __init__(
        self, seconds: float = 0, clock: Optional[Callable[[], float]] = None, reason: Optional[str] = None
    ) -> None:
        self.seconds = seconds
        self._reason = reason
        self._clock = clock
        self._end = 0.0 if clock is None else clock() + seconds
        self._steps = 0

    def spend(self, steps: int = 1) -> None:
        """Some steps were done.

        :raises HostsAccessError: the time is over.
        """
        self._steps += steps
        if self._steps >= _STEPS:
            self._steps = 0
            if self._clock is not None and self._clock() > self._end:
                told = "it would take more than %g seconds" % self.seconds
                raise HostsAccessError("%s: %s" % (self._reason, told) if self._reason else told)
