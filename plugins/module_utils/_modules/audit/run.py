# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""All that an audit asks of one host, in one look: the body of tcpd_audit_info.

A part that fails is told under ``errors``, and the others are answered all the same.
"""

import time
from typing import Any, Callable, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..._host.errors import HostError
from ..._host.files.reading import FileState
from ..._host.files.root import Root
from ..._host.logs.times import parse_moment, show
from ..._host.lookups import HostLookups, table_text
from ..._libwrap.edit.report import describe_rules, escape
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.policy import Policy
from ..._superservers.errors import SuperserverError
from ..arguments import TablesArguments, tables_argument_spec
from ..errors import TaskError, run_safely, short_invocation
from ..proofs.enforcement import find_enforcements
from ..proofs.evaluate import Provers, find_resolver
from ..proofs.unenforced import judge, tell
from ..rules.checks import describe_finding
from ..rules.tables import Tables, describe_state, open_tables
from ..services.configured import configured_services
from ..services.coverage import Seen, cover, see
from ..services.integrity import check
from ..services.refusals import RefusalsArguments, read_refusals
from .questions import check_clients, daemons_of, named_by, of_assertions, of_clients

PARTS = ("coverage", "tables", "integrity", "refusals", "answers")
# Findings of one kind that are returned one by one; a table of many thousand wrong lines would be as many sentences.
MOST_OF_A_KIND = 50
#: Anybody may write to the log: reading it takes no more of the time that a host has (audit_timeout is 600 seconds).
SECONDS_FOR_LOGS = 240


class AuditArguments(TablesArguments):
    """All options of tcpd_audit_info."""

    assertions: List[Dict[str, Any]]
    clients: List[Dict[str, Any]]
    since: Optional[str]
    refusals_limit: int
    keep_rules: bool


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What tcpd_audit_info takes."""
    spec = tables_argument_spec()
    spec.update(
        assertions={"type": "list", "elements": "dict", "default": []},
        clients={"type": "list", "elements": "dict", "default": []},
        since={"type": "str"},
        refusals_limit={"type": "int", "default": 100},
        keep_rules={"type": "bool", "default": True},
    )
    return spec


def run_module() -> None:
    """Answer the task; nothing is changed."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """The audit's documents of this host."""
    audit = Audit(AuditArguments(call.params))
    result = audit.result()
    for warning in audit.warnings:
        call.warn(warning)
    return result


