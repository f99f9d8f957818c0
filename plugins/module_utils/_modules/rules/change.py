# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A hosts_access task that changes something: check, guard, write, and what is told of it."""

from typing import Any, Dict, List, NamedTuple, Tuple

from .policies import Policies
from ..call import Call
from ..._host.files.commit import NewFile, Options, commit
from ..._host.files.files import READ_LIMIT, FileChanged, check_writable, read
from ..._host.files.pending import Pending
from ..._libwrap.edit.changes import unread_meaning
from ..._libwrap.edit.report import escape
from .diff import describe_change, find_changes, make_diff
from ..errors import TaskError
from .forbid_gains import check_forbid_gains
from .gains import check_gains
from ..lockout.behind_relay import check_relay
from ..lockout.guard import Guarded, check_guard, doubt_server, find_guarded, keeps
from ..lockout.write_order import plan_moves
from ..lockout.confirmation import describe_pending, timeout_of, token_of, why_unconfirmed
from ..lockout.turn import Turn
from ..lockout.looked_up import check_looked_up
from ..lockout.own_files import check_own_files
from ..lockout.own_tunnel import check_own_tunnel
from ..lockout.still_there import digest_of
from ..lockout.unconfirmed import check_unconfirmed
from .assertions_of_task import Services, add_text, check_who_asks, prove_assertions
from .reading import (
    Task,
    attributes_differ,
    attributes_for,
    attributes_of_differ,
    forgets,
    plan_task,
    table_states,
)
from .plan import changes_text
from .readers import check_readers
from ..record.document import FILTER, rewrite
from ..record.moves import noted, told
from .checks import check_enforced, check_layout, check_new_rules
from ..record.proof import prove_undo, warn_of_undo
from ..record.tables import PART, part_after
from .unasked import check_unasked


class Report(NamedTuple):
    access_changes: List[Dict[str, Any]]
    findings: List[Dict[str, Any]]
    warnings: List[str]
    guarded: Guarded
    record: List[NewFile]  # the record as it shall be, where the task changes it
    enforcement: List[Dict[str, Any]]  # what is known of the daemons of the assertions
    policies: Policies  # what the texts mean
    companion: Any  # the filter beside the tables, a Companion, or None
    running: Dict[str, Any]  # what the filter does


_ATTEMPTS = 5  # how often a task starts again because another program wrote a table meanwhile


def run_change(call: Call, task: Task) -> Dict[str, Any]:
    """Check and write; again from the start where another program wrote a table meanwhile."""
    report = check_task(task)
    waiting = Pending(task.tables.root).left()
    if call.check_mode or not (waiting or would_change(call, task, report)):
        if waiting:
            call.warn("A change of another run waits to be confirmed or undone.")
        return _result(call, task, report, call.check_mode and would_change(call, task, report), [])
    with Turn(task.tables.root) as turn:
        for attempt in range(_ATTEMPTS):
            # what another run had made may be undone by now, a filter beside tables that are the same, too
            if (waiting and not attempt) or tables_moved(task, report):
                task = plan_task(task.arguments)
                report = check_task(task)
            try:
                changed, backups = write_task(call, task, report)
            except FileChanged:
                continue
            report.warnings.extend(turn.warnings)
            return _result(call, task, report, changed, backups)
    raise TaskError(
        "another program changed %s or %s each of the %d times that this task tried to write. Stop that program, and run the task again."
        % (task.arguments.allow_path, task.arguments.deny_path, _ATTEMPTS)
    )


def tables_moved(task: Task, report: Report) -> bool:
    """Whether a table, the record or a file of the filter is no longer what was planned for."""
    states = table_states(task) + ([task.record.state] if task.record else [])
    states += [one.state for one in report.companion.plan.changes] if report.companion else []
    return any(read(task.tables.root, state.path, lines=READ_LIMIT) != state for state in states)


