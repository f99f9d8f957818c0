# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a module that writes has to do with confirm-or-roll-back: know whether to ask for a confirmation, confirm."""

import os
from typing import Any, Dict, Optional

from ..._host.errors import HostError
from ..._host.files.pending import ENDED_EARLY, TOKEN, Pending
from ..._host.rollback.clocks import now
from ..._host.files.root import Root
from ..._host.files.verdicts import was_ended
from ..._host.system.connection import find_connection, parse_connection, plain_address
from ..._libwrap.errors import HostsAccessError
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import Guarded, describe_guarded
from .still_there import filter_is_missed, host_mark, is_another_host, replaced_since, start_mark

_RESTARTED = "the host has started again while the change waited, and a start undoes what waits"


def confirm_if_asked(arguments: LockoutArguments) -> Optional[Dict[str, Any]]:
    """The result of a module that the action plugin starts only to confirm, or to ask; None where there is something
    else to do.
    """
    session = arguments.rollback_session or {}
    if session.get("explain"):
        restarted = bool(session.get("start")) and session["start"] != start_mark()
        ended = restarted or was_ended(_token(session))
        why = (_RESTARTED if restarted else ENDED_EARLY) if ended else _why(arguments, session)
        return {"changed": False, "lockout": {"why": why, "ended": ended}}
    if not session.get("confirm") and not session.get("ask"):
        return None
    pending = Pending(Root(arguments.root))
    token = _token(session)
    if is_another_host(session.get("host"), token):
        verdict = "elsewhere"
    elif session.get("ask"):
        verdict = "pending" if pending.state(token) == "pending" else "rolledback"
    elif _is_same_connection(session):
        verdict = "same"
    else:
        replaced = replaced_since(session.get("written"))
        missed = _filter_is_missed(pending, token, session) or ("away" if pending.file_system_away(token) else "")
        verdict = missed or ("confirmed" if pending.confirm(token) else "rolledback")
        if replaced:
            return {"changed": False, "lockout": {"verdict": verdict, "replaced": replaced}}
    return {"changed": False, "lockout": {"verdict": verdict}}


def _is_same_connection(session: Dict[str, Any]) -> bool:
    """Whether this run came by the connection that the change was made through, as the host sees it: that one proves
    nothing.
    """
    before = parse_connection(str(session.get("replaces") or ""), "the run before")
    now = None if before is None else find_connection(None)
    if before is None or now is None or not now.open:
        return False
    return (plain_address(now.address), now.port) == (plain_address(before.address), before.port)


def _filter_is_missed(pending: Pending, token: str, session: Dict[str, Any]) -> str:
    """Why this run's connection proves nothing about the filter of a change that waits; "" where it may."""
    waits = session.get("filter") and pending.state(token) == "pending"
    return filter_is_missed(find_connection(None)) if waits else ""


def _why(arguments: LockoutArguments, session: Dict[str, Any]) -> Optional[str]:
    """Why the new connection was refused, if the host's log tells. A message does without it rather than fail."""
    from .refusal import explain_refusal

    words = str(session.get("connection") or "").split()
    try:
        uptime, answered = now(), float(session["explain"])
        age = uptime - answered if answered <= uptime else uptime  # else the host has started anew
        return explain_refusal(arguments, age, words[0] if words else "")
    except (TaskError, HostError, HostsAccessError, TypeError, ValueError):
        return None


def describe_pending(guarded: Guarded, why: str, pending: bool, token: str = "") -> Dict[str, Any]:
    """`lockout` of a result: whom the guard found, whether the change waits for a new connection, and `why` it does not.

    `answered`, `host` and `start` are for the action plugin: the host's uptime, from which on a refusal may be one of that new
    connection, a mark by which that is known to lead to the same host, and one of the host's start.
    """
    found = dict(describe_guarded(guarded), pending=pending, confirmation=why or "a new connection")
    return dict(found, answered=now(), host=host_mark(token), start=start_mark()) if pending else found


def token_of(arguments: LockoutArguments) -> str:
    """The name of this run's change: the controller's, so that it can ask for it even if this run's answer is lost."""
    session = arguments.rollback_session or {}
    return _token(session) if session.get("token") else os.urandom(16).hex()


def timeout_of(arguments: LockoutArguments, guarded: Guarded) -> Optional[int]:
    """Seconds until the host undoes the change, or None where no new connection can or must confirm it. Raises
    TaskError.
    """
    timeout = arguments.rollback_timeout
    if not isinstance(timeout, int) or timeout < 0 or timeout > 86400:
        raise TaskError("rollback_timeout is %r, and must be a number of seconds from 0 (off) to 86400." % (timeout,))
    return None if why_unconfirmed(arguments, guarded) else timeout


def why_unconfirmed(arguments: LockoutArguments, guarded: Guarded) -> str:
    """Why a change takes effect at once; "" where it waits for a new connection.

    A task that came through ssh waits even where nobody knows from which address: the new connection proves it all the
    same.
    """
    session = arguments.rollback_session or {}
    if arguments.rollback_timeout == 0:
        return "off: rollback_timeout is 0"
    if guarded.connection is None and not guarded.unknown:
        return "not needed: %s" % (guarded.note or "this task did not come through ssh")
    if guarded.server is not None and guarded.server.guarded is False and not _may_ask(guarded, session):
        return "not needed: %s" % guarded.note
    if not session.get("token"):
        return "not possible: the module was not started by its action plugin"
    if session.get("transport") != "ssh":
        return "not needed: the connection of this task (%s) does not go through the ssh server" % session.get(
            "transport"
        )
    return ""


def _may_ask(guarded: Guarded, session: Dict[str, Any]) -> bool:
    """Whether something else may ask libwrap about the connection than the ssh server of the usual places, which does
    not.
    """
    unseen = guarded.server is not None and not guarded.server.seen and session.get("transport") == "ssh"
    return guarded.relayed or unseen or guarded.doubted


def _token(session: Dict[str, Any]) -> str:
    token = session.get("token")
    if not isinstance(token, str) or not TOKEN.match(token):
        raise TaskError("rollback_session is filled in by the collection itself: leave it out.")
    return token
