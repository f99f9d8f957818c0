# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have the processors of this machine had nothing to do lately? Whoever they work for: what runs in containers is no child of ours."""

import os
import time
from typing import Callable, List, Tuple

# A processor with nothing to do for this share of the time has room for one stage more: most take a half to a whole one.
SHARE = 0.4
# It is asked what the last seconds were like, and never before so many have passed since the last change.
SECONDS = 15.0


def worked_seconds() -> float:
    """What the processors have worked since the start of the machine."""
    with open("/proc/stat", encoding="ascii") as stream:
        user, nice, system, _idle, _waiting, interrupts, soft_interrupts = map(int, stream.readline().split()[1:8])
    return (user + nice + system + interrupts + soft_interrupts) / os.sysconf("SC_CLK_TCK")


class SpareProcessor:
    """Looked at every few seconds; `clock` and `worked` stand in for the machine in a test."""

    def __init__(
        self,
        processors: int = os.cpu_count() or 1,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = worked_seconds,
    ):
        self.processors = processors
        self._clock = clock
        self._worked = worked
        self._looks: List[Tuple[float, float]] = []

    def forget(self) -> None:
        """A stage began or ended: what was before says nothing of what comes."""
        self._looks = []

    def there(self) -> bool:
        """Whether there is room for one stage more."""
        now = (self._clock(), self._worked())
        self._looks.append(now)
        before = [look for look in self._looks if look[0] <= now[0] - SECONDS]
        if not before:
            return False
        self._looks = self._looks[len(before) - 1 :]
        seconds, worked = now[0] - before[-1][0], now[1] - before[-1][1]
        return self.processors - worked / seconds >= SHARE
