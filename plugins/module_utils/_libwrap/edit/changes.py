# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Changing a table's text: rules added, removed or owned by a block, everything else byte for byte as it was."""

from bisect import bisect_left
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .blocks import (
    BlockSpec,
    Entry,
    TableError,
    above_comments,
    block_text,
    find_blocks,
    hidden,
    is_tied,
    join_entries,
    last_apart,
    place_block,
    read_entries,
    terminated,
)
from .closing import closes, edit_default
from ..dialects import Dialect
from .identity import RuleKey, is_catch_all, rule_key
from ..lexer import BLANK, BUFFER, COMMENT, HANG, NO_SEPARATOR, RULE, UNFINISHED, read_lines
from .report import escape


#: So many rules are each looked for by a word of theirs, in as many lines at most.
FEW = 20
TRIES = 1000


class Wanted(NamedTuple):
    number: int  # of the task's list, for messages; -1 is the default
    lines: Tuple[bytes, ...]  # without line ends; one rule, or several of one meaning
    comments: Tuple[bytes, ...]  # whole comment lines


class Edit(NamedTuple):
    rules: Optional[List[Wanted]]  # None: the table's rules are not touched
    block: Optional[BlockSpec]
    exclusive: bool
    absent: bool
    default: Optional[bytes]  # the closing catch-all's line; b"" takes it away, None leaves it
    keep_default: bool  # a catch-all that closes already stays as it is, whatever its options
    unfinished: str  # a last line without newline: keep it so, complete it, or refuse to change the table
    table: str  # allow or deny


# Where single rules go: above the blocks that stand last, or these would move below them at their next run.
_ABOVE_LAST_BLOCKS = BlockSpec("", -(10**10), "last")


def edit_table(data: bytes, edit: Edit, dialect: Dialect, path: str) -> bytes:
    """The table's new bytes; the very same object where nothing changes.

    A last line without newline, which libwrap does not read, stays the last and without, unless the task speaks of it.
    Raises TableError where its markers do not pair up, where a rule to be removed belongs to a block, and where the
    edit refuses such a line.
    """
    if _stands_already(data, edit, dialect):
        return data
    whole = terminated(data, dialect)
    entries = read_entries(whole, dialect, path)
    unread = entries[-1] if whole is not data and entries else None
    if unread is None or edit.unfinished == "complete":
        return _result(data, join_entries(_edit_all(entries, edit, dialect, path, None)), entries, edit, path)
    if _stands_apart(unread, edit, dialect):
        apart = last_apart(entries)
        kept = _edit_all(entries[: -len(apart)], edit, dialect, path, None)
        changed = (join_entries(kept) + join_entries(apart))[: len(data) - len(whole)]
    else:
        changed = join_entries(_edit_all(entries, edit, dialect, path, unread))
        if changed == whole and not _uses(unread, edit, dialect):
            return data
    if changed != data and edit.unfinished == "refuse" and not hidden(unread.raw.rstrip(b"\n")):
        raise TableError(
            "%s, line %d, '%s', has no newline at its end, %s. Nothing is changed beside it: end the line or remove "
            "it, or say which way it shall be with unfinished_line: keep or complete."
            % (path, unread.number, escape(unread.raw.rstrip(b"\r\n")), unread_meaning(edit.table, dialect))
        )
    return _result(data, changed, entries, edit, path)


def _stands_already(data: bytes, edit: Edit, dialect: Dialect) -> bool:
    """Whether a few rules that are to be added stand in a plain table already, told without reading all of its lines."""
    if edit.rules is None or edit.block is not None or edit.exclusive or edit.absent or edit.default is not None:
        return False
    lines = [line for rule in edit.rules for line in rule.lines]
    if len(lines) > FEW or data[-1:] != b"\n" or any(text in data for text in (b"\\\n", b"\0", b" portcullis ")):
        return False
    if max(map(len, data.split(b"\n"))) >= BUFFER - 1:
        return False
    return all(_stands(data, rule_key(line, dialect), dialect) for line in lines)


def _stands(data: bytes, key: RuleKey, dialect: Dialect) -> bool:
    """Whether a rule stands in a table without continuations: lines with its longest word are read."""
    word = max(key[0] + key[1] + (b"",), key=len)
    place = data.find(word) if word else -1
    tries = 0
    while place >= 0 and tries < TRIES:
        tries += 1
        start, end = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place) + 1
        for line in read_lines(data[start:end], dialect):
            if line.kind == RULE and rule_key(line.text, dialect) == key:
                return True
        place = data.find(word, end)
    return False


