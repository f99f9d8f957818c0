# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare two policies by the decisions that they make."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_compare
short_description: Compare two policies by the decisions that they make
positional: _input, after
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns the sets of requests that the two policies decide differently. An empty list is the proof that both make the same decision for every
    request.
options:
  after:
    description: A mapping with the texts of the tables after the change, C(allow) and C(deny).
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
    description: The sets of requests whose decision changes, the shortest description first.
    type: list
    elements: dict
    contains:
      daemon:
        description: The daemon, or V(any other daemon) for all that no rule names.
        type: str
      clients:
        description: Description of the clients.
        type: str
      before:
        description: The decision before the change.
        type: str
      after:
        description: The decision after the change.
        type: str
      witness:
        description: One request of the set.
        type: dict
        contains:
          daemon:
            description: The daemon. A made-up name such as V(host) if the set is about every daemon, or about daemons that no rule names.
            type: str
          address:
            description: The client's address.
            type: str
          hostname:
            description: The hostname of the client, null if the look-up fails.
            type: str
          paranoid:
            description: Whether hostname and address disagree. Present only if they do.
            type: bool
          user:
            description: The user of the client. Present only if the decision is about one user. The same applies to the keys for address, hostname
              and port of the server, and the port of the client.
            type: str
      depends:
        description: External conditions that the difference depends on.
        type: list
        elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    new_patience,
    read_policy,
    told_plainly,
)


@told_plainly("hosts_access_compare")
def hosts_access_compare(before, after, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    changes = [
        change.as_dict() for change in read_policy(before, dialect).compare(read_policy(after, dialect), new_patience())
    ]
    for change in changes:
        change["witness"].pop("pid", None)
    return changes


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_compare": hosts_access_compare}
