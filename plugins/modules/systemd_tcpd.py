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
  - systemd no longer supports libwrap, so C(hosts.allow) and C(hosts.deny) are enforced for a socket-activated service only behind tcpd. This module
    writes a drop-in that resets C(ExecStart=) and starts tcpd, which evaluates the tables and then runs the daemon. It also removes the drop-in
    again.
  - Supports sockets with C(Accept=yes) whose service C(NAME@.service) has C(StandardInput=socket). tcpd needs the connection as its standard input.
  - Prefixes of the command (C(-), C(+), C(!), C(!!), C(:)), several C(ExecStart=) lines, quotes, specifiers and variables are kept.
  - Services that cannot be wrapped are returned with the reason. A service with C(Accept=no) is never wrapped. It gets the listening socket, so tcpd
    would see no client, and rules with addresses would not match.
  - Services whose socket is not enabled are left unchanged unless they are named.
  - The module reads unit files with the precedence, drop-ins, aliases and masks of systemd. It never changes them.
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
    description: The folder in which the module creates the drop-in folders.
    type: path
    default: /etc/systemd/system
  daemon_reload:
    description: Reload the unit files of systemd after a change. Only with O(root=/), and only if systemd runs.
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
  description: All services of the configuration after the task, in the order of the files.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The unit that the socket starts.
      type: str
      sample: telnet@.service
    protocol:
      description: The addresses that the socket listens on, joined by a slash.
      type: str
      sample: tcp
    daemon:
      description: The daemon name that libwrap uses. Write rules for this name.
      type: str
      sample: in.telnetd
    server:
      description: The path of the daemon, also if the service is wrapped.
      type: str
      sample: /usr/sbin/in.telnetd
    user:
      description: The user that tcpd and the daemon run as. tcpd must be able to read the tables as this user.
      type: str
      sample: root
    disabled:
      description: Whether the service is disabled.
      type: bool
      sample: false
    wrapped:
      description: Whether the service is wrapped.
      type: bool
      sample: true
    wrappable:
      description: Whether the service can be wrapped.
      type: bool
      sample: true
    reason:
      description: Why the service cannot be wrapped.
      type: str
      sample: null
    note:
      description: A limitation of a service that can be wrapped, for example that tcpd sees only the first packet of UDP.
      type: str
      sample: null
    path:
      description: The file that configures the service.
      type: str
      sample: /etc/systemd/system/telnet@.service
    line:
      description: The first line of the service in this file.
      type: int
      sample: 12
rewritten:
  description: The services that this task wrapped or unwrapped, as C(name/protocol).
  returned: always
  type: list
  elements: str
  sample: [telnet/tcp]
missing:
  description: Names in O(services) that do not exist, with O(missing=ignore).
  returned: always
  type: list
  elements: str
  sample: []
findings:
  description: Problems in the configuration. The module leaves these lines unchanged.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: The code of the finding.
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
      description: The problem, in one sentence.
      type: str
      sample: "/etc/systemd/system/telnet@.service line 7: telnet@.service runs tcpd without @: tcpd starts itself in an endless loop."
    remedy:
      description: The remedy.
      type: str
      sample: Correct the line or remove it.
backup_files:
  description: The paths of the backups, with O(backup=true).
  returned: always
  type: list
  elements: str
  sample: []
daemon_reloaded:
  description: Whether systemd reloaded its unit files.
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
