# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert an audit to SARIF."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_sarif
short_description: Convert an audit to SARIF
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Writes SARIF 2.1.0 with a result for each finding, each assertion that does not hold, each part of the audit that failed, and each host that
    was not reached.
options:
  _input:
    description: The value of C(portcullis_audit) in the file C(fleet.json) that the role P(portcullis.tcp_wrappers.audit#role) writes.
    type: dict
    required: true
seealso:
  - plugin: portcullis.tcp_wrappers.audit_csv
    plugin_type: filter
"""

EXAMPLES = r"""
- name: One result for a host that was not reached
  ansible.builtin.debug:
    msg: "{{ ({'time': '2026-11-23T08:00:00Z', 'hosts': [{'host': 'web1', 'reachable': false}]}
              | portcullis.tcp_wrappers.audit_sarif | from_json).runs[0].results[0].ruleId }}"
  # => host-unreachable
"""

RETURN = r"""
  _value:
    description: SARIF, which is JSON.
    type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.sarif import sarif
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_sarif(fleet):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(sarif(fleet))  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_sarif: this is not the document of a fleet: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_sarif": audit_sarif}
