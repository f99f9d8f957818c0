# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""As whom a program reads the tables that a super-server starts as some user: its file may change that."""

from typing import Optional

from ..._host.errors import HostError
from ..._host.files.root import Root
from ..._host.system.access import gives_rights
from ..._host.system.accounts import User


def started_as(root: Root, program: str, user: Optional[User]) -> Optional[User]:
    """The user as it is, or None (not known) where the program's file has set-id bits or capabilities."""
    try:
        return None if gives_rights(root.resolve(program)) else user
    except HostError:
        return user