def check_task(task: Task) -> Report:
    """All that can be known before writing; raises TaskError where the task must not be done. Nothing is written."""
    arguments, plan, tables = task.arguments, task.plan, task.tables
    policies = Policies(tables)
    warnings = list(tables.warnings)
    findings: List[Dict[str, Any]] = []
    access_changes: List[Dict[str, Any]] = []
    guarded = find_guarded(arguments, tables.root)
    changing = changes_text(plan)
    _check_writable(task)
    if changing:
        findings, access_changes = _check_texts_of(task, policies, warnings)
    prove_assertions(task, policies)
    services = Services(task)
    enforcement = check_who_asks(task, services, changing, warnings, policies)
    if task.record is not None and task.undo is not None:
        prove_undo(tables, task.record, policies)
    if changing:
        warnings += check_guard(arguments, guarded, tables.root, policies.prover(plan.allow_after, plan.deny_after))
        guarded = doubt_server(guarded, policies.of(plan.allow_after, plan.deny_after))
    if changing or attributes_differ(task):
        timeout_of(arguments, guarded)
        check_readers(task, services, warnings)
    if changing:
        now, then = policies.of(plan.allow_before, plan.deny_before), policies.of(plan.allow_after, plan.deny_after)
        why = why_unconfirmed(arguments, guarded)
        warnings += check_unconfirmed(arguments, guarded, why, now, then)
        warnings += check_own_files(arguments, [state.path for state in table_states(task)], why)
        warnings += check_looked_up(arguments, guarded, now, then)
        warnings += check_own_tunnel(arguments, guarded, now, then) + check_relay(arguments, guarded)
    companion, guarded = _check_companion(task, guarded, warnings)
    record = _new_record(task, policies, warnings, companion)
    running = {} if companion is None else dict(companion.running)
    return Report(access_changes, findings, warnings, guarded, record, enforcement, policies, companion, running)


def _check_companion(task: Task, guarded: Guarded, warnings: List[str]) -> Tuple[Any, Guarded]:
    """The filter beside the new tables, and whom it must keep. Loads what a task without a companion does not need."""
    if task.arguments.companion is None:
        return None, guarded
    from ..enforcement.companion import plan_companion
    from ..enforcement.guard import check_kept
    from ..enforcement.write import check_texts

    companion = plan_companion(task.arguments, (task.plan.allow_after, task.plan.deny_after), task.record)
    if companion is None or not companion.differs:
        return companion, guarded
    check_texts(companion.plan)
    kept = check_kept(companion.arguments, companion.plan)
    warnings += [text for text in kept.warnings if text not in warnings]
    return companion, kept.guarded


def _check_texts_of(
    task: Task, policies: Policies, warnings: List[str]
) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    """The findings on the new texts, and who gains and who loses. Raises TaskError where they must not be written."""
    arguments, plan, tables = task.arguments, task.plan, task.tables
    check_enforced(tables, arguments.allow_unenforced)
    policy = policies.of(plan.allow_after, plan.deny_after)
    ordered = arguments.exclusive or arguments.block_name is not None
    findings = check_new_rules(plan, tables, policy, ordered, warnings)
    check_layout(plan, policies, arguments.layout)
    if not forgets(task):
        check_unasked(plan, tables, policies, arguments)
    now = policies.of(plan.allow_before, plan.deny_before)
    changes = find_changes(now, policy, warnings, arguments.forbid_gains is not False)
    check_gains(check_forbid_gains(arguments.forbid_gains), changes, policy, arguments.paths)
    warnings += _what_others_wrote(task)
    return findings, [describe_change(change) for change in changes or []]


def _check_writable(task: Task) -> None:
    """HostError where a table that shall change cannot be replaced."""
    plan = task.plan
    for state, before, after in zip(
        table_states(task), (plan.allow_before, plan.deny_before), (plan.allow_after, plan.deny_after)
    ):
        if before != after or (state.kind == "file" and attributes_of_differ(task, state)):
            check_writable(task.tables.root, state)


def _new_record(task: Task, policies: Policies, warnings: List[str], companion: Any) -> List[NewFile]:
    """The record once the task is done, if that is another one than now."""
    if task.record is None:
        return []
    parts: Dict[str, Any] = {}
    if forgets(task):
        parts[PART] = None
    elif task.undo is None and (changes_text(task.plan) or attributes_differ(task)):
        warn_of_undo(task.tables, task.record, policies, warnings)
        parts[PART] = part_after(task.tables, task.plan, (task.uid, task.gid, task.mode), task.record)
    if companion is not None and companion.part() != task.record.parts.get(FILTER):
        parts[FILTER] = companion.part()
    if not parts:
        return []
    new = rewrite(task.record, parts)
    return [NewFile(new.state, new.data, None, None, 0o600)]


def _what_others_wrote(task: Task) -> List[str]:
    """What a run tells of other people's lines that it met: a last line without newline, options that were replaced."""
    arguments, plan = task.arguments, task.plan
    paths = arguments.paths
    told = [
        "%s, line %d, '%s', has no newline at its end, %s. It was left so, below the rules of this task; unfinished_line: complete ends it."
        % (paths[line.table], line.line, escape(line.text), unread_meaning(line.table, task.tables.dialect))
        for line in plan.unread
        if line.kept
    ]
    if plan.replaced is not None:
        told.append(
            "default_options replace the options of %s line %d, '%s'."
            % (paths["deny"], plan.replaced.number, escape(plan.replaced.raw.rstrip(b"\r\n")))
        )
    return told


