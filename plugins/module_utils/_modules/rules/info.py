# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module hosts_access_info."""

from time import process_time
from typing import Any, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..._host.lookups import HostLookups, table_text
from ..._libwrap.errors import HostsAccessError
from ..._libwrap.policy import Policy
from ..._libwrap.edit.report import describe_rules, line_text
from ..arguments import TablesArguments, tables_argument_spec
from ..errors import run_safely, short_invocation
from .checks import describe_finding
from .tables import describe_state, open_tables

# what a rule takes in the result beside its text, and how much all of them may take unless they are asked for
EACH = 160
MOST = 5000000
# how many seconds shadowed_rules may take
PATIENCE = 60


class InfoArguments(TablesArguments):
    """All options of hosts_access_info."""

    shadowed_rules: bool
    all_rules: bool


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """The module's options."""
    return dict(
        tables_argument_spec(),
        shadowed_rules={"type": "bool", "default": False},
        all_rules={"type": "bool", "default": False},
    )


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Both tables as rules, and what is wrong with them."""
    arguments = InfoArguments(call.params)
    tables = open_tables(arguments, writing=False)
    for warning in tables.warnings:
        call.warn(warning)
    policy = Policy.parse(table_text(tables.allow), table_text(tables.deny), tables.dialect, HostLookups(tables.root))
    rules: Optional[List[Dict[str, Any]]] = None
    if arguments.all_rules or _bytes_of(policy) <= MOST:
        rules = [
            rule
            for name, state in (("allow", tables.allow), ("deny", tables.deny))
            for rule in describe_rules(state.data or b"", tables.dialect, name, state.path)
        ]
    else:
        call.warn(
            "The tables have %d rules, which would be a result of some %d megabytes: rules is null. Set all_rules: "
            "true for them." % (len(policy.rules), _bytes_of(policy) // 1000000)
        )
    result: Dict[str, Any] = {
        "changed": False,
        "dialect": tables.dialect.name,
        "tables": {
            "allow": describe_state(tables.allow, tables.root),
            "deny": describe_state(tables.deny, tables.root),
        },
        "rules": rules,
        "rule_count": len(policy.rules),
        "findings": [describe_finding(finding) for finding in policy.findings()],
    }
    if arguments.shadowed_rules:
        result["shadowed_rules"] = _shadowed_rules(policy, call)
    return result


def _bytes_of(policy: Policy) -> int:
    """About how many bytes all rules would be in the result."""
    return EACH * len(policy.rules) + 3 * (len(policy.allow.data) + len(policy.deny.data))


def _shadowed_rules(policy: Policy, call: Call) -> Optional[List[Dict[str, Any]]]:
    """The rules that could go; None and a warning where that cannot be told."""
    from ..._libwrap.analysis.patience import Patience

    try:
        return [_describe_shadowed(one) for one in policy.shadowed_rules(True, Patience(PATIENCE, process_time))]
    except HostsAccessError as error:
        call.warn("shadowed_rules is null, because the shadowed rules could not be determined: %s." % error)
        return None


def _describe_shadowed(shadowed: Any) -> Dict[str, Any]:
    told = _place(shadowed.rule)
    told.update(
        never_decides=shadowed.never_decides,
        reason=shadowed.reason,
        verdict=shadowed.verdict,
        by=[_place(rule) for rule in shadowed.by],
    )
    return told


def _place(rule: Any) -> Dict[str, Any]:
    return {"table": rule.table.name, "line": rule.line, "text": line_text(rule.raw.replace(b"\\\n", b""))}
