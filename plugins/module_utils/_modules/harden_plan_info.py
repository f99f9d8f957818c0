# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module harden_plan_info: would the tasks of the role harden change anything, and does what stands there hold?

And what there is to undo, where the role undoes.
"""

from typing import Any, Callable, Dict, List, Optional

from ansible.module_utils.basic import AnsibleModule

from .call import Call
from .._backends.errors import BackendError
from .._host.errors import HostError
from .._host.files.root import Root
from .._libwrap.errors import HostsAccessError
from .._libwrap.programs import TCPD
from .._superservers import inetd, xinetd
from .._superservers.errors import SuperserverError
from .rules import reading as hosts_access_plan
from .rules.tables import open_tables
from .wrapping import inetd_plan, systemd_plan, xinetd_plan
from .kernel import plan as kernel_plan
from .arguments import TablesArguments, record_argument_spec, tables_argument_spec
from .errors import TaskError, run_safely, short_invocation
from .record.document import FILTER, open_record
from .record.tables import blocks_left
from .wrapping.plan import make_plan
from .wrapping.sources import HostSources, readable
from .task_arguments import check_arguments, check_hosts_access

#: what decides whether the role installs tcpd and asks a super-server's module
FILES = (TCPD[0], inetd.PATH, xinetd.PATH)
#: each super-server's module, and the file without which the role does not ask it about all services
_SUPERSERVERS = ((inetd_plan, inetd.PATH), (xinetd_plan, xinetd.PATH), (systemd_plan, None))


class Renamed(TaskError):
    """The role's block has another name than in its last run."""


class HardenArguments(TablesArguments):
    """All options of harden_plan_info."""

    record: Optional[str]
    state: str
    tables: Dict[str, Any]
    inetd_services: Optional[List[str]]
    xinetd_services: Optional[List[str]]
    systemd_services: Optional[List[str]]
    kernel: Dict[str, Any]
    assertions: List[Dict[str, Any]]
    unenforced: str
    enforce: str


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of harden_plan_info."""
    spec = tables_argument_spec()
    spec.update(record_argument_spec())
    spec.update(
        {
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "tables": {"type": "dict", "required": True},
            "inetd_services": {"type": "list", "elements": "str"},
            "xinetd_services": {"type": "list", "elements": "str"},
            "systemd_services": {"type": "list", "elements": "str", "default": []},
            "kernel": {"type": "dict", "default": {}},
            "assertions": {"type": "list", "elements": "dict", "default": []},
            "unenforced": {"type": "str", "default": "ignore", "choices": ["refuse", "warn", "ignore"]},
            "enforce": {"type": "str", "default": "none", "choices": ["none", "companion"]},
        }
    )
    return spec


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """What the tasks of the role would change, or what there is to undo."""
    arguments = HardenArguments(call.params)
    return _undo(arguments) if arguments.state == "absent" else _unchanged(call, arguments)


def _undo(arguments: HardenArguments) -> Dict[str, Any]:
    """`undo`: the parts that there is something to undo of. Mistakes are told here: nothing may be left behind for one."""
    record = open_record(Root(arguments.root), arguments.record)
    parts = set(record.parts) if record is not None else set()
    task = hosts_access_plan.plan_task(check_hosts_access(dict(arguments.tables, state="absent", **_common(arguments))))
    if not hosts_access_plan.touches_nothing(task):
        parts.add("tables")
    return {"changed": False, "unchanged": not parts, "undo": sorted(parts)}


def _unchanged(call: Call, arguments: HardenArguments) -> Dict[str, Any]:
    """`unchanged`: whether every task of the role is done with what stands there and every assertion holds; mistakes are left to the tasks."""
    root = Root(arguments.root)
    found = [path for path in FILES if readable(root, path) is not None]
    seen = _LookOnce(arguments, found)
    if arguments.unenforced != "ignore":
        _check_who_asks(arguments, seen, call.warn)
    result: Dict[str, Any] = {"changed": False, "unchanged": False, "found": found}
    try:
        warnings: List[str] = []
        companion = _companion(arguments, seen, warnings)
        for warning in warnings:
            call.warn(warning)
        if companion is not None:
            result["companion"] = companion
        done = _unless_to_do(call, arguments, found, companion)
    except Renamed:
        raise
    except (TaskError, HostError, HostsAccessError, SuperserverError, BackendError):
        done = None
    return result if done is None else dict(result, unchanged=True, **done)


class _LookOnce:
    """Who listens on the host, for all that asks; nobody asks in most runs."""

    def __init__(self, arguments: HardenArguments, found: List[str]) -> None:
        self._arguments = arguments
        self._found = found
        self._services: Optional[List[Any]] = None

    def services(self, root: Root, dialect: str) -> List[Any]:
        """All services of the host."""
        from .services.coverage import survey

        if self._services is None:
            self._services = survey(root, dialect)
        return self._services

    def wrapped(self) -> List[str]:
        """The daemons that go through tcpd once the role is done."""
        return _will_be_wrapped(self._arguments, self._found)


def _companion(arguments: HardenArguments, seen: _LookOnce, warnings: List[str]) -> Optional[List[Dict[str, Any]]]:
    """The services that a filter shall stand beside once the role is done, none where it goes; None where the role has nothing to do with one."""
    root = Root(arguments.root)
    record = open_record(root, arguments.record)
    known = record is not None and FILTER in record.parts
    services: List[Dict[str, Any]] = []
    if arguments.enforce == "companion":
        from .enforcement.companion import companions

        dialect = open_tables(arguments, writing=True).dialect.name
        services = companions(root, seen.services(root, dialect), seen.wrapped(), warnings)
    return services if services or known else None


def _unless_to_do(
    call: Call, arguments: HardenArguments, found: List[str], companion: Optional[List[Dict[str, Any]]]
) -> Optional[Dict[str, Any]]:
    """The dialect, and how many assertions hold; None where a task has something to do. Raises what the tasks raise."""
    common = _common(arguments)
    task = hosts_access_plan.plan_task(
        check_hosts_access(dict(arguments.tables, assertions=arguments.assertions, **common))
    )
    _refuse_renamed(task)
    if not hosts_access_plan.touches_nothing(task) or _filter_differs(task, companion):
        return None
    for (plan, path), services in zip(_SUPERSERVERS, _services(arguments)):
        if not _is_wrapped(plan, services, path in found, common):
            return None
    if arguments.kernel and kernel_plan.changes(
        kernel_plan.make_plan(
            kernel_plan.KernelArguments(dict(common, settings=arguments.kernel, state="present")), Root(arguments.root)
        )
    ):
        return None
    if arguments.assertions:
        # imported only here: where something is to be done, the whole engine need not be loaded to see it
        from .proofs import evaluate
        from .rules.assertions_of_task import prove_assertions

        prove_assertions(task)
        asked = dict(common, assertions=arguments.assertions, return_decisions="unmet")
        del asked["record"]
        asked["unenforced"] = "ignore"  # this has been looked at
        evaluate.run(call.part(check_arguments(evaluate.argument_spec(), asked)))
    return {"dialect": task.tables.dialect.name, "proved": len(arguments.assertions)}


def _filter_differs(task: Any, companion: Optional[List[Dict[str, Any]]]) -> bool:
    """Whether the filter beside the tables is not as these say."""
    if companion is None:
        return False
    from .enforcement.companion import plan_companion

    texts = (task.plan.allow_after, task.plan.deny_after)
    planned = plan_companion(task.arguments.replaced(companion=companion), texts, task.record)
    noted = None if planned is None or task.record is None else task.record.parts.get(FILTER)
    return planned is not None and (planned.differs or planned.part() != noted)


def _refuse_renamed(task: Any) -> None:
    """Raise Renamed where the role's rules stand in a block of another name: they would stay, beside those of the new one."""
    name = task.arguments.block_name
    old = [] if task.record is None or name is None else blocks_left(task.tables, task.record)
    if [block for block in old if block != name]:
        raise Renamed(
            "block_name is '%s', and the tables hold the block '%s', which an earlier run of this role wrote and which would stay. Nothing was "
            "changed. Keep that name; or first run the role once with state 'absent', which removes the old block."
            % (name, "', '".join(old))
        )


