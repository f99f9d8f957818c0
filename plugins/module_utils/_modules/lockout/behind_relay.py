# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""An operator who came through a relay of this host, where no new connection confirms the change: the ssh server sees the
relay's address, and who is let in to the relay is asked under a name and on a port that are not the ssh server's.
"""

from typing import List

from ..._host.system.origins import find_relays
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import Guarded, can_wait, describe_guarded


def check_relay(arguments: LockoutArguments, guarded: Guarded) -> List[str]:
    """A warning where nothing shows whether the relay still lets the operator in. Raises TaskError with the strict guard,
    and then nothing was written. `keep_access` answers it: it names who must be let in, and as what.
    """
    if arguments.lockout_guard == "disabled" or arguments.keep_access or can_wait(arguments):
        return []
    relays = [] if guarded.connection is None else find_relays(guarded.connection)
    if not relays:
        return []
    text = (
        "you come through %s of this host, so the ssh server does not see your address, and no new connection would show "
        "whether you are let in there again" % " and ".join(relays)
    )
    if arguments.lockout_guard == "strict":
        raise TaskError(
            "lockout_guard: nothing was written, for %s. Run the task over ssh with its rollback_timeout, or give "
            "keep_access with your address and the daemon name that is asked there. lockout_guard: warn accepts that."
            % text,
            lockout=dict(describe_guarded(guarded), refused=[], uncertain=[text]),
        )
    return ["%s%s." % (text[0].upper(), text[1:])]
