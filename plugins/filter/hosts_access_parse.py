# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of two tables as mappings."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_parse
short_description: The rules of two tables as mappings
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Gives rules in the form that M(portcullis.tcp_wrappers.hosts_access) takes, as M(portcullis.tcp_wrappers.hosts_access_info) does.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.tables
"""

EXAMPLES = r"""
- name: The clients of a rule
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'sshd: 192.0.2.0/24 EXCEPT 192.0.2.9\n'} | portcullis.tcp_wrappers.hosts_access_parse)[0].clients_except }}"
  # => ["192.0.2.9"]
"""

RETURN = r"""
  _value:
    description: The rules, hosts.allow first, each with daemons, daemons_except, clients, clients_except, options, comment, table, line, text and block_name.
    type: list
    elements: dict
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.hosts_access.report import describe_rules
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils.policies import read_policy, told_plainly


@told_plainly("hosts_access_parse")
def hosts_access_parse(tables, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    policy = read_policy(tables, dialect)
    return [rule for table in (policy.allow, policy.deny) for rule in describe_rules(table.data, policy.dialect, table.name, "hosts." + table.name)]


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_parse": hosts_access_parse}
