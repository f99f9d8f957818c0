# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons about which the ELF header alone says too little: another binary asks, a switch must be on, or the name
differs.

Measured on Debian 11 to 13 unless marked S (source only).
"""

import os
import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import HostError
from ..files.files import read
from ..files.root import Root


class Switch(NamedTuple):
    files: Tuple[str, ...]  # the first that exists is read; an argument of the daemon counts before
    on: str  # a regular expression: a line that switches libwrap on
    remedy: str


class Known(NamedTuple):
    daemon: Optional[str]  # the name libwrap sees; None: the program's own
    asks_in: Tuple[str, ...]  # other binaries that do the asking
    switch: Optional[Switch]
    own_tables: Tuple[str, ...]  # access tables of its own


_SSHD = ("/usr/lib/openssh/sshd-session", "/usr/libexec/openssh/sshd-session", "/usr/libexec/sshd-session")
_VSFTPD = Switch(
    ("/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf"),
    r"tcp_wrappers=(?:YES|TRUE|1)[ \t\r]*\Z",
    "set tcp_wrappers=YES in vsftpd.conf",
)
_STUNNEL = Switch(
    ("/etc/stunnel/stunnel.conf", "/etc/stunnel/stunnel4.conf"),
    r"[ \t]*libwrap[ \t]*=[ \t]*yes[ \t\r]*\Z",
    "set libwrap = yes in stunnel's configuration",
)
_DOVECOT = Switch(
    (
        "/etc/dovecot/conf.d/10-master.conf",
        "/etc/dovecot/conf.d/10-auth.conf",
        "/etc/dovecot/local.conf",
        "/etc/dovecot/dovecot.conf",
    ),
    r"[ \t]*login_access_sockets[ \t]*=.*\btcpwrap\b",
    "set login_access_sockets = tcpwrap and a service tcpwrap in dovecot's configuration",
)

_TABLE: Dict[str, Known] = {
    "sshd": Known("sshd", _SSHD, None, ()),
    "vsftpd": Known("vsftpd", (), _VSFTPD, ()),
    "stunnel4": Known(None, (), _STUNNEL, ()),
    "stunnel": Known(None, (), _STUNNEL, ()),
    "dovecot": Known(None, ("/usr/lib/dovecot/tcpwrap", "/usr/libexec/dovecot/tcpwrap"), _DOVECOT, ()),  # S
    "rpcbind": Known("rpcbind", (), None, ()),
    "portmap": Known("portmap", (), None, ()),  # S
    "slapd": Known("slapd", (), None, ()),
    "mosquitto": Known("mosquitto", (), None, ()),
    "snmpd": Known("snmpd", (), None, ("/etc/snmp/snmpd.conf",)),
    "snmptrapd": Known("snmptrapd", (), None, ("/etc/snmp/snmptrapd.conf",)),
    "nrpe": Known("nrpe", (), None, ("/etc/nagios/nrpe.cfg",)),
    "rpc.mountd": Known("mountd", (), None, ("/etc/exports",)),  # S
    "rpc.statd": Known("statd", (), None, ()),  # S
    "rpc.rquotad": Known("rquotad", (), None, ()),  # S
    "exim4": Known("exim", (), None, ()),  # S
    "sendmail-mta": Known("sendmail", (), None, ("/etc/mail/access",)),  # S
    "sendmail.sendmail": Known("sendmail", (), None, ("/etc/mail/access",)),  # S
    "atftpd": Known("in.tftpd", (), None, ()),  # S
    "lpd": Known(None, (), None, ("/etc/hosts.lpd", "/etc/hosts.equiv", "/etc/lpd.perms")),  # S
    "danted": Known(None, (), None, ("/etc/danted.conf", "/etc/sockd.conf")),  # S
    "sockd": Known(None, (), None, ("/etc/sockd.conf",)),  # S
    "rsync": Known(None, (), None, ("/etc/rsyncd.conf",)),  # S
    "smbd": Known(None, (), None, ("/etc/samba/smb.conf",)),  # S
    "rshd": Known(None, (), None, ("/etc/hosts.equiv",)),  # S
    "in.rshd": Known(None, (), None, ("/etc/hosts.equiv",)),  # S
    "in.rlogind": Known(None, (), None, ("/etc/hosts.equiv",)),  # S
}
_DOVECOT_PORTS = {
    110: "pop3",
    995: "pop3",
    143: "imap",
    993: "imap",
    4190: "sieve",
    587: "submission",
    465: "submission",
}
_MAX_CONFIGURATION = 1024 * 1024
_MAX_CONFIGURATIONS = 8
_MAX_LINE = 1024
_NOTHING = Known(None, (), None, ())


def known_daemon(program: str) -> Known:
    """What is known of a program by its base name."""
    return _TABLE.get(program.rsplit("/", 1)[-1], _NOTHING)


def switched_on(root: Root, switch: Switch, arguments: Sequence[str]) -> Optional[bool]:
    """Whether a daemon's configuration switches libwrap on; None where its configuration is not found or not to be
    read.

    A daemon that names its configuration on the command line reads that one.
    """
    texts: List[str] = []
    for path in _configurations(switch, arguments):
        data = _read(root, path)
        if data is not None:
            texts.append(data.decode("utf-8", "replace"))
    if not texts:
        return None
    return any(re.match(switch.on, line) for text in texts for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    """The lines of a configuration that are short enough to be ones; on others an expression could take hours."""
    for line in text.split("\n"):
        if len(line) <= _MAX_LINE:
            yield line


def _configurations(switch: Switch, arguments: Sequence[str]) -> Sequence[str]:
    named = [word for word in arguments if word.startswith("/") and word.endswith((".conf", ".cf"))]
    return named[:_MAX_CONFIGURATIONS] or switch.files


def _read(root: Root, path: str) -> Optional[bytes]:
    """A configuration; whoever starts the daemon can name any file, so one that is too large, or not root's, is none."""
    try:
        state = read(root, path, _MAX_CONFIGURATION)
    except HostError:
        return None
    return state.data if state.uid in (0, os.geteuid()) else None


def named_by_port(program: str) -> bool:
    """Whether a program asks libwrap by the name of each service that it offers, not by its own."""
    return program.rsplit("/", 1)[-1] in ("dovecot", "stunnel", "stunnel4")


def daemon_name(root: Root, program: str, arguments: Sequence[str], port: int) -> str:
    """The name that libwrap is asked for by a program that listens on a port."""
    base = program.rsplit("/", 1)[-1]
    known = known_daemon(program)
    if base == "dovecot":
        return _DOVECOT_PORTS.get(port, base)  # S: the name of the login service
    if known.switch is _STUNNEL:
        return _stunnel_service(root, arguments, port) or base
    return known.daemon or base


def _stunnel_service(root: Root, arguments: Sequence[str], port: int) -> Optional[str]:
    """The name in brackets above `accept = port`."""
    name = None
    for data in (_read(root, path) for path in _configurations(_STUNNEL, arguments)):
        for line in _lines((data or b"").decode("utf-8", "replace")):
            key, _equals, value = (part.strip() for part in line.partition("="))
            if key[:1] == "[" and key[-1:] == "]":
                name = key[1:-1]
            elif key == "accept" and value.rpartition(":")[2] == str(port):
                return name
    return None
