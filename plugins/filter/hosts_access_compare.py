# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gains and who loses between two policies."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_compare
short_description: Who gains and who loses between two policies
positional: _input, after
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The sets of requests that are answered differently. Nothing is returned when both policies always answer the same, which is a proof.
options:
  after:
    description: The texts of both tables afterwards, under C(allow) and C(deny).
    type: dict
    required: true
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_search
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access
"""

EXAMPLES = r"""
- name: Open a network to sshd
  ansible.builtin.debug:
    msg: "{{ ({'allow': '', 'deny': 'ALL: ALL\n'}
              | portcullis.tcp_wrappers.hosts_access_compare({'allow': 'sshd: 10.1.0.0/16\n', 'deny': 'ALL: ALL\n'}))
             | map(attribute='after') | list }}"
  # => ["granted"]
"""

RETURN = r"""
  _value:
    description: The sets that change hands, the shortest first.
    type: list
    elements: dict
    contains:
      daemon:
        description: The daemon, or V(any other daemon) for all that no rule names.
        type: str
      clients:
        description: The clients, in words.
        type: str
      before:
        description: How they were answered.
        type: str
      after:
        description: How they are answered then.
        type: str
      witness:
        description: One request of the set.
        type: dict
        contains:
          daemon:
            description: The daemon.
            type: str
          address:
            description: The client's address.
            type: str
          hostname:
            description: The client's name, null where the look-up fails.
            type: str
          paranoid:
            description: Whether name and address disagree. Only where they do.
            type: bool
          user:
            description: The client's user. Only where the answer is about one; so the server's address, name and port, and the client's port.
            type: str
      depends:
        description: What the difference rests on without anybody knowing it.
        type: list
        elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import read_policy, told_plainly


@told_plainly("hosts_access_compare")
def hosts_access_compare(before, after, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    changes = [change.as_dict() for change in read_policy(before, dialect).compare(read_policy(after, dialect))]
    for change in changes:
        change["witness"].pop("pid", None)
    return changes


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_compare": hosts_access_compare}
