# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Both tables as rules: what a policy is made of, for what needs no decision."""

from typing import Any, List, Optional

from .dialects import get_dialect
from .lookups import Lookups
from .rules import PatternCache, Rule
from .table import Table, TableInput


class BothTables(object):
    """hosts.allow and hosts.deny as one libwrap build reads them, rule by rule.

    ``allow`` and ``deny`` as :meth:`Policy.parse` takes them; ``rules`` of both in order, numbered.
    """

    __slots__ = ("dialect", "lookups", "allow", "deny", "rules")

    def __init__(
        self, allow: TableInput, deny: TableInput, dialect: Any = "debian", lookups: Optional[Lookups] = None
    ) -> None:
        self.dialect = get_dialect(dialect)
        self.lookups = Lookups() if lookups is None else lookups
        cache = PatternCache(self.dialect)
        self.allow = Table("allow", allow, self.dialect, cache)
        self.deny = Table("deny", deny, self.dialect, cache)
        self.rules: List[Rule] = self.allow.rules + self.deny.rules
        for number, rule in enumerate(self.rules):
            rule.number = number
