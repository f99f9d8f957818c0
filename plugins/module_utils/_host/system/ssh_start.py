# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The OpenSSH servers that listen, and the configuration that each was started with."""

import getopt
import re
from typing import List, NamedTuple, Optional, Sequence

from ..rollback.ssh_servers import SSHD_OPTIONS
from .people import is_person
from .processes import PROC, Process, read_arguments, read_process
from .sockets import list_sockets, socket_owners

OPTIONS = SSHD_OPTIONS
_TITLE = re.compile(r"\Asshd: (/.*) \[listener\]")


class SshStart(NamedTuple):
    process: Process
    config: Optional[str]  # the file named by -f; None: sshd's own
    options: Optional[Sequence[str]]  # those of -o, in order; None: the words cannot be read


def ssh_starts(ports: Optional[Sequence[int]], proc: str = PROC) -> List[SshStart]:
    """How root's OpenSSH servers that listen at these TCP ports, or at any, were started, by process.

    A server that a socket unit or inetd starts for each connection listens nowhere, and is not among them.
    """
    inodes = set(
        entry.inode
        for entry in list_sockets(proc) or []
        if entry.protocol == "tcp"
        and entry.listening
        and (ports is None or entry.port in ports)
        and not is_person(entry.uid)
    )
    owners = socket_owners(proc)
    pids = sorted(set(pid for inode in inodes for pid in owners.get(inode, [])))
    servers = [read_process(pid, proc) for pid in pids]
    return [
        _start(process, read_arguments(process.pid, proc))
        for process in servers
        if process is not None and process.uid == 0 and process.command.startswith("sshd")
    ]


def _start(process: Process, arguments: Sequence[str]) -> SshStart:
    """From 8.2 on a server that listens shows its words as one title, "sshd: /usr/sbin/sshd -D [listener] 0 of ..."."""
    title = _TITLE.match(" ".join(arguments))
    words = title.group(1).split() if title else list(arguments)
    try:
        found, rest = getopt.getopt(words[1:], OPTIONS)
    except getopt.GetoptError:
        return SshStart(process, None, None)
    config = [value for name, value in found if name == "-f"][-1:]
    options = None if rest else tuple(value for name, value in found if name == "-o")
    return SshStart(process, config[0] if config else None, options)


def shown_words(arguments: Sequence[str]) -> Optional[List[str]]:
    """The words behind argv[0] of an sshd that was started, or that listens under the title of _start(); None where
    they cannot be told.

    A title keeps no quotes: a word that is no option belongs to the value before it.
    """
    if not arguments or not arguments[0].startswith("sshd: "):
        return list(arguments[1:])
    title = _TITLE.match(" ".join(arguments))
    if title is None:
        return None
    found: List[str] = []
    joined = False
    for word in title.group(1).split()[1:]:
        if word.startswith("-") or not found or _is_waiting(found):
            if joined and re.match("-[%s]*f" % OPTIONS.replace(":", ""), word):
                return None  # an option, or a word of the value before it
            found.append(word)
        else:
            found[-1] += " " + word
            joined = True
    return found


def _is_waiting(words: Sequence[str]) -> bool:
    """Whether the last word is an option whose value comes next."""
    try:
        getopt.getopt(list(words), OPTIONS)
    except getopt.GetoptError:
        return True
    return False
