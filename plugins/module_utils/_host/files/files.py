# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of a host below its root: read, and their folders. What the other layers import; they are replaced by
commit.py.
"""

from .reading import READ_LIMIT, FileState, FileTooLarge, explain, list_folder, open_file, read, stat_file
from .writing import (
    FileChanged,
    check_writable,
    make_folder,
    remove_folder,
    remove_leftovers,
)

__all__ = [
    "READ_LIMIT",
    "FileChanged",
    "FileState",
    "FileTooLarge",
    "check_writable",
    "explain",
    "list_folder",
    "make_folder",
    "open_file",
    "read",
    "remove_folder",
    "remove_leftovers",
    "stat_file",
]
