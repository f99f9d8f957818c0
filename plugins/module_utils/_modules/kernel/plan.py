# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What harden_kernel would change: the drop-in of /etc/sysctl.d, the running kernel's settings, and the record of both."""

import os
from typing import Any, Dict, NamedTuple, Optional

from ..._host.files.files import FileState, check_writable, read, stat_file
from ..._host.system.kernel_settings import NAME, VALUE, check_settable, read_settings
from ..._host.files.root import Root
from ..arguments import Arguments, record_argument_spec, tables_argument_spec
from ..errors import TaskError
from ..record.document import (
    BadRecord,
    Record,
    Rewritten,
    check,
    foreign,
    open_record,
    refuse_link,
    rewrite,
    unpack_text,
)

PART = "kernel"
# the name sorts after /etc/sysctl.d/99-sysctl.conf
PATH = "/etc/sysctl.d/zz-portcullis-harden.conf"
MODE = 0o644


class KernelPlan(NamedTuple):
    state: FileState  # the drop-in as it stands
    data: Optional[bytes]  # as it shall be; None: it goes
    now: Dict[str, str]  # settings of the running kernel that shall change, as they are
    then: Dict[str, str]  # and as they shall be
    record: Optional[Rewritten]
    folder: bool  # the folder of the drop-in is made, or was and goes again if it is empty


class _Known(NamedTuple):
    file: Optional[bytes]  # the drop-in before the first task
    before: Dict[str, str]  # the running kernel's settings before the first task that changed them
    set: Dict[str, str]  # what they were set to
    made: bool  # whether the folder of the drop-in was made for it


class KernelArguments(Arguments):
    """All options of harden_kernel."""

    root: str
    settings: Dict[str, Any]
    state: str
    record: str


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of harden_kernel."""
    spec: Dict[str, Dict[str, Any]] = {
        "root": tables_argument_spec()["root"],
        "settings": {"type": "dict", "default": {}},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }
    spec.update(record_argument_spec())
    spec["record"]["required"] = True
    return spec


def make_plan(arguments: KernelArguments, root: Root) -> KernelPlan:
    """What is to be changed. The kernel is asked only where the root is the host's own. Raises TaskError or HostError, and nothing is written."""
    record = open_record(root, arguments.record)
    if record is None:
        raise TaskError("record is missing: without it, the settings could not be undone.")
    state = read(root, PATH)
    refuse_link(root, state)
    known = _known(record)
    plan = (
        _undo(root, state, known, record)
        if arguments.state == "absent"
        else _present(_wanted(arguments.settings), root, state, known, record)
    )
    if plan.data != state.data and stat_file(root, os.path.dirname(PATH)).kind != "missing":
        check_writable(root, state)
    check_settable(sorted(plan.then))
    return plan


def changes(plan: KernelPlan) -> bool:
    """Whether there is anything to write or to set."""
    return plan.data != plan.state.data or bool(plan.then) or plan.record is not None


def asks_kernel(root: Root) -> bool:
    """Whether the running kernel is that of the root: an image has none."""
    return root.is_host


def _present(
    wanted: Dict[str, str], root: Root, state: FileState, known: Optional[_Known], record: Record
) -> KernelPlan:
    lines = ["# Written by the role portcullis.tcp_wrappers.harden."] + [
        "%s = %s" % (name, wanted[name]) for name in sorted(wanted)
    ]
    data = ("\n".join(lines) + "\n").encode("ascii")
    now = read_settings(sorted(wanted)) if asks_kernel(root) else {}
    now = dict((name, value) for name, value in now.items() if value != wanted[name])
    then = dict((name, wanted[name]) for name in now)
    if data == state.data and not then:
        return KernelPlan(state, data, {}, {}, None, False)
    made = stat_file(root, os.path.dirname(PATH)).kind == "missing"
    old = known or _Known(state.data, {}, {}, made)
    part = {
        "file": None if old.file is None else old.file.decode("latin-1"),
        "before": dict(now, **old.before),
        "set": dict(old.set, **then),
        "made": old.made,
    }
    return KernelPlan(state, data, now, then, rewrite(record, {PART: part}), made)


def _undo(root: Root, state: FileState, known: Optional[_Known], record: Record) -> KernelPlan:
    """A setting that somebody has changed since stays as he set it."""
    if known is None:
        return KernelPlan(state, state.data, {}, {}, None, False)
    now = read_settings(sorted(known.set)) if asks_kernel(root) else {}
    now = dict((name, value) for name, value in now.items() if value == known.set[name] != known.before[name])
    return KernelPlan(
        state,
        known.file,
        now,
        dict((name, known.before[name]) for name in now),
        rewrite(record, {PART: None}),
        known.made,
    )


def _wanted(settings: Dict[str, Any]) -> Dict[str, str]:
    wanted: Dict[str, str] = {}
    for name, value in sorted(settings.items()):
        if not isinstance(name, str) or not NAME.match(name):
            raise TaskError(
                "settings: %r is no setting of the kernel below net, such as net.ipv4.conf.all.rp_filter." % (name,)
            )
        if isinstance(value, bool) or not VALUE.match(str(value)):
            raise TaskError("settings: the value of %s is %r, and must be a number." % (name, value))
        wanted[name] = str(value)
    if not wanted:
        raise TaskError("settings is empty: name kernel parameters to set, or undo earlier ones with state: absent.")
    return wanted


def _known(record: Record) -> Optional[_Known]:
    part = record.parts.get(PART)
    if part is None:
        return None
    try:
        check(set(part) == {"file", "before", "set", "made"} and isinstance(part["made"], bool))
        for values in (part["before"], part["set"]):
            check(isinstance(values, dict))
            check(
                all(
                    NAME.match(name) and isinstance(value, str) and VALUE.match(value) for name, value in values.items()
                )
            )
        check(set(part["before"]) == set(part["set"]))
        return _Known(unpack_text(part["file"]), dict(part["before"]), dict(part["set"]), part["made"])
    except BadRecord:
        raise foreign(record)
