# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for the engine whatever the text: used by hypothesis (test_engine_laws.py) and by atheris (fuzz_atheris.py)."""

from typing import Any, Dict, Optional

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.facts import RequestFacts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.patterns import World, list_matches

NAMES = sorted(DIALECTS)
ACCESS = ("granted", "denied", "delegated", "aborted")


def check(dialect: str, allow: Optional[bytes], deny: Optional[bytes], fields: Dict[str, Any], dry_run: bool) -> None:
    """Raise AssertionError where a law is broken; nothing but the engine's own error may come out of the engine."""
    try:
        policy = Policy.parse(allow, deny, dialect)
        request = Request(**fields)
        decision = policy.decide(request, dry_run=dry_run)
        findings = policy.findings()
    except HostsAccessError:
        return
    for name, data in (("allow", allow), ("deny", deny)):
        assert policy.render(name) == data
        covers(policy, name)
        lines = (data or b"").count(b"\n") + 1
        assert all(
            1 <= finding.line <= lines for finding in findings if finding.table == name and finding.line is not None
        ), findings
    assert decision.access in ACCESS
    assert all(isinstance(action, str) for action in decision.actions)
    first = scan(policy, request)
    if first is None:
        assert decision.table is None, decision
    elif decision.reason is None:
        assert (decision.table, decision.line, decision.rule) == (first.table.name, first.line, first.text), (
            decision,
            first,
        )


def covers(policy: Policy, name: str) -> None:
    """The lines hold each byte of the table once and in order; libwrap does not count a line that it cannot read to its end."""
    table = policy.table(name)
    position = number = 0
    for line in table.lines:
        assert line.start == position and line.end > position, line
        assert number <= line.first <= line.last, line
        position, number = line.end, line.last
    assert position == len(table.data)
    spans = [(rule.start, rule.end, rule.first_line, rule.line) for rule in table.rules]
    assert spans == [(line.start, line.end, line.first, line.last) for line in table.lines if line.kind == "rule"]


def scan(policy: Policy, request: Request) -> Any:
    """The first rule that matches, looked for one by one; the engine's index must find the same."""
    facts, world = RequestFacts(request, policy.dialect), World(policy.dialect, policy.lookups)
    for rule in policy.rules:
        if list_matches(rule.daemons, facts, world) and list_matches(rule.clients, facts, world):
            return rule
    return None
