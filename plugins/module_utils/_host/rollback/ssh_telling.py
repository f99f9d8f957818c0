# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Let ssh servers read their configuration again, and see that they come back."""

import os
import re
from typing import List, Sequence, Set

from .processes import hang_up
from .programs import program_path, run_program
from .ssh_places import Halted, MOST_THIEVES, Places
from .ssh_servers import is_waiting, listens_for_init, servers, waiting_servers
from .ssh_units import SSH_UNITS, failed_units, restart_unit, start_unit, unit_of, unit_problem

_FLAGS = re.compile("-[46DGQRTVdeiqrt]+$")
_NOBODY = "nobody logs in by it until it does"
_STOPPED: Set[str] = set()  # services of sshd that did not start anew


def tell_sshd(done: Set[str]) -> str:
    """Let the ssh servers that read the drop-in read it again. One that would not start is not told: it would end, and
    nobody would come in by it. Returns what stands against it; who was told is in `done`, by number or unit.
    """
    listeners = waiting_servers()
    problems = _start_again([] if listeners else failed_units())
    for pid, words in servers(listeners):
        name = (unit_of(pid) if listens_for_init(pid) else "") or "process %d" % pid
        problem = "" if name in done else _start_anew(pid, name, words)
        if problem:
            problems.append(problem)
        else:
            done.add(name)
    return "; ".join(problems)


def _start_anew(pid: int, name: str, words: Sequence[str]) -> str:
    """Let one ssh server start itself anew, or systemd its service. Returns what stands against it."""
    if not _sshd_would_start(words):
        return "sshd (%s) does not take its configuration, and would end if it were told to read it again" % name
    if name.endswith(".service"):
        problem = unit_problem(name)
        if problem:
            return problem
        if restart_unit(name):
            return ""
        _STOPPED.add(name)
        return "%s does not start anew, as it must since its socket is systemd's: %s" % (name, _NOBODY)
    if listens_for_init(pid):
        return "sshd (%s) could not be started anew: its socket is systemd's, and it is no service" % name
    places = Places(pid)
    unit = unit_of(pid)
    hang_up(pid)
    for _time in range(MOST_THIEVES):
        thief = places.taken_by()
        if thief is None:
            return _is_gone(pid, name, unit)
        with Halted(thief):
            places.set_free(thief)
            _come_back(pid, unit, words)
            places.wait()
    return "sshd (%s): processes of users take its port again and again, and nobody logs in by it" % name


def _is_gone(pid: int, name: str, unit: str) -> str:
    """What stands against a server that has not come back, as where somebody holds its port who cannot be seen."""
    if is_waiting(pid) or waiting_servers():
        return ""
    if unit in SSH_UNITS:
        _STOPPED.add(unit)
    return "sshd (%s) has ended instead of reading its files again: %s" % (name, _NOBODY)


def _come_back(pid: int, unit: str, words: Sequence[str]) -> None:
    """Let a server that could not bind a port bind it: told again where it lives, else started."""
    systemctl, sshd = program_path("systemctl"), program_path("sshd")
    if os.path.exists("/proc/%d" % pid) and is_waiting(pid):
        hang_up(pid)
    elif unit in SSH_UNITS and systemctl:
        start_unit(systemctl, unit)
    elif sshd:
        kept = [word.replace("D", "") if _FLAGS.match(word) else word for word in words]  # it goes into the background
        run_program([sshd] + [word for word in kept if word != "-"])


def _start_again(failed: Sequence[str]) -> List[str]:
    """Start what we stopped, or what failed meanwhile; what of ours does not start, in words."""
    program = program_path("systemctl")
    for unit in sorted(_STOPPED | set(failed)) if program else ():
        if start_unit(program, unit) and run_program([program, "--quiet", "is-active", unit]):
            _STOPPED.discard(unit)
    return ["%s does not start: %s" % (unit, _NOBODY) for unit in sorted(_STOPPED)]


def _sshd_would_start(words: Sequence[str]) -> bool:
    """Whether sshd takes its configuration, with the options of a server that runs."""
    program = program_path("sshd")
    return not program or run_program([program, "-t"] + list(words))
