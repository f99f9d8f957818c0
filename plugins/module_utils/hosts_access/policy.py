# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Both tables together: parse them, ask them (hosts_access(3))."""

from typing import Any, List, Optional

from .decision import Decision
from .dialects import get_dialect
from .errors import HostsAccessError
from .facts import facts_of
from .lookups import Lookups, Unreadable
from .options import run_command, run_options
from .patterns import World, list_matches
from .request import Request
from .rules import PatternCache, Rule
from .table import Table, TableInput


class Policy(object):
    """hosts.allow and hosts.deny as one libwrap build reads them.

    First match in hosts.allow grants, else first match in hosts.deny refuses, else granted; options can turn that.
    """

    __slots__ = ("dialect", "lookups", "allow", "deny", "rules")

    def __init__(self, allow: TableInput, deny: TableInput, dialect: Any = "debian", lookups: Optional[Lookups] = None) -> None:
        self.dialect = get_dialect(dialect)
        self.lookups = Lookups() if lookups is None else lookups
        cache = PatternCache(self.dialect)
        self.allow = Table("allow", allow, self.dialect, cache)
        self.deny = Table("deny", deny, self.dialect, cache)
        self.rules = self.allow.rules + self.deny.rules  # type: List[Rule]
        for number, rule in enumerate(self.rules):
            rule.number = number

    @classmethod
    def parse(cls, allow: TableInput, deny: TableInput, dialect: Any = "debian", lookups: Optional[Lookups] = None) -> "Policy":
        """Read two tables.

        :param allow: text of hosts.allow: str, bytes, None (the file does not exist) or :class:`Unreadable`.
        :param deny: the same for hosts.deny.
        :param dialect: a name of dialects.DIALECTS.
        :param lookups: what the engine may ask the world; None: no netgroups, no files, every account exists.
        :raises HostsAccessError: the dialect is unknown or a table is of another type. No text raises.
        """
        for name, table in (("hosts.allow", allow), ("hosts.deny", deny)):
            if table is not None and not isinstance(table, (str, bytes, Unreadable)):
                raise HostsAccessError("%s must be text, None or Unreadable, not %s" % (name, type(table).__name__))
        return cls(allow, deny, dialect, lookups)

    def table(self, name: str) -> Table:
        """The table called "allow" or "deny"."""
        if name not in ("allow", "deny"):
            raise HostsAccessError("there is no table %r; the tables are 'allow' and 'deny'" % (name,))
        return self.allow if name == "allow" else self.deny

    def render(self, name: str) -> TableInput:
        """The table's text exactly as it was parsed, of the same type."""
        return self.table(name).source

    def decide(self, request: Request, dry_run: bool = False) -> Decision:
        """What libwrap answers to a request; ``dry_run`` decides as tcpdmatch does. Nothing is executed."""
        world = World(self.dialect, self.lookups)
        facts = facts_of(request, self.dialect)
        failed = None  # type: Optional[Decision]
        done = []  # type: List[str]
        for table in (self.allow, self.deny):
            for rule in table.rules:
                if not list_matches(rule.daemons, facts, world) or not list_matches(rule.clients, facts, world):
                    continue
                if rule.option_field is None:
                    access = "granted" if table is self.allow else "denied"
                    return Decision(access, table.name, rule.line, rule, done)
                outcome = self._outcome(rule, request, dry_run)
                if outcome.access is not None:
                    return Decision(outcome.access, table.name, rule.line, rule, done + outcome.actions, outcome.depends, outcome.reason)
                if failed is not None or not outcome.matched:
                    # The build keeps "an aclexec failed" for the rest of the process: the rule counts as no match.
                    done += outcome.actions
                    failed = Decision("granted", table.name, rule.line, rule, done, outcome.depends, "aclexec failed")
                    break
                access = "granted" if table is self.allow else "denied"
                return Decision(access, table.name, rule.line, rule, done + outcome.actions, outcome.depends)
            else:
                if table.stop and table is self.deny and self.dialect.unreadable_deny == "denied":
                    return Decision("denied")
        return failed or Decision("granted")

    def _outcome(self, rule: Rule, request: Request, dry_run: bool) -> Any:
        assert rule.option_field is not None
        if not self.dialect.extended_options:
            return run_command(rule.option_field, request, self.dialect)
        return run_options(rule.options, request, self.dialect, self.lookups, dry_run)
