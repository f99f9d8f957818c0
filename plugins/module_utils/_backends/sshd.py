# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Access lists as a drop-in of OpenSSH's server, read back from the drop-in and from `sshd -T -C`.

Only networks to refuse are written, disjoint and never negated: in `Match Address` a negated network wins over every
other one, whatever their order. `AllowUsers` is never written: inside `Match` it replaces the global list, which opens.

A client with a link-local address has its interface as well (`fe80::1%eth0`), and no network matches it: OpenSSH compares
the scopes. Patterns of its text do (ssh_config(5), PATTERNS).
"""

import re
import shlex
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .._libwrap.file_names import fits
from .._libwrap.analysis.ranges import Ranges, join, meet
from .access_list import AccessList, Enforced, check, compact_networks, ranges_of, refused_ranges
from .errors import BackendError

#: The first of the drop-ins: sshd takes the first value that it reads.
# The names by which rules speak of sshd.
NAMES = ("sshd", "ssh")
_LONGEST = 4096  # characters of a line whose quotes are looked at
DROPIN = "/etc/ssh/sshd_config.d/00-portcullis.conf"
CONFIG = "/etc/ssh/sshd_config"
#: From this release on sshd hangs up as soon as a refused client says who it is; the older ones let it try keys and
#: passwords in vain.
REFUSES_SINCE = (9, 9)
#: The first release that reads drop-ins.
INCLUDES_SINCE = (8, 2)
_PER_LINE = 40
#: All of fe80::/10 with an interface.
_LINK_LOCAL = "fe80::/10"
_SCOPED = ("fe8?:*%*", "fe9?:*%*", "fea?:*%*", "feb?:*%*")

_HEAD = """\
# Managed by Ansible (portcullis.tcp_wrappers.hosts_access_enforce): whom the TCP Wrappers' policy refuses.
"""
_VERSION = re.compile(r"OpenSSH_(\d{1,3})\.(\d{1,3})")
_REFUSALS = ("RefuseConnection yes", "DenyUsers *")
_MATCH = re.compile(r"Match (?:LocalPort (\d{1,5}) )?Address (\S+)\Z")


class Reading(NamedTuple):
    """What a drop-in refuses. `unclear` says in words which lines are not of this collection's making."""

    enforced: Tuple[Enforced, ...]
    unclear: Tuple[str, ...]


