# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Both tables together: parse them, ask them (hosts_access(3))."""

from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Union

from .both_tables import BothTables
from .decision import Decision
from .errors import HostsAccessError
from .facts import RequestFacts
from .index import Index
from .lookups import Lookups, Unreadable
from .options import Outcome, run_command, run_options
from .pattern_files import HostFileLoop
from .patterns import World, list_matches
from .request import Request
from .rules import Rule
from .table import Table, TableInput

if TYPE_CHECKING:
    from .analysis.compare import Change
    from .analysis.patience import Patience
    from .analysis.shadowed import Shadowed
    from .analysis.search import Result, Searcher
    from .finding import Finding
    from .analysis.sets import Sets


class Policy(BothTables):
    """hosts.allow and hosts.deny as one libwrap build reads them.

    First match in hosts.allow grants, else first match in hosts.deny refuses, else granted; options can turn that.
    """

    __slots__ = ("_index",)

    def __init__(
        self, allow: TableInput, deny: TableInput, dialect: Any = "debian", lookups: Optional[Lookups] = None
    ) -> None:
        super(Policy, self).__init__(allow, deny, dialect, lookups)
        self._index: Optional[Index] = None

    @classmethod
    def parse(
        cls, allow: TableInput, deny: TableInput, dialect: Any = "debian", lookups: Optional[Lookups] = None
    ) -> "Policy":
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

    def findings(self) -> List["Finding"]:
        """What is wrong or risky in the tables: findings.py, docs/findings.md. Worked out anew at each call."""
        from .lint.lint import findings_of

        return findings_of(self)

    def compile(self) -> Index:
        """The index that decisions use; made at the first decision and kept."""
        if self._index is None:
            self._index = Index(self.rules, self.dialect)
        return self._index

    def decide(self, request: Request, dry_run: bool = False) -> Decision:
        """What libwrap answers to a request; ``dry_run`` decides as tcpdmatch does. Nothing is executed."""
        index = self._index or self.compile()
        facts = RequestFacts(request, self.dialect)
        world = World(self.dialect, self.lookups)
        try:
            return self._answer(index.first_match(facts, world), facts, world, dry_run)
        except HostFileLoop:
            return self._one_by_one(request, dry_run)

    def decide_among(self, rules: Sequence[Rule], request: Request, dry_run: bool = False) -> Decision:
        """What libwrap answers to a request that no rule but some of these can match; no index is made."""
        return self._one_by_one(request, dry_run, rules)

    def _one_by_one(self, request: Request, dry_run: bool, rules: Optional[Sequence[Rule]] = None) -> Decision:
        """The answer where a file of hosts names itself: an earlier rule may match before libwrap comes to that file."""
        facts = RequestFacts(request, self.dialect)
        world = World(self.dialect, self.lookups)
        try:
            rule = next(
                (
                    rule
                    for rule in (self.rules if rules is None else rules)
                    if list_matches(rule.daemons, facts, world) and list_matches(rule.clients, facts, world)
                ),
                None,
            )
            return self._answer(rule, facts, world, dry_run)
        except HostFileLoop as error:
            return Decision("aborted", depends=world.depends, reason=str(error))

    def _answer(self, rule: Optional[Rule], facts: RequestFacts, world: World, dry_run: bool) -> Decision:
        """What the first rule that matches answers, or the default."""
        request = facts.request
        if rule is None:
            return self._default(None, world)
        access = "granted" if rule.table is self.allow else "denied"
        if rule.option_field is None:
            return Decision(access, rule.table.name, rule.line, rule, (), world.depends)
        outcome = self._outcome(rule, request, dry_run)
        if outcome.access is None and not outcome.matched:
            return self._after_failed_aclexec(rule, facts, world, outcome)
        return Decision(
            outcome.access or access,
            rule.table.name,
            rule.line,
            rule,
            outcome.actions,
            world.depends + outcome.depends,
            outcome.reason,
        )

    def search(self, access: Union[str, Sequence[str]] = "granted", **constraints: Any) -> "Result":
        """A request that is answered so, or the proof that there is none.

        :param access: ``granted``, ``denied``, ``delegated``, ``aborted``, or several of them.
        :param constraints: what is fixed of the requests; see :class:`analysis.search.Question`.
        :raises HostsAccessError: a constraint that is none.

        It takes as long as it takes: a searcher() has patience.
        """
        from .analysis.search import Question

        return self.searcher().search(access, Question(**constraints))

    def searcher(self, patience: "Optional[Patience]" = None) -> "Searcher":
        """For several questions: search() with a :class:`analysis.search.Question`, what the rules can tell apart
        worked out once.

        ``patience`` and errors as in :meth:`compare`, for all questions together.
        """
        from .analysis.search import Searcher

        return Searcher(self, patience)

    def compare(self, other: "Policy", patience: "Optional[Patience]" = None) -> "List[Change]":
        """The requests that the other policy answers differently, as few sets as can be; [] when the two are
        equivalent.

        :param patience: how long it may take; None is no limit.
        :raises HostsAccessError: the rules cannot be told apart, or the time is over.
        """
        from .analysis.compare import compare

        return compare(self, other, patience=patience)

    def sets(self, daemon: str, port: Optional[int] = None, patience: "Optional[Patience]" = None) -> "Sets":
        """One daemon's clients as networks: granted, denied, what addresses do not settle, what other effects rules
        have.

        :param port: the server's port, which rules of some builds name; None is any.
        :param patience: how long it may take; None is no limit.
        :raises HostsAccessError: names, users and addresses combine in too many ways, or the time is over.
        """
        from .analysis.sets import sets_of

        return sets_of(self, daemon, port, patience)

    def shadowed_rules(self, redundant: bool = True, patience: "Optional[Patience]" = None) -> "List[Shadowed]":
        """The rules that could go: those that never decide and, with ``redundant``, those whose removal changes no
        answer.

        ``patience`` and errors as in :meth:`compare`.
        """
        from .analysis.shadowed import shadowed_rules

        return shadowed_rules(self, redundant, patience)

    def _default(self, decision: Optional[Decision], world: World) -> Decision:
        """The answer when no rule of hosts.deny matched; ``decision`` stands for "granted" when there is one."""
        if self.deny.stop and self.dialect.unreadable_deny == "denied":
            reason = "hosts.deny cannot be read to its end"
            if self.deny.unended:
                reason += ": its last line has no newline"
            if decision is not None:
                return Decision(
                    "denied",
                    decision.table,
                    decision.line,
                    decision.rule_object,
                    decision.actions,
                    decision.depends,
                    reason,
                )
            return Decision("denied", depends=world.depends, reason=reason)
        if decision is not None:
            return decision
        unread = [table.name for table in (self.allow, self.deny) if table.unended[:1] not in (b"", b"#")]
        reasons = ["the last line of hosts.%s has no newline, so libwrap does not read it" % name for name in unread]
        return Decision("granted", depends=world.depends, reason=", and ".join(reasons) or None)

    def _after_failed_aclexec(self, rule: Rule, facts: RequestFacts, world: World, first: Outcome) -> Decision:
        """The rule counts as no match, and the process keeps that: a later rule with options counts as none as well.

        ``first``: what the rule's options came to. A dry run executes no aclexec and never comes here.
        """
        for later in self.deny.rules if rule.table is self.allow else ():
            if not list_matches(later.daemons, facts, world) or not list_matches(later.clients, facts, world):
                continue
            depends = world.depends + first.depends
            if later.option_field is None:
                return Decision("denied", "deny", later.line, later, first.actions, depends)
            outcome = self._outcome(later, facts.request, False)
            done, depends = first.actions + outcome.actions, depends + outcome.depends
            if outcome.access is None:
                return Decision("granted", "deny", later.line, later, done, depends, "aclexec failed")
            return Decision(outcome.access, "deny", later.line, later, done, depends, outcome.reason)
        failed = Decision(
            "granted", rule.table.name, rule.line, rule, first.actions, world.depends + first.depends, "aclexec failed"
        )
        return failed if rule.table is self.deny else self._default(failed, world)

    def _outcome(self, rule: Rule, request: Request, dry_run: bool) -> Outcome:
        if not self.dialect.extended_options:
            return run_command(rule.option_field or b"", request, self.dialect)
        return run_options(rule.options, request, self.dialect, self.lookups, dry_run)
