# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The guard before writing: would the new tables still let in the connection that this task came through?"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.system.connection import (
    Connection,
    SshServer,
    address_forms,
    find_connection,
    find_enclosing_connection,
    is_below_server,
    is_standalone,
    may_be_anybodys,
    plain_address,
)
from ..._host.system.origins import Origins, comes_from_here, find_origins
from ..._host.system.ssh_sessions import list_ssh_sessions
from ..._host.files.root import Root
from ..._libwrap.dialects import Dialect
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.edit.mapping import RuleMapping, render_mapping
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..proofs.assertions import ANY, Assertion, check_assertions, describe, is_address
from ..arguments import LockoutArguments
from ..errors import TaskError
from .asked_names import find_doors
from .unknowns import Answered, ask_in_every_state
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
    relayed: bool = False  # whether the connection came through another process of this host, which others may refuse
    came: Sequence[str] = ()  # the addresses that the task came from, as libwrap may see them
    doubted: bool = False  # whether the task may be refused though the ssh server is said not to ask


# an address, and the connection that tells the server's address and port
Place = Tuple[str, Optional[Connection]]

RELAYED = (
    "You come through %s of this host, which asks libwrap by itself, under a name that is not known. Only the new "
    "connection shows whether the tables let it in."
)
UNKNOWN = (
    "it is not known from which address this task came: its ssh connection is in no environment, no login session and "
    "no socket that the host shows. Give operators your address as the host sees it, or set lockout_guard: warn, and "
    "only rollback_timeout guards you"
)


def is_judged(arguments: LockoutArguments, guarded: Guarded) -> bool:
    """Whether the new tables are held against the operators: the guard is on, and their ssh server may ask."""
    return arguments.lockout_guard != "disabled" and guarded.server is not None and guarded.server.guarded is not False


def find_guarded(arguments: LockoutArguments, root: Root) -> Guarded:
    """Who must not be locked out of the host of this task: its own connection, and `operators` besides.

    Raises TaskError for an operator that is no address.
    """
    operators = check_operators(arguments.operators)
    session = arguments.rollback_session or {}
    connection = own_connection(arguments, root)
    if (
        root.is_host
        and connection is None
        and session.get("transport") == "local"
        and may_be_anybodys(_controller(session))
    ):
        operators += [one.address for one in list_ssh_sessions() if one.address not in operators]
    unknown = root.is_host and connection is None and session.get("transport") == "ssh"
    if connection is None and not operators and not unknown:
        note = "the tables of %s are not those of the running host" % root.path
        if root.is_host:
            note = "this task did not come through ssh, so no connection was guarded and none has to be confirmed"
        return Guarded(None, None, [], note, [])
    doors = find_doors(root, connection)
    server = doors[0] if connection is None or can_wait(arguments) else _not_believed(doors[0])
    origins = Origins([], []) if connection is None else find_origins(connection)
    came = [] if connection is None else _who_came(arguments, connection, origins)
    places = ([] if server.guarded is False else came) + [(address, connection) for address in operators]
    note = "" if server.guarded is not False else "the ssh server does not obey the tables (%s)" % server.reason
    warnings = [RELAYED % relay for relay in origins.relays if can_wait(arguments)]
    requests = _requests([door.daemon for door in doors], places)
    relayed = bool(origins.relays) or (connection is not None and comes_from_here(connection))
    return Guarded(connection, server, requests, note, warnings, unknown, relayed, [place[0] for place in came])


def can_wait(arguments: LockoutArguments) -> bool:
    """Whether a new connection can confirm a change of this task: it comes by ssh, and the time for that is not off."""
    return (arguments.rollback_session or {}).get("transport", "ssh") == "ssh" and arguments.rollback_timeout != 0


def _not_believed(server: SshServer) -> SshServer:
    """An ssh server as it counts where no new connection can prove that it does not ask: that is inferred from its files,
    and libwrap may be inside it or under another name.
    """
    if server.guarded is not False:
        return server
    return server._replace(guarded=None, reason="%s, but nothing proves that it does not ask" % server.reason)


def own_connection(arguments: LockoutArguments, root: Root) -> Optional[Connection]:
    """The ssh connection that the task came through; None for an image, and where it came by other ways or nothing
    tells.

    Some plugins of other names run modules here, on the control node, where somebody is logged in over ssh.
    """
    session = arguments.rollback_session or {}
    if not root.is_host:
        return None
    if session.get("transport", "ssh") in ("ssh", "local"):
        return find_connection(session.get("connection"), controller=_controller(session))
    return find_enclosing_connection()


