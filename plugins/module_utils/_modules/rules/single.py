# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The files of layout single: what the task gives goes to hosts.allow, what others wrote stays where it is. Pure, as
plan.py.
"""

from typing import Dict, List, Optional, Set, Tuple

from ..._libwrap.edit.blocks import Entry, read_entries, terminated
from ..._libwrap.edit.closing import closes, find_catch_all
from ..._libwrap.dialects import Dialect
from ..._libwrap.edit.changes import Edit, Wanted, edit_table
from ..._libwrap.edit.identity import RuleKey, rule_key
from ..._libwrap.edit.layout import Own, fold, plain_rule, unfold
from ..._libwrap.lexer import RULE


def own_rules(wanted: Dict[str, Optional[List[Wanted]]], block: Optional[str], dialect: Dialect) -> Tuple[Own, Own]:
    """Whether an entry of hosts.allow is a rule of this task that folding ended in `allow`, and whether it is one of
    its rules at all.
    """
    keys = set(rule_key(line, dialect) for rule in wanted["allow"] or [] for line in rule.lines)

    def is_own(entry: Entry) -> bool:
        return (
            entry.block == block
            if entry.block is not None or block is not None
            else entry.key(dialect) in keys or folded(entry)
        )

    def folded(entry: Entry) -> bool:
        if entry.block is not None or block is not None:
            return entry.block == block
        return entry.key(dialect) not in keys and rule_key(plain_rule(entry.raw, b"allow"), dialect) in keys

    return folded, is_own


def single_files(
    before: Dict[str, Optional[bytes]],
    edits: Dict[str, Edit],
    own: Tuple[Own, Own],
    dialect: Dialect,
    paths: Dict[str, str],
) -> Dict[str, bytes]:
    """Both files with the task's rules in hosts.allow. Raises TableError where that cannot be."""
    folded, is_own = own
    allow, lower = unfold(before["allow"] or b"", folded, dialect, paths["allow"])
    deny, edit = before["deny"] or b"", edits["deny"]
    default = edit.default
    if default and edit.keep_default and _closed_by_others(lower, deny, default, dialect):
        default = None
    present = [] if edit.rules is None or edit.block or edit.exclusive or edit.absent else edit.rules
    elsewhere = _keys(deny, dialect, blocks=True)  # what another task's block holds is there
    rules = (
        [rule for rule in present if not all(rule_key(line, dialect) in elsewhere for line in rule.lines)]
        if present
        else edit.rules
    )
    lower = edit_table(lower, edit._replace(rules=rules, default=default), dialect, paths["allow"])
    for taken in _taken_out(deny, edit, default, dialect):
        deny = edit_table(deny, taken, dialect, paths["deny"])
    return {
        "allow": fold(edit_table(allow, edits["allow"], dialect, paths["allow"]), lower, is_own, dialect),
        "deny": deny,
    }


def _closed_by_others(lower: bytes, deny: bytes, default: bytes, dialect: Dialect) -> bool:
    """Whether a catch-all of others closes hosts.deny, which keeps its options and so its place."""
    if find_catch_all(read_entries(lower, dialect, "hosts.allow"), dialect) is not None:
        return False
    found = find_catch_all(read_entries(terminated(deny, dialect), dialect, "hosts.deny"), dialect)
    return (
        found is not None and found.key(dialect) != rule_key(default, dialect) and closes(found.key(dialect), dialect)
    )


def _taken_out(deny: bytes, edit: Edit, default: Optional[bytes], dialect: Dialect) -> List[Edit]:
    """The edits of hosts.deny that take away what the task gives to hosts.allow."""
    gone = edit._replace(default=b"" if default == b"" or default and not edit.keep_default else None)
    there = _keys(deny, dialect, blocks=False)
    edits = []
    if edit.block is not None:
        edits.append(gone._replace(rules=None, absent=edit.rules is not None or edit.absent))
    elif edit.exclusive:
        whole = terminated(deny, dialect)
        # a last line without newline that is a rule goes with the others, as it does where the task writes this file
        unread = whole is not deny and read_entries(whole, dialect, "hosts.deny")[-1].kind == RULE and bool(edit.rules)
        edits.append(
            gone._replace(
                rules=None if edit.rules is None else [], unfinished="complete" if unread else gone.unfinished
            )
        )
    else:
        rules = [
            rule
            for rule in edit.rules or []
            if edit.absent or any(rule_key(line, dialect) in there for line in rule.lines)
        ]
        edits.append(gone._replace(rules=rules or None, absent=True))
    if default and rule_key(default, dialect) in there:
        edits.append(gone._replace(rules=[Wanted(-1, (default,), ())], block=None, exclusive=False, absent=True))
    return edits


def _keys(data: bytes, dialect: Dialect, blocks: bool) -> Set[RuleKey]:
    """The rules of a table that stand in blocks, or outside."""
    return set(
        entry.key(dialect)
        for entry in read_entries(terminated(data, dialect), dialect, "hosts.deny")
        if entry.kind == RULE and (entry.block is not None) is blocks
    )
