# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""An ssh server that has files of its own, by a mount in its own namespace: tables, services of a super-server, or
settings of sshd. This run sees them, and a host that starts does not.
"""

from typing import List, Sequence

from ..._host.system.namespaces import init_sees
from ..._libwrap.printable import printable
from ..arguments import LockoutArguments
from .not_read import refuse_unread


def check_own_files(arguments: LockoutArguments, paths: Sequence[str], why: str) -> List[str]:
    """The warning of a change of these files that waits for its confirmation, where process 1 sees others at their
    places; `why` none waits, "" where it does. Raises TaskError with the strict guard, and then nothing was written.
    """
    if why or init_sees(paths):
        return []
    return refuse_unread(
        arguments,
        "process 1 sees another file at %s: this task sees those of the ssh server's own mounts. If the host restarts before "
        "the change is confirmed, the new text stays, for the host cannot put the old one back. Manage the mounted files "
        "through a connection whose server has no mounts of its own, or keep the host up until the task has ended"
        % printable(" or ".join(paths)),
    )
