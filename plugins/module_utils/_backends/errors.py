# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The one exception type of this layer."""


class BackendError(Exception):
    """An access list that a program cannot enforce, or text of it that cannot be read; the message names the remedy."""
