# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse two tables to rules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_parse
short_description: Parse two tables to rules
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns rules in the form that M(portcullis.tcp_wrappers.hosts_access) takes, as M(portcullis.tcp_wrappers.hosts_access_info) does.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_render
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_info
"""

EXAMPLES = r"""
- name: The clients of a rule
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'sshd: 192.0.2.0/24 EXCEPT 192.0.2.9\n'} | portcullis.tcp_wrappers.hosts_access_parse)[0].clients_except }}"
  # => ["192.0.2.9"]
"""

RETURN = r"""
  _value:
    description: The rules, hosts.allow first, each a mapping that M(portcullis.tcp_wrappers.hosts_access) takes.
    type: list
    elements: dict
    contains:
      daemons:
        description: The daemons.
        type: list
        elements: str
      daemons_except:
        description: The daemons excepted.
        type: list
        elements: str
      clients:
        description: The clients.
        type: list
        elements: str
      clients_except:
        description: The clients excepted.
        type: list
        elements: str
      options:
        description: The options, without escaped colons.
        type: list
        elements: str
      comment:
        description: The comment directly above the rule.
        type: list
        elements: str
      table:
        description: V(allow) or V(deny).
        type: str
      line:
        description: The last physical line.
        type: int
      text:
        description: The line, with continuation lines joined.
        type: str
      block_name:
        description: The name of the block that contains the rule, or null.
        type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.report import describe_rules
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import read_policy, told_plainly


@told_plainly("hosts_access_parse")
def hosts_access_parse(tables, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    policy = read_policy(tables, dialect)
    return [
        rule
        for table in (policy.allow, policy.deny)
        for rule in describe_rules(table.data, policy.dialect, table.name, "hosts." + table.name)
    ]


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_parse": hosts_access_parse}