def would_change(call: Call, task: Task, report: Report) -> bool:
    """Whether writing would change text, owner or mode of a table, one of Ansible's further file options, or the filter."""
    return _writes(task, report) or _further_attributes(call, task)


def _writes(task: Task, report: Report) -> bool:
    differs = report.companion is not None and report.companion.differs
    return forgets(task) or changes_text(task.plan) or attributes_differ(task) or differs or bool(report.record)


def write_task(call: Call, task: Task, report: Report) -> Tuple[bool, List[str]]:
    """Bring the files to the plan, under the lock: (changed, backup files).

    Raises FileChanged where the tables are no longer those that were read.
    """
    changed = False
    backups: List[str] = []
    if _writes(task, report):
        changed, backups = True, _commit(call, task, report)
    return _further_attributes(call, task) or changed, backups


def _commit(call: Call, task: Task, report: Report) -> List[str]:
    """Tables, record and filter as one change; the backup files."""
    root, arguments, plan = task.tables.root, task.arguments, task.plan
    states, after = table_states(task), (plan.allow_after, plan.deny_after)
    rewritten = [state.kind == "file" and attributes_of_differ(task, state) for state in states]
    moves = plan_moves(
        (plan.allow_before, plan.deny_before),
        after,
        (rewritten[0], rewritten[1]),
        report.policies.of,
        lambda allow, deny: keeps(report.guarded, report.policies.of(allow, deny)),
    )
    files = [NewFile(state, data, *attributes_for(task, state)) for state, data in zip(states, after)] + report.record
    there, back = noted(report.record, 2, moves.there, moves.back)
    options = Options(
        token_of(arguments),
        timeout_of(arguments, report.guarded),
        arguments.backup,
        arguments.backup_keep,
        (),
        unsaved=[item.state.path for item in report.record],
    )
    if report.companion is None:
        done = commit(root, files, there, back, options)
    else:
        from ..enforcement.write import beside

        with beside(report.companion.plan, report.running) as filter_too:
            done = commit(root, *filter_too(files, there, back, options))
    for path in done.in_place:
        call.warn("%s is mounted by itself, so it was overwritten in place and not replaced by a rename." % path)
    if moves.note is not None:
        call.warn("While they were written, " + moves.note)
    return done.backups


def _further_attributes(call: Call, task: Task) -> bool:
    """Ansible's own options for SELinux contexts and file flags, only where the task gives one."""
    if not task.arguments.further_attributes:
        return False
    changed = False
    for state, after in ((task.tables.allow, task.plan.allow_after), (task.tables.deny, task.plan.deny_after)):
        if after is not None and (state.kind == "file" or state.kind == "missing" and not call.check_mode):
            changed = call.set_attributes(state.real_path) or changed
    return changed


def _result(call: Call, task: Task, report: Report, changed: bool, backups: List[str]) -> Dict[str, Any]:
    for warning in report.warnings:
        call.warn(warning)
    result: Dict[str, Any] = {
        "changed": changed,
        "dialect": task.tables.dialect.name,
        "access_changes": report.access_changes,
        "findings": report.findings,
        "enforcement": report.enforcement,
        "backup_files": backups,
    }
    if report.companion is not None:
        result["companion"] = report.companion.report(report.running)
    if changed:
        result["lockout"] = describe_lockout(task, report, call.check_mode)
    if call.diff:
        result["diff"] = make_diff(task, report.access_changes) + told(report.record)
        result["diff"] += report.companion.diff() if report.companion else []
    if changed and task.arguments.default is not None:
        result["default_before"] = task.plan.default_before
    return add_text(task, result)


def describe_lockout(task: Task, report: Report, check_mode: bool) -> Dict[str, Any]:
    """Whom the guard looked out for, and whether the change waits for a confirmation."""
    why = why_unconfirmed(task.arguments, report.guarded)
    found = describe_pending(report.guarded, why, not why and not check_mode, token_of(task.arguments))
    if found["pending"]:
        after = (task.plan.allow_after, task.plan.deny_after)
        found["written"] = {state.real_path: digest_of(data) for state, data in zip(table_states(task), after)}
        found["filter"] = report.companion is not None and report.companion.loads_filter
    return found