def version_of(text: str) -> Optional[Tuple[int, int]]:
    """The release in what `ssh -V` or sshd's banner say, as (9, 2); None for another server's words."""
    match = _VERSION.search(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def render(access_lists: Sequence[AccessList], version: Tuple[int, int]) -> str:
    """The whole drop-in for a release of OpenSSH. BackendError for lists or releases that it cannot serve.

    Several lists are told apart by the port that a connection came to; one list holds on every port.
    """
    check(access_lists)
    if version < INCLUDES_SINCE:
        raise BackendError(
            "OpenSSH %d.%d reads no drop-ins (they came with %d.%d): let nftables enforce sshd's rules"
            % (version + INCLUDES_SINCE)
        )
    for access in access_lists:
        if access.protocol != "tcp":
            raise BackendError("%s: sshd has TCP ports only, not %s" % (access.daemon, access.protocol))
    refusal = _REFUSALS[0 if version >= REFUSES_SINCE else 1]
    lines: List[str] = []
    for access in access_lists:
        heads = ["Match "]
        if len(access_lists) > 1:
            heads = ["Match LocalPort %d " % port for port in sorted(set(access.ports))]
        refused = refused_ranges(access)
        ipv4, ipv6 = compact_networks(refused)
        nets = list(ipv4 + ipv6) + _scoped(access, refused)
        for head in heads:
            for start in range(0, len(nets), _PER_LINE):
                lines += ["%sAddress %s" % (head, ",".join(nets[start : start + _PER_LINE])), "\t" + refusal]
    return _HEAD + "".join(line + "\n" for line in lines)


def _scoped(access: AccessList, refused: Ranges) -> List[str]:
    """The patterns of link-local clients. BackendError where some of them are refused, and some are not."""
    told = _of_link_local(refused)
    if told is None:
        raise BackendError(
            "%s: only some of the link-local addresses (%s) are refused, and sshd takes no network for a client such as "
            "fe80::1%%eth0: refuse or grant all of them, or let nftables enforce sshd's rules"
            % (access.daemon, _LINK_LOCAL)
        )
    return list(_SCOPED) if told else []


def _of_link_local(refused: Ranges) -> Optional[bool]:
    """Whether all link-local addresses are refused, or none; None: some."""
    every = ranges_of(((), (_LINK_LOCAL,)))
    found = meet(refused, every)
    return True if found == every else None if found else False


def read(text: str, daemon: str = "sshd") -> Reading:
    """What a drop-in of this collection refuses; `ports` () stands for all of sshd's ports."""
    by_ports: Dict[Tuple[int, ...], Ranges] = {}
    scoped: Dict[Tuple[int, ...], Set[str]] = {}
    unclear: List[str] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    while lines:
        number, line = lines.pop(0)
        match = _MATCH.match(line)
        if match is None or not lines or lines[0][1] not in _REFUSALS:
            unclear.append("line %d is not of this collection's making: %r" % (number, line[:80]))
            continue
        lines.pop(0)
        ports = (int(match.group(1)),) if match.group(1) else ()
        try:
            words = match.group(2).split(",")
            scoped.setdefault(ports, set()).update(word for word in words if word in _SCOPED)
            by_ports[ports] = join(by_ports.get(ports, ()), _networks([one for one in words if one not in _SCOPED]))
        except BackendError as exc:
            unclear.append("line %d: %s" % (number, exc))
    for place, refused in sorted(by_ports.items()):
        if bool(scoped[place]) != (_of_link_local(refused) is not False) or scoped[place] not in (set(), set(_SCOPED)):
            unclear.append(
                "it does not say of all clients with a link-local address (fe80::1%eth0) what it says of others"
            )
    found = [Enforced(daemon, ports, "tcp", by_ports[ports]) for ports in sorted(by_ports)]
    return Reading(tuple(found), tuple(unclear))


def _networks(nets: Sequence[str]) -> Ranges:
    ipv4 = [net for net in nets if ":" not in net]
    return ranges_of((tuple(ipv4), tuple(net for net in nets if ":" in net)))


def connection_words(address: str, port: int, user: str = "root") -> str:
    """What `sshd -T -C` takes to be asked about one client. Only `-C` with all of these is taken by old releases."""
    return "addr=%s,user=%s,host=%s,laddr=%s,lport=%d" % (address, user, address, address, port)


def refuses(effective: str) -> bool:
    """Whether sshd refuses the client for which `sshd -T -C` printed its configuration."""
    for line in effective.splitlines():
        words = line.lower().split()
        if words[:1] == ["refuseconnection"] and words[1:] == ["yes"]:
            return True
        if words[:1] == ["denyusers"] and "*" in words[1:]:
            return True
    return False


def include_problem(config: str, path: str = CONFIG, dropin: str = DROPIN) -> Optional[str]:
    """Why sshd does not read a drop-in for every client, with the remedy; None where `config`, the text of the file
    `path`, includes it.
    """
    folder, _slash, name = dropin.rpartition("/")
    for number, line in enumerate(config.splitlines(), 1):
        words = _words(line)
        if not words:
            continue
        keyword = words[0].lower()
        if keyword == "match":
            break
        if keyword == "include" and any(_meets(pattern, folder, name) for pattern in words[1:]):
            return None
    return (
        "sshd does not read %s: %s has no Include of it before its first Match. Put 'Include %s/*.conf' above "
        "everything else there, or let nftables enforce sshd's rules" % (dropin, path, folder)
    )


def earlier_refusal(text: str, dropin: str = DROPIN) -> Optional[int]:
    """The first line of a file that sets RefuseConnection before the drop-in is read; None where none does.

    sshd takes the first value: what stands before the drop-in, and not the drop-in, decides about its clients.
    """
    folder, _slash, name = dropin.rpartition("/")
    for number, line in enumerate(text.splitlines(), 1):
        words = _words(line)
        keyword = words[0].lower() if words else ""
        if keyword == "refuseconnection":
            return number
        if keyword == "include" and any(_meets(pattern, folder, name) for pattern in words[1:]):
            return None
    return None


def _words(line: str) -> List[str]:
    """A line of sshd_config: a keyword, blanks or one '=', and arguments, which may be quoted; # begins a comment."""
    line = line.strip()
    if not line or line.startswith("#"):
        return []
    if len(line) > _LONGEST:
        return line.split()  # shlex takes the square of a word's length
    try:
        return shlex.split(re.sub(r"\A(\w+)\s*=\s*", r"\1 ", line), comments=True)
    except ValueError:
        return line.split()


def _meets(pattern: str, folder: str, name: str) -> bool:
    if not pattern.startswith("/"):
        pattern = "/etc/ssh/" + pattern
    there, _slash, last = pattern.rpartition("/")
    return fits(folder, there) and fits(name, last)
