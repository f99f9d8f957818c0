#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Say whether the role harden has anything to do on a host, and prove its assertions where it has not."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: harden_plan_info
short_description: Say whether the role harden has anything to do on a host
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The role P(portcullis.tcp_wrappers.harden#role) starts this module first.
    Where the tables and the super-servers are as they should be and every assertion holds, and that is nearly always, the role ends with it.
  - It plans what M(portcullis.tcp_wrappers.hosts_access), M(portcullis.tcp_wrappers.inetd_tcpd), M(portcullis.tcp_wrappers.xinetd_tcpd)
    and M(portcullis.tcp_wrappers.systemd_tcpd) would plan, and proves the assertions as M(portcullis.tcp_wrappers.hosts_access_evaluate) does,
    all by the code of these modules.
  - With O(state=absent) it says what there is to undo.
  - It changes nothing. With O(unenforced=refuse) it fails where nobody would enforce the rules.
  - Mistakes, assertions that do not hold, and changes that wait to be confirmed are left to these modules to report.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
  - portcullis.tcp_wrappers.record
options:
  tables:
    description: Further options of a task of M(portcullis.tcp_wrappers.hosts_access).
    type: dict
    required: true
  inetd_services:
    description:
      - Services to find behind tcpd, as O(portcullis.tcp_wrappers.inetd_tcpd#module:services).
      - Where this is left out, all that can be; then a host without C(/etc/inetd.conf) has none. An empty list asks for nothing.
    type: list
    elements: str
  xinetd_services:
    description: The same for xinetd and C(/etc/xinetd.conf).
    type: list
    elements: str
  systemd_services:
    description: Services of systemd to find behind tcpd.
    type: list
    elements: str
    default: []
  kernel:
    description: Settings that the kernel and its drop-in must have, as O(portcullis.tcp_wrappers.harden_kernel#module:settings).
    type: dict
    default: {}
  state:
    description: V(absent) looks for what the role would undo.
    type: str
    default: present
    choices: [present, absent]
  assertions:
    description: What must hold, as O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions).
    type: list
    elements: dict
    default: []
  unenforced:
    description:
      - What to do if a rule or an assertion names a daemon that will not ask libwrap after the role has run.
      - See O(portcullis.tcp_wrappers.hosts_access#module:unenforced). Services that the role wraps count as enforced.
    type: str
    default: ignore
    choices: [refuse, warn, ignore]
  enforce:
    description:
      - V(companion) looks whether nftables refuses, beside the daemons that ask libwrap, whom the tables deny in every case. Services that the role puts
        tcpd in front of count as daemons that ask.
      - V(none) looks whether there is such a filter of an earlier run to take away.
    type: str
    default: none
    choices: [none, companion]
seealso:
  - module: portcullis.tcp_wrappers.hosts_access
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
"""

EXAMPLES = r"""
- name: See whether there is anything to do
  portcullis.tcp_wrappers.harden_plan_info:
    tables:
      allow: ['sshd: 10.0.0.0/8']
      default: deny
    assertions:
      - {daemon: sshd, network: 10.0.0.0/8, expect: granted}
  register: plan

- name: Show it
  ansible.builtin.debug:
    msg: "{{ 'nothing to do' if plan.unchanged else 'harden has something to do, or to say' }}"
"""

RETURN = r"""
unchanged:
  description: Whether the host is in the declared state. If V(false), a module has a change to make, an assertion to prove or a message to report.
  returned: success
  type: bool
found:
  description: Which of C(/usr/sbin/tcpd), C(/etc/inetd.conf) and C(/etc/xinetd.conf) are there.
  returned: with O(state=present)
  type: list
  elements: str
  sample: [/usr/sbin/tcpd, /etc/inetd.conf]
companion:
  description:
    - What O(portcullis.tcp_wrappers.hosts_access#module:companion) has to be. Empty where a filter of an earlier run has to go.
    - Only where the role has to do with a filter.
  returned: with O(state=present)
  type: list
  elements: dict
  sample: [{daemon: sshd, ports: [22], protocol: tcp}]
  contains:
    daemon:
      description: The name in the rules.
      type: str
    ports:
      description: Where it listens for others.
      type: list
      elements: int
    protocol:
      description: C(tcp) or C(udp).
      type: str
undo:
  description: What there is to undo, of V(filter), V(inetd), V(xinetd), V(systemd), V(tables) and V(kernel).
  returned: with O(state=absent)
  type: list
  elements: str
  sample: [inetd, tables]
dialect:
  description: The libwrap build that reads the tables.
  returned: when RV(unchanged) is true
  type: str
proved:
  description: The number of proved assertions.
  returned: when RV(unchanged) is true
  type: int
  sample: 2
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.harden_plan_info import run_module

    run_module()


if __name__ == "__main__":
    main()
