# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert an audit to CSV."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_csv
short_description: Convert an audit to CSV
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Writes a header, and one line for each daemon and group of clients of each host. A host without daemons has one line.
options:
  _input:
    description: The value of C(portcullis_audit) in the file C(fleet.json) that the role P(portcullis.tcp_wrappers.audit#role) writes.
    type: dict
    required: true
seealso:
  - plugin: portcullis.tcp_wrappers.audit_junit
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The line of a host that was not reached
  ansible.builtin.debug:
    msg: "{{ ({'time': '2026-11-23T08:00:00Z', 'hosts': [{'host': 'web1', 'reachable': false}]} | portcullis.tcp_wrappers.audit_csv).splitlines()[1] }}"
  # => web1,no,,,,,,,,,,,,,,,
"""

RETURN = r"""
  _value:
    description: CSV with a heading.
    type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.exports import to_csv
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_csv(fleet):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(to_csv(fleet))  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_csv: this is not the document of a fleet: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_csv": audit_csv}
