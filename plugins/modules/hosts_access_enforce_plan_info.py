#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report whether a hosts_access_enforce task would change anything."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hosts_access_enforce_plan_info
short_description: Report whether a hosts_access_enforce task would change anything
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - M(portcullis.tcp_wrappers.hosts_access_enforce) runs this module first, because it transfers little code to the host. If nothing needs to change,
    the task ends there.
  - Never changes anything. Errors in the task are reported by M(portcullis.tcp_wrappers.hosts_access_enforce) to report.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  task:
    description:
      - The options of a task of M(portcullis.tcp_wrappers.hosts_access_enforce).
      - The defaults of O(root), O(allow_path), O(deny_path) and O(dialect) are the values of this task.
    type: dict
    required: true
seealso:
  - module: portcullis.tcp_wrappers.hosts_access_enforce
"""

EXAMPLES = r"""
- name: See whether there is anything to do
  portcullis.tcp_wrappers.hosts_access_enforce_plan_info:
    task:
      services: [{daemon: sshd, ports: [22]}]
  register: plan

- name: Show it
  ansible.builtin.debug:
    msg: "{{ 'nothing to do' if plan.unchanged else 'hosts_access_enforce has something to do, or to say' }}"
"""

RETURN = r"""
unchanged:
  description:
    - Whether the task would change nothing. If V(false), M(portcullis.tcp_wrappers.hosts_access_enforce) has a change to make, an assertion to prove
      or a message to report.
  returned: success
  type: bool
dialect:
  description: The libwrap build that reads the tables.
  returned: when RV(unchanged) is true
  type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement.plan_info import (
        run_module,
    )

    run_module()


if __name__ == "__main__":
    main()
