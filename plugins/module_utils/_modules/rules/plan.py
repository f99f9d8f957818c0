# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a hosts_access task would make of the two tables: pure, nothing is read or written here."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._libwrap.edit.blocks import BLOCK_NAME, DIVIDER, BlockSpec, Entry, read_entries, terminated
from ..._libwrap.edit.closing import find_catch_all
from ..._libwrap.dialects import Dialect
from ..._libwrap.edit.changes import Edit, Wanted, edit_table, unread_refuses
from ..._libwrap.edit.identity import RuleKey, is_catch_all, rule_key
from ..._libwrap.lexer import RULE, UNFINISHED
from ..._libwrap.edit.mapping import LINE_LIMIT, MappingError, RuleMapping, comment_lines, render_mapping
from ..errors import TaskError
from .options import HostsAccessArguments
from .values import RuleValue, check_comment, check_mapping, check_options, check_rules

# what layout single ends a rule in
_FOLDED = re.compile(rb":[ \t]*allow[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


class NewRule(NamedTuple):
    where: str  # allow[3]: the entry of the task, or default
    table: str
    line: bytes
    key: RuleKey


# a last line without newline, which libwrap does not read, of a table that the task changes
class Unread(NamedTuple):
    table: str
    line: int
    text: bytes
    kept: bool  # else the task ends it, or takes it away


class TablesPlan(NamedTuple):
    allow_before: Optional[bytes]  # None: the file does not exist
    deny_before: Optional[bytes]
    allow_after: Optional[bytes]  # None: it still does not
    deny_after: Optional[bytes]
    wanted: List[NewRule]  # every rule of the task, as lines
    views: Tuple[bytes, bytes]  # what the result says as two tables, which layout single folds into one
    default_before: Optional[Dict[str, Any]]  # the options of the catch-all that closed hosts.deny, None where none did
    unread: List[Unread]
    replaced: Optional[Entry]  # other people's catch-all whose options give way to default_options


def changes_text(plan: TablesPlan) -> bool:
    """Whether a table's bytes would change."""
    return plan.allow_before != plan.allow_after or plan.deny_before != plan.deny_after


def make_plan(
    arguments: HostsAccessArguments, allow: Optional[bytes], deny: Optional[bytes], dialect: Dialect
) -> TablesPlan:
    """Both tables as the task wants them. Raises TaskError, MappingError and TableError before anything is written."""
    _check_combination(arguments)
    default = _default_line(arguments, dialect)
    before = {"allow": allow, "deny": deny}
    paths = arguments.paths
    wanted = _wanted_of(arguments, before, dialect)
    views = _views(before, wanted, arguments, dialect)
    default_before = None if default is None else _closing_options(views["deny"], dialect)
    replaced = _replaced(views["deny"], arguments, default, dialect)
    edits = _edits(arguments, wanted, default)
    for table in ("allow", "deny"):
        views[table] = edit_table(views[table], edits[table], dialect, paths[table])
    texts = views
    if arguments.layout == "single":
        from .single import own_rules, single_files

        texts = single_files(before, edits, own_rules(wanted, arguments.block_name, dialect), dialect, paths)
    # a file that did not exist comes into being only with text
    after = dict(
        (table, None if before[table] is None and not texts[table] else texts[table]) for table in ("allow", "deny")
    )
    return TablesPlan(
        allow,
        deny,
        after["allow"],
        after["deny"],
        _new_rules(wanted, default, dialect),
        (views["allow"], views["deny"]),
        default_before,
        _unread(before, after, dialect),
        replaced,
    )


def _wanted_of(
    arguments: HostsAccessArguments, before: Dict[str, Optional[bytes]], dialect: Dialect
) -> Dict[str, Optional[List[Wanted]]]:
    """The rules of the task as lines, of each table; None where it says nothing of a table. Raises TaskError and
    MappingError.
    """
    rules = {"allow": check_rules(arguments.allow, "allow"), "deny": check_rules(arguments.deny, "deny")}
    wanted: Dict[str, Optional[List[Wanted]]] = {}
    for table in ("allow", "deny"):
        values = rules[table]
        wanted[table] = None if values is None else _wanted(values, table, dialect, before[table] or b"")
        if arguments.layout == "single":
            wanted[table] = _without_ending(wanted[table], table)
    if arguments.default == "allow":
        _refuse_catch_all(wanted["deny"], dialect)
    return wanted


def _edits(
    arguments: HostsAccessArguments, wanted: Dict[str, Optional[List[Wanted]]], default: Optional[bytes]
) -> Dict[str, Edit]:
    """What is done to each table. `default`: the catch-all that closes hosts.deny, empty to take it away, None to leave
    it.
    """
    block = None
    if arguments.block_name is not None:
        block = BlockSpec(arguments.block_name, arguments.priority, arguments.position)
    return dict(
        (
            table,
            Edit(
                wanted[table],
                block,
                arguments.exclusive,
                arguments.state == "absent",
                default if table == "deny" else None,
                arguments.default_options is None,
                arguments.unfinished_line,
                table,
            ),
        )
        for table in ("allow", "deny")
    )


def _unread(before: Dict[str, Optional[bytes]], after: Dict[str, Optional[bytes]], dialect: Dialect) -> List[Unread]:
    """The last lines that libwrap does not read, of the tables that change."""
    found = []
    for table in ("allow", "deny"):
        old, new = before[table] or b"", after[table] or b""
        if old == new or terminated(old, dialect) is old:
            continue
        last = read_entries(old, dialect, table)[-1]
        if last.kind != UNFINISHED:
            continue  # a backslash in an empty line hides nothing yet
        found.append(Unread(table, last.number, last.raw.rstrip(b"\r\n"), terminated(new, dialect) is not new))
    return found


def _replaced(
    deny: bytes, arguments: HostsAccessArguments, default: Optional[bytes], dialect: Dialect
) -> Optional[Entry]:
    """The catch-all that `default_options` change, where the table holds one with others."""
    if not default or arguments.default_options is None or b"ALL" not in deny.upper():
        return None
    found = find_catch_all(read_entries(terminated(deny, dialect), dialect, "hosts.deny"), dialect)
    return None if found is None or found.key(dialect) == rule_key(default, dialect) else found


def _views(
    before: Dict[str, Optional[bytes]],
    wanted: Dict[str, Optional[List[Wanted]]],
    arguments: HostsAccessArguments,
    dialect: Dialect,
) -> Dict[str, bytes]:
    """The tables as two, also where layout single keeps rules of hosts.deny in hosts.allow, and ends its own there in
    `allow`.
    """
    allow, deny = before["allow"] or b"", before["deny"] or b""
    if DIVIDER in allow or _FOLDED.search(allow):
        from ..._libwrap.edit.layout import joined, unfold
        from .single import own_rules

        allow, lower = unfold(allow, own_rules(wanted, arguments.block_name, dialect)[0], dialect, arguments.allow_path)
        deny = joined(deny, lower, dialect)
    return {"allow": allow, "deny": deny}


def _without_ending(rules: Optional[List[Wanted]], table: str) -> Optional[List[Wanted]]:
    """The rules as the two-table view holds them: without the allow or deny that folding adds."""
    from ..._libwrap.edit.layout import plain_rule

    if rules is None:
        return None
    return [
        rule._replace(lines=tuple(plain_rule(line, table.encode("ascii")) for line in rule.lines)) for rule in rules
    ]


def _check_combination(arguments: HostsAccessArguments) -> None:
    name = arguments.block_name
    if name is not None and not BLOCK_NAME.match(name):
        raise TaskError(
            "block_name %r is refused: it takes 1 to 64 letters, digits, dots, dashes and underscores." % name
        )
    if arguments.exclusive and name is not None:
        raise TaskError("exclusive and block_name exclude each other: a block leaves the rest of the table alone.")
    if arguments.exclusive and arguments.state == "absent":
        raise TaskError(
            "exclusive and state: absent exclude each other. To empty a table, give it the list [] with exclusive."
        )
    if arguments.state == "absent" and name is not None and (arguments.allow is not None or arguments.deny is not None):
        raise TaskError(
            "state: absent with block_name removes the whole block and takes no rules: leave allow and deny out."
        )
    if arguments.default_options is not None and arguments.default != "deny":
        raise TaskError("default_options go with default: deny only.")


def _default_line(arguments: HostsAccessArguments, dialect: Dialect) -> Optional[bytes]:
    if arguments.default is None:
        return None
    if arguments.default == "allow":
        return b""
    options = check_options(arguments.default_options, "default_options") or []
    mapping = RuleMapping(("ALL",), (), ("ALL",), (), tuple(options), ())
    try:
        lines = render_mapping(mapping, dialect)
    except MappingError as exc:
        raise TaskError("default_options: %s" % exc)
    return lines[0].encode("utf-8")


def _wanted(values: Sequence[RuleValue], table: str, dialect: Dialect, data: bytes) -> List[Wanted]:
    wanted = []
    for value in values:
        text, mapping = value.text, value.mapping
        comments: Tuple[bytes, ...] = ()
        where = "%s[%d]" % (table, value.number)
        if value.given is not None:
            if text is not None and _says_the_same(text, value.given, dialect):
                comments = _comments(check_comment(value.given.get("comment"), where + ".comment"))
            else:
                text, mapping = None, check_mapping(value.given, where)
        if mapping is not None:
            comments = _comments(mapping.comment)
            try:
                lines = tuple(line.encode("utf-8") for line in render_mapping(mapping, dialect))
            except MappingError as exc:
                raise TaskError("%s: %s" % (where, exc))
        else:
            lines = (_line_bytes(text or "", dialect, data),)
            if len(lines[0]) > LINE_LIMIT:
                raise TaskError(
                    "%s %r... is %d bytes long, and libwrap reads lines of %d at most: write it as a mapping, which is "
                    "split into several rules of the same meaning, or as several rules."
                    % (where, (text or "")[:60], len(lines[0]), LINE_LIMIT)
                )
        wanted.append(Wanted(value.number, lines, comments))
    return wanted


def _line_bytes(text: str, dialect: Dialect, data: bytes) -> bytes:
    """A line's bytes; one that hosts_access_info had to escape is found again among the table's own lines."""
    line = text.encode("utf-8")
    if b"\\x" in line and any(byte > 126 or byte < 32 and byte not in (9, 10, 13) for byte in data):
        from ..._libwrap.edit.report import unescape

        original = unescape(text)
        key = rule_key(original, dialect)
        if any(entry.key(dialect) == key for entry in read_entries(data, dialect, "") if entry.kind == RULE):
            return original
    return line


def _comments(lines: Sequence[str]) -> Tuple[bytes, ...]:
    return tuple(line.encode("utf-8") for line in comment_lines(lines))


def _says_the_same(text: str, given: Dict[str, Any], dialect: Dialect) -> bool:
    """Whether a line that hosts_access_info gave still says what the meaning beside it says, so nobody edited the
    meaning.
    """
    from ..._libwrap.edit.report import describe_line

    told = describe_line(text, dialect)
    return all((given.get(name) or []) == told[name] for name in told)


def _closing_options(deny: bytes, dialect: Dialect) -> Optional[Dict[str, Any]]:
    """The options of the catch-all that answers the rest before the task, so that a role can put them back; None where
    there is none.
    """
    from ..._libwrap.edit.report import describe_key

    if b"ALL" not in deny.upper():
        return None
    whole = terminated(deny, dialect)
    entries = read_entries(whole, dialect, "hosts.deny")
    if whole is not deny and not unread_refuses("deny", dialect):
        entries.pop()
    entry = find_catch_all(entries, dialect)
    return None if entry is None else {"options": describe_key(entry.key(dialect))["options"]}


def _refuse_catch_all(wanted: Optional[List[Wanted]], dialect: Dialect) -> None:
    for rule in wanted or []:
        if any(is_catch_all(rule_key(line, dialect)) for line in rule.lines):
            raise TaskError(
                "deny[%d] is %s, which default: allow removes: leave one of the two out."
                % (rule.number, rule.lines[0].decode("utf-8", "replace"))
            )


def _new_rules(wanted: Dict[str, Optional[List[Wanted]]], default: Optional[bytes], dialect: Dialect) -> List[NewRule]:
    rules = []
    for table in ("allow", "deny"):
        for rule in wanted[table] or []:
            rules += [
                NewRule("%s[%d]" % (table, rule.number), table, line, rule_key(line, dialect)) for line in rule.lines
            ]
    if default:
        rules.append(NewRule("default", "deny", default, rule_key(default, dialect)))
    return rules
