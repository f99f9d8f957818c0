# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Search for a request with a given decision, or prove that none exists."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_search
short_description: Search for a request with a given decision, or prove that none exists
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Searches all requests that match the options. If none is found and C(depends) is empty, it is proved that none exists.
options:
  access:
    description: The decision to search for, or a list of decisions.
    type: list
    elements: str
    choices: [granted, denied, delegated, aborted]
    default: [granted]
  daemon:
    description: The daemon. A made-up name such as V(host) if any daemon will do. If omitted, every daemon.
    type: str
  network:
    description: The network of the clients, or a list of networks. If omitted, every address.
    type: list
    elements: str
  address:
    description: The address of the client, instead of a network.
    type: str
    default: any
  except:
    description: Networks to leave out.
    type: list
    elements: str
  hostname:
    description: V(any), V(unknown), V(paranoid), a hostname, or C(.example.com) for every hostname with this ending.
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
    description: The port of the server. If omitted, any port.
    type: int
  client_port:
    description: The port of the client in the witness. No rule depends on it.
    type: int
  paranoid:
    description: Whether hostname and address of the client disagree. If omitted, either.
    type: bool
  server_paranoid:
    description: Whether hostname and address of the server disagree. If omitted, either.
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
    description: The result.
    type: dict
    contains:
      found:
        description: Whether such a request exists.
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
            description: The hostname of the client, null if the look-up fails.
            type: str
          paranoid:
            description: Whether hostname and address disagree. Present only if they do.
            type: bool
          user:
            description: The user of the client. Present only if the decision is about one user. The same applies to the keys for address, hostname
              and port of the server, and the port of the client.
            type: str
      depends:
        description: External conditions that the result depends on. If empty, C(found=false) is a proof.
        type: list
        elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.search import Question
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    new_patience,
    read_policy,
    show_request,
    told_plainly,
)


@told_plainly("hosts_access_search")
def hosts_access_search(tables, access="granted", dialect="debian", **constraints):
    """The filter; see DOCUMENTATION."""
    constraints["except_"] = constraints.pop("except", None)
    result = read_policy(tables, dialect).searcher(new_patience()).search(access, Question(**constraints))
    return {"found": result.found, "witness": show_request(result.witness), "depends": list(result.depends)}


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_search": hosts_access_search}