def _check_who_asks(arguments: HardenArguments, seen: _LookOnce, warn: Callable[[str], None]) -> None:
    """Refuse, or warn of, rules and assertions about daemons that will not ask once the role is done; nothing is written before."""
    from .proofs.assertions import check_assertions
    from .proofs.unenforced import daemons_of_rules, judge, tell

    try:
        task = hosts_access_plan.plan_task(check_hosts_access(dict(arguments.tables, **_common(arguments))))
        assertions = check_assertions(arguments.assertions, "assertions")
        wrapped = seen.wrapped()
    except (TaskError, HostError, HostsAccessError, SuperserverError):
        return  # what is wrong there is told by the tasks
    rules = [(rule.where, rule.table, rule.line) for rule in task.plan.wanted]
    services = seen.services(task.tables.root, task.tables.dialect.name)
    judged = judge(task.tables.root, services, assertions, daemons_of_rules(rules, task.tables.dialect), wrapped)
    warnings: List[str] = []
    tell(judged, arguments.unenforced, warnings)
    for warning in warnings:
        warn(warning)


def _will_be_wrapped(arguments: HardenArguments, found: List[str]) -> List[str]:
    """The daemons that go through tcpd once the role is done."""
    names: List[str] = []
    for (plan, path), services in zip(_SUPERSERVERS, _services(arguments)):
        if services == [] or services is None and path not in found:
            continue
        asked = dict(_common(arguments), services=services, missing="ignore", allow_missing_tcpd=True)
        task = plan.ServiceArguments(check_arguments(plan.argument_spec(), asked))
        after = make_plan(task, plan.superserver_of(task), HostSources(Root(task.root))).after
        names += [service.daemon for service in after.services if service.via_tcpd and not service.disabled]
    return names


def _services(arguments: HardenArguments) -> List[Optional[List[str]]]:
    """What the role wraps of each super-server: those, [] none, None all that can be."""
    return [arguments.inetd_services, arguments.xinetd_services, arguments.systemd_services]


def _common(arguments: HardenArguments) -> Dict[str, Any]:
    """The options that all tasks of the role share."""
    return {
        "root": arguments.root,
        "allow_path": arguments.allow_path,
        "deny_path": arguments.deny_path,
        "dialect": arguments.dialect,
        "record": arguments.record,
    }


def _is_wrapped(plan: Any, services: Optional[List[str]], configured: bool, common: Dict[str, Any]) -> bool:
    """Whether a super-server's module has nothing to do. `services`: those, [] none, None all that can be; `configured`: its own file is there."""
    if services == [] or services is None and not configured:
        return True
    asked = dict(common, services=services, missing="ignore" if services is None else "fail")
    task = plan.ServiceArguments(check_arguments(plan.argument_spec(), asked))
    return not make_plan(task, plan.superserver_of(task), HostSources(Root(task.root))).changes
