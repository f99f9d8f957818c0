# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Changing a table's text: rules added, removed or owned by a block, everything else byte for byte as it was."""

from bisect import bisect_left
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .blocks import (BlockSpec, Entry, TableError, above_comments, block_text, find_blocks, join_entries, place_block,
                     read_entries, terminated)
from .dialects import Dialect
from .identity import RuleKey, is_catch_all, rule_key
from .lexer import BLANK, COMMENT, HANG, RULE, UNFINISHED

Wanted = NamedTuple("Wanted", [
    ("index", int),               # of the task's list, for messages; -1 is the default
    ("lines", Tuple[bytes, ...]),     # without line ends; one rule, or several of one meaning
    ("comments", Tuple[bytes, ...]),  # whole comment lines
])

Edit = NamedTuple("Edit", [
    ("rules", Optional[List[Wanted]]),  # None: the table's rules are not touched
    ("block", Optional[BlockSpec]),
    ("exclusive", bool),
    ("absent", bool),
    ("default", Optional[bytes]),       # the closing catch-all's line; b"" takes it away, None leaves it
])

# Where single rules go: above the blocks that stand last, or these would move below them at their next run.
_ABOVE_LAST_BLOCKS = BlockSpec("", -10 ** 10, "last")


def edit_table(data: bytes, edit: Edit, dialect: Dialect, path: str) -> bytes:
    """The table's new bytes; the very same object where nothing changes.

    Raises TableError where its markers do not pair up, or where a rule to be removed belongs to a block.
    """
    whole = terminated(data, dialect)
    entries = read_entries(whole, dialect, path)
    unread = None  # type: Optional[Entry]
    if whole is not data and entries:
        unread = entries[-1]  # libwrap does not read it yet
    changed = _edit_rules(entries, edit, dialect, path, unread)
    if edit.default is not None:
        changed = _edit_default(changed, edit.default, dialect)
    result = join_entries(changed)
    if result == data:
        return data
    if result == whole and unread is not None and not _uses(unread, edit, dialect):
        return data
    if not edit.exclusive:
        _check_readable(entries, path)
    return result


def wanted_entries(rules: Sequence[Wanted], dialect: Dialect) -> List[Entry]:
    """The rules' lines as entries of a table, comments above them."""
    entries = []
    for rule in rules:
        entries += [Entry(COMMENT, line + b"\n", line + b"\n") for line in rule.comments]
        entries += [Entry(RULE, line + b"\n", line + b"\n") for line in rule.lines]
    return entries


def _edit_rules(entries: List[Entry], edit: Edit, dialect: Dialect, path: str, unread: Optional[Entry]) -> List[Entry]:
    if edit.block is not None and (edit.rules is not None or edit.absent):
        return _edit_block(entries, edit, dialect)
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
            raise TableError("%s, line %d: libwrap cannot read a line of more than 2,046 bytes, so nothing is changed around it. "
                             "Split it into several rules, or declare the whole table with exclusive." % (path, entry.number))


def _uses(unread: Entry, edit: Edit, dialect: Dialect) -> bool:
    """Whether the task wants the last line, which has no newline yet, to count."""
    if unread.kind != RULE and unread.block is None:
        return False
    if edit.block is not None and unread.block == edit.block.name:
        return True
    key = unread.key(dialect)
    if edit.default and key == rule_key(edit.default, dialect):
        return True
    return any(key == rule_key(line, dialect) for rule in edit.rules or [] for line in rule.lines)


def _edit_block(entries: List[Entry], edit: Edit, dialect: Dialect) -> List[Entry]:
    spec = edit.block
    if spec is None:
        raise AssertionError("this edit names no block")
    span = find_blocks(entries).get(spec.name)
    rest = entries if span is None else entries[:span[0]] + entries[span[1]:]
    if edit.absent or not edit.rules:
        return rest
    lines = [line for rule in edit.rules for line in rule.comments + rule.lines]
    text = block_text(spec, lines)
    place = place_block(rest, spec, dialect)
    if span is not None and not any(entry.counts or entry.block for entry in rest[min(span[0], place):max(span[0], place)]):
        place = span[0]  # only comments and blanks lie between: it stands right already
    return rest[:place] + [Entry(RULE, text, text, block=spec.name)] + rest[place:]


def _add_missing(entries: List[Entry], rules: Sequence[Wanted], dialect: Dialect) -> List[Entry]:
    present = set(entry.key(dialect) for entry in entries if entry.kind == RULE)
    missing = []  # type: List[Wanted]
    for rule in rules:
        lines = []
        for line in rule.lines:
            key = rule_key(line, dialect)
            if key not in present:
                present.add(key)
                lines.append(line)
        if lines:
            missing.append(rule._replace(lines=tuple(lines), comments=rule.comments if len(lines) == len(rule.lines) else ()))
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
    comments = {}  # type: Dict[RuleKey, Tuple[bytes, ...]]
    for rule in rules:
        for line in rule.lines:
            comments[rule_key(line, dialect)] = rule.comments
    kept = []  # type: List[Entry]
    for entry in entries:
        if entry.kind != RULE or entry.key(dialect) not in comments:
            kept.append(entry)
            continue
        if entry.block is not None:
            raise TableError("%s, line %d: the rule belongs to the block %s. Remove it with the task that owns the block (block_name: %s)."
                             % (path, entry.number, entry.block, entry.block))
        _drop_comments(kept, comments[entry.key(dialect)])
    return kept


