# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a daemon does not tell libwrap of a connection: rules that look at it see something unknown.

Measured on Debian 12 with rules by name and by `daemon@server`. Whoever calls hosts_ctl(3) has no argument for the
server's end, and slapd, net-snmp and p910nd give it STRING_UNKNOWN for the client's name.
"""

import os
import re
from typing import Dict, Sequence, Tuple

from .daemon_configurations import Configurations
from .daemon_questions import NotTold, Question, named_file
from ..errors import HostError
from ..files.reading import read

NAME, SERVER = "the client's name", "the server's address"

UNTOLD: Dict[str, Tuple[str, ...]] = {
    "slapd": (NAME, SERVER),
    "snmpd": (NAME, SERVER),
    "snmptrapd": (NAME, SERVER),
    "p910nd": (NAME, SERVER),
    "rpcbind": (SERVER,),
    "rpc.mountd": (SERVER,),
    "rpc.statd": (SERVER,),
    "rpc.rquotad": (SERVER,),
    "sslh": (SERVER,),
    "sslh-select": (SERVER,),
    "sslh-ev": (SERVER,),
    "sslh-fork": (SERVER,),
    "conmand": (SERVER,),
    "powermand": (SERVER,),
}
_LOOKS_UP = re.compile(
    rb"^(?:olcReverseLookup:\s*TRUE|reverse-lookup\s+(?:on|yes|true))\s*$", re.IGNORECASE | re.MULTILINE
)
_SLAPD_FOLDER, _SLAPD_FILE = "/etc/ldap/slapd.d", "/etc/ldap/slapd.conf"
_MAX_CONFIGURATION = 1024 * 1024


def untold_by(configurations: Configurations, program: str, arguments: Sequence[str]) -> Tuple[str, ...]:
    """What a program does not tell libwrap: NAME, SERVER. `arguments`: without argv[0]."""
    base = program.rsplit("/", 1)[-1]
    untold = UNTOLD.get(base, ())
    if base == "slapd" and _slapd_looks_up(Question(configurations, base, arguments, 0)):
        return tuple(what for what in untold if what != NAME)
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