def _controller(session: Dict[str, Any]) -> Optional[int]:
    """The number of Ansible's own process, where it runs on this host."""
    number = session.get("controller")
    return number if isinstance(number, int) else None


def _who_came(arguments: LockoutArguments, connection: Connection, origins: Origins) -> List[Place]:
    """The addresses that the task came from, each as libwrap may see it.

    What a terminal multiplexer remembers, a connection that is over or one that is left standing, tells nothing of who
    sits there now: all who are logged in over ssh may.
    """
    here: List[Place] = []
    local = (arguments.rollback_session or {}).get("transport") == "local"
    if local and not (connection.open and is_below_server()):
        here = [(one.address, None) for one in list_ssh_sessions()]
    if here and not connection.open:
        return here
    return here + [(address, one) for one in [connection] + origins.connections for address in address_forms(one)]


def own_addresses(arguments: LockoutArguments, guarded: Guarded) -> List[str]:
    """The addresses of the operators as libwrap may see them: where the task's own connection comes from, and those
    that the task names.
    """
    return list(dict.fromkeys(list(guarded.came) + check_operators(arguments.operators)))


def check_operators(value: Optional[Sequence[Any]]) -> List[str]:
    """The addresses of `operators`. Raises TaskError for anything that is none."""
    for index, text in enumerate(value or []):
        if not isinstance(text, str) or not is_address(text):
            raise TaskError(
                "operators[%d] is %r, and must be an IPv4 or IPv6 address in quotes. Networks and names go under "
                "keep_access." % (index, text)
            )
    return list(value or [])


def check_guard(arguments: LockoutArguments, guarded: Guarded, root: Root, prover: Prover) -> List[str]:
    """Hold the new tables against all who must stay in; returns warnings. Raises TaskError, and then nothing was
    written.
    """
    policy = prover.policy
    others = _check_others(arguments, guarded, root, policy)
    if arguments.lockout_guard == "disabled":
        return others
    warnings = list(guarded.warnings) + others
    paths = arguments.paths
    problems: List[str] = []
    doubts: List[str] = []
    if guarded.server is not None and guarded.server.guarded is not False:
        check_known(arguments, guarded, warnings)
    for forms in _by_client(guarded.requests):
        told: Tuple[List[str], List[str]] = ([], [])
        for wanted in forms:
            found = _all_answers(prover, ask_in_every_state(policy, wanted), wanted)
            _judge(found, policy.dialect, paths, told[0], told[1])
        # one client, however its address may be written
        problems += told[0][:1]
        doubts += [] if told[0] else told[1][:1]
    _judge_kept(arguments.keep_access, prover, paths, problems, doubts)
    if root.is_host and not guarded.requests and not arguments.keep_access and guarded.server is None:
        warnings.append(
            "This task did not come through ssh, and neither operators nor keep_access are given: no client is "
            "protected. List in operators the addresses that must still reach the host."
        )
    if doubts and arguments.lockout_guard == "warn":
        warnings += ["With the new tables, %s." % doubt for doubt in doubts]
        doubts = []
    if problems or doubts:
        raise TaskError(
            "lockout_guard: nothing was written. With the new tables, %s.%s"
            % ("; ".join(problems + doubts), "" if problems else " lockout_guard: warn accepts that."),
            lockout=dict(describe_guarded(guarded), refused=problems, uncertain=doubts),
        )
    return warnings


def check_known(arguments: LockoutArguments, guarded: Guarded, warnings: List[str]) -> None:
    """TaskError, or a warning, where nothing tells from which address the task came."""
    if not guarded.unknown or arguments.operators:
        return
    if arguments.lockout_guard == "strict":
        raise TaskError(
            "lockout_guard: nothing was written, for %s." % UNKNOWN,
            lockout=dict(describe_guarded(guarded), refused=[], uncertain=[UNKNOWN]),
        )
    warnings.append("%s%s." % (UNKNOWN[0].upper(), UNKNOWN[1:]))


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
    mistaken = {"mistaken": True} if connection is not None and (connection.mistaken or not connection.open) else {}
    return {
        "connection": through,
        "operators": sorted(set(str(request.address) for request in guarded.requests)),
        "daemon": None if server is None else server.daemon,
        "guarded": None if server is None else server.guarded,
        "note": guarded.note or None,
        **mistaken,
    }


