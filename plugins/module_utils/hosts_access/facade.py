# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The rule engine of TCP Wrappers: text in, decisions out.

It reads hosts.allow and hosts.deny as eleven libwrap builds do and answers what each would decide. It imports nothing
but the standard library, touches no file, process or socket, and executes nothing.

The names come from `names.py`, and only when one is asked for: whoever imports a part of the engine pays for that part. The
import is written so that Ansible does not see it: a module that needs a part of the engine names that part, and a module that
needs little ships little.
`__init__.py` is a link to this file: the sanity tests of ansible-core 2.16 to 2.18 want every `__init__.py` of module_utils empty.
"""

import sys
from types import ModuleType
from typing import Any

_NAMES = frozenset(("DIALECTS", "Decision", "Dialect", "HostsAccessError", "Lookups", "Policy", "Request", "Unreadable"))


def __getattr__(name: str) -> Any:
    """The engine's names, imported at their first use."""
    if name not in _NAMES:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    return getattr(__import__(__name__ + ".names", fromlist=[name]), name)


class _Facade(ModuleType):
    """The same on Python 3.6, where a module's own __getattr__ is not asked."""

    def __getattr__(self, name: str) -> Any:
        return __getattr__(name)


sys.modules[__name__].__class__ = _Facade
