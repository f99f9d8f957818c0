# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The body of the module hosts_access: read, plan, check, write. The guard stands between check and write."""

from typing import Any, Dict, List, NamedTuple, Optional

from ansible.module_utils.basic import AnsibleModule

from ..host.commit import NewFile, Options, commit
from ..host.files import FileChanged, FileState, read
from ..host.pending import Pending
from .arguments import backup_argument_spec, lockout_argument_spec, tables_argument_spec
from .errors import TaskError, run_safely, short_invocation
from .guard import Guarded, check_guard, describe_guarded, find_guarded, keeps
from .guard_session import Turn, confirm_if_asked, timeout_of, token_of, why_unconfirmed
from .ownership import find_group, find_user, parse_mode
from .guard_moves import plan_moves
from .plan import Plan, changes_text, make_plan
from .tables import Tables, open_tables

Task = NamedTuple("Task", [
    ("params", Dict[str, Any]),
    ("tables", Tables),
    ("plan", Plan),
    ("uid", Optional[int]),
    ("gid", Optional[int]),
    ("mode", Optional[int]),
    ("guarded", Guarded),
])

Report = NamedTuple("Report", [
    ("access_changes", List[Dict[str, Any]]),
    ("findings", List[Dict[str, Any]]),
    ("warnings", List[str]),
])

_ATTEMPTS = 5  # how often a task starts again because another program wrote a table meanwhile


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access."""
    spec = {
        "allow": {"type": "raw"},
        "deny": {"type": "raw"},
        "block_name": {"type": "str"},
        "priority": {"type": "int", "default": 500},
        "position": {"type": "str", "default": "last", "choices": ["last", "first"]},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "exclusive": {"type": "bool", "default": False},
        "default": {"type": "str", "choices": ["deny", "allow"]},
        "default_options": {"type": "raw"},
        "layout": {"type": "str", "default": "two_files", "choices": ["two_files", "single"]},
        "owner": {"type": "str", "default": "0"},
        "group": {"type": "str", "default": "0"},
        "mode": {"type": "raw", "default": "0600"},
        "unreadable_daemons": {"type": "str", "default": "refuse", "choices": ["refuse", "warn"]},
        "allow_unenforced": {"type": "bool", "default": False},
        "assertions": {"type": "list", "elements": "dict"},
        "return_text": {"type": "bool", "default": False},
    }  # type: Dict[str, Dict[str, Any]]
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    return spec


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True, add_file_common_args=True)
    run_safely(module, run_task, short_invocation(module.params))


def run_task(module: Any) -> Dict[str, Any]:
    """Read, plan, check, write; again from the start where another program wrote a table meanwhile."""
    confirmed = confirm_if_asked(module.params)
    if confirmed is not None:
        return confirmed
    task = plan_task(module.params)
    report = check_task(task)
    waiting = Pending(task.tables.root).waiting()
    if module.check_mode or not (waiting or would_change(module, task)):
        if waiting:
            module.warn("A change of another run waits to be confirmed or undone.")
        return _result(module, task, report, module.check_mode and would_change(module, task), [])
    with Turn(task.tables.root) as turn:
        for _attempt in range(_ATTEMPTS):
            if tables_moved(task):
                task = plan_task(module.params)
                report = check_task(task)
            try:
                changed, backups = write_task(module, task)
            except FileChanged:
                continue
            report.warnings.extend(turn.warnings)
            return _result(module, task, report, changed, backups)
    raise TaskError("another program wrote %s or %s each of the %d times that this task was about to: stop it, and run the task again."
                    % (module.params["allow_path"], module.params["deny_path"], _ATTEMPTS))


def tables_moved(task: Task) -> bool:
    """Whether a table is no longer what was planned for."""
    return any(read(task.tables.root, state.path) != state for state in table_states(task))


def plan_task(params: Dict[str, Any]) -> Task:
    """What the task would make of the tables as they are now. Nothing is written."""
    tables = open_tables(params, writing=True)
    plan = make_plan(params, tables.allow.data, tables.deny.data, tables.dialect)
    return Task(params, tables, plan, find_user(tables.root, params["owner"]), find_group(tables.root, params["group"]), parse_mode(params["mode"]),
                find_guarded(params, tables.root))


def check_task(task: Task) -> Report:
    """All that can be known before writing; raises TaskError where the task must not be done. Nothing is written."""
    params = task.params
    warnings = list(task.tables.warnings)
    access_changes = []  # type: List[Dict[str, Any]]
    findings = []  # type: List[Dict[str, Any]]
    changing = changes_text(task.plan)
    if changing:
        from .refusals import check_enforced, check_layout, check_new_rules
        check_enforced(task.tables, params["allow_unenforced"])
        findings = check_new_rules(task.plan, task.tables, params["exclusive"] or params["block_name"] is not None, warnings)
        check_layout(task.plan, task.tables, params["layout"])
        from .changes import describe_changes
        access_changes = describe_changes(task.plan, task.tables)
    if params["assertions"]:
        from .proofs import check_proved
        check_proved(task.plan, task.tables, params["assertions"])
    if changing:
        warnings += check_guard(params, task.guarded, task.tables.root, task.tables.dialect, task.plan.allow_after, task.plan.deny_after)
    if changing or attributes_differ(task):
        timeout_of(params, task.guarded)
        _check_readers(task, warnings)
    return Report(access_changes, findings, warnings)


def would_change(module: Any, task: Task) -> bool:
    """Whether writing would change text, owner or mode of a table, or one of Ansible's further file options."""
    if changes_text(task.plan) or attributes_differ(task):
        return True
    return _further_attributes(module, task)