def doubt_server(guarded: Guarded, policy: Policy) -> Guarded:
    """The same, doubted unless new tables would let the task's own connection in if the ssh server asked, by a rule
    without options, and nobody can ask before it. That it does not ask is inferred from its files; a new connection
    proves it. What starts a server for each connection may ask under any name.
    """
    if guarded.server is None or guarded.server.guarded is not False:
        return guarded
    if guarded.connection is None:
        return guarded._replace(doubted=guarded.unknown)
    if not is_standalone():
        return guarded._replace(doubted=True)
    requests = _requests([guarded.server.daemon], [(address, guarded.connection) for address in guarded.came])
    rules = [policy.decide(request).rule_object for request in requests]
    holds = any(rule is not None and rule.option_field is not None for rule in rules)
    return guarded._replace(doubted=holds or not keeps(guarded._replace(requests=requests), policy))


def keeps(guarded: Guarded, policy: Policy) -> bool:
    """Whether two tables let in all operators in every state."""
    found = ask_in_every_state(policy, guarded.requests)
    return all(item.decision.granted and not item.decision.depends for item in found)


def _check_others(arguments: LockoutArguments, guarded: Guarded, root: Root, policy: Policy) -> List[str]:
    """The others who are logged in; see other_sessions. With the guard off only `keep_sessions` asks about them."""
    if not root.is_host or (arguments.lockout_guard == "disabled" and not arguments.keep_sessions):
        return []
    from .other_sessions import check_sessions

    server = guarded.server or find_doors(root, None)[0]
    if server.guarded is False:
        return []
    daemons = sorted(set([server.daemon] + [request.daemon for request in guarded.requests]))
    return check_sessions(arguments, root, policy, daemons, own_addresses(arguments, guarded))


def _judge_kept(
    keep_access: Any, prover: Prover, paths: Dict[str, str], problems: List[str], doubts: List[str]
) -> None:
    """Whether the requests that must stay granted do."""
    for assertion in check_assertions(keep_access, "keep_access", expecting=False):
        item = prover.answer(assertion)
        if item.met is False:
            text = "keep_access[%d], %s" % (assertion.number, describe(assertion))
            if item.decision.granted and item.depends:
                doubts.append("%s is let in only if %s" % (text, ", ".join(item.depends)))
            else:
                problems.append("%s is %s%s" % (text, item.decision.access, _by(item.decision, paths)))


def _requests(daemons: Sequence[str], places: Sequence[Place]) -> List[Request]:
    """What libwrap is asked: each daemon about each address, once."""
    found = {}
    for daemon in daemons:
        for address, connection in places:
            place = None if connection is None else connection.server_address
            port = SSH_PORT if connection is None or connection.server_port is None else connection.server_port
            key = (daemon, address, place, port)
            found[key] = Request(daemon=daemon, address=address, server_address=place, server_port=port)
    return list(found.values())


def _by_client(requests: Sequence[Request]) -> List[List[List[Request]]]:
    """The requests of each daemon and client: for each form that its address may have those about it, the plain one
    first.
    """
    found: Dict[Tuple[str, str], Dict[str, List[Request]]] = {}
    for request in requests:
        address = str(request.address)
        forms = found.setdefault((str(request.daemon), plain_address(address)), {})
        forms.setdefault(address, []).append(request)
    return [[forms[address] for address in sorted(forms, key=len)] for _client, forms in sorted(found.items())]


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
    who = "%s from %s, which this task needs," % (worst.request.daemon, worst.request.address)
    door = _door(worst, dialect, paths)
    if len(refused) == len(found):
        problems.append("%s is %s%s%s" % (who, worst.decision.access, _by(worst.decision, paths), door))
    elif refused:
        doubts.append(
            "whether %s is let in depends on name lookups, which can fail: as %s it is %s%s%s"
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
    """The rule that would keep the access of this client, and where."""
    request = item.request
    try:
        client = str(request.address).partition("%")[0]  # a rule has no scope
        line = render_mapping(RuleMapping((request.daemon,), (), (client,), (), (), ()), dialect)[0]
    except HostsAccessError:
        return ""
    where = "in %s" % paths["allow"]
    if item.decision.table == "allow":
        where += " above line %s" % item.decision.line
    return "; '%s' %s would keep the access" % (line, where)
