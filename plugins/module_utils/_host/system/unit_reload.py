# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""When systemd let a service read its files again the last time: it keeps that, and only root makes it do so.

Measured with openbsd-inetd and xinetd on Debian 11, 12 and 13 (systemd 247, 252 and 257): the times of ExecReload= are lost
at `systemctl daemon-reload`, that of the last change of state is not, nor whether the reload went well.
"""

import calendar
import functools
import re
import time
from typing import List, Tuple

from ..errors import HostError
from ..files.unread import lies_ahead
from .commands import find_program, run
from .people import service_of

_PROPERTIES = ("ControlGroup", "ActiveState", "StateChangeTimestamp", "ReloadResult", "NotifyAccess", "ExecReload")
_TIME = re.compile(r"(?:\S+ )?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\Z")
_DONE = re.compile(r"; start_time=\[([^]]*)\] ; stop_time=\[[^]]*\] ; pid=\d+ ; code=exited ; status=0(?:/\S*)? \}\Z")
_TIMEOUT = 10.0  # seconds

Lines = Tuple[Tuple[str, str], ...]


def reloaded_at(pid: int) -> float:
    """When systemd started or reloaded the service of a process the last time, in whole seconds of the epoch, rounded down;
    0 where that is not told, where the reload failed, and after the clock was set back.
    """
    group = service_of(pid)
    lines = _told(group.rpartition("/")[2]) if group.endswith(".service") else ()
    # below a user's own systemd, or in a container, a group ends in any name of a unit
    if ("ControlGroup", group) not in lines:
        return 0.0
    moment = max(_of_state(lines), _of_commands(lines))
    return 0.0 if lies_ahead(moment) else moment


def _of_state(lines: Lines) -> float:
    """An active service changes its state when it is started, and when a reload begins and ends. Old releases of systemd
    do not tell how it ended.
    """
    told = dict(lines)
    if told.get("ActiveState") != "active" or told.get("ReloadResult") != "success":
        return 0.0
    if told.get("NotifyAccess") == "all":  # whatever it starts, as any user, may claim that it reloads (sd_notify(3))
        return 0.0
    return _seconds(told.get("StateChangeTimestamp", ""))


def _of_commands(lines: Lines) -> float:
    """When the commands of ExecReload= were run, where all of them went well."""
    commands = [value for name, value in lines if name == "ExecReload"]
    done = [_DONE.search(command) for command in commands]
    return min((_seconds(match.group(1)) if match else 0.0 for match in done), default=0.0)


def _seconds(text: str) -> float:
    match = _TIME.match(text)
    try:
        return float(calendar.timegm(time.strptime(match.group(1), "%Y-%m-%d %H:%M:%S"))) if match else 0.0
    except ValueError:
        return 0.0


@functools.lru_cache(maxsize=64)  # xinetd has a file for each service; what was told once is still true later
def _told(unit: str) -> Lines:
    """The properties of a unit, each line by its name, with times in UTC."""
    env, systemctl = find_program("env"), find_program("systemctl")
    if env is None or systemctl is None:
        return ()
    asked = [env, "TZ=UTC", systemctl, "show"] + ["--property=" + name for name in _PROPERTIES] + ["--", unit]
    try:
        text = run(asked, timeout=_TIMEOUT).output.decode("utf-8", "replace")
    except HostError:
        return ()
    found: List[Tuple[str, str]] = []
    for line in text.splitlines():
        name, _equals, value = line.partition("=")
        found.append((name, value))
    return tuple(found)
