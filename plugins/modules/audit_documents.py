#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write and join the documents of an audit, for the role audit."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: audit_documents
short_description: Write and join the documents of an audit, for the role audit
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The role P(portcullis.tcp_wrappers.audit#role) starts this module. Do not use it elsewhere, because its options may change without notice.
  - For a host, it runs M(portcullis.tcp_wrappers.tcpd_audit_info) there, validates the result, and writes the document of the host on the controller.
    For a fleet, it joins these documents, and runs on the controller only.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes.controller
options:
  part:
    description: The document of the task's host, or the report of all.
    type: str
    required: true
    choices: [host, fleet]
  given:
    description: For a fleet, what M(portcullis.tcp_wrappers.role_settings) returned. For a host the role's variables are read in the same task.
    type: dict
seealso:
  - module: portcullis.tcp_wrappers.tcpd_audit_info
"""

EXAMPLES = r"""
- name: Audit the host, and write its document
  ansible.builtin.import_role:
    name: portcullis.tcp_wrappers.audit
"""

RETURN = r"""
document:
  description: The file of the host's document.
  returned: for a host that was reached
  type: str
time:
  description: When it was asked, in UTC.
  returned: for a host that was reached
  type: str
page:
  description: The file of the page.
  returned: for a fleet
  type: str
verdict:
  description: What was found, in a sentence or two.
  returned: for a fleet
  type: str
files:
  description: The names of the files that were written in the folder of the report.
  returned: for a fleet
  type: list
  elements: str
failures:
  description: One sentence for each of the first 50 things that the run shall fail on.
  returned: for a fleet
  type: list
  elements: str
failed_count:
  description: How many there are.
  returned: for a fleet
  type: int
totals:
  description: How many hosts, assertions and refusals there are. They are set as stats too, below C(tcp_wrappers_audit) and with the verdict.
  returned: for a fleet
  type: dict
  contains:
    hosts:
      description: The hosts of the report.
      type: int
    unreachable:
      description: Those that were not reached.
      type: int
    open:
      description: Those with a service that serves strangers.
      type: int
    failed:
      description: Those of which a part could not be audited.
      type: int
    assertions:
      description: The assertions with an expectation, on all hosts.
      type: int
    unmet:
      description: Those that do not hold.
      type: int
    findings:
      description: The findings that are errors.
      type: int
    refused:
      description: Refused connections.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule


def main():
    """Its action plugin does all of it, and never starts this."""
    module = AnsibleModule(
        argument_spec=dict(part=dict(type="str", required=True, choices=["host", "fleet"]), given=dict(type="dict")),
        supports_check_mode=True,
    )
    module.fail_json(
        msg="audit_documents runs on the controller only: its action plugin was not found. Install the whole collection there."
    )


if __name__ == "__main__":
    main()
