#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: xinetd_tcpd
short_description: Put tcpd in front of services of xinetd
version_added: "1.0.0"
description:
  - Rewrites services in C(xinetd.conf), and in the files that it includes, so that xinetd starts tcpd, which asks C(hosts.allow) and C(hosts.deny) and then
    runs the daemon. Takes tcpd away again.
  - The C(server) becomes tcpd, the old server becomes the first word of C(server_args), and C(flags) gains C(NAMEINARGS), in a line before C(server_args),
    since xinetd's child crashes the other way round. Nothing else changes by a byte.
  - xinetd usually asks libwrap itself. C(NOLIBWRAP) is added where it does, or each connection would be checked, and each booby trap fire, twice.
    A service that goes through tcpd already gains what it lacks of the two flags.
  - Where the old lines cannot be told from the new ones, each is kept in a C(#portcullis:) comment right above, which goes when the service is unwrapped.
  - Services that cannot go through tcpd are returned with the reason and never rewritten. These are internal services, C(redirect), C(SENSOR), C(INTERCEPT),
    rpc over TCP, C(wait = yes) on a stream, and services that xinetd itself drops for an error.
  - Services with C(disable = yes), or switched off by C(enabled) and C(disabled) in the defaults, stay as they are unless they are named.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.attributes.actiongroup
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.service_wrapping
  - portcullis.tcp_wrappers.lockout
  - portcullis.tcp_wrappers.record
  - portcullis.tcp_wrappers.backup
options:
  path:
    description: The main file. What it includes is read and changed too.
    type: path
    default: /etc/xinetd.conf
  nolibwrap:
    description:
      - Whether to add the flag C(NOLIBWRAP).
      - V(auto) looks whether xinetd below O(root) knows it, and takes it that an xinetd that is not installed does.
        A build without libwrap refuses services that have this flag.
    type: str
    default: auto
    choices: [auto, 'yes', 'no']
  reload:
    description:
      - Let every running xinetd read its configuration again after a change, by SIGHUP. Only done where O(root=/).
      - One is found in C(/proc). On a system without it use a handler.
    type: bool
    default: false
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Put tcpd in front of everything of xinetd that can be wrapped
  portcullis.tcp_wrappers.xinetd_tcpd:
    backup: true
  register: wrapped
  notify: Reload xinetd

- name: Wrap two services by their ids, also where they are switched off
  portcullis.tcp_wrappers.xinetd_tcpd:
    services:
      - telnet
      - tftp/udp
  notify: Reload xinetd

- name: Wrap a service, and let xinetd read the change at once
  portcullis.tcp_wrappers.xinetd_tcpd:
    services: [telnet]
    reload: true

- name: Leave the check to xinetd alone again
  portcullis.tcp_wrappers.xinetd_tcpd:
    services: [telnet, tftp]
    state: unwrapped
  notify: Reload xinetd

# handlers:
# - name: Reload xinetd
#   ansible.builtin.service:
#     name: xinetd
#     state: reloaded
"""

RETURN = r"""
services:
  description: Every service of the configuration, as it is after the task, in the order of the files.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The id of the service, which is its name where no id is given.
      type: str
      sample: telnet
    protocol:
      description: The protocol, taken from the socket type where it is not given.
      type: str
      sample: tcp
    daemon:
      description: The daemon name that libwrap sees, which is the name that rules must have.
      type: str
      sample: in.telnetd
    server:
      description: The path of the daemon that serves, also when tcpd stands before it.
      type: str
      sample: /usr/sbin/in.telnetd
    user:
      description: The user that tcpd and the daemon run as. tcpd must be able to read the tables as this user.
      type: str
      sample: root
    disabled:
      description: Whether the service is switched off.
      type: bool
      sample: false
    wrapped:
      description: Whether the service goes through tcpd.
      type: bool
      sample: true
    wrappable:
      description: Whether the service can go through tcpd.
      type: bool
      sample: true
    reason:
      description: Why it cannot.
      type: str
      sample: null
    note:
      description: What to know about a service that can, such as that tcpd sees only the first packet of UDP.
      type: str
      sample: null
    path:
      description: The file that states the service.
      type: str
      sample: /etc/xinetd.d/telnet
    line:
      description: The line in this file where the service starts.
      type: int
      sample: 12
rewritten:
  description: The services that this task put behind tcpd, or took from behind it, as C(name/protocol).
  returned: always
  type: list
  elements: str
  sample: [telnet/tcp]
missing:
  description: Names in O(services) that no service has, when O(missing=ignore).
  returned: always
  type: list
  elements: str
  sample: []
findings:
  description: What is wrong with the configuration. Such lines are kept as they are.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: A word for the kind.
      type: str
      sample: malformed
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: warning
    path:
      description: The file.
      type: str
      sample: /etc/xinetd.d/telnet
    line:
      description: The line, or null for the whole file.
      type: int
      sample: 7
    message:
      description: One sentence.
      type: str
      sample: "/etc/xinetd.d/old line 7: the closing '}' is missing, so xinetd skips the service old up to line 9. It is kept as it is."
    remedy:
      description: What to do.
      type: str
      sample: Correct the line or remove it.
backup_files:
  description: The copies of the old files, when O(backup=true).
  returned: always
  type: list
  elements: str
  sample: []
nolibwrap:
  description: Whether xinetd was taken to ask libwrap itself.
  returned: success
  type: bool
  sample: true
reloaded:
  description: Whether a running xinetd was told to read its configuration again.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.xinetd import run_module

    run_module()


if __name__ == "__main__":
    main()