class Audit:
    """One audit of one host."""

    def __init__(self, arguments: AuditArguments) -> None:
        """Raises TaskError for assertions, clients or a time that mean nothing, before anything is looked at."""
        self._arguments = arguments
        self._asked = of_assertions(arguments.assertions)
        check_clients(arguments.clients, "clients")
        if arguments.refusals_limit < 0:
            raise TaskError(
                "refusals_limit is %d: write 0 for counts alone, or a number of entries." % arguments.refusals_limit
            )
        self._root = Root(arguments.root)
        self._tables: Optional[Tables] = None
        self._policy: Optional[Policy] = None
        self._seen: Optional[Seen] = None
        self._services: List[Dict[str, Any]] = []
        self._rules: List[Dict[str, Any]] = []
        self._named: Dict[Any, List[str]] = {}
        self.warnings: List[str] = []

    def result(self) -> Dict[str, Any]:
        """The parts that could be read, and for each other one why not."""
        bodies: Dict[str, Callable[[], Any]] = {
            "tables": self._read_tables,
            "coverage": self._cover,
            "integrity": self._check,
            "refusals": self._refusals,
            "answers": self._answers,
        }
        parts: Dict[str, Any] = {}
        errors: Dict[str, str] = {}
        for name, body in bodies.items():
            try:
                parts[name] = body()
            except (TaskError, HostsAccessError, HostError, SuperserverError) as error:
                errors[name] = str(error)
            except Exception as error:  # pylint: disable=broad-except
                # A mistake of ours in one part must not hide what the others found.
                errors[name] = "%s: %s" % (type(error).__name__, error)
        return dict(parts, changed=False, dialect=self._tables.dialect.name if self._tables else None, errors=errors)

    def _open(self) -> Tables:
        """The tables, read once. Raises TaskError or HostError where they cannot be, every time."""
        if self._tables is None:
            self._tables = open_tables(self._arguments, writing=False)
            self.warnings += self._tables.warnings
        return self._tables

    def _parsed(self) -> Policy:
        """The tables' policy, parsed once."""
        if self._policy is None:
            tables = self._open()
            texts = table_text(tables.allow), table_text(tables.deny)
            self._policy = Policy.parse(texts[0], texts[1], tables.dialect, HostLookups(tables.root))
        return self._policy

    def _look(self) -> Seen:
        if self._seen is None:
            self._seen = see(self._root, self._open().dialect.name)
        return self._seen

    def _read_tables(self) -> Dict[str, Any]:
        tables, policy = self._open(), self._parsed()
        for name, state in (("allow", tables.allow), ("deny", tables.deny)):
            self._rules += describe_rules(state.data or b"", tables.dialect, name, state.path)
        findings = [self._with_daemons(describe_finding(finding)) for finding in policy.findings()]
        told: Dict[str, Any] = {"rules": len(self._rules)}
        for name, state in (("allow", tables.allow), ("deny", tables.deny)):
            told[name] = dict(describe_state(state, tables.root), lines=self._lines(state))
        return dict(told, **_shortened(findings))

    def _with_daemons(self, finding: Dict[str, Any]) -> Dict[str, Any]:
        """A finding with the daemons that its rule names, where it is about a rule."""
        if not self._named:
            self._named.update({(rule["table"], rule["line"]): named_by(rule) for rule in self._rules})
        path = finding.get("path") or ""
        table = finding.get("table") or (path[len("hosts.") :] if path.startswith("hosts.") else None)
        return dict(finding, daemons=self._named.get((table, finding.get("line")), []))

    def _lines(self, state: FileState) -> Optional[List[str]]:
        """A table as its physical lines, with what cannot be printed escaped; None where they stay on the host."""
        if not self._arguments.keep_rules or state.data is None:
            return None
        lines = [escape(line) for line in state.data.split(b"\n")]
        return lines[:-1] if lines[-1] == "" else lines

    def _cover(self) -> Dict[str, Any]:
        found = cover(self._open(), self._parsed(), self._look())
        self._services = found["services"]
        findings = [self._with_daemons(finding) for finding in found["findings"]]
        return dict({key: found[key] for key in ("services", "kernel")}, **_shortened(findings))

    def _check(self) -> Dict[str, Any]:
        # The tables may be what cannot be read; the programs are looked at all the same.
        configured = self._seen.configured if self._seen else configured_services(self._root)
        found = check(self._root, configured)
        return dict({key: found[key] for key in ("files", "sockets")}, **_shortened(found["findings"]))

    def _refusals(self) -> Dict[str, Any]:
        given = self._arguments
        found = read_refusals(
            RefusalsArguments(
                {
                    "root": given.root,
                    "since": given.since,
                    "until": None,
                    "paths": None,
                    "daemons": None,
                    "limit": given.refusals_limit,
                }
            ),
            SECONDS_FOR_LOGS,
        )
        since = self._arguments.since and show(parse_moment(self._arguments.since, time.time(), "since"))
        self.warnings += found["problems"]
        return dict({key: found[key] for key in found if key != "changed"}, since=since)

    def _answers(self) -> List[Dict[str, Any]]:
        tables, policy = self._open(), self._parsed()
        asked = self._asked + of_clients(self._arguments.clients, daemons_of(self._services, self._rules))
        if not asked:
            return []
        services = self._look().services
        enforcement = find_enforcements(tables, services, policy)
        judged = judge(self._root, services, [question.assertion for question in asked], ())
        tell(judged, "warn", self.warnings)
        resolver = None
        if any(question.assertion.hostname == "resolve" for question in asked):
            resolver = find_resolver(tables.root)
        provers = Provers(policy, table_text(tables.allow), table_text(tables.deny), resolver)
        return [
            dict(
                provers.describe(provers.answer(question.assertion, enforcement), enforcement, tables),
                id=question.id,
                clients=question.clients,
                daemon=question.assertion.daemon,
                service=judged.state(question.assertion.daemon),
            )
            for question in asked
        ]


def _shortened(findings: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Findings, of one kind so many at most; ``more_findings`` counts the others by kind."""
    counts: Dict[Any, int] = {}
    kept = []
    for one in findings:
        kind = (one["code"], one["severity"])
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= MOST_OF_A_KIND:
            kept.append(one)
    more = [
        {"code": code, "severity": severity, "count": count - MOST_OF_A_KIND}
        for (code, severity), count in sorted(counts.items())
        if count > MOST_OF_A_KIND
    ]
    return {"findings": kept, "more_findings": more}
