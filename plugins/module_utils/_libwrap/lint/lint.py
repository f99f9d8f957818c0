# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Everything that is to be known about two tables: Policy.findings().

One walk over the lines; what a word means is worked out once a word. The kinds of findings are in kinds.py, one
section a code in docs/findings.md.
"""

import errno
import os
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple

from ..finding import CLOSES, ERROR, INFO, NONE, OPENS, WARNING, Finding
from .unrefused import unrefused_daemons
from .void_bans import void_bans
from .traps import LIMIT, Trap, effect_of, trap
from .client_lists import client_list_traps
from .daemons import daemon_list_traps, daemon_traps
from .clients import client_traps
from .lines import line_traps, rest_trap
from .options import classic_traps, grants, option_traps
from .rules import Duplicates, Placed, all_clients, all_daemons, list_traps, whole_rule_traps
from ..addresses import canonical_ipv4, format_ipv4, mask_from_length
from ..lexer import BUFFER, NO_SEPARATOR, RULE, UNFINISHED, Line
from ..rules import Rule
from ..table import Table

if TYPE_CHECKING:
    from ..policy import Policy

#: Words whose findings are remembered; a table with more of them is judged a little slower, in the same memory.
REMEMBERED = 20000
#: From more findings of one kind than this, errors apart, there is one with all their lines.
MANY = 20
#: Runs of lines that are named in it.
SPANS = 10
_OCTET = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#: Most lines of a long table: one daemon, one address or network, and nothing in either that could be a trap of its
#: own.
_PLAIN = re.compile(
    rb"([A-Za-z](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):[ \t]*(("
    + _OCTET
    + rb"(?:\."
    + _OCTET
    + rb"){3})(?:/(255[0-9.]+))?)\n\Z"
)
_PLAIN_MASKS = dict(
    (format_ipv4(mask_from_length(length)).encode("ascii"), mask_from_length(length)) for length in range(8, 31)
)


class Report(object):
    """The findings as they come: each code at most LIMIT times a table, then counted."""

    def __init__(self) -> None:
        self.findings: List[Finding] = []
        self._counts: Dict[Tuple[str, str], int] = {}

    def skip(self, code: str, table: str) -> bool:
        """Whether there are enough findings of a code, in which case one more is counted."""
        count = self._counts.get((code, table), 0)
        if count < LIMIT:
            return False
        self._counts[(code, table)] = count + 1
        return True

    def add(self, one: Trap, table: str, line: Optional[int], effect: str, more: int = 0) -> None:
        """One finding; ``more`` other words of its line are in the same trap."""
        count = self._counts[(one.code, table)] = self._counts.get((one.code, table), 0) + 1
        if count > LIMIT:
            return
        severity = one.severity
        if severity == INFO and effect == OPENS:
            severity = WARNING
        message = one.message if not more else "%s (%d more on this line)" % (one.message, more)
        self.findings.append(Finding(one.code, severity, effect, table, line, message + ".", one.remedy))

    def finish(self) -> List[Finding]:
        """All of them, many of one kind as one, and one more for each code that was cut."""
        self.findings = joined(self.findings)
        for (code, table), count in sorted(self._counts.items()):
            if count > LIMIT:
                more = trap("more-findings", count=count - LIMIT, kind=code)
                message = more.message + "."
                self.findings.append(Finding(more.code, INFO, NONE, table, None, message, more.remedy))
        return self.findings


def joined(findings: List[Finding]) -> List[Finding]:
    """More than MANY notes or warnings of one kind are one, at the first of its lines, with the lines."""
    groups: Dict[Tuple[object, ...], List[Finding]] = {}
    for one in findings:
        if one.severity != ERROR and one.line is not None:
            groups.setdefault((one.code, one.severity, one.effect, one.table), []).append(one)
    many = {key: group for key, group in groups.items() if len(group) > MANY}
    kept: List[Finding] = []
    for one in findings:
        key = (one.code, one.severity, one.effect, one.table)
        if key not in many or one.severity == ERROR or one.line is None:
            kept.append(one)
        elif many[key][0] is one:
            told = "%s; so it is %d times, in lines %s." % (
                one.message.rstrip("."),
                len(many[key]),
                spans([other.line or 0 for other in many[key]]),
            )
            kept.append(one._replace(message=told))
    return kept


def spans(lines: List[int]) -> str:
    """Line numbers in a few words: 1-4, 7, 9-12 and 30 more."""
    found: List[List[int]] = []
    for line in sorted(set(lines)):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    shown = ["%d" % first if first == last else "%d-%d" % (first, last) for first, last in found[:SPANS]]
    rest = sum(last - first + 1 for first, last in found[SPANS:])
    return ", ".join(shown) + (" and %d more" % rest if rest else "")


class Inspector(object):
    """Looks at both tables of a policy; each distinct word is judged once."""

    def __init__(self, policy: "Policy") -> None:
        self.policy = policy
        self.dialect = policy.dialect
        self.report = Report()
        self.duplicates = Duplicates()
        self._refuses = self._open = False  # a rule that refuses; one that grants everybody
        self._daemons: Dict[bytes, List[Trap]] = {}
        self._plain: Dict[bytes, bool] = {}  # daemons of plain lines: whether nothing is wrong with them
        self._clients: Dict[bytes, List[Trap]] = {}

    def inspect(self) -> List[Finding]:
        """The findings on hosts.allow, then those on hosts.deny, by line."""
        for table in (self.policy.allow, self.policy.deny):
            if table.unreadable not in (None, errno.ENOENT):
                self._unreadable(table)
            else:
                self._lines(table)
        self._nothing_denies()
        for one in void_bans(self.policy):
            where, line = one.grant.table.name, one.grant.line
            found = trap("void-ban", client=one.client, at=one.at, table=where, line=line)
            self.report.add(found, one.ban.table.name, one.ban.line, OPENS)
        return self.report.finish()

    def _nothing_denies(self) -> None:
        """Rules that grant, and none in either table that refuses: whom they do not name is granted as well. Where some
        daemons have one that refuses, those that have none.
        """
        policy = self.policy
        closed = policy.deny.stop or policy.deny.unreadable not in (None, errno.ENOENT)
        if closed or not policy.allow.rules or self._open:
            return
        if policy.deny.rules or self._refuses:
            for daemon, rule in unrefused_daemons(policy):
                self.report.add(trap("nothing-denies", "daemon", daemon=daemon), "allow", rule.line, OPENS)
        else:
            self.report.add(trap("nothing-denies"), "deny", None, OPENS)

    def _unreadable(self, table: Table) -> None:
        allow = table.name == "allow"
        if table.unreadable == errno.EISDIR:
            one = trap("table-directory", reach=CLOSES if allow else OPENS, table=table.name)
        else:
            denies = not allow and self.dialect.unreadable_deny == "denied"
            what = "denies all that hosts.allow does not grant" if denies else "goes on as if it were empty"
            one = trap(
                "table-unreadable",
                reach=CLOSES if allow or denies else OPENS,
                table=table.name,
                error=os.strerror(table.unreadable or 0),
                what=what,
            )
        self.report.add(one, table.name, None, one.reach)

    def _lines(self, table: Table) -> None:
        data, allow = table.data, table.name == "allow"
        rules = iter(table.rules)
        crlf = cut = False
        for line in table.lines:
            if line.kind == NO_SEPARATOR and self.report.skip("no-colon", table.name):
                continue
            raw = data[line.start : line.end]
            plain = _PLAIN.match(raw) if line.kind == RULE and not cut else None
            if plain is not None and self._nothing_wrong(plain.group(1), plain.group(3), plain.group(4)):
                self._refuses = self._refuses or not allow
                twin = self.duplicates.of(table.name, plain.group(1), plain.group(2), line.last, allow)
                next(rules)
                if twin:
                    self._add([(one, 0) for one in twin], table.name, line, allow)
                continue
            found, explained = line_traps(raw, line, allow, self.dialect)
            rule = next(rules) if line.kind == RULE else None
            if cut and rule is not None:
                found.append(rest_trap())
            cut = line.kind == UNFINISHED and len(line.text) >= BUFFER - 1 and self.dialect.long_line == "rest"
            if not crlf and raw[-2:] == b"\r\n":
                crlf = True
                found.append(trap("crlf"))
            placed = [(one, 0) for one in found]
            meant = allow
            if line.kind == UNFINISHED and raw[-1:] != b"\n" and len(line.text) < BUFFER - 1:
                meant, more = self._as_if_ended(table, raw)
                placed += more
            if rule is not None and not explained:
                meant, more = self._rule(rule, allow)
                placed += more
            if placed:
                self._add(placed, table.name, line, meant)

    def _as_if_ended(self, table: Table, raw: bytes) -> Tuple[bool, List[Placed]]:
        """What is wrong with a last line beside its missing newline: the traps that it would have with one."""
        allow = table.name == "allow"
        ended = Table(table.name, raw + b"\n", self.dialect, table.cache)
        placed: List[Placed] = []
        meant, before = allow, (self._refuses, self._open)
        rules = iter(ended.rules)
        for line in ended.lines:
            found, explained = line_traps(ended.data[line.start : line.end], line, allow, self.dialect)
            placed += [(one, 0) for one in found]
            rule = next(rules) if line.kind == RULE else None
            if rule is not None and not explained:
                meant, more = self._rule(rule, allow)
                placed += more
        self._refuses, self._open = before  # libwrap does not read it
        return meant, placed

    def _nothing_wrong(self, daemon: bytes, address: bytes, mask: Optional[bytes]) -> bool:
        """Whether a line with this daemon and one address or network has no trap but that it may be a duplicate."""
        if mask is not None:
            bits, value = _PLAIN_MASKS.get(mask), canonical_ipv4(address)
            if bits is None or value is None or value & bits != value:
                return False
        known = self._plain.get(daemon)
        if known is None:
            if len(self._plain) >= REMEMBERED:
                self._plain.clear()
            pattern = self.policy.allow.cache.daemon(daemon)
            known = self._plain[daemon] = (
                self.dialect.net4 != "suse12" and daemon.lower() != b"except" and not self._daemon(pattern)
            )
        return known

    def _add(self, placed: List[Placed], table: str, line: Line, meant: bool) -> None:
        """The traps of one line; several of a kind make one finding."""
        merged: Dict[Tuple[str, str], List[Trap]] = {}
        order: List[Tuple[str, str]] = []
        for one, depth in placed:
            key = (one.code, effect_of(one.reach, meant, depth))
            if key not in merged:
                merged[key] = []
                order.append(key)
            merged[key].append(one)
        for key in order:
            traps = merged[key]
            worst = next((one for one in traps if one.severity == ERROR), traps[0])
            self.report.add(worst, table, line.last, key[1], len(traps) - 1)

    def _rule(self, rule: Rule, allow: bool) -> Tuple[bool, List[Placed]]:
        """Whether the rule is meant to grant, and the traps in it."""
        dialect, meant = self.dialect, allow
        options: List[Trap] = []
        field = rule.option_field
        if field is not None and not dialect.extended_options:
            options = classic_traps(field, allow, dialect, self.policy.lookups)
        elif field is not None:
            meant = grants(field, allow)
            options = option_traps(field, rule.options, meant, dialect, self.policy.lookups)
        daemons, clients = rule.daemons, rule.clients
        found, known = daemon_list_traps(daemons, clients)
        found += list_traps(daemons, "daemon", _but_for(known, self._daemon), all_daemons, dialect)
        whole, explained = client_list_traps(rule.client_field, clients, meant, dialect)
        found += [(one, 0) for one in whole]
        found += list_traps(clients, "client", _but_for(explained, self._client), all_clients, dialect)
        in_order = not any(one.severity == ERROR for one in options)
        options += whole_rule_traps(daemons, clients, meant, in_order, dialect) + self.duplicates.trap(
            rule, daemons, clients, meant
        )
        self._refuses = self._refuses or not meant or any(one.reach == CLOSES for one in options)
        self._open = self._open or any(one.code == "allow-everything" for one in options)
        return meant, found + [(one, 0) for one in options]

    def _daemon(self, pattern: Any) -> List[Trap]:
        found = self._daemons.get(pattern.token)
        if found is None:
            if len(self._daemons) >= REMEMBERED:
                self._daemons.clear()
            found = self._daemons[pattern.token] = daemon_traps(pattern, self.dialect, self.policy.lookups)
        return found

    def _client(self, pattern: Any) -> List[Trap]:
        found = self._clients.get(pattern.token)
        if found is None:
            if len(self._clients) >= REMEMBERED:
                self._clients.clear()
            found = self._clients[pattern.token] = client_traps(pattern, self.dialect, self.policy.lookups)
        return found


def _but_for(explained: Set[bytes], traps_of: Callable[[Any], List[Trap]]) -> Callable[[Any], List[Trap]]:
    """What answers for one word of a list, but for those that have their trap already."""
    if not explained:
        return traps_of
    return lambda pattern: [] if pattern.token in explained else traps_of(pattern)


def findings_of(policy: "Policy") -> List[Finding]:
    """Every finding on a policy, in the order of its lines. Time and memory grow with the text, not faster."""
    return Inspector(policy).inspect()
