# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a daemon does not tell libwrap of a connection: rules that look at it see something unknown.

Measured on Debian 12 with rules by name, by `daemon@server`, and with `spawn` and %n. Whoever calls hosts_ctl(3) has no
argument for the server's end, and slapd, net-snmp, atftpd and p910nd give it STRING_UNKNOWN for the client's name. Others
give it a name that they looked up themselves, which need not lead back to the address.
"""

import os
import re
from typing import Dict, Sequence, Tuple

from .daemon_configurations import Configurations
from .daemon_questions import NotTold, Question, named_file
from .sslh_configuration import sslh_is_numeric
from ..errors import HostError
from ..files.reading import read

NAME, SERVER = "the client's name", "the server's address"
FALSE_NAME = "that a client's name is false"  # PARANOID matches nobody, and the name may be any

_NAMELESS: Tuple[str, ...] = (NAME, SERVER)
_OWN_LOOKUP: Tuple[str, ...] = (FALSE_NAME, SERVER)
UNTOLD: Dict[str, Tuple[str, ...]] = {
    "slapd": _NAMELESS,
    "snmpd": _NAMELESS,
    "snmptrapd": _NAMELESS,
    "p910nd": _NAMELESS,
    "atftpd": _NAMELESS,
    "gophernicus": _NAMELESS,
    "ftpd": _NAMELESS,  # it looks names up, and finds none for the IPv4 client of its IPv6 socket
    "inetutils-ftpd": _NAMELESS,
    "rpcbind": (SERVER,),
    "rpc.mountd": (SERVER,),
    "rpc.statd": (SERVER,),
    "rpc.rquotad": (SERVER,),
    "sslh": _OWN_LOOKUP,
    "sslh-select": _OWN_LOOKUP,
    "sslh-ev": _OWN_LOOKUP,
    "sslh-fork": _OWN_LOOKUP,
    "conmand": _OWN_LOOKUP,
    "powermand": _OWN_LOOKUP,
    "diod": _OWN_LOOKUP,
    "opensm": _OWN_LOOKUP,
    "sendmail-mta": _OWN_LOOKUP,
    "sendmail.sendmail": _OWN_LOOKUP,
    "sendmail": _OWN_LOOKUP,
    "storescp": _OWN_LOOKUP,
    "dcmrecv": _OWN_LOOKUP,
    "dcmqrscp": _OWN_LOOKUP,
    "wlmscpfs": _OWN_LOOKUP,
    "yaz-ztest": _OWN_LOOKUP,
    "zebrasrv": _OWN_LOOKUP,
}
_NO_LOOKUP = ("-dhl", "--disable-host-lookup")  # of DCMTK's programs
_LOOKS_UP = re.compile(
    rb"^(?:olcReverseLookup:\s*TRUE|reverse-lookup\s+(?:on|yes|true))\s*$", re.IGNORECASE | re.MULTILINE
)
_SLAPD_FOLDER, _SLAPD_FILE = "/etc/ldap/slapd.d", "/etc/ldap/slapd.conf"
_MAX_CONFIGURATION = 1024 * 1024


def untold_by(configurations: Configurations, program: str, arguments: Sequence[str]) -> Tuple[str, ...]:
    """What a program does not tell libwrap: NAME or FALSE_NAME, SERVER. `arguments`: without argv[0]."""
    base = program.rsplit("/", 1)[-1]
    untold = UNTOLD.get(base, ())
    question = Question(configurations, base, arguments, 0)
    if base == "slapd" and _slapd_looks_up(question):
        return _OWN_LOOKUP
    if base.startswith("sslh") and untold and sslh_is_numeric(question):
        return _NAMELESS
    if base in ("storescp", "dcmrecv", "dcmqrscp", "wlmscpfs") and any(word in _NO_LOOKUP for word in arguments):
        return _NAMELESS
    return untold


def _slapd_looks_up(question: Question) -> bool:
    """slapd.conf(5), slapd-config(5): whether it asks for the names of its clients. It reads its folder if there is one."""
    try:
        folder = named_file(question.arguments, "F") or ""
        file = named_file(question.arguments, "f") or ""
    except NotTold:
        folder = file = ""
    paths = [os.path.join(folder or _SLAPD_FOLDER, "cn=config.ldif")] if folder or not file else [file]
    paths += [_SLAPD_FILE] if not folder and not file else []
    for path in paths:
        try:
            # the folder belongs to openldap: it says what slapd does, whoever wrote it
            data = read(question.read.root, path, _MAX_CONFIGURATION).data
        except HostError:
            data = None
        if data is not None:
            return _LOOKS_UP.search(data) is not None
    return False
