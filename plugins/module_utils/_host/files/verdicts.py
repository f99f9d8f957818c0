# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What became of the last changes, when nothing else is left of them: a controller that lost the answer to its
confirmation asks again, and one whose change was undone before its time asks why.

The files are beside the lock, for root only, and gone with the next start of the system.
"""

from ..rollback.kept import ENDED, is_kept, keep_token
from ..rollback.names import CONFIRMED


def remember_confirmed(token: str) -> None:
    """Keep the token of a change that was confirmed."""
    keep_token(CONFIRMED, token)


def was_confirmed(token: str) -> bool:
    """Whether a change was confirmed since the system started, as far as that is known."""
    return is_kept(CONFIRMED, token)


def was_ended(token: str) -> bool:
    """Whether a signal ended the watchdog of a change, which then undid it before its time was over."""
    return is_kept(ENDED, token)
