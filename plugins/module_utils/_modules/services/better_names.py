# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The name that libwrap is asked for where a rule says another one: `ssh` is meant to be `sshd`, `telnet` to be
`in.telnetd`.
"""

from typing import Dict, List, Optional, Set

from ..._host.system.accounts import Accounts
from .listener import Listener, names_of

# what is written for a service whose daemon cannot be told from the host
_USUAL: Dict[str, str] = {
    "ssh": "sshd",
    "openssh": "sshd",
    "telnet": "in.telnetd",
    "telnetd": "in.telnetd",
    "rsh": "in.rshd",
    "rlogin": "in.rlogind",
    "finger": "in.fingerd",
    "talk": "in.talkd",
    "tftp": "in.tftpd",
    "tftpd": "in.tftpd",
    "vsftp": "vsftpd",
    "ldap": "slapd",
    "mqtt": "mosquitto",
    "rpc.mountd": "mountd",
    "rpc.statd": "statd",
    "rpc.rquotad": "rquotad",
    "sunrpc": "rpcbind",
    "portmap": "rpcbind",
    "portmapper": "rpcbind",
    "portmapd": "rpcbind",
}


def better_name(name: str, services: List[Listener], accounts: Accounts) -> Optional[str]:
    """The daemon that a rule for `name` most likely means; None where the name is asked for, or nothing better is
    known.

    What the host itself says comes first: a service of that name, the one that listens on its port, a daemon called
    almost so.
    """
    wanted = name.lower().rpartition("/")[2]
    if any(name.lower() == daemon.lower() for service in services for daemon in names_of(service)):
        return None
    services = [service for service in services if not service.other_names]  # its name may not be the one that is asked
    asked = {daemon.lower(): daemon for service in services for daemon in names_of(service)}
    for found in (_by_service(wanted, services), _by_port(wanted, services, accounts), _alike(wanted, asked)):
        if found is not None and found.lower() != name.lower():
            return found
    return _USUAL.get(wanted)


def _by_service(wanted: str, services: List[Listener]) -> Optional[str]:
    found: Set[str] = set()
    for service in services:
        bare = service.name.lower().rpartition(".")[0] if service.kind == "systemd" else service.name.lower()
        if wanted in (service.name.lower(), bare.rstrip("@")) and not service.personal:
            found.add(service.daemon)
    return found.pop() if len(found) == 1 else None


def _by_port(wanted: str, services: List[Listener], accounts: Accounts) -> Optional[str]:
    """The one daemon on the port that the name stands for in /etc/services, or on that number; `in.ftpd` and `ftpd` stand
    for `ftp`.
    """
    found: Set[str] = set()
    bare = wanted[len("in.") :] if wanted.startswith("in.") else wanted
    names = dict.fromkeys([wanted, bare, bare[:-1] if bare.endswith("d") else bare])
    for protocol, name in [(protocol, name) for protocol in ("tcp", "udp") for name in names]:
        port = accounts.port(name, protocol)
        for service in services if port is not None else ():
            if (protocol, port) in service.places and not service.personal:
                found.add(service.daemon)
    return found.pop() if len(found) == 1 else None


def _alike(wanted: str, asked: Dict[str, str]) -> Optional[str]:
    for candidate in (wanted, wanted + "d", "in." + wanted, "in.%sd" % wanted, wanted.replace("in.", "", 1)):
        if candidate in asked:
            return asked[candidate]
    return None
