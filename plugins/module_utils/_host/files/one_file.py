# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The program that undoes a change, as the one file that is copied to the host: its parts, one below the other.

What a run was sent as is gone when it ends, and the program outlives the run. It is not a zip: from Python 3.8 on, zipimport compiles each
source twice, so the watchdog of a change would start later.
"""

import inspect
import re
import sys
from typing import Dict

from ..rollback import command_line

#: How a part imports from another. In one file the names are there, and no two parts have one name.
_IMPORT = re.compile(r"^from \.(\w+) import (?:\([^)]*\)|[^(\n]*)\n", re.MULTILINE)
_START = """\

if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
"""


def program_text() -> str:
    """The program, with its command line last."""
    package, _dot, last = command_line.__name__.rpartition(".")
    parts: Dict[str, str] = {}
    _add(package, last, parts)
    return "\n".join(parts.values()) + _START


def _add(package: str, name: str, parts: Dict[str, str]) -> None:
    """A part stands below those that it imports from."""
    if name in parts:
        return
    source = inspect.getsource(sys.modules["%s.%s" % (package, name)])
    for other in _IMPORT.findall(source):
        _add(package, other, parts)
    parts[name] = _IMPORT.sub("", source)
