# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a hosts_access task is refused for before anything is written."""

from time import process_time
from typing import Any, Dict, List, Tuple

from .policies import Policies
from ..._libwrap.edit.blocks import read_entries
from ..._libwrap.edit.covering import Standing, find_covering
from ..._libwrap.dialects import Dialect
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.finding import Finding
from ..._libwrap.edit.identity import RuleKey, rule_key
from ..._libwrap.lexer import RULE
from ..._libwrap.patterns import FILE
from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import escape
from ..errors import TaskError
from .plan import NewRule, TablesPlan
from .tables import Tables

# findings about a rule's neighbours, which mean nothing for new lines taken by themselves
NEIGHBOUR_CODES = frozenset(("duplicate",))
# warnings about a table that stands there, and mistakes in a rule that a task gives
MEANT_OTHERWISE = frozenset(("indented-comment",))
# a file of clients that gives none
NO_CLIENTS = frozenset(("host-file-missing", "host-file-unreadable"))
# how many seconds it may take to tell whether the new rules ever decide; then they are looked at word by word
PATIENCE = 4
# of so many rules each is looked for by itself
FEW = 20


def check_enforced(tables: Tables, allow_unenforced: bool) -> None:
    """Refuse to write tables that nothing on the host asks. An image is not asked. Raises TaskError."""
    if allow_unenforced or not tables.root.is_host:
        return
    from ..._host.system.detect import libwrap_or_tcpd_present

    if not libwrap_or_tcpd_present(tables.root):
        raise TaskError(
            "this host has neither libwrap nor tcpd, so nothing would obey the tables: install tcpd, or set "
            "allow_unenforced: true."
        )


def check_new_rules(
    plan: TablesPlan, tables: Tables, after: Policy, ordered: bool, warnings: List[str]
) -> List[Dict[str, Any]]:
    """Refuse a new rule that libwrap would not honour, or that could never decide. Returns the findings on the whole
    result.

    Where the task says the order itself (`ordered`: a block, a whole table), a rule that comes too late is a warning.
    Rules that stand in the tables already are only reported. Raises TaskError with index, text and remedy.
    """
    dialect = tables.dialect
    fresh = [
        rule
        for table, data in (("allow", plan.allow_before), ("deny", plan.deny_before))
        for rule in _not_in([rule for rule in plan.wanted if rule.table == table], data or b"", dialect)
    ]
    findings = after.findings()
    for table in ("allow", "deny"):
        rules = [rule for rule in fresh if rule.table == table]
        if rules:
            _check_lines(rules, table, after, findings, warnings)
    if ordered:
        _warn_of_late(fresh, after, warnings)
    else:
        try:
            _check_alive(fresh, after, findings)
        except HostsAccessError as error:
            warnings.append("Whether the new rules ever decide was checked only by comparing their words: %s." % error)
            _warn_of_late(fresh, after, warnings)
    return [describe_finding(finding) for finding in findings]


def check_layout(plan: TablesPlan, policies: Policies, layout: str) -> None:
    """Prove that one folded table answers as the two do. Raises TaskError."""
    if layout != "single":
        return
    two, one = policies.of(*plan.views), policies.of(plan.allow_after, plan.deny_after)
    changes = two.compare(one)
    if changes:
        change = changes[0]
        rule = two.decide(change.witness).rule_object or one.decide(change.witness).rule_object
        raise TaskError(
            "layout single would not mean the same as two files: %s from %s would go from %s to %s%s. Keep layout "
            "two_files."
            % (
                change.daemon,
                change.clients,
                change.before,
                change.after,
                "" if rule is None else ", for %s would stand elsewhere" % _shown(rule).rstrip(","),
            )
        )


def describe_finding(finding: Any) -> Dict[str, Any]:
    """A finding as a plain mapping."""
    return finding.as_dict()


def _not_in(rules: List[NewRule], data: bytes, dialect: Dialect) -> List[NewRule]:
    """The rules that a table does not have; where few are asked for, only lines with their words are read."""
    joined = b"\\\n" in data or b"\0" in data  # a word may be in pieces there
    if len(rules) <= FEW and not joined and not any(_mark(rule) in data for rule in rules):
        return rules
    present = set(entry.key(dialect) for entry in read_entries(data, dialect, "") if entry.kind == RULE)
    return [rule for rule in rules if rule.key not in present]


def _mark(rule: NewRule) -> bytes:
    """A word that every line with this rule holds, as rare as can be told."""
    return max(rule.key[0] + rule.key[1] + (b"",), key=len)


def _check_lines(rules: List[NewRule], table: str, after: Policy, whole: List[Finding], warnings: List[str]) -> None:
    """Each new line by itself: does libwrap read it as the rule that it looks like? `whole` are the findings on the
    whole result. A file of clients that cannot be read is a warning: another task may make it.
    """
    text = b"".join(rule.line + b"\n" for rule in rules)
    findings = whole
    if after.table(table).data != text:  # else the new lines are the whole table, and what is wrong with them is known
        policy = Policy.parse(
            *(text, b"") if table == "allow" else (b"", text), dialect=after.dialect, lookups=after.lookups
        )
        findings = policy.findings()
    for finding in findings:
        if finding.line is None or finding.code in NEIGHBOUR_CODES or finding.table != table:
            continue
        rule = rules[finding.line - 1]
        if finding.code in NO_CLIENTS:
            warnings.append(_told(rule, finding))
        elif finding.severity == "error" or finding.code in MEANT_OTHERWISE:
            raise TaskError(_told(rule, finding), finding=describe_finding(finding))


