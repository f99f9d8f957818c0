# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The body of the module audit_report_folder: the folder of the report, on the host that receives a copy of it."""

import os
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ..._host.files.report_folder import changes_report_folder, open_report_folder
from ..call import Call
from ..errors import TaskError, run_safely, short_invocation


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What audit_report_folder takes."""
    return {"path": {"type": "path", "required": True}}


def run_module() -> None:
    """The module's whole run."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    """Make the folder where it is missing. Raises TaskError where it is not for this user alone."""
    path = call.params["path"]
    if not os.path.isabs(path):
        raise TaskError("path is '%s', and must be absolute." % path)
    try:
        changed = changes_report_folder(path)
        if changed and not call.check_mode:
            os.close(open_report_folder(path))
    except OSError as error:
        raise TaskError("path '%s' cannot hold a report. %s: %s." % (path, error.filename, error.strerror))
    after = {"path": path, "mode": "0700"}
    return {"changed": changed, "path": path, "diff": {"before": {"path": path} if changed else after, "after": after}}
