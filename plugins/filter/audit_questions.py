# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every daemon of an audited host for every group of clients."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_questions
short_description: Every daemon of an audited host for every group of clients
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Lists what P(portcullis.tcp_wrappers.hosts_access_evaluate#module) is asked by the role C(portcullis.tcp_wrappers.audit), so that its
    report can say who reaches what.
options:
  _input:
    description: The groups of clients. Each has a C(name), and else what an assertion has, without C(daemon) and C(expect).
    type: list
    elements: dict
    required: true
  coverage:
    description: The result of M(portcullis.tcp_wrappers.tcpd_coverage_info).
    type: dict
    required: true
  tables:
    description: The result of M(portcullis.tcp_wrappers.hosts_access_info).
    type: dict
    required: true
seealso:
  - plugin: portcullis.tcp_wrappers.audit_document
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
"""

EXAMPLES = r"""
- name: Ask every daemon about the operators
  ansible.builtin.debug:
    msg: "{{ [{'name': 'operators', 'network': '192.0.2.0/24'}]
             | portcullis.tcp_wrappers.audit_questions(coverage={'services': [{'daemon': 'sshd'}]}, tables={'rules': []}) }}"
  # => [{"clients": "operators", "daemon": "sshd", "assertion": {"network": "192.0.2.0/24", "daemon": "sshd"}}]
"""

RETURN = r"""
  _value:
    description: One entry for each daemon and group.
    type: list
    elements: dict
    contains:
      clients:
        description: The group's name.
        type: str
      daemon:
        description: The daemon.
        type: str
      assertion:
        description: What M(portcullis.tcp_wrappers.hosts_access_evaluate) takes.
        type: dict
        contains:
          daemon:
            description: The daemon. The group's own keys stand beside it.
            type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import questions
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_questions(clients, coverage, tables):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(questions(coverage, tables, list(clients)))  # a host's own words are no templates
    except (AttributeError, TypeError, ValueError) as error:
        raise AnsibleFilterError("audit_questions: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_questions": audit_questions}
