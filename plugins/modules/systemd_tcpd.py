#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: systemd_tcpd
short_description: Put tcpd in front of services that systemd starts for each connection
version_added: "1.0.0"
description:
  - systemd dropped its support for libwrap, so a socket-activated service obeys C(hosts.allow) and C(hosts.deny) only behind tcpd.
    This module writes a drop-in that empties C(ExecStart=) and starts tcpd, which asks the tables and then runs the daemon. It takes the drop-in away again.
  - This works for sockets with C(Accept=yes) whose service C(NAME@.service) has C(StandardInput=socket). tcpd needs the connection as its standard input.
  - Prefixes of the command (C(-), C(+), C(!), C(!!), C(:)), several C(ExecStart=) lines, quotes, specifiers and variables are kept.
  - Services that cannot be wrapped are returned with the reason. With C(Accept=no) the service gets the listening socket, tcpd would see no client, and rules
    for addresses would silently not match. tcpd is never put there.
  - Services whose socket is not enabled stay as they are unless they are named.
  - The unit files are read with systemd's own precedence, drop-ins, aliases and masks, and never changed.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.attributes.actiongroup
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.service_wrapping
  - portcullis.tcp_wrappers.lockout
  - portcullis.tcp_wrappers.record
  - portcullis.tcp_wrappers.backup
options:
  unit_dir:
    description: Where the drop-in folders are made.
    type: path
    default: /etc/systemd/system
  daemon_reload:
    description: Let systemd read its units again after a change. Only done where O(root=/) and systemd runs.
    type: bool
    default: true
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Put tcpd in front of every enabled socket service that can be wrapped
  portcullis.tcp_wrappers.systemd_tcpd:
  register: wrapped

- name: Wrap one service, named as its template, its socket, or in short
  portcullis.tcp_wrappers.systemd_tcpd:
    services:
      - telnet.socket

- name: Start the daemon directly again
  portcullis.tcp_wrappers.systemd_tcpd:
    services: [telnet@.service]
    state: unwrapped

- name: Wrap now, and let a handler tell systemd once for all changes
  portcullis.tcp_wrappers.systemd_tcpd:
    services: [telnet]
    daemon_reload: false
  notify: Reload systemd

# handlers:
# - name: Reload systemd
#   ansible.builtin.systemd_service:
#     daemon_reload: true
"""

RETURN = r"""
services:
  description: Every service of the configuration, as it is after the task, in the order of the files.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The unit that the socket starts.
      type: str
      sample: telnet@.service
    protocol:
      description: What the socket listens on, joined by a slash.
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
      sample: /etc/systemd/system/telnet@.service
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
      sample: /etc/systemd/system/telnet@.service
    line:
      description: The line, or null for the whole file.
      type: int
      sample: 7
    message:
      description: One sentence.
      type: str
      sample: "/etc/systemd/system/telnet@.service line 7: telnet@.service runs tcpd without @: tcpd starts itself for ever."
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
daemon_reloaded:
  description: Whether systemd has read its units again.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.systemd import run_module

    run_module()


if __name__ == "__main__":
    main()
