# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module hosts_access_evaluate."""

import errno
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..._host.lookups import HostLookups, TableText, table_text
from ..._host.files.reading import FileState
from ..._host.files.root import Root
from ..._libwrap.lookups import Unreadable
from ..._libwrap.policy import Policy
from ..._libwrap.printable import printable
from ..arguments import TablesArguments, tables_argument_spec
from ..services.host_files import without_files
from .assertions import Assertion, check_assertions, describe
from ..errors import TaskError, run_safely, short_invocation
from .report import MOST_UNMET, describe_answer, describe_otherwise, fail_unmet
from .patience import new_patience
from .prover import PLAIN, Answer, Prover, View
from ..rules.tables import Tables, find_dialect, open_tables


_MOST_TOLD = 20  # sentences of one message


class EvaluateArguments(TablesArguments):
    """All options of hosts_access_evaluate."""

    assertions: List[Dict[str, Any]]
    allow_text: Optional[str]
    deny_text: Optional[str]
    require_enforced: bool
    unenforced: str
    cross_check: bool
    return_decisions: str


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access_evaluate."""
    spec: Dict[str, Dict[str, Any]] = {
        "assertions": {"type": "list", "elements": "dict", "required": True},
        "allow_text": {"type": "str"},
        "deny_text": {"type": "str"},
        "require_enforced": {"type": "bool", "default": False},
        "unenforced": {"type": "str", "default": "warn", "choices": ["refuse", "warn", "ignore"]},
        "cross_check": {"type": "bool", "default": False},
        "return_decisions": {"type": "str", "default": "all", "choices": ["all", "unmet"]},
    }
    spec.update(tables_argument_spec())
    return spec


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Answer every assertion; raises TaskError where one does not hold."""
    arguments = EvaluateArguments(call.params)
    assertions = check_assertions(arguments.assertions, "assertions")
    of_text = arguments.allow_text is not None or arguments.deny_text is not None
    tables = _tables_of_text(arguments) if of_text else open_tables(arguments, writing=False)
    for warning in tables.warnings:
        call.warn(warning)
    allow, deny = table_text(tables.allow), table_text(tables.deny)
    policy = Policy.parse(allow, deny, tables.dialect, HostLookups(tables.root))
    resolver = find_resolver(tables.root) if any(one.hostname == "resolve" for one in assertions) else None
    services = None
    if arguments.require_enforced or arguments.unenforced == "refuse" or not of_text:
        services = _survey(tables, policy)
    enforcement = {} if services is None else _find_enforcements(tables, services, policy, assertions)
    judged = None if services is None else _judge(call, arguments, tables, assertions, services)
    missing = _not_enforced(assertions, enforcement, services or []) if arguments.require_enforced else []
    ask = _Tcpdmatch(tables.root, policy, allow, deny) if arguments.cross_check and not missing else None
    provers = Provers(policy, allow, deny, resolver)
    decisions: List[Dict[str, Any]] = []
    unmet: List[Answer] = []
    for assertion in assertions:
        item = provers.answer(assertion, enforcement)
        checked = None if ask is None else ask.check(item)
        if item.met and arguments.return_decisions == "unmet":
            continue
        decision = provers.describe(item, enforcement, tables)
        decision["service"] = None if judged is None else judged.state(assertion.daemon)
        if checked is not None:
            decision["cross_check"] = checked
        decisions.append(decision)
        if item.met is False:
            unmet.append(item)
    _refuse(missing, ask, tables, decisions)
    told = [decision for decision in decisions if decision["met"] is False][:MOST_UNMET]
    details = {"dialect": tables.dialect.name, "decisions": decisions, "unmet": told}
    fail_unmet(unmet, len(assertions), tables, "" if of_text else "on this host", **details)
    return {"changed": False, "dialect": tables.dialect.name, "decisions": decisions}


def _refuse(missing: List[str], ask: Optional["_Tcpdmatch"], tables: Tables, decisions: List[Dict[str, Any]]) -> None:
    """TaskError where daemons that shall obey the tables do not, or the host's own tcpdmatch says something else."""
    if missing:
        raise TaskError(
            "the tables have no effect on daemons that must obey them. %s" % " ".join(missing),
            decisions=decisions,
        )
    if ask is not None and ask.wrong:
        raise TaskError(
            "the host's own tcpdmatch disagrees: %s. The dialect is taken to be %s; set dialect if that is wrong."
            % ("; ".join(ask.wrong[:20]), tables.dialect.name),
            decisions=decisions,
        )


