# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What tcpd makes of its argv[0]: tcpd(8), and the build's REAL_DAEMON_DIR."""

import posixpath
from typing import Callable, Optional, Sequence

from .._libwrap.programs import TCPD

#: Where tcpd is looked for when a task does not name it.
DEFAULTS = TCPD[:2]

# One program that decides by argv[0] what it is; tcpd always passes the base name of the file it runs.
_MULTICALL = (
    "busybox",
    "toybox",
    "coreutils",
    "crunchgen",
    "sbase-box",
    "ubase-box",
    "dropbearmulti",
    "mailwrapper",
    "sh",
    "bash",
    "dash",
    "ksh",
    "zsh",
)

#: The other names that a program is found by: paths of links to it whose base name is not its own.
OtherNames = Callable[[str], Sequence[str]]


#: Why tcpd protects nothing there. Measured: with `ALL: 127.` denied, 127.0.0.1 is served.
ON_LISTENING_SOCKET = (
    "tcpd sees no client, so rules for addresses do not match and everybody is let in whom they refuse"
)


def is_tcpd(path: str) -> bool:
    """Whether a server's path is tcpd, wherever it is installed."""
    return posixpath.basename(path) == "tcpd"


def server(word: str, tcpd: str) -> str:
    """The program that `tcpd` runs when its argv[0] is `word`: a bare name is looked for in its own folder."""
    return word if word.startswith("/") else posixpath.join(posixpath.dirname(tcpd), word)


def daemon(word: str) -> str:
    """The daemon name that tcpd gives to libwrap for argv[0] or path `word`."""
    return posixpath.basename(word)


def no_other_names(path: str) -> Sequence[str]:
    """For readers that are told nothing of links."""
    del path
    return ()


def repeats_name(server_path: str, args: Sequence[str]) -> bool:
    """Whether the daemon behind tcpd is given its own name as an argument: the line was wrapped without taking argv[0]
    away.
    """
    return bool(args) and bool(daemon(server_path)) and args[0] == daemon(server_path)


def obstacle(path: str, argv0: Optional[str], other_names: OtherNames = no_other_names) -> Optional[str]:
    """Why a server with this path and argv[0] cannot be run by tcpd, or None."""
    if not path.startswith("/"):
        return "the server %r is not an absolute path" % path
    if not daemon(path):
        return "the server %r is not the path of a program" % path
    if argv0 is None or daemon(argv0) == daemon(path):
        return None
    if daemon(path) in _MULTICALL:
        return (
            "%s chooses what to do by argv[0] (%r), which tcpd does not pass on; name a link to it as the server "
            "instead" % (path, argv0)
        )
    others = other_names(path)
    if others:
        link = next((name for name in others if daemon(name) == daemon(argv0)), "a link to it of that name")
        return (
            "%s may choose what to do by argv[0] (%r), for it is also called %s, and tcpd does not pass argv[0] on; "
            "name %s as the server instead" % (path, argv0, ", ".join(others[:3]), link)
        )
    return None
