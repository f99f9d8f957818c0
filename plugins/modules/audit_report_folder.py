#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create the folder for the report of an audit, for its owner only."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: audit_report_folder
short_description: Create the folder for the report of an audit
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The role P(portcullis.tcp_wrappers.audit#role) starts this module on the host that receives a copy of the report.
  - Creates the folder with mode C(0700). An empty folder, and one with an earlier report, gets this mode too. A folder with other files keeps its mode.
  - Fails if another user could change what is in the folder or where it is, that is, if it belongs to another user, if it has other files and other
    users may write to it, or if a link of another user leads to it.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
options:
  path:
    description: The absolute path of the folder.
    type: path
    required: true
seealso:
  - module: portcullis.tcp_wrappers.audit_documents
"""

EXAMPLES = r"""
- name: Create the folder for the report
  portcullis.tcp_wrappers.audit_report_folder:
    path: /srv/reports
"""

RETURN = r"""
path:
  description: The folder.
  returned: success
  type: str
  sample: /srv/reports
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.report_folder import run_module

    run_module()


if __name__ == "__main__":
    main()
