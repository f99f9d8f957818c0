# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The arguments of another module's task, taken as that module would take them."""

from typing import Any, Dict

from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .errors import TaskError
from .rules.options import HostsAccessArguments, argument_spec


def check_arguments(spec: Dict[str, Dict[str, Any]], arguments: Dict[str, Any]) -> Dict[str, Any]:
    """The arguments with their defaults, of the types that `spec` gives. Raises TaskError where the module would refuse
    them.
    """
    checked = ArgumentSpecValidator(spec).validate(arguments)
    if checked.error_messages:
        raise TaskError("; ".join(checked.error_messages))
    return checked.validated_parameters


def check_hosts_access(arguments: Dict[str, Any]) -> HostsAccessArguments:
    """The same for a task of hosts_access, which also takes what Ansible gives to every module that writes files."""
    return HostsAccessArguments(check_arguments(dict(FILE_COMMON_ARGUMENTS, **argument_spec()), arguments))
