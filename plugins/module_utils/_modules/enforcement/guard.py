# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The guard of hosts_access_enforce: what the new filter, and not the tables, does to those who must stay in."""

from typing import Dict, List, NamedTuple, Sequence

from ..._backends import sshd
from ..._backends.access_list import AccessList, refused_ranges
from ..._backends.translate import SSHD
from ..._host.system.connection import SshServer
from ..._host.system.ssh_ports import first_of_users, ports_of_users
from ..._host.system.ssh_sessions import list_ssh_sessions
from ..._host.system.ssh_unit import Setting, awaited_units, own_settings
from ..._host.system.ssh_unread import unread_by_sshd
from ..._libwrap.analysis.ranges import Ranges, contains, meet, position_of
from ..._libwrap.analysis.search import Question
from ..._libwrap.printable import printable
from ..errors import TaskError
from ..lockout.behind_relay import check_relay
from ..lockout.guard import SSH_PORT, Guarded, check_known, describe_guarded, find_guarded, own_addresses
from ..lockout.confirmation import why_unconfirmed
from ..lockout.not_read import refuse_unread
from ..lockout.own_files import check_own_files
from ..proofs.assertions import Assertion, check_assertions, describe
from .options import EnforceArguments
from .plan import Plan


_UNREAD = (
    "sshd has not read it since: the filter makes it read that, too, and no rollback takes it back. Look at the file, "
    "reload sshd while you are logged in, and try a new login"
)
_UNTOLD = (
    "nothing tells whether sshd has read it since (it writes no PidFile, or the clock was set back): the filter makes it read that, and no "
    "rollback takes it back. Look at the file, restart sshd while you are logged in, and try a new login"
)
_STARTED_WITH = (
    "the service of sshd has not been started since: the filter starts it anew, for its socket is systemd's, and no "
    "rollback takes back what it reads then. Look at the file, restart the service while you are logged in, and try a "
    "new login"
)

_TAKEN = (
    "sshd binds port %s anew when it reads the filter, any user of this host may take a port from %d on in that moment, "
    "and nobody could log in by it any more. Let nftables enforce sshd's rules, or set the kernel parameter "
    "net.ipv4.ip_unprivileged_port_start to %d"
)
_OWN_START = (
    "the filter starts the service of sshd anew, for its socket is systemd's, and %s. What that needs may be gone by now, and nobody could log "
    "in by sshd any more. Let nftables enforce sshd's rules"
)
_WAITS = (
    "the filter starts the service of sshd anew, for its socket is systemd's, and the service waits for %s, which systemd is starting or "
    "stopping now: nobody could log in until that has ended. Run the task again then, or let nftables enforce sshd's rules"
)


class Kept(NamedTuple):
    guarded: Guarded
    warnings: List[str]


def check_kept(arguments: EnforceArguments, plan: Plan) -> Kept:
    """Hold the new filter against all who must stay in. Raises TaskError, and then nothing was written."""
    guarded = find_guarded(arguments, plan.tables.root)
    lists = [one.access for one in plan.planned]
    doors = _doors(guarded, lists)
    if guarded.server is not None and (guarded.connection is not None or guarded.unknown):
        # whatever libwrap is to the ssh server, the filter stands before it, or may stand before a relay to it
        server = guarded.server._replace(guarded=None, reason="its port is not filtered")
        if doors:
            server = SshServer(doors[0].daemon, True, "the filter stands before it")
        guarded = guarded._replace(server=server, note="")
    warnings = list(guarded.warnings)
    refused: List[str] = []
    if arguments.lockout_guard != "disabled":
        warnings += check_relay(arguments, guarded)
        if doors:
            check_known(arguments, guarded, warnings)
        warnings += _check_sshd(arguments, plan, guarded)
        refused += _refused(own_addresses(arguments, guarded), doors)
        refused += _refused_of_keep_access(arguments, lists)
    others = [one for one in list_ssh_sessions() if doors] if plan.tables.root.is_host else []
    shut = _refused(sorted(set(one.address for one in others)), doors)
    if arguments.keep_sessions:
        refused += [text for text in shut if text not in refused]
    else:
        warnings += ["Who is logged in now would not get in again: %s." % text for text in shut if text not in refused]
    if refused:
        raise TaskError(
            "lockout_guard: nothing was written. With the new filter, %s. Put a rule for these addresses first "
            "in hosts.allow." % "; ".join(refused),
            lockout=dict(describe_guarded(guarded), refused=refused, uncertain=[]),
        )
    paths = [change.state.path for change in plan.changes]
    warnings += check_own_files(arguments, paths, why_unconfirmed(arguments, guarded))
    return Kept(guarded, warnings)


