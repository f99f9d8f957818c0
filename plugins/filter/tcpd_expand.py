# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expand percent letters as libwrap does."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tcpd_expand
short_description: Expand percent letters as libwrap does
positional: _input, request
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Expands the letters of hosts_access(5) for a request. Characters that are special to a shell become underscores.
options:
  _input:
    description: The text.
    type: str
    required: true
  request:
    description: The request, with C(daemon), C(address), C(hostname) and so on.
    type: dict
    required: true
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_decide
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Who is it?
  ansible.builtin.debug:
    msg: "{{ 'refused %d to %c' | portcullis.tcp_wrappers.tcpd_expand({'daemon': 'sshd', 'address': '192.0.2.7'}) }}"
  # => refused sshd to 192.0.2.7
"""

RETURN = r"""
  _value:
    description: The expanded text.
    type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.expand import expand
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import read_request, told_plainly


@told_plainly("tcpd_expand", "The request is one mapping, such as {'daemon': 'sshd', 'address': '192.0.2.1'}.")
def tcpd_expand(text, request, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    template = str(text).encode("utf-8", "surrogateescape")
    return expand(template, read_request(dict(request)), get_dialect(dialect))[0].decode("utf-8", "surrogateescape")


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"tcpd_expand": tcpd_expand}
