# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request that is answered so, or the proof that there is none."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_search
short_description: A request that is answered so, or the proof that there is none
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Searches all requests that the options leave open. Not found, and depending on nothing, is a proof.
options:
  access:
    description: The answer to look for, or several.
    type: list
    elements: str
    choices: [granted, denied, delegated, aborted]
    default: [granted]
  daemon:
    description: The daemon; every one when not given.
    type: str
  network:
    description: The clients' network, or several; every address when not given.
    type: list
    elements: str
  address:
    description: The one address of the clients, instead of a network.
    type: str
    default: any
  except:
    description: Networks to leave out.
    type: list
    elements: str
  hostname:
    description: V(any), V(unknown), V(paranoid), a name, or C(.example.com) for every name that ends so.
    type: str
    default: any
  user:
    description: V(any), V(unknown) or a name.
    type: str
    default: any
  server_address:
    description: V(any), V(unknown) or an address.
    type: str
    default: any
  server_hostname:
    description: V(any), V(unknown), V(paranoid) or a name.
    type: str
    default: any
  server_port:
    description: The server's port; any when not given.
    type: int
  client_port:
    description: The client's port in the witness; no rule asks for it.
    type: int
  paranoid:
    description: Whether the client's name and address disagree; either when not given.
    type: bool
  server_paranoid:
    description: The same for the server's end.
    type: bool
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_decide
    plugin_type: filter
  - plugin: portcullis.tcp_wrappers.hosts_access_compare
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
"""

EXAMPLES = r"""
- name: Nobody outside reaches telnet
  ansible.builtin.debug:
    msg: "{{ ({'allow': 'in.telnetd: 10.0.0.0/8\n', 'deny': 'ALL: ALL\n'}
              | portcullis.tcp_wrappers.hosts_access_search(daemon='in.telnetd', network='0.0.0.0/0', except='10.0.0.0/8')).found }}"
  # => false
"""

RETURN = r"""
  _value:
    description: What was found.
    type: dict
    contains:
      found:
        description: Whether there is such a request.
        type: bool
      witness:
        description: One such request, or null.
        type: dict
        contains:
          daemon:
            description: The daemon.
            type: str
          address:
            description: The client's address.
            type: str
          hostname:
            description: The client's name, null where the look-up fails.
            type: str
          paranoid:
            description: Whether name and address disagree. Only where they do.
            type: bool
          user:
            description: The client's user. Only where the answer is about one; so the server's address, name and port, and the client's port.
            type: str
      depends:
        description: What the answer rests on without anybody knowing it. Empty, with nothing found, it is a proof.
        type: list
        elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    read_policy,
    show_request,
    told_plainly,
)


@told_plainly("hosts_access_search")
def hosts_access_search(tables, access="granted", dialect="debian", **constraints):
    """The filter; see DOCUMENTATION."""
    constraints["except_"] = constraints.pop("except", None)
    result = read_policy(tables, dialect).search(access, **constraints)
    return {"found": result.found, "witness": show_request(result.witness), "depends": list(result.depends)}


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_search": hosts_access_search}
