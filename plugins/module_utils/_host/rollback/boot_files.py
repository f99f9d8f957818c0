# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What makes a starting host undo a change: its names, and how it goes. boot.py of files/ writes it."""

import errno
import os
import stat
from typing import List, Tuple

from .descriptors import open_folder, unlink
from .log import log
from .programs import program_path, run_program

UNITS = "/etc/systemd/system"
RUN_UNITS = "/run/systemd/system"  # a unit of a systemd that is too old for systemd-run is here while the change waits
WANTS = ("sysinit.target.wants", "basic.target.wants", "multi-user.target.wants")
MADE = 0o700  # the mode of one of them that was made for our link alone; systemd and its tools make none like it
CRON = "/etc/cron.d"


def boot_names(token: str) -> List[Tuple[str, str]]:
    """(folder, name) of everything that may make a starting host undo the change of a token."""
    unit = "portcullis-undo-%s.service" % token
    return [(UNITS + "/" + wants, unit) for wants in WANTS] + [(UNITS, unit), (CRON, "portcullis-" + token)]


def remove_boot_files(token: str) -> None:
    """Remove them. Raises OSError where one cannot be removed; on a file system that has become read-only it stays, and
    finds nothing to do.
    """
    for path, name in boot_names(token):
        try:
            folder = open_folder(os.path.realpath(path))
        except OSError:
            continue
        try:
            _unlink_or_tell(name, folder)
            ours = os.path.basename(path) in WANTS and stat.S_IMODE(os.fstat(folder).st_mode) == MADE
            if ours and not os.listdir(folder):
                os.rmdir(os.path.realpath(path))
        finally:
            os.close(folder)
    _remove_unit("portcullis-%s.service" % token)


def _remove_unit(name: str) -> None:
    """Remove the watchdog's own unit, where it has a file. It runs to its end all the same."""
    try:
        os.unlink(os.path.join(RUN_UNITS, name))
    except OSError:
        return
    program = program_path("systemctl")
    if program:
        run_program([program, "reset-failed", name])


def _unlink_or_tell(name: str, folder: int) -> None:
    try:
        unlink(name, folder)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        log("%s cannot be removed from a read-only file system: it has nothing to do any more" % name, error=True)
