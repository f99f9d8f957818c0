# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The guard before writing: would the new tables still let in the connection that this task came through?"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..._host.lookups import HostLookups
from ..._host.system.connection import Connection, SshServer, address_forms, find_connection
from ..._host.files.root import Root
from ..._libwrap.dialects import Dialect
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.edit.mapping import RuleMapping, render_mapping
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..proofs.assertions import ANY, Assertion, check_assertions, describe, is_address
from ..errors import TaskError
from .asked_names import find_doors
from .unknowns import Answered, answers
from ..proofs.report import describe_request
from ..proofs.prover import Prover

SSH_PORT = 22


class Guarded(NamedTuple):
    """Who must not be locked out. `unknown`: this task came through ssh, and nothing tells from where."""

    connection: Optional[Connection]  # that this run came through, or None
    server: Optional[SshServer]  # None where nobody comes by ssh
    requests: List[Request]  # of the operators: each must stay granted
    note: str  # why nothing was asked, or ""
    warnings: List[str]
    unknown: bool = False


UNKNOWN = (
    "it is not known from which address this task came: its ssh connection is in no environment, no log-in session and no socket that the host shows. "
    "Give operators your address as the host sees it, or set lockout_guard: warn, and only rollback_timeout guards you"
)


def find_guarded(params: Dict[str, Any], root: Root) -> Guarded:
    """Who must not be locked out of the host of this task: its own connection, and `operators` besides.

    Raises TaskError for an operator that is no address.
    """
    operators = check_operators(params["operators"])
    session = params["rollback_session"] or {}
    connection: Optional[Connection] = None
    if root.is_host and session.get("transport", "ssh") in ("ssh", "local"):
        connection = find_connection(session.get("connection"))
    unknown = root.is_host and connection is None and session.get("transport") == "ssh"
    if connection is None and not operators and not unknown:
        note = "the tables of %s are not those of the running host" % root.path
        if root.is_host:
            note = "this task did not come through ssh, so no connection was guarded and none has to be confirmed"
        return Guarded(None, None, [], note, [])
    doors = find_doors(root, connection)
    server = doors[0]
    addresses = list(operators)
    if connection is not None and server.guarded is not False:
        addresses = address_forms(connection) + addresses
    requests = _requests([door.daemon for door in doors], addresses, connection)
    note = "" if server.guarded is not False else "the ssh server does not obey the tables (%s)" % server.reason
    return Guarded(connection, server, requests, note, [], unknown)


def own_addresses(params: Dict[str, Any], guarded: Guarded) -> List[str]:
    """The addresses of the operators as libwrap may see them: the client of the task's own connection, and those that the task names."""
    own = [] if guarded.connection is None else address_forms(guarded.connection)
    return own + [address for address in check_operators(params["operators"]) if address not in own]


def check_operators(value: Optional[Sequence[Any]]) -> List[str]:
    """The addresses of `operators`. Raises TaskError for anything that is none."""
    for index, text in enumerate(value or []):
        if not isinstance(text, str) or not is_address(text):
            raise TaskError(
                "operators[%d] is %r, and must be an IPv4 or IPv6 address in quotes. Networks and names go under keep_access."
                % (index, text)
            )
    return list(value or [])


def check_guard(
    params: Dict[str, Any],
    guarded: Guarded,
    root: Root,
    dialect: Dialect,
    allow: Optional[bytes],
    deny: Optional[bytes],
) -> List[str]:
    """Hold the new tables against all who must stay in; returns warnings. Raises TaskError, and then nothing was written."""
    others = _check_others(params, guarded, root, dialect, allow, deny)
    if params["lockout_guard"] == "disabled":
        return others
    warnings = list(guarded.warnings) + others
    lookups = HostLookups(root)
    paths = {"allow": params["allow_path"], "deny": params["deny_path"]}
    problems: List[str] = []
    doubts: List[str] = []
    if (
        guarded.unknown
        and not params["operators"]
        and guarded.server is not None
        and guarded.server.guarded is not False
    ):
        if params["lockout_guard"] == "strict":
            raise TaskError(
                "lockout_guard: nothing was written, for %s." % UNKNOWN,
                lockout=dict(describe_guarded(guarded), refused=[], uncertain=[UNKNOWN]),
            )
        warnings.append("%s%s." % (UNKNOWN[0].upper(), UNKNOWN[1:]))
    prover = Prover(Policy.parse(allow, deny, dialect, lookups))
    for daemon, address in sorted(set((request.daemon, str(request.address)) for request in guarded.requests)):
        wanted = [request for request in guarded.requests if (request.daemon, request.address) == (daemon, address)]
        _judge(
            _all_answers(prover, answers(allow, deny, dialect, lookups, wanted), wanted),
            dialect,
            paths,
            problems,
            doubts,
        )
    for assertion in check_assertions(params["keep_access"], "keep_access", expecting=False):
        item = prover.answer(assertion)
        if item.met is False:
            text = "keep_access[%d], %s" % (assertion.number, describe(assertion))
            if item.decision.granted and item.depends:
                doubts.append("%s is let in only if %s" % (text, ", ".join(item.depends)))
            else:
                problems.append("%s is %s%s" % (text, item.decision.access, _by(item.decision, paths)))
    if root.is_host and not guarded.requests and not params["keep_access"] and guarded.server is None:
        warnings.append(
            "This task did not come through ssh, and neither operators nor keep_access are given: nobody was looked out for. "
            "Give operators the addresses that must still reach the host."
        )
    if doubts and params["lockout_guard"] == "warn":
        warnings += ["With the new tables, %s." % doubt for doubt in doubts]
        doubts = []
    if problems or doubts:
        raise TaskError(
            "lockout_guard: nothing was written. With the new tables, %s.%s"
            % ("; ".join(problems + doubts), "" if problems else " lockout_guard: warn accepts that."),
            lockout=dict(describe_guarded(guarded), refused=problems, uncertain=doubts),
        )
    return warnings


