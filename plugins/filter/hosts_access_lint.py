# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report mistakes in rules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_lint
short_description: Report mistakes in rules
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns the findings about both tables. U(https://github.com/portcullis/tcp_wrappers/blob/main/docs/findings.md) describes each code.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - module: portcullis.tcp_wrappers.hosts_access_info
"""

EXAMPLES = r"""
- name: Host bits
  ansible.builtin.debug:
    msg: "{{ {'allow': 'sshd: 10.1.2.3/8\n', 'deny': 'ALL: ALL\n'}
             | portcullis.tcp_wrappers.hosts_access_lint | map(attribute='code') | list }}"
  # => ["host-bits-set"]
"""

RETURN = r"""
  _value:
    description: The findings.
    type: list
    elements: dict
    contains:
      code:
        description: The code of the finding.
        type: str
      severity:
        description: V(error), V(warning) or V(info).
        type: str
      effect:
        description: Whether the mistake grants more than the line seems to grant (V(opens)), less (V(closes)), or neither (V(none)).
        type: str
      table:
        description: V(allow) or V(deny).
        type: str
      line:
        description: The last physical line.
        type: int
      message:
        description: The problem.
        type: str
      remedy:
        description: The remedy.
        type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import read_policy, told_plainly


@told_plainly("hosts_access_lint")
def hosts_access_lint(tables, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    return [finding.as_dict() for finding in read_policy(tables, dialect).findings()]


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_lint": hosts_access_lint}
