# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Where the wrapper's and OpenSSH's programs lie, and which programs are ssh servers."""

import re

#: The usual places of tcpd, by how many systems have it there.
TCPD = ("/usr/sbin/tcpd", "/usr/libexec/tcpd", "/usr/local/libexec/tcpd", "/usr/pkg/libexec/tcpd", "/sbin/tcpd")

#: The programs of OpenSSH's server. sshd-session serves a connection from OpenSSH 9.8 on, and asks libwrap as sshd.
OPENSSH = ("sshd", "sshd-session", "sshd-auth")
SSHD = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/pkg/sbin/sshd")
SSHD_SESSION = (
    "/usr/lib/openssh/sshd-session",
    "/usr/libexec/openssh/sshd-session",
    "/usr/libexec/sshd-session",
    "/usr/lib/ssh/sshd-session",
)

_SSH_SERVER = re.compile(r"sshd|\Adropbear")


def is_ssh_server_name(name: str) -> bool:
    """Whether a program with this base name is an ssh server, whatever a site adds to its name."""
    return _SSH_SERVER.search(name) is not None