def attributes_differ(task: Task) -> bool:
    """Whether a table that exists has another owner, group or mode than the task gives."""
    return any(state.kind == "file" and _attributes_of_differ(task, state) for state in table_states(task))


def _attributes_of_differ(task: Task, state: FileState) -> bool:
    return any(wanted is not None and wanted != present
               for wanted, present in ((task.uid, state.uid), (task.gid, state.gid), (task.mode, state.mode)))


def write_task(module: Any, task: Task) -> Any:
    """Bring the files to the plan, under the lock: (changed, backup files).

    Raises FileChanged where the tables are no longer those that were read.
    """
    changed = False
    backups = []  # type: List[str]
    if changes_text(task.plan) or attributes_differ(task):
        root, params, plan, dialect = task.tables.root, task.params, task.plan, task.tables.dialect
        states, after = table_states(task), (plan.allow_after, plan.deny_after)
        rewrite = [state.kind == "file" and _attributes_of_differ(task, state) for state in states]
        moves = plan_moves((plan.allow_before, plan.deny_before), after, (rewrite[0], rewrite[1]), dialect,
                           lambda allow, deny: keeps(task.guarded, root, dialect, allow, deny))
        files = [NewFile(state, data, task.uid, task.gid, task.mode) for state, data in zip(states, after)]
        options = Options(token_of(params), timeout_of(params, task.guarded), params["backup"], params["backup_keep"], ())
        done = commit(root, files, moves.there, moves.back, options)
        changed, backups = True, done.backups
        for path in done.in_place:
            module.warn("%s is mounted by itself, so it was overwritten in place and not replaced by a rename." % path)
        if moves.note is not None:
            module.warn("While they were written, " + moves.note)
    return _further_attributes(module, task) or changed, backups


def _further_attributes(module: Any, task: Task) -> bool:
    """Ansible's own options for SELinux contexts and file flags, only where the task gives one."""
    names = ("seuser", "serole", "setype", "selevel", "attributes")
    if all(task.params.get(name) is None for name in names):
        return False
    changed = False
    for state, after in ((task.tables.allow, task.plan.allow_after), (task.tables.deny, task.plan.deny_after)):
        if after is not None and (state.kind == "file" or not module.check_mode):
            arguments = module.load_file_common_arguments(dict(task.params, owner=None, group=None, mode=None), path=state.real_path)
            changed = module.set_fs_attributes_if_different(arguments, changed)
    return changed


def _check_readers(task: Task, warnings: List[str]) -> None:
    from ..host.readers import find_blocked_readers, remedies
    paths = [state.path for state, after in ((task.tables.allow, task.plan.allow_after), (task.tables.deny, task.plan.deny_after)) if after is not None]
    blocked = find_blocked_readers(task.tables.root, paths, task.uid, task.gid, task.mode)
    if not blocked:
        return
    told = "; ".join(sorted(set("%s (process %d, user %s) could no longer read %s" % (reader.command, reader.pid, reader.user, reader.path)
                                for reader in blocked))[:5])
    if task.params["unreadable_daemons"] == "warn":
        warnings.append("With this owner and mode %s." % told)
        return
    raise TaskError("with this owner and mode %s: libwrap would then refuse every client of it, or let in all. Remedy: %s."
                    % (told, remedies(blocked[0])), unreadable_daemons=[dict(reader._asdict()) for reader in blocked[:20]])


def _result(module: Any, task: Task, report: Report, changed: bool, backups: List[str]) -> Dict[str, Any]:
    for warning in report.warnings:
        module.warn(warning)
    result = {"changed": changed, "dialect": task.tables.dialect.name, "access_changes": report.access_changes, "findings": report.findings,
              "backup_files": backups}  # type: Dict[str, Any]
    if changed:
        result["lockout"] = describe_lockout(task, module.check_mode)
    if getattr(module, "_diff", False):
        from .changes import make_diff
        result["diff"] = make_diff(task, report.access_changes)
    if changed and task.params["default"] is not None:
        result["default_before"] = task.plan.default_before
    if task.params["return_text"]:
        from ..hosts_access.report import escape_text
        result["allow_text"] = escape_text(task.plan.allow_after or b"")
        result["deny_text"] = escape_text(task.plan.deny_after or b"")
    return result


def describe_lockout(task: Task, check_mode: bool) -> Dict[str, Any]:
    """Whom the guard looked out for, and whether the change waits for a confirmation."""
    why = why_unconfirmed(task.params, task.guarded)
    return dict(describe_guarded(task.guarded), pending=not why and not check_mode, confirmation=why or "a new connection")


def table_states(task: Task) -> List[FileState]:
    """Both tables as they were read."""
    return [task.tables.allow, task.tables.deny]
