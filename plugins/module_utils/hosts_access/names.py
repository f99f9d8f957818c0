# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The names that the engine is known by, gathered for the package."""

from .decision import Decision
from .dialects import DIALECTS, Dialect
from .errors import HostsAccessError
from .lookups import Lookups, Unreadable
from .policy import Policy
from .request import Request

__all__ = ["DIALECTS", "Decision", "Dialect", "HostsAccessError", "Lookups", "Policy", "Request", "Unreadable"]
