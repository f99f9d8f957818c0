# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that ask libwrap as another user than they are started as: one of the daemon's configuration, or one that the
program has built in.
"""

from typing import Callable, Dict, Optional, Sequence

from .accounts import Accounts, User
from .daemon_configurations import Configurations
from .dovecot import tcpwrap_user
from .known_daemons import Known

READERS: Dict[str, Callable[[Configurations, Sequence[str]], Optional[User]]] = {"dovecot": tcpwrap_user}


def user_in_configuration(reader: str, read: Configurations, arguments: Sequence[str]) -> Optional[User]:
    """The user that asks, with its groups; None where the host has no such user. `reader`: a key of READERS. Raises
    TooMuchToRead.
    """
    return READERS[reader](read, arguments)


def becomes(known: Known, accounts: Accounts, started: Optional[User]) -> Optional[User]:
    """The user that a daemon asks as that does not run yet; None where it is not known. `started`: as whom it is started."""
    if not known.becomes or started is None or started.uid != 0:
        return started
    return next(filter(None, (accounts.user(name) for name in known.becomes)), None)