def _check_sshd(arguments: EnforceArguments, plan: Plan, guarded: Guarded) -> List[str]:
    """TaskError, or a warning, where an sshd that is told would read what somebody else has changed, too, or may lose its
    port: no rollback takes that back.
    """
    told = plan.wanted[SSHD] or any(one.state.path == sshd.DROPIN for one in plan.changes)
    if not told or not plan.tables.root.is_host or (guarded.connection is None and not guarded.unknown):
        return []
    unread = unread_by_sshd(plan.tables.root, sshd.DROPIN)
    for paths, why in zip((unread.started_with, unread.paths, unread.untold), (_STARTED_WITH, _UNREAD, _UNTOLD)):
        if paths:
            return refuse_unread(arguments, "%s, and %s" % (_changes(paths), why))
    ports = ports_of_users()
    if ports:
        named = " and ".join(str(port) for port in ports)
        return refuse_unread(arguments, _TAKEN % (named, first_of_users(), ports[-1] + 1))
    awaited = awaited_units()
    if awaited:
        return refuse_unread(arguments, _WAITS % printable(" and ".join(awaited)))
    own = own_settings()
    return refuse_unread(arguments, _OWN_START % _settings_in_words(own)) if own else []


def _settings_in_words(settings: Sequence[Setting]) -> str:
    """Each file with what it sets."""
    names: Dict[str, List[str]] = {}
    for one in settings:
        names.setdefault(one.path, []).append(one.name)
    told = [
        "%s sets %s" % (path, ", ".join(dict.fromkeys(found))) if all(found) else "%s cannot be read" % path
        for path, found in names.items()
    ]
    return printable(" and ".join(told))


def _changes(paths: Sequence[str]) -> str:
    """What was changed, in words."""
    told = [path + (" (a file was added or removed)" if path.endswith("/") else "") for path in paths]
    return "%s was changed" % printable(" and ".join(told))


def _doors(guarded: Guarded, lists: Sequence[AccessList]) -> List[AccessList]:
    """The access lists that an operator's ssh connection meets."""
    port = SSH_PORT
    if guarded.connection is not None and guarded.connection.server_port is not None:
        port = guarded.connection.server_port
    return [one for one in lists if one.protocol == "tcp" and (port in one.ports or one.daemon in sshd.NAMES)]


def _refused(addresses: Sequence[str], doors: Sequence[AccessList]) -> List[str]:
    """The addresses that a list refuses, in words."""
    found = []
    for access in doors:
        refused = refused_ranges(access)
        for address in dict.fromkeys(_plain(address) for address in addresses):
            if _holds(refused, address):
                found.append("%s from %s is refused (port %d)" % (access.daemon, address, access.ports[0]))
    return found


def _refused_of_keep_access(arguments: EnforceArguments, lists: Sequence[AccessList]) -> List[str]:
    found = []
    for assertion in check_assertions(arguments.keep_access, "keep_access", expecting=False):
        for access in lists:
            if access.daemon == assertion.daemon and meet(refused_ranges(access), _asked(assertion)):
                found.append("keep_access[%d], %s is refused" % (assertion.number, describe(assertion)))
    return found


def _asked(assertion: Assertion) -> Ranges:
    """The addresses that an assertion is about."""
    asked = assertion.network if assertion.address is None else _plain(assertion.address)
    return Question(network=asked, except_=list(assertion.exceptions)).ranges


def _plain(address: str) -> str:
    """A mapped address is that of an IPv4 client."""
    text = address.partition("%")[0]
    return text[7:] if text.lower().startswith("::ffff:") and "." in text else text


def _holds(refused: Ranges, address: str) -> bool:
    place = position_of(_plain(address))
    return place is not None and contains(refused, place)
