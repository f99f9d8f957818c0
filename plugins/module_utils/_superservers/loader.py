# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Variables by which the dynamic linker takes other libraries than a program's file tells: ld.so(8)."""

from typing import Iterable, Optional

_PREFIX = "LD_"
_HARMLESS = ("LD_BIND_NOW", "LD_DEBUG", "LD_DEBUG_OUTPUT", "LD_SHOW_AUXV", "LD_WARN", "LD_VERBOSE", "LD_USE_LOAD_BIAS")

#: Of the variables those that put a library before the program's own, whatever libwrap is then found.
BEFORE_ALL = ("LD_PRELOAD", "LD_AUDIT")


def decides(name: str) -> bool:
    """Whether a variable has a say in which libraries a program gets."""
    return name.startswith(_PREFIX) and name not in _HARMLESS


def first_of(assignments: Iterable[str]) -> Optional[str]:
    """The name of the first of `NAME=value` that has a say; None where none has."""
    names = (assignment.partition("=")[0].strip() for assignment in assignments if "=" in assignment)
    return next((name for name in names if decides(name)), None)
