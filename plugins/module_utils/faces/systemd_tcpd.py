# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The body of the module systemd_tcpd."""

import os
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..host.commands import find_program, run
from .errors import run_safely, short_invocation
from .service_wrapping import run_wrapping
from .systemd_plan import argument_spec, superserver_of


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run_task, short_invocation(module.params))


def run_task(module: Any) -> Dict[str, Any]:
    """Wrap or unwrap services of systemd, and let systemd read the change."""
    params = module.params
    result = run_wrapping(module, superserver_of(params))
    wanted = result["changed"] and params["daemon_reload"] and params["root"] == "/" and os.path.isdir("/run/systemd/system")
    result["daemon_reloaded"] = bool(wanted and not module.check_mode and _daemon_reload(module))
    return result


def _daemon_reload(module: Any) -> bool:
    """Whether systemd has read its units again; a failure is a warning, since the drop-in is in place all the same."""
    program = find_program("systemctl")
    if program is None:
        module.warn("systemctl was not found: run 'systemctl daemon-reload' for the change to take effect.")
        return False
    done = run([program, "daemon-reload"], timeout=90)
    if done.status:
        module.warn("systemctl daemon-reload failed: %s" % done.errors.decode("utf-8", "replace").strip())
        return False
    return True
