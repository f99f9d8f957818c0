# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit's page shows."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_view
short_description: What the audit's page shows
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Keeps once what repeats from host to host, and tells what changed since the report before.
options:
  _input:
    description: What P(portcullis.tcp_wrappers.audit_fleet#filter) returns.
    type: dict
    required: true
  previous:
    description: The text of the file C(fleet.json) of the report before, or what it holds. One of another version is passed over.
    type: raw
seealso:
  - plugin: portcullis.tcp_wrappers.audit_fleet
    plugin_type: filter
"""

EXAMPLES = r"""
- name: A fleet of one host that was not reached
  ansible.builtin.debug:
    msg: "{{ ({'time': '2026-11-23T08:00:00Z', 'hosts': [{'host': 'web1', 'reachable': false}]}
             | portcullis.tcp_wrappers.audit_view | from_json).hosts[0].reachable }}"
  # => false
"""

RETURN = r"""
  _value:
    description: JSON that can stand inside a script element of a page.
    type: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import read_previous
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.view import page_data
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_view(fleet, previous=None):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(page_data(fleet, read_previous(previous)))  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_view: this is not the document of a fleet: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_view": audit_view}