class Provers(object):
    """A prover for each way that the tables look to those who ask: a daemon that gave root up may read neither."""

    def __init__(self, policy: Policy, allow: TableText, deny: TableText, resolver: Any) -> None:
        self._policy, self._allow, self._deny, self._resolver = policy, allow, deny, resolver
        self._made: Dict[View, Prover] = {}
        self._patience = new_patience()

    def of(self, view: View) -> Prover:
        """The prover for one view of the tables."""
        if view not in self._made:
            policy = self._policy
            if view.hidden or view.files:
                texts = [
                    Unreadable(errno.EACCES) if name in view.hidden else text
                    for name, text in (("allow", self._allow), ("deny", self._deny))
                ]
                policy = without_files(policy, texts, view.files)
            self._made[view] = Prover(policy, self._resolver, view, self._patience)
        return self._made[view]

    def answer(self, assertion: Assertion, enforcement: Any) -> Answer:
        """What is said to an assertion. Where several who ask by that name see the tables differently, it must hold for
        each of them.
        """
        found = enforcement.get(assertion.daemon.lower())
        answers = [self.of(view).answer(assertion) for view in (found.views if found else (PLAIN,))]
        unmet = [item for item in answers if item.met is False]
        refused = [item for item in answers if item.decision.access != "granted"]
        told = (unmet or refused or answers)[0]
        if told.met is None and len(set(item.decision.access for item in answers)) > 1:
            told = told._replace(
                depends=tuple(told.depends) + ("which of those who ask as %s it is" % assertion.daemon,)
            )
        return told

    def describe(self, item: Answer, enforcement: Any, tables: Tables) -> Dict[str, Any]:
        """An answer for results, with who enforces it and, for a network without expectation, a client that is answered
        differently.
        """
        decision = describe_answer(item, tables)
        assertion = item.assertion
        if assertion.daemon.lower() in enforcement:
            decision["enforced_by"] = enforcement[assertion.daemon.lower()].enforced_by
        if assertion.expect is None and assertion.network is not None:
            found = enforcement.get(assertion.daemon.lower())
            views = [item.view] + [view for view in (found.views if found else ()) if view != item.view]
            others = (describe_otherwise(self.of(view), item._replace(view=view), tables) for view in views)
            decision["otherwise"] = next((other for other in others if other is not None), None)
        return decision


def _tables_of_text(arguments: EvaluateArguments) -> Tables:
    """Texts of the task in the place of files; a text that is not given is an empty table."""
    root = Root(arguments.root)
    warnings: List[str] = []
    dialect = find_dialect(root, arguments.dialect, False, warnings)
    states = []
    for name, text in (("allow_text", arguments.allow_text), ("deny_text", arguments.deny_text)):
        data = (text or "").encode("utf-8", "surrogateescape")
        states.append(FileState(name, name, "file", data, None, None, None, 0))
    return Tables(root, dialect, states[0], states[1], warnings)


def find_resolver(root: Root) -> Any:
    """What asks the resolver of a running host; raises TaskError for an image."""
    if not root.is_host:
        raise TaskError(
            "hostname: resolve asks the resolver of a running host, and root names an image: write the name instead."
        )
    from ..._host.system.names import resolve_client

    return resolve_client


def _survey(tables: Tables, policy: Policy) -> Any:
    from ..services.coverage import survey
    from ..services.filtered import find_filtered

    return find_filtered(tables.root, policy, survey(tables.root, tables.dialect.name)).services


def _find_enforcements(tables: Tables, services: Any, policy: Policy, assertions: List[Assertion]) -> Any:
    from ..services.asked import installed_ones
    from .enforcement import find_enforcements

    daemons = [assertion.daemon for assertion in assertions]
    return find_enforcements(tables, services, policy, installed_ones(tables.root, services, daemons))


def _judge(call: Call, arguments: EvaluateArguments, tables: Tables, assertions: List[Assertion], services: Any) -> Any:
    """Who asks, for each daemon that an assertion is about. Raises TaskError, or warns, where a refusal is expected and
    nobody does.
    """
    from .unenforced import judge, tell

    judged = judge(tables.root, services, assertions, ())
    warnings: List[str] = []
    # require_enforced has an error of its own
    tell(judged, "ignore" if arguments.require_enforced else arguments.unenforced, warnings)
    for warning in warnings:
        call.warn(warning)
    return judged


def _not_enforced(assertions: List[Assertion], enforcement: Any, services: List[Any]) -> List[str]:
    """A sentence for each daemon, or each of its services, that nothing on the host makes obey the tables."""
    from ..services.listener import names_of
    from .unenforced import not_asked

    told: Dict[str, None] = {}
    for daemon in sorted(set(assertion.daemon for assertion in assertions)):
        known = enforcement.get(daemon.lower())
        if known is not None and known.enforced_by:
            continue
        named = [one for one in services if daemon.lower() in [name.lower() for name in names_of(one)]]
        if not named:
            told["No service of this host asks as %s, or listens under that name." % printable(daemon)] = None
        for service in named:
            if not service.enforced_by:
                told[not_asked(printable(daemon), service)] = None
    return list(told)[:_MOST_TOLD]


class _Tcpdmatch(object):
    """The host's own tcpdmatch, asked the same; ``wrong``: where it says something else."""

    def __init__(self, root: Root, policy: Policy, allow: TableText, deny: TableText) -> None:
        self._root, self._policy, self._allow, self._deny = root, policy, allow, deny
        self.wrong: List[str] = []
        self._hangs = ""  # why it is asked no more: each further question would take as long

    def check(self, item: Answer) -> Dict[str, Any]:
        """What becomes of one answer."""
        from ..._host.system.commands import TooSlow
        from ..._host.system.tcpdmatch import ask_tcpdmatch

        if self._hangs:
            return {"result": "not_comparable", "reason": self._hangs}
        try:
            told = ask_tcpdmatch(self._root, self._allow, self._deny, item.request)
        except TooSlow as exc:
            opened = " The answer depends on %s." % ", ".join(item.depends[:3]) if item.depends else ""
            self._hangs = "%s%s It is asked no more." % (exc, opened)
            return {"result": "not_comparable", "reason": self._hangs}
        ours = self._policy.decide(item.request, dry_run=True).access
        if told.access is None:
            return {"result": "not_comparable", "reason": told.reason}
        if told.access == ours or (told.access == "denied" and ours == "aborted"):
            return {"result": "agrees", "reason": None}
        self.wrong.append("%s: tcpdmatch says %s, this module %s" % (describe(item.assertion), told.access, ours))
        return {"result": "disagrees", "reason": "tcpdmatch says %s" % told.access}
