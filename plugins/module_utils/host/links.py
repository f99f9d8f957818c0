# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a symbolic link of a host says, without following it."""

import os
import posixpath
from typing import Optional

from .root import Root


def read_link(root: Root, path: str) -> Optional[str]:
    """The text of the link at `path` (its folder's links are followed within the root); None where there is no link."""
    folder, name = posixpath.split(path.rstrip("/"))
    try:
        return os.readlink(os.path.join(root.locate(folder or "/").real_path, name))
    except OSError:
        return None
