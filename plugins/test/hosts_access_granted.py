# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether libwrap grants a request."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_granted
short_description: Whether libwrap grants a request
positional: _input, tables
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - True if the daemon itself would serve the client with these tables.
options:
  _input:
    description: The request, with C(daemon), C(address), C(hostname) and so on.
    type: dict
    required: true
  tables:
    description:
      - A mapping with the texts of the tables, C(allow) and C(deny). If a key is omitted, the table is treated as missing.
      - End each text with a newline. libwrap does not read a last line without one.
    type: dict
    required: true
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_decide
    plugin_type: filter
"""

EXAMPLES = r"""
- name: A stranger is refused
  ansible.builtin.assert:
    that: "{'daemon': 'sshd', 'address': '203.0.113.9'}
           is not portcullis.tcp_wrappers.hosts_access_granted({'allow': 'sshd: 192.0.2.0/24\n', 'deny': 'ALL: ALL\n'})"
"""

RETURN = r"""
  _value:
    description: Whether the request is granted.
    type: bool
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    read_policy,
    read_request,
    told_plainly,
)


@told_plainly(
    "hosts_access_granted", "The request stands before `is`, such as {'daemon': 'sshd', 'address': '192.0.2.1'}."
)
def hosts_access_granted(request, tables, dialect="debian"):
    """The test; see DOCUMENTATION."""
    return read_policy(tables, dialect).decide(read_request(dict(request))).granted


class TestModule:
    """The test by its name."""

    def tests(self):
        """What Ansible asks for."""
        return {"hosts_access_granted": hosts_access_granted}
