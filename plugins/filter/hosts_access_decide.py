# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decide one request as libwrap does."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_decide
short_description: Decide one request as libwrap does
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Decides a request as libwrap does with these tables. Runs no command, and contacts no host.
options:
  daemon:
    description: The daemon that is asked for.
    type: str
    required: true
  address:
    description: The client's address.
    type: str
  hostname:
    description: The hostname of the client. If omitted, the look-up has failed.
    type: str
  user:
    description: The client's user.
    type: str
  server_address:
    description: The address that the client connected to.
    type: str
  server_hostname:
    description: The hostname of that address.
    type: str
  server_port:
    description: The port that the client connected to.
    type: int
  client_port:
    description: The client's port.
    type: int
  paranoid:
    description: The client's name and address disagree.
    type: bool
    default: false
  server_paranoid:
    description: The server's name and address disagree.
    type: bool
    default: false
  dry_run:
    description: Decide as tcpdmatch does.
    type: bool
    default: false
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_granted
    plugin_type: test
  - plugin: portcullis.tcp_wrappers.hosts_access_search
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
"""

EXAMPLES = r"""
- name: May the operators in?
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'sshd: 192.0.2.0/24\n', 'deny': 'ALL: ALL\n'}
             | portcullis.tcp_wrappers.hosts_access_decide(daemon='sshd', address='192.0.2.7')).access }}"
  # => granted
"""

RETURN = r"""
  _value:
    description: The answer, and the rule that gives it.
    type: dict
    contains:
      access:
        description: V(granted), V(denied), V(delegated) (a C(twist) command answers) or V(aborted) (the process exits).
        type: str
      granted:
        description: Whether the daemon itself serves the client.
        type: bool
      table:
        description: V(allow) or V(deny), null where no rule matches.
        type: str
      line:
        description: The rule's last physical line.
        type: int
      rule:
        description: The rule's text.
        type: str
      actions:
        description: What libwrap would do, such as C(spawn ...).
        type: list
        elements: str
      depends:
        description: External conditions that the decision depends on.
        type: list
        elements: str
      reason:
        description: The reason, if the rule alone does not explain the decision, else null.
        type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    read_policy,
    read_request,
    told_plainly,
)


@told_plainly("hosts_access_decide")
def hosts_access_decide(tables, dialect="debian", dry_run=False, **fields):
    """The filter; see DOCUMENTATION."""
    return read_policy(tables, dialect).decide(read_request(fields), bool(dry_run)).as_dict()


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_decide": hosts_access_decide}
