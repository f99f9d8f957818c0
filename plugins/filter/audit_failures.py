# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the failures of an audit."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit_failures
short_description: List the failures of an audit
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Reads the documents of audited hosts and returns one sentence for each failure.
options:
  _input:
    description: The documents of the hosts, C(hosts) below C(portcullis_audit) in the file C(fleet.json) of the role C(portcullis.tcp_wrappers.audit).
    type: list
    elements: dict
    required: true
  fail_on:
    description: Conditions that count as a failure.
    type: list
    elements: str
    choices: [assertions, findings, coverage, integrity, errors, unreachable]
    default: [assertions, unreachable]
seealso:
  - plugin: portcullis.tcp_wrappers.audit_junit
    plugin_type: filter
"""

EXAMPLES = r"""
- name: A host that was not reached
  ansible.builtin.debug:
    msg: "{{ [{'host': 'web1', 'reachable': false}] | portcullis.tcp_wrappers.audit_failures(fail_on=['unreachable']) }}"
  # => ["web1 was not reached"]
"""

RETURN = r"""
  _value:
    description: One sentence for each failure.
    type: list
    elements: str
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import failures
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


def audit_failures(documents, fail_on=("assertions", "unreachable")):
    """The filter; see DOCUMENTATION."""
    try:
        return untemplated(
            [sentence for doc in documents for sentence in failures(doc, list(fail_on))]
        )  # a host's own words are no templates
    except (AttributeError, KeyError, TypeError) as error:
        raise AnsibleFilterError("audit_failures: these are not documents of audited hosts: %s" % error)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"audit_failures": audit_failures}
