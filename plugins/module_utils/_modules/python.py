# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The Python a managed host must have; this file itself must run on Python 2.7."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json
import sys

MINIMUM = (3, 6)


def require_python36(version=None):
    """End the module with one readable line where Python is too old.

    The line is the JSON that Ansible expects of a module, so the task fails with a message and no traceback.
    """
    version = tuple((version or sys.version_info)[:3])
    if version >= MINIMUM:
        return
    sys.stdout.write(
        json.dumps(
            {
                "failed": True,
                "msg": "portcullis.tcp_wrappers needs Python 3.6 or later on the managed host, and %s is Python %s. Install one (RHEL 7: "
                "'yum install python3') and set ansible_python_interpreter to it."
                % (sys.executable, ".".join(str(part) for part in version)),
            }
        )
    )
    raise SystemExit(1)
