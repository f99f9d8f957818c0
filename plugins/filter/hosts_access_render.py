# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Render rules as the text of a table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_render
short_description: Render rules as the text of a table
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Renders rules, given as lines or mappings, in the syntax of a libwrap build.
options:
  _input:
    description: The rules, in the form that the option O(portcullis.tcp_wrappers.hosts_access#module:allow) takes.
    type: list
    elements: raw
    required: true
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_parse
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access
"""

EXAMPLES = r"""
- name: A network on RHEL 6
  ansible.builtin.debug:
    msg: "{{ [{'daemons': ['sshd'], 'clients': ['192.0.2.0/24']}] | portcullis.tcp_wrappers.hosts_access_render(dialect='el6') | trim }}"
  # => sshd: 192.0.2.0/255.255.255.0
"""

RETURN = r"""
  _value:
    description: The text. Each line ends with a newline.
    type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.options import (
    HostsAccessArguments,
    argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.plan import make_plan
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import told_plainly


@told_plainly("hosts_access_render")
def hosts_access_render(rules, dialect="debian"):
    """The filter; see DOCUMENTATION."""
    params = {name: option.get("default") for name, option in argument_spec().items()}
    params.update(allow=rules, exclusive=True)
    try:
        plan = make_plan(HostsAccessArguments(params), b"", None, get_dialect(dialect))
    except TaskError as error:
        raise ValueError(error)
    return (plan.allow_after or b"").decode("utf-8", "surrogateescape")


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_render": hosts_access_render}
