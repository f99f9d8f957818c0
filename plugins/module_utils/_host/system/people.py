# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which users of the running host are people, and which processes are a person's own and no daemon."""

import os
import re
from typing import Tuple

from .processes import PROC, Process

_DEFINITIONS = "/etc/login.defs"
_USUAL = (1000, 60000)
_SUBORDINATE = 100000  # from here on: users that a person's own user namespace is given (subuid(5))
_NO_LOG_IN = ("", "4294967295")
_SERVICE = re.compile(r"/system\.slice/.*\.service(?:/|$)", re.MULTILINE)


def is_person(number: int, definitions: str = _DEFINITIONS) -> bool:
    """Whether a user, or a group of the same number, is an ordinary one: UID_MIN to UID_MAX of login.defs, or handed out
    to such a user.
    """
    low, high = _range(definitions)
    return low <= number <= high or number >= _SUBORDINATE


def is_persons_process(process: Process, proc: str = PROC, definitions: str = _DEFINITIONS) -> bool:
    """Whether an ordinary user started the process: it belongs to a log-in, or to the user's own services.

    A service of systemd's that runs as an ordinary user was started by the system and belongs to no log-in. Where the program may
    not be seen, nothing speaks for an ordinary user's process.
    """
    if not is_person(process.uid, definitions):
        return False
    folder = os.path.join(proc, str(process.pid))
    if process.executable is None or _text(os.path.join(folder, "loginuid")).strip() not in _NO_LOG_IN:
        return True
    return _SERVICE.search(_text(os.path.join(folder, "cgroup"))) is None


def _range(definitions: str) -> Tuple[int, int]:
    found = dict(re.findall(r"^\s*(UID_MIN|UID_MAX)\s+(\d+)\s*$", _text(definitions), re.MULTILINE))
    return int(found.get("UID_MIN", _USUAL[0])), int(found.get("UID_MAX", _USUAL[1]))


def _text(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""
