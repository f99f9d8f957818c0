# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Let the programs that read the files of a change read them again."""

import os
from typing import Optional, Sequence, Set

from .kept import keep_told
from .nftables import load_filter
from .processes import hang_up, pids_of
from .programs import program_path, run_program
from .record import RELOADS
from .ssh_telling import tell_sshd


def reload_all(words: Sequence[str], filter_text: Optional[bytes] = None, done: Optional[Set[str]] = None) -> str:
    """Let programs read their files again: systemd, nftables, or the processes of inetd, xinetd and sshd that have our
    /etc. Returns what stands against it, "" where all were told.

    `filter_text`: what nftables loads instead of its file. `done`: the words of an earlier try that need nothing more;
    this one adds its own.
    """
    done = set() if done is None else done
    problems = []
    for word in [one for one in words if one not in done]:
        if word == "sshd":
            problem = tell_sshd(done)
        else:
            problem = load_filter(filter_text) if word == "nftables" else _tell(word)
        if problem:
            problems.append(problem)
        else:
            done.add(word)
    return "; ".join(problems)


def _tell(word: str) -> str:
    """Let systemd, or the processes behind a word, read their files again. Returns what stands against it."""
    if word == "systemd" and os.path.isdir("/run/systemd/system"):
        program = program_path("systemctl")
        if program and not run_program([program, "daemon-reload"]):
            return "systemctl daemon-reload fails"
        if program:
            # a killed watchdog's unit that fails while systemd reads its files stays in the list of failed ones
            run_program([program, "reset-failed", "portcullis-*.service"])
        return ""
    for pid in pids_of(RELOADS[word]):
        hang_up(pid)
        keep_told(pid)
    return ""
