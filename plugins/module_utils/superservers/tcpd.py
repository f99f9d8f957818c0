# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What tcpd makes of its argv[0]: tcpd(8), and the build's REAL_DAEMON_DIR."""

import posixpath
from typing import Optional

DEFAULTS = ("/usr/sbin/tcpd", "/usr/libexec/tcpd")

# One program that decides by argv[0] what it is; tcpd always passes the base name of the file it runs.
_MULTICALL = ("busybox", "toybox", "coreutils", "crunchgen", "sh", "bash", "dash", "ksh", "zsh")


def is_tcpd(path: str) -> bool:
    """Whether a server's path is tcpd, wherever it is installed."""
    return posixpath.basename(path) == "tcpd"


def server(word: str, tcpd: str) -> str:
    """The program that `tcpd` runs when its argv[0] is `word`: a bare name is looked for in its own folder."""
    return word if word.startswith("/") else posixpath.join(posixpath.dirname(tcpd), word)


def daemon(word: str) -> str:
    """The daemon name that tcpd gives to libwrap for argv[0] or path `word`."""
    return posixpath.basename(word)


def obstacle(path: str, argv0: Optional[str]) -> Optional[str]:
    """Why a server with this path and argv[0] cannot be run by tcpd, or None."""
    if not path.startswith("/"):
        return "the server %r is not an absolute path" % path
    if not daemon(path):
        return "the server %r is not the path of a program" % path
    if daemon(path) in _MULTICALL and argv0 is not None and argv0 != daemon(path):
        return ("%s chooses what to do by argv[0] (%r), which tcpd does not pass on; name a link to it as the server instead"
                % (path, argv0))
    return None
