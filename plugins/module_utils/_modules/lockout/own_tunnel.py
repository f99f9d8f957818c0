# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""An operator who comes through a tunnel that the host itself serves: the new connection goes through the open tunnel, and
so does not show whether the tables let the operator open the next one.
"""

from typing import List

from ..._host.system.tunnels import TunnelServer, comes_by_tunnel, tunnel_servers
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import Guarded, describe_guarded


def check_own_tunnel(arguments: LockoutArguments, guarded: Guarded, before: Policy, after: Policy) -> List[str]:
    """A warning for each server of a tunnel that asks libwrap and that new tables keep a client from, who was let in
    before. Raises TaskError with the strict guard, and then nothing was written.
    """
    if arguments.lockout_guard == "disabled" or not any(comes_by_tunnel(address) for address in guarded.came):
        return []
    problems = [
        "%s from %s is denied, and was granted before" % (server.daemon, address)
        for server in tunnel_servers()
        for address in server.peers
        if _granted(before, server, address) and not _granted(after, server, address)
    ]
    if not problems:
        return []
    text = (
        "you come through a tunnel that this host serves. With the new tables, %s: the tunnel that is open goes on, and "
        "you could not open the next one" % "; ".join(problems[:5])
    )
    if arguments.lockout_guard == "strict":
        raise TaskError(
            "lockout_guard: nothing was written, for %s. Keep a rule for the server of the tunnel." % text,
            lockout=dict(describe_guarded(guarded), refused=problems, uncertain=[]),
        )
    return ["%s%s." % (text[0].upper(), text[1:])]


def _granted(policy: Policy, server: TunnelServer, address: str) -> bool:
    return policy.decide(Request(daemon=server.daemon, address=address)).granted