def unread_refuses(table: str, dialect: Dialect) -> bool:
    """Whether a last line without newline refuses every request that comes so far; elsewhere libwrap ignores it."""
    return table == "deny" and dialect.long_line == "stop" and dialect.unreadable_deny == "denied"


def unread_meaning(table: str, dialect: Dialect) -> str:
    """What a last line without newline does, as the end of a sentence."""
    return (
        "so libwrap refuses every request that comes so far"
        if unread_refuses(table, dialect)
        else "so libwrap ignores it"
    )


def _result(data: bytes, changed: bytes, entries: List[Entry], edit: Edit, path: str) -> bytes:
    if changed == data:
        return data
    if not edit.exclusive:
        _check_readable(entries, path)
    return changed


def _edit_all(entries: List[Entry], edit: Edit, dialect: Dialect, path: str, unread: Optional[Entry]) -> List[Entry]:
    changed = _edit_rules(entries, edit, dialect, path, unread)
    return changed if edit.default is None else edit_default(changed, edit.default, edit.keep_default, dialect)


def _stands_apart(unread: Entry, edit: Edit, dialect: Dialect) -> bool:
    """Whether the last line, which has no newline, is none of the task's business."""
    if edit.exclusive and edit.rules is not None:
        return unread.kind in (COMMENT, BLANK) and unread.block is None
    return not _uses(unread, edit, dialect)


def wanted_entries(rules: Sequence[Wanted], dialect: Dialect) -> List[Entry]:
    """The rules' lines as entries of a table, comments above them."""
    entries = []
    for rule in rules:
        entries += [Entry(COMMENT, line + b"\n", line + b"\n") for line in rule.comments]
        entries += [Entry(RULE, line + b"\n", line + b"\n") for line in rule.lines]
    return entries


def _edit_rules(entries: List[Entry], edit: Edit, dialect: Dialect, path: str, unread: Optional[Entry]) -> List[Entry]:
    if edit.block is not None and (edit.rules is not None or edit.absent):
        return _edit_block(entries, edit, edit.block, dialect)
    if edit.rules is None:
        return entries
    if edit.exclusive:
        return _edit_exclusive(entries, edit, dialect, unread)
    if edit.absent:
        return _remove(entries, edit.rules, dialect, path)
    return _add_missing(entries, edit.rules, dialect)


def _check_readable(entries: List[Entry], path: str) -> None:
    for entry in entries:
        if entry.kind in (UNFINISHED, HANG):
            raise TableError(
                "%s, line %d: libwrap cannot read a line of more than 2,046 bytes, so nothing is changed around it. "
                "Split it into several rules, or declare the whole table with exclusive." % (path, entry.number)
            )


def _uses(unread: Entry, edit: Edit, dialect: Dialect) -> bool:
    """Whether the task wants the last line, which has no newline yet, to count."""
    if unread.kind != RULE and unread.block is None:
        return False
    if edit.block is not None and unread.block == edit.block.name:
        return True
    key = unread.key(dialect)
    if edit.default is not None and unread.kind == RULE and unread.block is None and is_catch_all(key):
        return True
    return any(key == rule_key(line, dialect) for rule in edit.rules or [] for line in rule.lines)


def _edit_block(entries: List[Entry], edit: Edit, spec: BlockSpec, dialect: Dialect) -> List[Entry]:
    span = find_blocks(entries).get(spec.name)
    rest = entries if span is None else entries[: span[0]] + entries[span[1] :]
    if edit.absent or not edit.rules:
        return rest
    lines = [line for rule in edit.rules for line in rule.comments + rule.lines]
    text = block_text(spec, lines)
    place = place_block(rest, spec, dialect)
    if span is not None and _stands_right(rest[span[0] : place], rest[place : span[0]], edit, dialect):
        place = span[0]
    return rest[:place] + [Entry(RULE, text, text, block=spec.name)] + rest[place:]


def _stands_right(below: List[Entry], above: List[Entry], edit: Edit, dialect: Dialect) -> bool:
    """Whether the block may stay where it is, though it belongs below some lines, or above some.

    Comments and blanks make no difference. What others wrote below it into hosts.deny makes none where no rule has an
    option, for all of them refuse: fail2ban and its like append there every hour.
    """
    if any(entry.block for entry in below + above) or any(entry.counts for entry in above):
        return False
    rules = [entry for entry in below if entry.counts]
    if not rules:
        return True
    own = [rule_key(line, dialect) for rule in edit.rules or [] for line in rule.lines]
    return (
        edit.table == "deny"
        and not any(key[2] or is_catch_all(key) for key in own + [entry.key(dialect) for entry in rules])
        and all(entry.kind in (RULE, NO_SEPARATOR) for entry in rules)
    )