def describe_guarded(guarded: Guarded) -> Dict[str, Any]:
    """What the guard found, for the task's result."""
    server, connection = guarded.server, guarded.connection
    through = None
    if connection is not None and connection.port is not None:
        through = "%s %d %s %s" % (
            connection.address,
            connection.port,
            connection.server_address,
            connection.server_port,
        )
    return {
        "connection": through,
        "operators": sorted(set(str(request.address) for request in guarded.requests)),
        "daemon": None if server is None else server.daemon,
        "guarded": None if server is None else server.guarded,
        "note": guarded.note or None,
    }


def keeps(guarded: Guarded, root: Root, dialect: Dialect, allow: Optional[bytes], deny: Optional[bytes]) -> bool:
    """Whether two tables let in all operators in every state."""
    found = answers(allow, deny, dialect, HostLookups(root), guarded.requests)
    return all(item.decision.granted and not item.decision.depends for item in found)


def _check_others(
    params: Dict[str, Any],
    guarded: Guarded,
    root: Root,
    dialect: Dialect,
    allow: Optional[bytes],
    deny: Optional[bytes],
) -> List[str]:
    """The others who are logged in; see other_sessions. With the guard off only `keep_sessions` asks about them."""
    if not root.is_host or (params["lockout_guard"] == "disabled" and not params["keep_sessions"]):
        return []
    from .other_sessions import check_sessions

    server = guarded.server or find_doors(root, None)[0]
    if server.guarded is False:
        return []
    daemons = sorted(set([server.daemon] + [request.daemon for request in guarded.requests]))
    return check_sessions(params, root, dialect, allow, deny, daemons, own_addresses(params, guarded))


def _requests(daemons: Sequence[str], addresses: Sequence[str], connection: Optional[Connection]) -> List[Request]:
    place = None if connection is None else connection.server_address
    port = SSH_PORT if connection is None or connection.server_port is None else connection.server_port
    return [
        Request(daemon=daemon, address=address, server_address=place, server_port=port)
        for daemon in daemons
        for address in dict.fromkeys(addresses)
    ]


def _all_answers(prover: Prover, tried: List[Answered], wanted: Sequence[Request]) -> List[Answered]:
    """The answers that were tried; where all of them let the client in, it is proved that no other one keeps it out."""
    if any(not item.decision.granted or item.decision.depends for item in tried):
        return tried
    for request in wanted:
        assertion = Assertion(
            0,
            request.daemon,
            request.address,
            None,
            (),
            ANY,
            ANY,
            request.server_address or ANY,
            ANY,
            request.server_port,
            "granted",
        )
        item = prover.answer(assertion)
        if item.met is False:
            return tried + [Answered(item.request, item.decision)]
    return tried


def _judge(
    found: Sequence[Answered], dialect: Dialect, paths: Dict[str, str], problems: List[str], doubts: List[str]
) -> None:
    """One operator: refused whatever is looked up, in doubt, or safe."""
    refused = [item for item in found if not item.decision.granted]
    resting = [item for item in found if item.decision.granted and item.decision.depends]
    if not refused and not resting:
        return
    worst = (refused or resting)[0]
    who = "%s from %s, whom this task needs," % (worst.request.daemon, worst.request.address)
    door = _door(worst, dialect, paths)
    if len(refused) == len(found):
        problems.append("%s is %s%s%s" % (who, worst.decision.access, _by(worst.decision, paths), door))
    elif refused:
        doubts.append(
            "it depends on names that may fail to be looked up whether %s is let in: as %s it is %s%s%s"
            % (who, _state(worst.request), worst.decision.access, _by(worst.decision, paths), door)
        )
    else:
        doubts.append("%s is let in only if %s%s" % (who, ", ".join(worst.decision.depends), door))


def _state(request: Request) -> str:
    if request.hostname is None and not request.paranoid:
        return "%s without a name" % request.address
    return describe_request(request)


def _by(decision: Any, paths: Dict[str, str]) -> str:
    if decision.table is None:
        return " because %s" % decision.reason if decision.reason else ""
    text = " by %s line %s, '%s'" % (paths[decision.table], decision.line, decision.rule)
    return text + (" (%s)" % decision.reason if decision.reason else "")


def _door(item: Answered, dialect: Dialect, paths: Dict[str, str]) -> str:
    """The rule that would keep the door open, and where."""
    request = item.request
    try:
        client = str(request.address).partition("%")[0]  # a rule has no scope
        line = render_mapping(RuleMapping((request.daemon,), (), (client,), (), (), ()), dialect)[0]
    except HostsAccessError:
        return ""
    where = "in %s" % paths["allow"]
    if item.decision.table == "allow":
        where += " above line %s" % item.decision.line
    return "; '%s' %s would keep the door open" % (line, where)
