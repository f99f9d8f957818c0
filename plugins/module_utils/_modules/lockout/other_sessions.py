# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The others: whoever is logged in over ssh and would not get in again with the new tables is named, or the change
refused.
"""

from typing import Dict, List, Optional, Sequence

from ..._libwrap.policy import Policy
from ..._host.files.root import Root
from ..._host.system.ssh_sessions import SshSession, list_ssh_sessions
from ..._libwrap.request import Request
from ..arguments import LockoutArguments
from ..errors import TaskError
from .unknowns import ask_in_every_state

_MOST = 200  # addresses asked about
_SHOWN = 10


def check_sessions(
    arguments: LockoutArguments,
    root: Root,
    policy: Policy,
    daemons: Sequence[str],
    own: Sequence[str],
) -> List[str]:
    """A warning that names them, if any. Raises TaskError where `keep_sessions` says so, and then nothing was written.

    `policy` is that of the tables from now on, `daemons` are the names that libwrap is asked with for ssh. `own` are
    the operators' addresses, which are asked about elsewhere.
    """
    if not root.is_host or not daemons:
        return []
    paths = arguments.paths
    lost = []
    for session in [session for session in list_ssh_sessions() if session.address not in own][:_MOST]:
        why = _refused(session, policy, daemons, paths)
        if why is not None:
            lost.append("%s from %s (%s)" % (session.user, session.address, why))
    if not lost:
        return []
    named = "; ".join(lost[:_SHOWN]) + ("; and %d more" % (len(lost) - _SHOWN) if len(lost) > _SHOWN else "")
    if arguments.keep_sessions:
        raise TaskError(
            "keep_sessions: nothing was changed. These are logged in over ssh, and would not get in again: %s. Add "
            "rules that let them in, or set keep_sessions: false." % named
        )
    return [
        "These are logged in over ssh, and would not get in again: %s. keep_sessions: true refuses such a change."
        % named
    ]


def _refused(
    session: SshSession,
    policy: Policy,
    daemons: Sequence[str],
    paths: Dict[str, str],
) -> Optional[str]:
    """Which rule refuses the client whatever its name is; None where it may get in."""
    for daemon in daemons:
        found = ask_in_every_state(policy, [Request(daemon=daemon, address=session.address)])
        if found and not any(item.decision.granted for item in found):
            decision = found[0].decision
            if decision.table is None:
                return "%s is %s" % (daemon, decision.access)
            return "%s is %s by %s line %s, '%s'" % (
                daemon,
                decision.access,
                paths[decision.table],
                decision.line,
                decision.rule,
            )
    return None