def _add_missing(entries: List[Entry], rules: Sequence[Wanted], dialect: Dialect) -> List[Entry]:
    present = set(entry.key(dialect) for entry in entries if entry.kind == RULE)
    missing: List[Wanted] = []
    for rule in rules:
        lines = []
        for line in rule.lines:
            key = rule_key(line, dialect)
            if key not in present:
                present.add(key)
                lines.append(line)
        if lines:
            missing.append(
                rule._replace(lines=tuple(lines), comments=rule.comments if len(lines) == len(rule.lines) else ())
            )
    if not missing:
        return entries
    place = place_block(entries, _ABOVE_LAST_BLOCKS, dialect)
    if place == len(entries):
        while place and not entries[place - 1].counts and entries[place - 1].block is None:
            place -= 1
        if place == 0:
            place = len(entries)  # nothing but comments: the rules come below them
    return entries[:place] + wanted_entries(missing, dialect) + entries[place:]


def _remove(entries: List[Entry], rules: Sequence[Wanted], dialect: Dialect, path: str) -> List[Entry]:
    comments: Dict[RuleKey, Tuple[bytes, ...]] = {}
    for rule in rules:
        for line in rule.lines:
            comments[rule_key(line, dialect)] = rule.comments
    kept: List[Entry] = []
    for entry in entries:
        if entry.kind != RULE or entry.key(dialect) not in comments:
            kept.append(entry)
            continue
        if entry.block is not None:
            raise TableError(
                "%s, line %d: the rule belongs to the block %s. Remove it with the task that owns the block "
                "(block_name: %s)." % (path, entry.number, entry.block, entry.block)
            )
        _drop_comments(kept, comments[entry.key(dialect)])
        _drop_tied(kept)
    return kept


def _drop_comments(kept: List[Entry], comments: Sequence[bytes]) -> None:
    """Take a rule's own comment, where it stands right above, away with the rule."""
    count = len(comments)
    if count and [entry.raw.rstrip(b"\r\n") for entry in kept[-count:]] == list(comments):
        del kept[-count:]


def _drop_tied(kept: List[Entry]) -> None:
    """Take the comment that another program tied to a rule away with it, or that program would take the next line for
    the rule.
    """
    while kept and is_tied(kept[-1]):
        kept.pop()


def _edit_exclusive(entries: List[Entry], edit: Edit, dialect: Dialect, unread: Optional[Entry]) -> List[Entry]:
    rules = _with_default(edit, dialect)
    wanted = wanted_entries(rules, dialect)
    wanted_keys = [entry.key(dialect) for entry in wanted if entry.kind == RULE]
    present = [entry for entry in entries if entry.kind == RULE]
    if [entry.key(dialect) for entry in present if entry is not unread] == wanted_keys and _comments_stand(
        entries, wanted
    ):
        return entries
    keep = _longest_kept([entry.key(dialect) for entry in present], wanted_keys)
    kept_by_rule = dict((id(present[there]), here) for there, here in keep)
    own_comments = set(rule.comments for rule in rules if rule.comments)
    result: List[Entry] = []
    pending = _Pending(wanted)
    for entry in entries:
        if entry.kind == RULE:
            if id(entry) in kept_by_rule:
                before = pending.take_until(kept_by_rule[id(entry)])
                comments = pending.comments_of_next()
                split = _place_before(result, entry) if before else len(result)
                result[split:split] = before
                if comments and [item.raw for item in result[-len(comments) :]] != [item.raw for item in comments]:
                    result += comments
                pending.skip_one()
                result.append(entry)
            else:
                for comments_text in own_comments:
                    _drop_comments(result, comments_text)
                _drop_tied(result)
        elif entry.kind == COMMENT or entry.kind == BLANK and not entry.raw.strip():
            result.append(entry)
    for entry in pending.rest():
        result.append(entry)
    return _drop_torn_markers(result, entries, dialect)


