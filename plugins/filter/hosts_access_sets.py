# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute the networks that the tables grant and deny for a daemon."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_sets
short_description: Compute the networks that the tables grant and deny for a daemon
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns the addresses that the tables grant for a daemon, and those that they deny, whatever the hostname and user of the client. Addresses that
    do not settle the decision are returned with the rule. Every address is in exactly one of these three sets.
  - Netgroups, files of hosts and C(aclexec) commands are never evaluated, so decisions that depend on them are not settled.
positional: _input, daemon, port
options:
  daemon:
    description: The daemon name that libwrap uses.
    type: str
    required: true
  port:
    description: The port of the server, which rules of some builds name. If omitted, any port; such a rule then does not settle a decision.
    type: int
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_translate
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_enforce
"""

EXAMPLES = r"""
- name: The networks that reach sshd
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'sshd: 10.0.0.0/8, 192.0.2.1\n', 'deny': 'ALL: ALL\n'}
              | portcullis.tcp_wrappers.hosts_access_sets('sshd')).granted.ipv4 }}"
  # => ["10.0.0.0/8", "192.0.2.1/32"]

- name: What addresses do not settle, and why
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'sshd: .example.com\n', 'deny': 'ALL: ALL\n'}
              | portcullis.tcp_wrappers.hosts_access_sets('sshd')).unexpressed | map(attribute='reason') }}"
  # => ["name"]
"""

RETURN = r"""
  _value:
    description: The sets.
    type: dict
    contains:
      granted:
        description: The networks that are granted in every case, as C(ipv4), C(ipv6) and the C(count) of both. IPv4-mapped addresses are included in
          C(ipv4).
        type: dict
        contains:
          ipv4:
            description: IPv4, each with its length.
            type: list
            elements: str
          ipv6:
            description: IPv6, without IPv4-mapped addresses.
            type: list
            elements: str
          count:
            description: How many networks there are in all.
            type: int
      denied:
        description: The networks that are denied in every case, in the same form.
        type: dict
        contains:
          ipv4:
            description: IPv4, each with its length.
            type: list
            elements: str
          ipv6:
            description: IPv6, without IPv4-mapped addresses.
            type: list
            elements: str
          count:
            description: How many networks there are in all.
            type: int
      unexpressed:
        description: The clients whose address does not settle the decision.
        type: list
        elements: dict
        contains:
          clients:
            description: The clients that get C(access), in the words of the rules.
            type: str
          networks:
            description: The networks of these clients, in the same form as C(granted).
            type: dict
            contains:
              ipv4:
                description: IPv4, each with its length.
                type: list
                elements: str
              ipv6:
                description: IPv6, without IPv4-mapped addresses.
                type: list
                elements: str
              count:
                description: How many networks there are in all.
                type: int
          access:
            description: C(granted) or C(denied). Others at the same addresses get the opposite.
            type: str
          reason:
            description: One of C(name), C(user), C(netgroup), C(server), C(address_text), C(file), C(aclexec) and C(option_length).
            type: str
          rules:
            description: The rules that cause it, with C(table), C(line) and C(text).
            type: list
            elements: dict
            contains:
              table:
                description: C(allow) or C(deny).
                type: str
              line:
                description: Its last line.
                type: int
              text:
                description: The rule.
                type: str
      lost:
        description: Options of rules that a filter cannot carry out, such as C(spawn), with C(option), C(value) and C(rule).
        type: list
        elements: dict
        contains:
          option:
            description: The option.
            type: str
          value:
            description: Its value, or null.
            type: str
          rule:
            description: The rule.
            type: dict
            contains:
              table:
                description: C(allow) or C(deny).
                type: str
              line:
                description: Its last line.
                type: int
              text:
                description: The rule.
                type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.sets_plain import plain_sets
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    new_patience,
    read_policy,
    told_plainly,
)


@told_plainly("hosts_access_sets")
def hosts_access_sets(tables, daemon, port=None, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    return plain_sets(
        read_policy(tables, dialect).sets(str(daemon), None if port is None else int(port), new_patience())
    )


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_sets": hosts_access_sets}
