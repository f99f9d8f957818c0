# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of a host: read, replaced and removed below its root. What the other layers import; reading.py and writing.py
do it.
"""

from .reading import READ_LIMIT, FileState, FileTooLarge, explain, list_folder, open_file, read, stat_file
from .writing import (
    FileChanged,
    WriteResult,
    check_writable,
    ensure_attributes,
    make_folder,
    remove,
    remove_folder,
    remove_leftovers,
    write,
)

__all__ = [
    "READ_LIMIT",
    "FileChanged",
    "FileState",
    "FileTooLarge",
    "WriteResult",
    "check_writable",
    "ensure_attributes",
    "explain",
    "list_folder",
    "make_folder",
    "open_file",
    "read",
    "remove",
    "remove_folder",
    "remove_leftovers",
    "stat_file",
    "write",
]
