# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Times in logs and in a task's options, as seconds since 1970."""

import calendar
import re
import time
from typing import Dict, List, Optional, Tuple

from ..errors import HostError

_MONTHS = {
    name: number + 1
    for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
}
_DAY = 86400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": _DAY, "w": 7 * _DAY}
_RELATIVE = re.compile(r"\A\s*(\d+)\s*([smhdw])\s*\Z")
_ABSOLUTE = re.compile(
    r"\A\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(?:\s*(Z|[+-]\d\d:?\d\d))?\s*\Z"
)


def parse_moment(text: str, now: float, option: str) -> float:
    """A task's `since` or `until`: `2026-11-23`, `2026-11-23 08:00`, with seconds and zone, or a time back from now
    such as `24h`, `7d`, `2w`.

    Without a zone it is the host's own time. Raises HostError for anything else.
    """
    relative = _RELATIVE.match(text)
    if relative:
        return now - int(relative.group(1)) * _UNITS[relative.group(2)]
    match = _ABSOLUTE.match(text)
    if match:
        try:
            return from_fields([int(part or 0) for part in match.groups()[:6]], match.group(7))
        except (ValueError, OverflowError):
            pass
    raise HostError(
        "%s is %r, which is no time: write it as '2026-11-23', '2026-11-23 08:00:00', '2026-11-23T08:00:00Z', or as a "
        "time back from now such as '24h' or '7d'." % (option, text)
    )


def from_fields(fields: List[int], zone: Optional[str]) -> float:
    """Year, month, day, hour, minute, second in a zone (`Z`, `+01:00`; None: the host's own). Raises ValueError where
    there is no such day.
    """
    year, month, day, hour, minute, second = fields
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        raise ValueError("no such time")
    if not 1900 <= year <= 9998:  # in every zone a year of four digits
        raise ValueError("no such time")
    if zone is None:
        return time.mktime((year, month, day, hour, minute, second, 0, 0, -1))
    return calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0)) - zone_offset(zone)


def zone_offset(zone: str) -> int:
    """Seconds east of Greenwich of `Z`, `+01:00` or `-0530`."""
    if zone == "Z":
        return 0
    sign = -1 if zone[0] == "-" else 1
    return sign * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)


def show(moment: float) -> str:
    """A moment in UTC, as ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


class YearlessClock:
    """Times of traditional syslog, which name no year: the last such time that is not after the file was last
    written.
    """

    def __init__(self, written: float) -> None:
        self._written = written + _DAY  # a clock that was set back, a file copied without its time
        try:
            self._year = time.localtime(self._written).tm_year
        except (OSError, OverflowError, ValueError):  # an image's file may claim any time
            self._written = time.time() + _DAY
            self._year = time.localtime(self._written).tm_year
        self._minutes: Dict[Tuple[str, str, str, str], Optional[float]] = {}

    def moment(self, month: str, day: str, hour: str, minute: str, second: str) -> Optional[float]:
        """Seconds since 1970, or None for a day that does not exist."""
        key = (month, day, hour, minute)
        if key not in self._minutes:
            if len(self._minutes) > 4096:
                self._minutes.clear()
            self._minutes[key] = self._start_of(month, int(day), int(hour), int(minute))
        start = self._minutes[key]
        return None if start is None else start + int(second)

    def _start_of(self, month: str, day: int, hour: int, minute: int) -> Optional[float]:
        if month not in _MONTHS or day > 31 or hour > 23 or minute > 59:
            return None
        for year in (self._year, self._year - 1):
            found = time.mktime((year, _MONTHS[month], day, hour, minute, 0, 0, 0, -1))
            if found <= self._written:
                return found
        return found
