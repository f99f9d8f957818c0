# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons for which another program asks libwrap, as a user that stands in the daemon's configuration."""

from typing import Callable, Dict, Optional, Sequence

from .accounts import User
from .daemon_configurations import Configurations
from .dovecot import tcpwrap_user

READERS: Dict[str, Callable[[Configurations, Sequence[str]], Optional[User]]] = {"dovecot": tcpwrap_user}


def user_in_configuration(reader: str, read: Configurations, arguments: Sequence[str]) -> Optional[User]:
    """The user that asks, with its groups; None where the host has no such user. `reader`: a key of READERS. Raises
    TooMuchToRead.
    """
    return READERS[reader](read, arguments)