def _told(rule: NewRule, finding: Finding) -> str:
    """A finding on a new rule, in words."""
    return "%s '%s': %s %s" % (
        rule.where,
        escape(rule.line),
        _sentence(finding.message),
        _sentence(finding.remedy),
    )


def _check_alive(fresh: List[NewRule], after: Policy, findings: List[Finding]) -> None:
    """Each new rule in its place: can it ever decide there? Raises TaskError naming the rules that cover it together,
    or the file that it would take its clients from. A file without clients is no reason: they may come later.
    """
    places = _places(fresh, after)
    if not places:
        return
    from ..._libwrap.analysis.patience import Patience
    from ..._libwrap.analysis.shadowed import shadowed_among

    rules = [rule for rule in after.rules if (rule.table.name, rule.line) in places]
    for shadowed in shadowed_among(after, rules, Patience(PATIENCE, process_time)):
        rule = places.get((shadowed.rule.table.name, shadowed.rule.line))
        if rule is None or not shadowed.never_decides:
            continue
        if shadowed.by:
            reason = "%s %s whatever it matches and come%s first" % (
                " and ".join(_shown(cover) for cover in shadowed.by[:3])
                + (" and %d more" % (len(shadowed.by) - 3) if len(shadowed.by) > 3 else ""),
                "match" if len(shadowed.by) > 1 else "matches",
                "" if len(shadowed.by) > 1 else "s",
            )
            remedy = _way(shadowed, after)
        else:
            _check_file(rule, shadowed.rule, findings)
            if _reads_file(shadowed.rule):
                continue
            reason = "no request can match it"
            remedy = "Correct its daemons and clients, or leave it out"
        raise TaskError(
            "%s '%s' could never decide where it would stand, hosts.%s line %d: %s. %s."
            % (rule.where, escape(rule.line), shadowed.rule.table.name, shadowed.rule.line, reason, remedy)
        )


def _check_file(rule: NewRule, placed: Any, findings: List[Finding]) -> None:
    """TaskError where a rule without clients takes them from a file that is not there or cannot be read."""
    for finding in findings:
        if finding.code in NO_CLIENTS and (finding.table, finding.line) == (placed.table.name, placed.line):
            raise TaskError(_told(rule, finding), finding=describe_finding(finding))


def _reads_file(rule: Any) -> bool:
    """Whether a rule takes clients from a file."""
    return any(pattern.host.kind == FILE for segment in rule.clients for pattern in segment)


def _way(shadowed: Any, after: Policy) -> str:
    """What to do about a rule that others cover: no place in hosts.deny comes before hosts.allow."""
    if shadowed.rule.table is after.allow or all(cover.table is after.deny for cover in shadowed.by):
        return "Remove what covers it, or put this rule before it (block_name with position: first)"
    if not after.dialect.extended_options:
        return "Remove what covers it: hosts.allow is searched first"
    return (
        "hosts.allow is searched first: remove what covers it there, or write this rule into hosts.allow with the option "
        "deny, before it (block_name with position: first)"
    )


def _warn_of_late(fresh: List[NewRule], after: Policy, warnings: List[str]) -> None:
    """In a block or a whole table the task says the order itself: a rule that one other plainly covers is a warning."""
    places = _places(fresh, after)
    standing = [Standing(rule.table.name, rule.line, _key_of(rule, after)) for rule in after.rules]
    late = find_covering(standing, [one for one in standing if (one.table, one.line) in places]) if places else {}
    for rule, cover in list(late.items())[:3]:
        warnings.append(
            "%s never decides, because hosts.%s line %d matches whatever it matches and comes first."
            % (places[(rule.table, rule.line)].where, cover.table, cover.line)
        )
    if len(late) > 3:
        warnings.append("%d more rules of the task never decide for the same reason." % (len(late) - 3))


def _places(fresh: List[NewRule], after: Policy) -> Dict[Tuple[str, int], NewRule]:
    """Where the new rules stand: by table and last line."""
    wanted = dict(((rule.table, rule.key), rule) for rule in fresh)
    found: Dict[Tuple[str, int], NewRule] = {}
    marks = set(map(_mark, fresh)) if len(fresh) <= FEW else set([b""])
    for table in (after.allow, after.deny) if wanted else ():
        for rule in table.rules:
            field = rule.client_field
            if all(mark not in field and mark not in rule.daemon_field for mark in marks):
                continue
            new = wanted.get((table.name, _key_of(rule, after)))
            if new is not None:
                found[(table.name, rule.line)] = new
    return found


def _key_of(rule: Any, policy: Policy) -> RuleKey:
    return rule_key(rule.raw.replace(b"\\\n", b""), policy.dialect)


def _shown(rule: Any) -> str:
    return "hosts.%s line %d, '%s'," % (
        rule.table.name,
        rule.line,
        escape(rule.raw.replace(b"\\\n", b"").rstrip(b"\r\n")),
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."
