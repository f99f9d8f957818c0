#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate the variables of a role of this collection, on the controller."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: role_settings
short_description: Validate the variables of a role of this collection
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The roles P(portcullis.tcp_wrappers.harden#role), P(portcullis.tcp_wrappers.audit#role) and P(portcullis.tcp_wrappers.enforce#role) start this first. It
    runs on the controller, and does not connect to the host.
  - Facts come from a host and take precedence over the inventory. The roles use the result of this module instead of their variables, so that no fact
    can change their settings.
  - Fails if a fact of the host has the name of a role variable, if a variable with the prefix of the role is unknown, or if a value is invalid. Joins
    the lists for all hosts, for groups and for the host.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes.controller
options:
  role:
    description: The role.
    type: str
    required: true
    choices: [harden, audit, enforce]
  entry:
    description: The entry point of the role.
    type: str
    default: main
seealso:
  - module: portcullis.tcp_wrappers.harden_plan_info
"""

EXAMPLES = r"""
- name: Fix what the role was told
  portcullis.tcp_wrappers.role_settings:
    role: harden
  register: given
  vars:
    harden_allow: ['sshd: 10.0.0.0/8']

- name: Show the rules
  ansible.builtin.debug:
    var: given.allow
"""

RETURN = r"""
origins:
  description: For each list that is joined of several variables, the variable that each entry comes from.
  returned: success
  type: dict
  contains:
    assertions:
      description: Of the list C(assertions), and so each other joined list by its name.
      type: list
      elements: str
  sample: {"assertions": ["harden_assertions[0]", "harden_host_assertions[0]"]}
document_path:
  description: Where this host's document is written.
  returned: for the role C(audit)
  type: str
"""

from ansible.module_utils.basic import AnsibleModule


def main():
    """Its action plugin does all of it, and never starts this."""
    module = AnsibleModule(
        argument_spec=dict(
            role=dict(type="str", required=True, choices=["harden", "audit", "enforce"]),
            entry=dict(type="str", default="main"),
        ),
        supports_check_mode=True,
    )
    module.fail_json(
        msg="role_settings runs on the controller only: its action plugin was not found. Install the whole collection there."
    )


if __name__ == "__main__":
    main()
