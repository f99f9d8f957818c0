# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a hosts_access task is refused for before anything is written."""

from typing import Any, Dict, List, Optional, Set, Tuple

from ..host.lookups import HostLookups
from ..hosts_access.blocks import read_entries
from ..hosts_access.covering import Standing, find_covering
from ..hosts_access.dialects import Dialect
from ..hosts_access.identity import RuleKey
from ..hosts_access.lexer import RULE
from ..hosts_access.policy import Policy
from ..hosts_access.report import escape
from .errors import TaskError
from .plan import NewRule, Plan
from .tables import Tables

# findings about a rule's neighbours, which mean nothing for new lines taken by themselves
NEIGHBOUR_CODES = frozenset(("duplicate",))


def check_enforced(tables: Tables, allow_unenforced: bool) -> None:
    """Refuse to write tables that nothing on the host asks. An image is not asked. Raises TaskError."""
    if allow_unenforced or not tables.root.is_host:
        return
    from ..host.detect import libwrap_or_tcpd_present
    if not libwrap_or_tcpd_present(tables.root):
        raise TaskError("this host has neither libwrap nor tcpd, so nothing would obey the tables: install tcpd, or set allow_unenforced: true.")


def check_new_rules(plan: Plan, tables: Tables, warnings: List[str]) -> List[Dict[str, Any]]:
    """Refuse a new rule that libwrap would not honour, or that could never decide. Returns the findings on the whole result.

    Rules that stand in the tables already are only reported. Raises TaskError with index, text and remedy.
    """
    dialect = tables.dialect
    known = {"allow": _keys(plan.allow_before, dialect), "deny": _keys(plan.deny_before, dialect)}
    fresh = [rule for rule in plan.wanted if rule.key not in known[rule.table]]
    lookups = HostLookups(tables.root)
    for table in ("allow", "deny"):
        rules = [rule for rule in fresh if rule.table == table]
        if rules:
            _check_lines(rules, table, dialect, lookups)
    after = Policy.parse(plan.allow_after, plan.deny_after, dialect, lookups)
    findings = after.findings()
    _check_alive(fresh, after)
    return [describe_finding(finding) for finding in findings]


def check_layout(plan: Plan, tables: Tables, layout: str) -> None:
    """Prove that one folded table answers as the two do. Raises TaskError."""
    if layout != "single":
        return
    lookups = HostLookups(tables.root)
    two = Policy.parse(plan.views[0], plan.views[1], tables.dialect, lookups)
    one = Policy.parse(plan.allow_after, plan.deny_after, tables.dialect, lookups)
    changes = two.compare(one)
    if changes:
        change = changes[0]
        raise TaskError("layout single would not mean the same as two files: %s from %s would go from %s to %s. Keep layout two_files."
                        % (change.daemon, change.clients, change.before, change.after))


def describe_finding(finding: Any) -> Dict[str, Any]:
    """A finding as a plain mapping."""
    return {"code": finding.code, "severity": finding.severity, "effect": finding.effect, "table": finding.table, "line": finding.line,
            "message": finding.message, "remedy": finding.remedy}


def _keys(data: Optional[bytes], dialect: Dialect) -> Set[RuleKey]:
    return set(entry.key(dialect) for entry in read_entries(data or b"", dialect, "") if entry.kind == RULE)


def _check_lines(rules: List[NewRule], table: str, dialect: Dialect, lookups: HostLookups) -> None:
    """Each new line by itself: does libwrap read it as the rule that it looks like?"""
    text = b"".join(rule.line + b"\n" for rule in rules)
    policy = Policy.parse(text, b"", dialect, lookups) if table == "allow" else Policy.parse(b"", text, dialect, lookups)
    for finding in policy.findings():
        if finding.severity != "error" or finding.line is None or finding.code in NEIGHBOUR_CODES or finding.table != table:
            continue
        rule = rules[finding.line - 1]
        raise TaskError("%s '%s': %s %s" % (rule.where, escape(rule.line), _sentence(finding.message), _sentence(finding.remedy)),
                        finding=describe_finding(finding))


def _check_alive(fresh: List[NewRule], after: Policy) -> None:
    """Each new rule in its place: can it ever decide there? Raises TaskError naming what covers it."""
    if not fresh:
        return
    wanted = {}  # type: Dict[Tuple[str, RuleKey], NewRule]
    for rule in fresh:
        wanted[(rule.table, rule.key)] = rule
    standing = []  # type: List[Standing]
    texts = {}  # type: Dict[Tuple[str, int], bytes]
    for table in (after.allow, after.deny):
        for entry in read_entries(table.data, after.dialect, ""):
            if entry.kind == RULE:
                standing.append(Standing(table.name, entry.number, entry.key(after.dialect)))
                texts[(table.name, entry.number)] = entry.raw
    asked = [one for one in standing if (one.table, one.key) in wanted]
    for late, cover in find_covering(standing, asked).items():
        rule = wanted[(late.table, late.key)]
        raise TaskError("%s '%s' could never decide where it would stand, hosts.%s line %d: hosts.%s line %d, '%s', matches whatever it matches and comes "
                        "first. Remove that rule, or put this one before it (block_name with position: first)."
                        % (rule.where, escape(rule.line), late.table, late.line, cover.table, cover.line,
                           escape(texts[(cover.table, cover.line)].rstrip(b"\r\n"))))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
