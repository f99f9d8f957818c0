# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Time that no clock change touches, and this start of the system."""

import sys
import time

FROZEN = 3.0  # seconds without a sign of life, and the other watchdog takes over
TICK = 0.1


def now() -> float:
    """Seconds that no clock change touches; a suspended host's sleep counts, where the system can tell (Linux's
    CLOCK_BOOTTIME).
    """
    if sys.platform.startswith("linux"):
        try:
            return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", 7))
        except OSError:
            pass
    return time.monotonic()


def boot_id() -> str:
    """A text that another start of the system does not have; "" where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "r") as stream:
            return stream.read().strip()
    except OSError:
        return ""
