# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of a fleet's hosts, joined."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_fleet
short_description: The reports of a fleet's hosts, joined
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Joins the documents of audited hosts, and names those that have none as not reached.
options:
  _input:
    description: The documents of the hosts that were reached.
    type: list
    elements: dict
    required: true
  names:
    description: The names of all hosts that were to be audited.
    type: list
    elements: str
    required: true
  time:
    description: When the audit ended, in UTC.
    type: str
    required: true
  sources:
    description:
      - The host that each document came from, in the order of the documents.
      - A document about another host than its own is then an error of the host that it came from.
    type: list
    elements: str
seealso:
  - plugin: portcullis.tcp_wrappers.audit_document
    plugin_type: filter
  - plugin: portcullis.tcp_wrappers.audit_view
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Two hosts, one of which was not reached
  ansible.builtin.debug:
    msg: "{{ ([{'host': 'web1', 'reachable': true}]
              | portcullis.tcp_wrappers.audit_fleet(names=['web1', 'web2'], time='2026-11-23T08:00:00Z')).hosts
             | map(attribute='reachable') }}"
  # => [true, false]
"""

RETURN = r"""
  _value:
    description: The fleet's document, as C(docs/audit_schema.md) describes it.
    type: dict
    contains:
      time:
        description: When the audit ended.
        type: str
      hosts:
        description: The hosts' documents.
        type: list
        elements: dict
        contains:
          host:
            description: The host's name.
            type: str
          reachable:
            description: Whether it was reached.
            type: bool
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_fleet(documents, names, time, sources=None):
    """The filter; see DOCUMENTATION."""
    try:
        known = None if sources is None else list(sources)
        return untemplated(fleet(list(documents), list(names), time, known))  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_fleet: these are not documents of audited hosts: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_fleet": audit_fleet}
