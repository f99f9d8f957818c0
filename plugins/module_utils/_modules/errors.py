# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a module may fail with, and the one place that turns it into a failed task."""

from typing import Any, Callable, Dict, Optional

from .._backends.errors import BackendError
from .._host.errors import HostError
from .._libwrap.errors import HostsAccessError
from .._libwrap.printable import printable, printable_values
from .._superservers.errors import SuperserverError
from .call import Call, SetAttributes


class TaskError(Exception):
    """The task asks for something that cannot or must not be done; nothing was changed. `details` joins the result."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details: Dict[str, Any] = details


def run_safely(module: Any, body: Callable[[Call], Dict[str, Any]], invocation: Dict[str, Any]) -> None:
    """Run `body` and end Ansible's module with its result, or with one clear sentence where a layer refused.

    `invocation` replaces Ansible's own echo of every argument, which would carry all rules back to the controller.
    Whatever a host says in a message, a warning or a result leaves printable: operators read it on terminals.
    """
    short = {"module_args": invocation}
    call = Call(module.params, module.check_mode, module._diff, _file_options(module))
    failure: Optional[str] = None
    details: Dict[str, Any] = {}
    try:
        details = body(call)
    except TaskError as exc:
        failure, details = str(exc), exc.details
    except (HostsAccessError, HostError, SuperserverError, BackendError) as exc:
        failure = str(exc)
    for warning in call.warnings:
        module.warn(printable(warning))
    if failure is not None:
        module.fail_json(msg=printable(failure), invocation=short, **printable_values(details))
    else:
        module.exit_json(invocation=short, **printable_values(details))


def _file_options(module: Any) -> SetAttributes:
    def set_attributes(path: str) -> bool:
        arguments = dict(module.params, owner=None, group=None, mode=None)  # the collection sets these itself
        return bool(
            module.set_fs_attributes_if_different(module.load_file_common_arguments(arguments, path=path), False)
        )

    return set_attributes


def short_invocation(params: Dict[str, Any]) -> Dict[str, Any]:
    """The task's arguments with every long list or text replaced by its size; arguments that were not given are left
    out.
    """
    short: Dict[str, Any] = {}
    for name, value in params.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple, dict)):
            text = "%d given" % len(value)
            short[name] = value if len(value) <= 3 and len(repr(value)) <= 200 else text
        elif isinstance(value, str) and len(value) > 200:
            short[name] = "%d characters" % len(value)
        else:
            short[name] = value
    return short
