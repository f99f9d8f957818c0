# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert an audit to JUnit XML."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_junit
short_description: Convert an audit to JUnit XML
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Writes a test suite for each host, and a test case for each assertion and for each condition of C(audit_fail_on).
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
- name: One error for a host that was not reached
  ansible.builtin.debug:
    msg: "{{ {'time': '2026-11-23T08:00:00Z', 'hosts': [{'host': 'web1', 'reachable': false}]}
             | portcullis.tcp_wrappers.audit_junit is search('errors=\"1\"') }}"
  # => true
"""

RETURN = r"""
  _value:
    description: JUnit XML.
    type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.exports import junit
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_junit(fleet):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(junit(fleet))  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_junit: this is not the document of a fleet: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_junit": audit_junit}
