# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a record knows of the tables: as they were before the first task wrote to them, and as the last one left them."""

import os
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from ..._host.files.reading import FileState
from ..._libwrap.edit.blocks import read_entries, terminated
from ..._libwrap.edit.closing import find_catch_all
from ..._libwrap.edit.undo import undone
from ..errors import TaskError
from ..rules.options import HostsAccessArguments
from ..rules.plan import TablesPlan, make_plan
from .document import BadRecord, Kept, Record, check, foreign, kept_of, pack, to_give_back, unpack, was_told
from ..rules.tables import Tables

PART = "tables"
TABLES = ("allow", "deny")

# who a table belongs to and its mode; None leaves it
Attributes = Tuple[Optional[int], Optional[int], Optional[int]]

_AS_IT_IS: Attributes = (None, None, None)

Texts = Tuple[Optional[bytes], Optional[bytes]]


class Undo(NamedTuple):
    plan: TablesPlan
    attributes: Dict[str, Attributes]  # by the path of the table
    recorded: bool  # whether the record knows the tables; else the task's own block goes, and no more


class _Known(NamedTuple):
    before: Dict[str, Kept]
    left: Dict[str, Kept]


def plan_undo(arguments: HostsAccessArguments, tables: Tables, record: Record) -> Optional[Undo]:
    """How the tables become what they were; None where the task undoes nothing."""
    if arguments.state != "absent":
        return None
    if PART not in record.parts:
        plan = make_plan(arguments, tables.allow.data, tables.deny.data, tables.dialect)
        return Undo(plan, dict((state.path, _AS_IT_IS) for _name, state in _named(tables)), False)
    known = _known(tables, record)
    after = _without_ours(known, tables)
    attributes = {}
    for name, state in _named(tables):
        before, left = known.before[name], known.left[name]
        same = kept_of(state)[1:] == left[1:]
        # a mode that no task can be told was there before, and stays whole
        mode = before.mode if left.mode is None or was_told(left.mode) else None
        attributes[state.path] = (before.uid, before.gid, mode) if same else _AS_IT_IS
    texts = (after["allow"], after["deny"])
    plan = TablesPlan(
        tables.allow.data, tables.deny.data, texts[0], texts[1], [], (texts[0] or b"", texts[1] or b""), None, [], None
    )
    return Undo(plan, attributes, True)


def undone_now(tables: Tables, record: Record) -> Optional[Tuple[Texts, Texts]]:
    """The texts before the first task, and those that an undo would make of the tables as they stand; None where the
    record knows neither.
    """
    if PART not in record.parts:
        return None
    known = _known(tables, record)
    after = _without_ours(known, tables)
    return (known.before["allow"].data, known.before["deny"].data), (after["allow"], after["deny"])


def gave_default(arguments: HostsAccessArguments, tables: Tables, record: Record) -> bool:
    """Whether an earlier task gave the options of the catch-all that closes hosts.deny; where others did, `default:
    deny` leaves them alone.
    """
    if arguments.default != "deny" or arguments.default_options is not None or PART not in record.parts:
        return False
    known = _known(tables, record)
    keys = []
    for data in (known.before["deny"].data, known.left["deny"].data, tables.deny.data):
        entry = find_catch_all(
            read_entries(terminated(data or b"", tables.dialect), tables.dialect, tables.deny.path), tables.dialect
        )
        keys.append(None if entry is None else entry.key(tables.dialect))
    before, left, now = keys
    return now is not None and now[2] != () and now == left and now != before


def blocks_left(tables: Tables, record: Record) -> List[str]:
    """The names of the blocks that stand in the tables since an earlier task of the record. Raises TableError where the
    markers of one do not pair up.
    """
    if PART not in record.parts:
        return []
    known = _known(tables, record)
    found: Set[str] = set()
    for name, state in _named(tables):
        before, left, now = (
            set(
                entry.block
                for entry in read_entries(terminated(data or b"", tables.dialect), tables.dialect, state.path)
            )
            for data in (known.before[name].data, known.left[name].data, state.data)
        )
        found.update(block for block in (left - before) & now if block is not None)
    return sorted(found)


def part_after(tables: Tables, plan: TablesPlan, attributes: Attributes, record: Record) -> Dict[str, Any]:
    """What the record says of the tables once they are as planned. What others wrote since the last task belongs to how
    they were before.
    """
    now = dict((name, kept_of(state)) for name, state in _named(tables))
    before = now
    if PART in record.parts:
        known = _known(tables, record)
        texts = _without_ours(known, tables)
        before = {}
        for name in TABLES:
            same = now[name][1:] == known.left[name][1:]
            before[name] = (known.before[name] if same or now[name].data is None else now[name])._replace(
                data=texts[name]
            )
    after = {"allow": plan.allow_after, "deny": plan.deny_after}
    left = dict((name, _left(now[name], after[name], attributes)) for name in TABLES)
    return {
        "paths": [tables.allow.path, tables.deny.path],
        "before": dict((name, pack(to_give_back(before[name]))) for name in TABLES),
        "left": dict((name, pack(left[name])) for name in TABLES),
    }


def _left(now: Kept, data: Optional[bytes], attributes: Attributes) -> Kept:
    """A table as the task leaves it."""
    if data is None:
        return Kept(None, None, None, None)
    old = now if now.data is not None else Kept(None, os.geteuid(), os.getegid(), 0o600)
    uid, gid, mode = (there if wanted is None else wanted for wanted, there in zip(attributes, old[1:]))
    return Kept(data, uid, gid, mode)


def _without_ours(known: _Known, tables: Tables) -> Dict[str, Optional[bytes]]:
    """The texts of the tables without what was declared. Raises TableError where the markers of a block do not pair up."""
    return dict(
        (name, undone(known.before[name].data, known.left[name].data, state.data, tables.dialect, state.path))
        for name, state in _named(tables)
    )


def _known(tables: Tables, record: Record) -> _Known:
    part = record.parts[PART]
    try:
        check(set(part) == {"paths", "before", "left"} and isinstance(part["paths"], list))
        check(all(isinstance(part[when], dict) and set(part[when]) == set(TABLES) for when in ("before", "left")))
        # a table that had such a mode was left with it: that one is compared with the host's, and never given to a file
        known = _Known(
            dict((name, unpack(part["before"][name])) for name in TABLES),
            dict((name, unpack(part["left"][name], 0o7777)) for name in TABLES),
        )
    except BadRecord:
        raise foreign(record)
    if part["paths"] != [tables.allow.path, tables.deny.path]:
        raise TaskError(
            "%s is the record of other tables than %s and %s: give allow_path and deny_path as in the task that wrote it."
            % (record.path, tables.allow.path, tables.deny.path)
        )
    return known


def _named(tables: Tables) -> List[Tuple[str, FileState]]:
    return [("allow", tables.allow), ("deny", tables.deny)]
