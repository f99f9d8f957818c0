# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The ssh servers of this host, and which of them read the drop-in."""

import getopt
import os
import re
from typing import List, Optional, Sequence, Tuple

from .descriptors import SIZE_LIMIT
from .processes import command_line_of, pids_of, sockets_of
from .programs import program_path
from .record import RELOADS

# sshd(8) of OpenSSH 6.6 to 10.0: the options that take a value, and those that take none
SSHD_OPTIONS = "46DGQRTVdeiqrtB:C:E:b:c:f:g:h:k:o:p:u:"
_VALUE_COMES = re.compile("-[%s]*[%s]$" % ("46DGQRTVdeiqrt", "BCEbcfghkopu"))
_INCLUDES = re.compile(rb"^[ \t]*include[ \t=]", re.IGNORECASE | re.MULTILINE)


def servers(listeners: Optional[Sequence[int]] = None) -> List[Tuple[int, List[str]]]:
    """The ssh servers that read the drop-in when they are told to, each with the words that it was started with. One
    with a file of its own (-f) that includes nothing, or that is gone, is none.
    """
    listeners = waiting_servers() if listeners is None else listeners
    started = [(pid, _words_of(pid)) for pid in listeners if _is_the_hosts(pid)]
    return [(pid, words) for pid, words in started if _includes(words)]


def _is_the_hosts(pid: int) -> bool:
    """Whether a server runs the sshd whose configuration the drop-in belongs to: another one, as of /opt, may have other
    files, or be of a release that does not know our words.
    """
    program = program_path("sshd")
    try:
        runs = os.readlink("/proc/%d/exe" % pid).replace(" (deleted)", "")
    except OSError:
        return False
    return not program or runs in (program, os.path.realpath(program))


def _words_of(pid: int) -> List[str]:
    """What stands behind the name in a server's command line, or in the title that sshd makes of it from 8.2 on, which
    keeps no quotes: a word that is no option belongs to the value before it.
    """
    words = os.fsdecode(command_line_of(pid).rstrip(b"\0")).split("\0")
    if not words[0].startswith("sshd: "):
        return words[1:]
    found: List[str] = []
    for word in " ".join(words).partition(" [listener]")[0].split()[2:]:
        if word.startswith("-") or not found or _VALUE_COMES.match(found[-1]):
            found.append(word)
        else:
            found[-1] += " " + word
    return found


def _includes(words: Sequence[str]) -> bool:
    """Whether a server with these options may read files of other folders, as its own configuration does."""
    try:
        named = [value for name, value in getopt.getopt(list(words), SSHD_OPTIONS)[0] if name == "-f"]
        if not named:
            return True
        if not named[-1].startswith("/"):
            return False
        with open(named[-1], "rb") as stream:
            return bool(_INCLUDES.search(stream.read(SIZE_LIMIT)))
    except getopt.GetoptError:
        return True
    except OSError:
        return False


def waiting_servers() -> List[int]:
    """The ssh servers of this host that wait for connections."""
    return [pid for pid in pids_of(RELOADS["sshd"]) if is_waiting(pid)]


def is_waiting(pid: int) -> bool:
    """Whether a process of sshd waits for connections: one that serves a session ends by SIGHUP."""
    first = command_line_of(pid).split(b"\0")[0]
    return bool(first) and (not first.startswith(b"sshd: ") or b"[listener]" in first)


def listens_for_init(pid: int, proc: str = "/proc") -> bool:
    """Whether a server listens at a socket that systemd handed it (Accept=no, systemd.socket(5)): SIGHUP makes sshd
    start itself anew without it, and so ends it.
    """
    shared = sockets_of(pid, proc) & sockets_of(1, proc) if pid != 1 else set()  # a container's only program
    for name in ("tcp", "tcp6") if shared else ():
        try:
            with open(os.path.join(proc, "net", name), "rb") as stream:
                lines = [line.split() for line in stream]
        except OSError:
            continue
        if any(len(words) > 9 and words[3] == b"0A" and words[9].decode() in shared for words in lines):
            return True
    return False