def _with_default(edit: Edit, dialect: Dialect) -> List[Wanted]:
    """The rules of a whole table. With a default there is one catch-all, last: the default's own."""
    rules = list(edit.rules or [])
    if edit.default is None:
        return rules
    closed = edit.keep_default and any(
        closes(rule_key(line, dialect), dialect) for rule in rules for line in rule.lines
    )
    if not closed:
        rules = [rule for rule in rules if not all(is_catch_all(rule_key(line, dialect)) for line in rule.lines)]
    if edit.default and not closed:
        rules.append(Wanted(-1, (edit.default,), ()))
    return rules


def _place_before(result: List[Entry], rule: Entry) -> int:
    """Where new rules go that stand before a kept one: above its comments, and before the block that it opens."""
    place = above_comments(result, len(result))
    if rule.block is not None:
        first = next((index for index, entry in enumerate(result) if entry.block == rule.block), place)
        if all(entry.kind != RULE for entry in result[first:]):
            place = above_comments(result, first)
    return place


class _Pending(object):
    """The wanted entries that are not in the result yet."""

    def __init__(self, wanted: List[Entry]) -> None:
        self.groups: List[Tuple[List[Entry], Entry]] = []
        comments: List[Entry] = []
        for entry in wanted:
            if entry.kind == COMMENT:
                comments.append(entry)
            else:
                self.groups.append((comments, entry))
                comments = []
        self.next = 0

    def take_until(self, index: int) -> List[Entry]:
        """The new rules before the wanted rule of that index, with their comments."""
        taken: List[Entry] = []
        while self.next < index:
            comments, rule = self.groups[self.next]
            taken += comments + [rule]
            self.next += 1
        return taken

    def comments_of_next(self) -> List[Entry]:
        """The comments of the wanted rule that comes next."""
        return self.groups[self.next][0]

    def skip_one(self) -> None:
        """The next wanted rule is in the table already."""
        self.next += 1

    def rest(self) -> List[Entry]:
        """All that is left."""
        return self.take_until(len(self.groups))


def _comments_stand(entries: List[Entry], wanted: List[Entry]) -> bool:
    """Whether every comment of the wanted rules stands right above its rule. The rules are known to be equal."""
    if all(entry.kind == RULE for entry in wanted):
        return True
    pending = _Pending(wanted)
    for index, entry in enumerate(entries):
        if entry.kind == RULE and pending.next < len(pending.groups):
            comments = pending.comments_of_next()
            pending.skip_one()
            count = len(comments)
            if count and [item.raw.rstrip(b"\r\n") for item in entries[max(0, index - count) : index]] != [
                item.raw.rstrip(b"\n") for item in comments
            ]:
                return False
    return True


def _longest_kept(present: List[RuleKey], wanted: List[RuleKey]) -> List[Tuple[int, int]]:
    """Pairs (index in present, index in wanted) that can stay where they are: an increasing sequence, as long as one
    can be found.

    Each occurrence of a rule is paired with one wanted occurrence in order, so equal rules do not make it quadratic.
    """
    places: Dict[RuleKey, List[int]] = {}
    for index, key in enumerate(wanted):
        places.setdefault(key, []).append(index)
    used: Dict[RuleKey, int] = {}
    pairs = []
    for index, key in enumerate(present):
        count = used.get(key, 0)
        if count < len(places.get(key, ())):
            pairs.append((index, places[key][count]))
            used[key] = count + 1
    tails: List[int] = []
    tail_pairs: List[int] = []
    previous: List[int] = []
    for number, (_there, here) in enumerate(pairs):
        slot = bisect_left(tails, here)
        if slot == len(tails):
            tails.append(here)
            tail_pairs.append(number)
        else:
            tails[slot] = here
            tail_pairs[slot] = number
        previous.append(tail_pairs[slot - 1] if slot else -1)
    chain = []
    number = tail_pairs[-1] if tail_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]


def _drop_torn_markers(result: List[Entry], before: List[Entry], dialect: Dialect) -> List[Entry]:
    """Markers stay only around a block that still holds exactly its rules."""
    torn = set()
    spans = find_blocks(result)
    for name, (first, behind) in find_blocks(before).items():
        rules = [entry for entry in before[first:behind] if entry.kind == RULE]
        span = spans.get(name)
        left = [entry for entry in result[span[0] : span[1]] if entry.kind == RULE] if span else []
        if not rules or len(rules) != len(left) or any(one is not other for one, other in zip(rules, left)):
            torn.add(name)
    if not torn:
        return result
    return [entry for entry in result if entry.block not in torn or entry.kind == RULE]
