# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of one audited host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_document
short_description: The report of one audited host
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Joins the results of the info modules and the answers to the questions of P(portcullis.tcp_wrappers.audit_questions#filter) into the
    document that the role C(portcullis.tcp_wrappers.audit) writes.
options:
  _input:
    description: The modules' results under C(coverage), C(tables), C(integrity), C(refusals) and C(answers).
    type: dict
    required: true
  host:
    description: The host's name in the inventory.
    type: str
    required: true
  time:
    description: When it was asked, in UTC.
    type: str
    required: true
  questions:
    description: What was asked beside the assertions.
    type: list
    elements: dict
    default: []
  assertions:
    description: The assertions that were asked first.
    type: list
    elements: dict
    default: []
seealso:
  - plugin: portcullis.tcp_wrappers.audit_questions
    plugin_type: filter
  - plugin: portcullis.tcp_wrappers.audit_fleet
    plugin_type: filter
"""

EXAMPLES = r"""
- name: A host of which nothing could be read
  ansible.builtin.debug:
    msg: "{{ ({'tables': {'msg': 'no libwrap'}} | portcullis.tcp_wrappers.audit_document(host='web1', time='2026-11-23T08:00:00Z')).errors.tables }}"
  # => no libwrap
"""

RETURN = r"""
  _value:
    description: The document, as C(docs/audit_schema.md) describes it.
    type: dict
    contains:
      host:
        description: The host's name.
        type: str
      reachable:
        description: True.
        type: bool
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_document(results, host, time, questions=(), assertions=()):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(
            document(host, time, results, list(questions), list(assertions))
        )  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_document: these are not the results of the modules: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_document": audit_document}
