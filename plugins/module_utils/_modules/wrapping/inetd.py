# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module inetd_tcpd."""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..call import Call
from ..errors import run_safely, short_invocation
from .inetd_plan import ServiceArguments, argument_spec, superserver_of
from .reload import reload_after
from .run import run_wrapping


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Wrap or unwrap services of inetd.conf, and let the server read the change."""
    arguments = ServiceArguments(call.params)
    superserver = superserver_of(arguments)
    result = run_wrapping(call, arguments, superserver)
    result["flavour"] = superserver.flavour
    result["reloaded"] = arguments.reload and reload_after(call, arguments.root, "inetd", result)
    return result
