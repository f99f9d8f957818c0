# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The units of ssh servers, as systemd has them."""

import os
import re
from typing import List

from .programs import FILTER_PATIENCE, output_of, program_path, run_program

NOT_TO_BE_RUN = "/etc/ssh/sshd_not_to_be_run"  # a condition of Debian's ssh.service
SSH_UNITS = ("ssh.service", "sshd.service", "ssh.socket", "sshd.socket")


def start_unit(systemctl: str, unit: str) -> bool:
    """Start a unit also where systemd has given it up."""
    run_program([systemctl, "reset-failed", unit])
    return run_program([systemctl, "start", unit])


def failed_units() -> List[str]:
    """The units of ssh servers that systemd gave up."""
    program = program_path("systemctl")
    return [unit for unit in SSH_UNITS if program and run_program([program, "--quiet", "is-failed", unit])]


def unit_of(pid: int) -> str:
    """The service of systemd that a process belongs to; "" where there is none."""
    try:
        with open("/proc/%d/cgroup" % pid, "rb") as stream:
            units = [line.rstrip(b"\n").rsplit(b"/", 1)[-1].decode("utf-8", "replace") for line in stream]
    except OSError:
        return ""
    return next((unit for unit in units if unit.endswith(".service")), "")


def restart_unit(unit: str) -> bool:
    """Let systemd start a service anew, with the socket that it holds. What the service serves stays (KillMode=process of
    every ssh.service). A start that systemd skips counts as one to it.
    """
    program = program_path("systemctl")
    return (
        bool(program)
        and run_program([program, "restart", unit])
        and run_program([program, "--quiet", "is-active", unit])
    )


def unit_problem(unit: str) -> str:
    """Why systemd would skip a start of a service, "" where it would not: a condition that does not hold any more. It can
    be asked from systemd 250 on; before that, only the one of Debian's ssh.service is known.
    """
    systemctl, analyze = program_path("systemctl"), program_path("systemd-analyze")
    version = re.match(r"systemd ([0-9]+)", (output_of([systemctl, "--version"]) if systemctl else None) or "")
    skipped = os.path.exists(NOT_TO_BE_RUN) and unit == SSH_UNITS[0]
    if analyze and version and int(version.group(1)) >= 250:
        skipped = not run_program([analyze, "--no-pager", "condition", "--unit=" + unit], None, FILTER_PATIENCE)
    if not skipped:
        return ""
    return "systemd would stop %s and not start it again, since a condition of it does not hold (%s)" % (
        unit,
        "systemd-analyze condition --unit=" + unit,
    )