def _drop_comments(kept: List[Entry], comments: Sequence[bytes]) -> None:
    """Take a rule's own comment, where it stands right above, away with the rule."""
    count = len(comments)
    if count and [entry.raw.rstrip(b"\r\n") for entry in kept[-count:]] == list(comments):
        del kept[-count:]


def _edit_exclusive(entries: List[Entry], edit: Edit, dialect: Dialect, unread: Optional[Entry]) -> List[Entry]:
    rules = list(edit.rules or [])
    if edit.default is not None:
        # one catch-all, last: the default's own
        rules = [rule for rule in rules if not all(is_catch_all(rule_key(line, dialect)) for line in rule.lines)]
        if edit.default:
            rules.append(Wanted(-1, (edit.default,), ()))
    wanted = wanted_entries(rules, dialect)
    wanted_keys = [entry.key(dialect) for entry in wanted if entry.kind == RULE]
    present = [entry for entry in entries if entry.kind == RULE]
    if [entry.key(dialect) for entry in present if entry is not unread] == wanted_keys and _comments_stand(entries, wanted):
        return entries
    keep = _longest_kept([entry.key(dialect) for entry in present], wanted_keys)
    kept_by_rule = dict((id(present[there]), here) for there, here in keep)
    own_comments = set(rule.comments for rule in rules if rule.comments)
    result = []  # type: List[Entry]
    pending = _Pending(wanted)
    for entry in entries:
        if entry.kind == RULE:
            if id(entry) in kept_by_rule:
                before = pending.take_until(kept_by_rule[id(entry)])
                comments = pending.comments_of_next()
                split = _place_before(result, entry) if before else len(result)
                result[split:split] = before
                if comments and [item.raw for item in result[-len(comments):]] != [item.raw for item in comments]:
                    result += comments
                pending.skip_one()
                result.append(entry)
            else:
                for comments_text in own_comments:
                    _drop_comments(result, comments_text)
        elif entry.kind == COMMENT or entry.kind == BLANK and not entry.raw.strip():
            result.append(entry)
    for entry in pending.rest():
        result.append(entry)
    return _drop_torn_markers(result, entries, dialect)


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
        self.groups = []  # type: List[Tuple[List[Entry], Entry]]
        comments = []  # type: List[Entry]
        for entry in wanted:
            if entry.kind == COMMENT:
                comments.append(entry)
            else:
                self.groups.append((comments, entry))
                comments = []
        self.next = 0

    def take_until(self, index: int) -> List[Entry]:
        """The new rules before the wanted rule of that index, with their comments."""
        taken = []  # type: List[Entry]
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
            if count and [item.raw.rstrip(b"\r\n") for item in entries[max(0, index - count):index]] != [item.raw.rstrip(b"\n") for item in comments]:
                return False
    return True


def _longest_kept(present: List[RuleKey], wanted: List[RuleKey]) -> List[Tuple[int, int]]:
    """Pairs (index in present, index in wanted) that can stay where they are: an increasing sequence, as long as one can be found.

    Each occurrence of a rule is paired with one wanted occurrence in order, so equal rules do not make it quadratic.
    """
    places = {}  # type: Dict[RuleKey, List[int]]
    for index, key in enumerate(wanted):
        places.setdefault(key, []).append(index)
    used = {}  # type: Dict[RuleKey, int]
    pairs = []
    for index, key in enumerate(present):
        count = used.get(key, 0)
        if count < len(places.get(key, ())):
            pairs.append((index, places[key][count]))
            used[key] = count + 1
    tails = []  # type: List[int]
    tail_pairs = []  # type: List[int]
    previous = []  # type: List[int]
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
        left = [entry for entry in result[span[0]:span[1]] if entry.kind == RULE] if span else []
        if not rules or len(rules) != len(left) or any(one is not other for one, other in zip(rules, left)):
            torn.add(name)
    if not torn:
        return result
    return [entry for entry in result if entry.block not in torn or entry.kind == RULE]


def _edit_default(entries: List[Entry], default: bytes, dialect: Dialect) -> List[Entry]:
    """One catch-all last and outside all blocks; b"" leaves none."""
    key = rule_key(default, dialect) if default else None
    catch_alls = [entry for entry in entries if entry.kind == RULE and entry.block is None and is_catch_all(entry.key(dialect))]
    counting = [entry for entry in entries if entry.counts and entry.kind != UNFINISHED]
    if key is not None and len(catch_alls) == 1 and counting[-1] is catch_alls[0] and catch_alls[0].key(dialect) == key:
        return entries
    doomed = set(id(entry) for entry in catch_alls)
    kept = []  # type: List[Entry]
    place = None  # type: Optional[int]
    for entry in entries:
        if id(entry) in doomed:
            place = len(kept)
        else:
            kept.append(entry)
    if key is None:
        return kept
    if place is None or any(entry.counts for entry in kept[place:]):
        place = len(kept)
    return kept[:place] + [Entry(RULE, default + b"\n", default + b"\n")] + kept[place:]
