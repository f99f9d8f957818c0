# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Undo a change of files that nobody confirmed: the program's commands.

The files of this folder are a program of its own, which is copied to the host while a change waits (files/one_file.py). It imports nothing
but the standard library, so that `python -I -S TOKEN.py watch FOLDER TOKEN` runs without Ansible, and all of it at its start: what a
watchdog has read once it needs not read again, whatever becomes of the files.
"""

from typing import List

from .boot import boot
from .log import log
from .names import TOKEN
from .store import Refused
from .watch import watch


def main(arguments: List[str]) -> int:
    """`watch FOLDER TOKEN`, with `unit` as a unit of systemd; `boot FOLDER` when the system starts, with `running` at any time."""
    try:
        if (
            arguments[:1] == ["watch"]
            and len(arguments) > 2
            and TOKEN.match(arguments[2])
            and arguments[3:] in ([], ["unit"])
        ):
            return watch(arguments[1], arguments[2], bool(arguments[3:]))
        if arguments[:1] == ["boot"] and len(arguments) > 1 and arguments[2:] in ([], ["running"]):
            return boot(arguments[1], bool(arguments[2:]))
    except Refused as error:
        log("%s: nothing was undone." % error, error=True)
    return 2
